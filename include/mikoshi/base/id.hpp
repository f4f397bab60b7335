// SPDX-License-Identifier: MIT
#pragma once
/// @file id.hpp
/// `Id<Tag>`: a short name that lasts for ever and cannot be mistaken for another sort of name; `Interner`: id to index;
/// `OrderedInterner`: also in the order of the ids.
///
/// Layer 0. Depends on: base/result.hpp.
///
/// One grammar for members, tickets, classes, kinds, pools and records: `[a-z0-9._-]{1,64}`. No upper case, so that
/// case never distinguishes; no slash, so that an id is never a path; no spaces, so that it stands in a note line.
/// Ids compare as bytes, which is the order of every sorted list in the format.

#include <algorithm>
#include <compare>
#include <cstdint>
#include <cstring>
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
    return Result<Id>{std::in_place, Checked{}, text};
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  struct Checked {
    explicit Checked() = default;
  };

 public:
  /// For `parse` alone, which makes the id where it stays.
  Id(Checked, std::string_view text) : text_(text) {}

 private:
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

namespace detail {
/// Where an Interner looks for an id. It stands in no file and may change.
[[nodiscard]] inline std::uint32_t slot_hash(std::string_view text) {
  constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio: carries what differs to the high bits
  std::uint64_t hash = text.size();
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    hash = (hash ^ word) * spread;
    hash ^= hash >> 32;
  }
  return static_cast<std::uint32_t>(hash * spread >> 32);
}
}  // namespace detail

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
    const std::uint32_t hash = detail::slot_hash(id.text());
    for (std::size_t k = 0; k < neighbours && !slots_.empty(); ++k) {
      const Slot slot = slots_[(hash + k) & (slots_.size() - 1)];
      if (slot.place == 0) return std::nullopt;
      if (slot.hash == hash && ids_[slot.place - 1] == id) return slot.place - 1;
    }
    const auto found = crowded_.find(id);
    return found == crowded_.end() ? std::nullopt : std::optional{found->second};
  }
  /// The index of `id`, new if it was unknown.
  Index add(const IdType& id) {
    if (const auto index = find(id)) return *index;
    const auto index = static_cast<Index>(ids_.size());
    ids_.push_back(id);
    if (slots_.size() < 2 * ids_.size()) grow();
    place({detail::slot_hash(id.text()), index + 1});
    return index;
  }
  [[nodiscard]] const IdType& operator[](Index index) const { return ids_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  /// Ascending by id: (id, index) pairs. @cost O(n) where they came in that order, else O(n log n) comparisons
  [[nodiscard]] Sorted sorted() const { return Sorted{*this}; }

 private:
  static constexpr std::size_t neighbours = 16;

  /// An id stands in the slot that its hash says, modulo their number, or in one of the next.
  struct Slot {
    std::uint32_t hash = 0;  // most other ids are told apart by it
    Index place = 0;         // index + 1, or 0: free
  };

  void grow() {
    const std::vector<Slot> slots = std::exchange(slots_, std::vector<Slot>(std::max<std::size_t>(16, 2 * slots_.size())));
    const std::map<IdType, Index> crowded = std::exchange(crowded_, {});
    for (const Slot& slot : slots)
      if (slot.place != 0) place(slot);
    for (const auto& [id, index] : crowded) place({detail::slot_hash(id.text()), index + 1});
  }
  void place(Slot placed) {
    for (std::size_t k = 0; k < neighbours; ++k) {
      Slot& slot = slots_[(placed.hash + k) & (slots_.size() - 1)];
      if (slot.place != 0) continue;
      slot = placed;
      return;
    }
    crowded_.emplace(ids_[placed.place - 1], placed.place - 1);
  }

  std::deque<IdType> ids_;           // by index; a reference to one stays good
  std::vector<Slot> slots_;          // a power of two of them, at least twice as many as ids
  std::map<IdType, Index> crowded_;
};

/// An index or none, in the room of an index. @pre the index is not the last of all, 2^32 − 1.
class OptionalIndex {
 public:
  OptionalIndex() = default;
  OptionalIndex(std::optional<std::uint32_t> index) : place_(index ? *index + 1 : 0) {}  // NOLINT(google-explicit-constructor)
  operator std::optional<std::uint32_t>() const {                                         // NOLINT(google-explicit-constructor)
    return place_ == 0 ? std::nullopt : std::optional{place_ - 1};
  }
  [[nodiscard]] explicit operator bool() const { return place_ != 0; }
  /// @pre there is one.
  [[nodiscard]] std::uint32_t operator*() const { return place_ - 1; }

 private:
  std::uint32_t place_ = 0;  // index + 1, or 0: none
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
  /// @pre `order` is that of the ids.
  Sorted(const Interner& of, std::vector<Index> order) : of_(&of), order_(std::move(order)) {}
  [[nodiscard]] Iterator begin() const { return {of_, order_.data()}; }
  [[nodiscard]] Iterator end() const { return {of_, order_.data() + order_.size()}; }
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }

 private:
  const Interner* of_;
  std::vector<Index> order_;
};

/// An Interner of ids that are asked for in their order again and again: it is kept as they come, not made each time.
template <class IdType>
class OrderedInterner : public Interner<IdType> {
 public:
  using Index = typename Interner<IdType>::Index;
  using Sorted = typename Interner<IdType>::Sorted;

  /// The index of `id`, new if it was unknown.
  Index add(const IdType& id) {
    const Index index = Interner<IdType>::add(id);
    if (index != order_.size()) return index;
    order_.push_back(index);
    const bool is_last = sorted_ == index && (index == 0 || (*this)[order_[index - 1]] < id);
    if (is_last) sorted_ = order_.size();
    // Others wait behind those that are in order, until there are so many of them that sorting costs each of them little.
    if (order_.size() - sorted_ > sorted_ / 64) {
      order_ = order();
      sorted_ = order_.size();
    }
    return index;
  }
  /// Ascending by id: (id, index) pairs. @cost O(n)
  [[nodiscard]] Sorted sorted() const { return {*this, order()}; }

 private:
  [[nodiscard]] std::vector<Index> order() const {
    const auto by_id = [&](Index a, Index b) { return (*this)[a] < (*this)[b]; };
    auto at = order_.begin();
    const auto end = at + static_cast<std::ptrdiff_t>(sorted_);
    std::vector<Index> waiting(end, order_.end()), all;
    std::sort(waiting.begin(), waiting.end(), by_id);
    all.reserve(order_.size());
    for (const Index one : waiting) {
      const auto next = std::upper_bound(at, end, one, by_id);
      all.insert(all.end(), at, next);
      all.push_back(one);
      at = next;
    }
    all.insert(all.end(), at, end);
    return all;
  }

  std::vector<Index> order_;  // the first sorted_ ascending by id, the others as they came
  std::size_t sorted_ = 0;
};

}  // namespace mikoshi
