// SPDX-License-Identifier: MIT
#pragma once
/// @file print.hpp
/// A whole value in words, down to the last table: two states are the same if they print the same.
///
/// The fields of a struct are found by the compiler and not listed here, so a table that is added tomorrow is compared
/// tomorrow: what a refused event must not change cannot be forgotten.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/bytes.hpp"
#include "mikoshi/base/id.hpp"
#include "mikoshi/base/json.hpp"
#include "mikoshi/charter/charter.hpp"
#include "mikoshi/community/state.hpp"

namespace fuzz {

using namespace mikoshi;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

/// Stands for a field of any type. `std::optional` takes it by its own constructor.
struct AnyField {
  template <class T>
  requires(!is_optional<T>) operator T() const;
};

template <class T, std::size_t... I>
constexpr bool holds(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyField{})...}; };
}
/// The number of fields of an aggregate: the most initialisers that it takes.
template <class T, std::size_t N = 20>
constexpr std::size_t field_count() {
  if constexpr (holds<T>(std::make_index_sequence<N>{})) {
    return N;
  } else {
    static_assert(N > 0);
    return field_count<T, N - 1>();
  }
}

/// visit(field) for each field of an aggregate, in order.
template <class T, class Visit>
void each_field(const T& v, Visit&& visit) {
  constexpr std::size_t count = field_count<T>();
  static_assert(count < 18, "one more line is needed below");  // types with a base, which may have more, are listed
  const auto all = [&](const auto&... fields) { (visit(fields), ...); };
  if constexpr (count == 1) {
    const auto& [a] = v;
    all(a);
  } else if constexpr (count == 2) {
    const auto& [a, b] = v;
    all(a, b);
  } else if constexpr (count == 3) {
    const auto& [a, b, c] = v;
    all(a, b, c);
  } else if constexpr (count == 4) {
    const auto& [a, b, c, d] = v;
    all(a, b, c, d);
  } else if constexpr (count == 5) {
    const auto& [a, b, c, d, e] = v;
    all(a, b, c, d, e);
  } else if constexpr (count == 6) {
    const auto& [a, b, c, d, e, f] = v;
    all(a, b, c, d, e, f);
  } else if constexpr (count == 7) {
    const auto& [a, b, c, d, e, f, g] = v;
    all(a, b, c, d, e, f, g);
  } else if constexpr (count == 8) {
    const auto& [a, b, c, d, e, f, g, h] = v;
    all(a, b, c, d, e, f, g, h);
  } else if constexpr (count == 9) {
    const auto& [a, b, c, d, e, f, g, h, i] = v;
    all(a, b, c, d, e, f, g, h, i);
  } else if constexpr (count == 10) {
    const auto& [a, b, c, d, e, f, g, h, i, j] = v;
    all(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (count == 11) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = v;
    all(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (count == 12) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = v;
    all(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (count == 13) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = v;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (count == 14) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = v;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (count == 15) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = v;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (count == 16) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = v;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  } else if constexpr (count == 17) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = v;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);
  }
}

/// Types with a base: its fields and their own do not come apart together, so they are listed. One that is forgotten does not
/// compile: the base counts as one initialiser.
inline auto parts_of(const State& v) {
  return std::tie(static_cast<const Money&>(v), v.next_seq, v.last_at, v.dao, v.members, v.holdings, v.works, v.records,
                  v.segments, v.incomes, v.conversions, v.costs, v.reviews, v.wills, v.proposals, v.payments, v.decisions,
                  v.voices, v.others, v.tree);
}
inline auto parts_of(const OtherMoney& v) { return std::tie(static_cast<const Money&>(v), v.seq); }
inline auto parts_of(const Outcome& v) { return std::tie(static_cast<const Totals&>(v), v.others); }
inline auto parts_of(const Charter& v) {
  return std::tie(static_cast<const Tree&>(v), v.others, v.consent, v.signed_kinds);
}

template <class T>
void print_to(std::string& out, const T& value);

template <class List>
void print_list(std::string& out, const List& list) {
  out += "[";
  for (const auto& item : list) print_to(out, item);
  out += "] ";
}

template <class Tag>
void print_ids(std::string& out, const Interner<Id<Tag>>& ids) {
  out += "ids[";
  for (const auto& [id, index] : ids.sorted()) {
    MIKOSHI_CHECK(&ids[index] == &id && ids.find(id) == index);  // the two ways in lead to the same place
    out += id.text() + "=" + std::to_string(index) + " ";
  }
  MIKOSHI_CHECK(ids.sorted().size() == ids.size());
  out += "] ";
}

template <class T>
void print_to(std::string& out, const T& value) {
  if constexpr (std::same_as<T, u128>) {
    out += mikoshi::to_string(value) + " ";
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    out += std::to_string(static_cast<long long>(value)) + " ";
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    out += std::string{std::string_view{value}} + "; ";
  } else if constexpr (is_variant<T>) {
    out += std::to_string(value.index()) + ":";
    std::visit([&](const auto& chosen) { print_to(out, chosen); }, value);
  } else if constexpr (is_optional<T>) {
    value ? print_to(out, *value) : void(out += "none ");
  } else if constexpr (std::same_as<T, Json>) {
    out += to_canonical(value) + " ";
  } else if constexpr (std::same_as<T, Currency>) {
    out += value.code() + "/" + std::to_string(value.exponent()) + " ";
  } else if constexpr (requires { ByteSpan{value}; }) {
    out += to_hex(value) + " ";
  } else if constexpr (requires { print_ids(out, value); }) {
    print_ids(out, value);
  } else if constexpr (requires {
                         { value.text() } -> std::convertible_to<std::string_view>;
                       }) {
    out += std::string{value.text()} + "; ";
  } else if constexpr (requires {
                         { to_string(value) } -> std::convertible_to<std::string_view>;
                       }) {
    out += std::string{to_string(value)} + "; ";
  } else if constexpr (requires {
                         value.begin();
                         value.end();
                       }) {
    print_list(out, value);
  } else if constexpr (requires {
                         value.first;
                         value.second;
                       }) {
    print_to(out, value.first);
    print_to(out, value.second);
  } else if constexpr (requires {
                         value.root();
                         value.size();
                       }) {  // a tree that grows
    out += "tree ";
    print_to(out, value.size());
    print_to(out, value.root());
  } else if constexpr (std::same_as<T, TreeLevels<Hash>>) {
    print_to(out, value.root());
  } else if constexpr (std::same_as<T, OptionalIndex>) {
    out += value ? std::to_string(*value) + " " : "none ";
  } else if constexpr (requires { parts_of(value); }) {
    static_assert(std::tuple_size_v<decltype(parts_of(value))> == field_count<T>(), "parts_of lacks a field");
    out += "(";
    std::apply([&](const auto&... parts) { (print_to(out, parts), ...); }, parts_of(value));
    out += ") ";
  } else {
    static_assert(std::is_aggregate_v<T>, "say here how it prints");
    out += "(";
    each_field(value, [&](const auto& field) { print_to(out, field); });
    out += ") ";
  }
}

}  // namespace detail

template <class T>
[[nodiscard]] std::string print(const T& value) {
  std::string out;
  detail::print_to(out, value);
  return out;
}

}  // namespace fuzz
