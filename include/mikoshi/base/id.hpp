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

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
///
/// A table of slots finds an id in one or two looks. An id that finds its neighbourhood of slots full goes into a tree beside
/// it, so that ids which somebody has chosen to meet in one place cost no more than a tree does.
template <class IdType>
class Interner {
 public:
  using Index = std::uint32_t;
  class Sorted;

  [[nodiscard]] std::optional<Index> find(const IdType& id) const {
    const std::size_t first = first_slot(id);
    for (std::size_t k = 0; k < neighbours && !slots_.empty(); ++k) {
      const Index slot = slots_[(first + k) & (slots_.size() - 1)];
      if (slot == 0) return std::nullopt;
      if (ids_[slot - 1] == id) return slot - 1;
    }
    const auto found = crowded_.find(id);
    return found == crowded_.end() ? std::nullopt : std::optional{found->second};
  }
  /// The index of `id`, new if it was unknown.
  Index add(const IdType& id) {
    if (const auto index = find(id)) return *index;
    const auto index = static_cast<Index>(ids_.size());
    ids_.push_back(id);
    if (slots_.size() < 2 * ids_.size()) {
      slots_.assign(std::max<std::size_t>(16, 4 * ids_.size()), 0);
      slots_.resize(std::bit_ceil(slots_.size()), 0);
      crowded_.clear();
      for (Index old = 0; old < index; ++old) place(old);
    }
    place(index);
    return index;
  }
  [[nodiscard]] const IdType& operator[](Index index) const { return ids_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  /// Ascending by id: (id, index) pairs. @cost O(n) where they came in that order, else O(n log n) comparisons
  [[nodiscard]] Sorted sorted() const { return Sorted{*this}; }

 private:
  static constexpr std::size_t neighbours = 16;

  /// Where the slots begin among which an id may stand, modulo their number.
  [[nodiscard]] static std::size_t first_slot(const IdType& id) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : id.text()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return static_cast<std::size_t>(hash ^ hash >> 32);
  }
  void place(Index index) {
    const std::size_t first = first_slot(ids_[index]);
    for (std::size_t k = 0; k < neighbours; ++k) {
      Index& slot = slots_[(first + k) & (slots_.size() - 1)];
      if (slot != 0) continue;
      slot = index + 1;
      return;
    }
    crowded_.emplace(ids_[index], index);
  }

  std::deque<IdType> ids_;           // by index; a reference to one stays good
  std::vector<Index> slots_;         // index + 1, or 0; a power of two of them, at least twice as many as ids
  std::map<IdType, Index> crowded_;
};

/// What `Interner::sorted` gives. @pre the interner outlives it, unchanged.
template <class IdType>
class Interner<IdType>::Sorted {
 public:
  class Iterator {
   public:
    Iterator(const Interner* of, const Index* at) : of_(of), at_(at) {}
    [[nodiscard]] std::pair<const IdType&, Index> operator*() const { return {(*of_)[*at_], *at_}; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Interner* of_;
    const Index* at_;
  };

  explicit Sorted(const Interner& of) : of_(&of), order_(of.size()) {
    std::iota(order_.begin(), order_.end(), Index{0});
    const auto by_id = [&](Index a, Index b) { return of[a] < of[b]; };
    if (!std::is_sorted(order_.begin(), order_.end(), by_id)) std::sort(order_.begin(), order_.end(), by_id);
  }
  [[nodiscard]] Iterator begin() const { return {of_, order_.data()}; }
  [[nodiscard]] Iterator end() const { return {of_, order_.data() + order_.size()}; }
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }

 private:
  const Interner* of_;
  std::vector<Index> order_;
};

}  // namespace mikoshi
