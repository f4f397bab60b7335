// SPDX-License-Identifier: MIT
#pragma once
/// @file id.hpp
/// `Id<Tag>`: a short name that lasts for ever and cannot be mistaken for another sort of name; `Interner`: id to index.
///
/// Layer 0. Depends on: base/result.hpp.
///
/// One grammar for members, tickets, classes, kinds, pools and records: `[a-z0-9._-]{1,64}`. No upper case, so that
/// case never distinguishes; no slash, so that an id is never a path; no spaces, so that it stands in a note line.
/// Ids compare as bytes, which is the order of every sorted list in the format.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/result.hpp"

namespace mikoshi {

inline constexpr std::size_t id_length_max = 64;

/// A valid id. `Tag` only keeps the sorts apart: a `MemberId` does not convert to a `TicketId`.
template <class Tag>
class Id {
 public:
  /// No id yet: the empty text, which `parse` never gives.
  Id() = default;
  /// @error bad_id  empty, longer than 64 bytes, or a byte outside [a-z0-9._-].
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    if (text.empty()) return fail(Errc::bad_id, "an id is never empty");
    if (text.size() > id_length_max)
      return fail(Errc::bad_id, "an id has at most 64 characters, this one " + std::to_string(text.size()));
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
      if (!fits) return fail(Errc::bad_id, "an id is made of a-z 0-9 . _ -", "character " + std::to_string(i));
    }
    return Id{std::string{text}};
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using MemberId = Id<struct MemberTag>;
using ClassId = Id<struct ClassTag>;  ///< a ticket class
using TicketId = Id<struct TicketTag>;
using KindId = Id<struct KindTag>;      ///< a kind of contribution
using RecordId = Id<struct RecordTag>;  ///< a contribution, an income, a proposal, …
using WorkId = Id<struct WorkTag>;      ///< a song, a film, an event: something made together
using PoolId = Id<struct PoolTag>;
using CharterId = Id<struct CharterTag>;
using ChannelId = Id<struct ChannelTag>;  ///< where a relayed message was said
using StewardId = Id<struct StewardTag>;
using PaymentId = Id<struct PaymentTag>;

/// Dense indices for ids in order of first appearance: 0, 1, 2, … Tables are arrays over these indices.
template <class IdType>
class Interner {
 public:
  using Index = std::uint32_t;

  [[nodiscard]] std::optional<Index> find(const IdType& id) const {
    const auto found = index_.find(id);
    if (found == index_.end()) return std::nullopt;
    return found->second;
  }
  /// The index of `id`, new if it was unknown.
  Index add(const IdType& id) {
    const auto [place, is_new] = index_.try_emplace(id, static_cast<Index>(ids_.size()));
    if (is_new) ids_.push_back(&place->first);
    return place->second;
  }
  [[nodiscard]] const IdType& operator[](Index index) const { return *ids_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  /// Ascending by id: (id, index) pairs.
  [[nodiscard]] const std::map<IdType, Index>& sorted() const noexcept { return index_; }

  Interner() = default;
  Interner(Interner&&) noexcept = default;
  Interner& operator=(Interner&&) noexcept = default;
  Interner(const Interner& other) : index_(other.index_), ids_(other.ids_.size()) { relink(); }
  Interner& operator=(const Interner& other) {
    if (this != &other) *this = Interner{other};
    return *this;
  }

 private:
  void relink() {
    for (const auto& [id, index] : index_) ids_[index] = &id;
  }
  std::map<IdType, Index> index_;
  std::vector<const IdType*> ids_;  // into index_, whose nodes never move
};

}  // namespace mikoshi
