// SPDX-License-Identifier: MIT
/// Targets of one ledger line.

#include "feed.hpp"
#include "fill.hpp"
#include "print.hpp"
#include "target.hpp"
#include "mikoshi/ledger/event.hpp"

namespace fuzz {
namespace {

/// Whatever is accepted is written again as the same bytes, and known by their leaf hash.
void check_line(std::string_view text) {
  const auto read = decode_line(text);
  auto plain = decode_line_plain(text);
  MIKOSHI_CHECK(read.has_value() == plain.has_value() && (read || read.error() == plain.error()));
  if (!read) return;
  MIKOSHI_CHECK(encode_line(read->envelope, read->event) == text);
  plain->envelope.leaf = read->envelope.leaf;
  MIKOSHI_CHECK(print(plain->envelope) == print(read->envelope) && plain->event.index() == read->event.index());
  MIKOSHI_CHECK(encode_line(plain->envelope, plain->event) == text);
  MIKOSHI_CHECK(read->envelope.leaf == leaf_hash(as_bytes(text)));
}

void check_claim(const Json& json, Timestamp default_at, std::uint64_t seq) {
  const auto read = decode_claim(json, default_at, seq);
  if (!read) return;
  const std::string text = encode_line(read->envelope, read->event);
  const auto again = decode_line(text);
  MIKOSHI_CHECK(again.has_value() == (text.size() <= line_bytes_max));
  check_line(text);
  // The line says what the claim said: those fields, and beside them only what a claim may leave to the ledger.
  const Json whole = parse_canonical(text).value();
  Json expected = json;
  if (expected.find("at") == nullptr) expected.set("at", to_string(default_at));
  if (expected.find("voice") == nullptr) expected.set("voice", "operator");
  expected.set("seq", static_cast<std::int64_t>(seq));
  MIKOSHI_CHECK(to_canonical(whole) == to_canonical(expected));
}

template <class E>
void check_event(Feed& feed) {
  E event{};
  fill(feed, event);
  if constexpr (requires { event.format; }) event.format = feed.one_in(8) ? event.format : format_version;
  Envelope envelope;
  fill(feed, envelope);
  const std::string text = encode_line(envelope, Event{event});
  const auto read = decode_line(text);
  if (text.size() > line_bytes_max) {
    MIKOSHI_CHECK(!read && read.error().code == Errc::too_large);
    return;
  }
  if constexpr (requires { event.format; }) {
    MIKOSHI_CHECK(read.has_value() == (event.format == format_version));
    if (!read) return;
  }
  MIKOSHI_CHECK(read.has_value() && std::holds_alternative<E>(read->event));
  check_line(text);
  // Nothing of it was lost on the way.
  envelope.leaf = read->envelope.leaf;
  MIKOSHI_CHECK(print(read->envelope) == print(envelope) && print(std::get<E>(read->event)) == print(event));

  const Json json = parse_canonical(text).value();
  Json claim = json;
  claim.erase("seq");
  const auto claimed = decode_claim(claim, Timestamp{}, envelope.seq);
  MIKOSHI_CHECK(claimed && encode_line(claimed->envelope, claimed->event) == text);

  // A field that must be there is missed, and one that nobody knows is refused.
  const auto without = [&](std::string_view key) {
    Json less = json;
    less.erase(key);
    const auto damaged = decode_line(to_canonical(less));
    MIKOSHI_CHECK(!damaged && damaged.error().code == Errc::missing_field);
  };
  const auto each = [&](std::string_view name, const auto& field, std::string_view) {
    using Field = mikoshi::detail::FieldType<std::remove_cvref_t<decltype(field)>>;
    if (Field::required) without(name);
  };
  E::fields(event, each);
  Envelope::fields(envelope, each);
  without("kind");
  Json more = json;
  const std::string strange = any_name(feed) + "~";
  more.set(strange, any_json(feed, 2));
  const auto unknown = decode_line(to_canonical(more));
  MIKOSHI_CHECK(!unknown &&
                (unknown.error().code == Errc::unknown_field || to_canonical(more).size() > line_bytes_max));
  // Any value under any key, at the top or one level down.
  Json changed = json;
  const auto& member = feed.pick(*json.object());
  Json value = any_json(feed, 3);
  if (member.value.object() != nullptr && feed.one_in(2)) {
    Json inner = member.value;
    const auto& inside = *inner.object();
    inner.set(inside.empty() ? any_name(feed) : std::string{feed.pick(inside).key}, std::move(value));
    value = std::move(inner);
  }
  changed.set(member.key, std::move(value));
  check_line(to_canonical(changed));
  check_line(edited(feed, text));
}

}  // namespace

void line(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  check_line(text);
  if (const auto json = parse_json(text)) check_line(to_canonical(*json));
}

void claim(ByteSpan bytes) {
  auto json = parse_json(as_text(bytes));
  if (!json) return;
  const auto at = Timestamp::parse("2026-04-01T00:00:00Z").value();
  check_claim(*json, at, 7);
  if (json->object() == nullptr) return;
  json->erase("seq");  // a whole line is nearly a claim
  check_claim(*json, at, static_cast<std::uint64_t>(json_integer_max));
}

void event(ByteSpan bytes) {
  Feed feed{bytes};
  const std::size_t chosen = feed.place(std::variant_size_v<Event>);
  std::size_t index = 0;
  each_event_type([&]<class E>() {
    if (index++ == chosen) check_event<E>(feed);
  });
}

}  // namespace fuzz
