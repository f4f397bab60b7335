// SPDX-License-Identifier: MIT
#pragma once
/// @file event.hpp
/// `Event`: one of all the subjects' events; and its line, canonical JSON with the envelope's fields around it.
///
/// Layer 4. Depends on: community/state.hpp, ledger/decide.hpp, ledger/propose.hpp, crypto/merkle.hpp.
///
/// Adding a subject is adding its header and one line here.

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "mikoshi/community/state.hpp"
#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/ledger/decide.hpp"
#include "mikoshi/ledger/propose.hpp"

namespace mikoshi {

inline constexpr std::size_t line_bytes_max = 65535;

using Event =
    std::variant<DaoStart,                                                                        // dao.hpp
                 MemberJoin, MemberGuest, MemberLeave, MemberRejoin,                              // member.hpp
                 MemberKeyNew, MemberKeyEnd, Attest,                                              // speaker.hpp
                 TicketClassNew, TicketMint, TicketTransfer, TicketLend, TicketReturn, TicketBurn, UnitsMint,
                 UnitsMove, UnitsBurn,                                                            // holding.hpp
                 WorkNew, WorkMove, CreditNew, CreditConfirm, CreditEnd,                          // work.hpp
                 ContributionKindNew, ContributionNew, ContributionConfirm, ContributionCorrect,
                 Introduction,                                                                    // record.hpp
                 ReviewOpen, ReviewBallot, ReviewReveal, ReviewClose,                             // review.hpp
                 SegmentNew, SegmentWithdraw,                                                     // segment.hpp
                 CurrencyNew,                                                                     // money.hpp
                 IncomeNew, IncomeCorrect, OpeningNew,                                            // income.hpp
                 ConversionNew, ConversionUndo,                                                   // conversion.hpp
                 PaymentPlan, PaymentSent, PaymentSettled, PaymentFailed,                         // payment.hpp
                 CostNew, Spend,                                                                  // cost.hpp
                 WillNew,                                                                         // will.hpp
                 Sign, Object, Withdraw, Pledge, Cancel, SignOfLife, DisputeSettle, Waive,        // proposal.hpp
                 Propose, Execute,                                                                // propose.hpp
                 CharterNew, DraftNew, Void, Approve, Statement>;                                 // decide.hpp

/// A ledger line, read. How it is copied and destroyed is compiled once: it takes long, as there are many sorts of events.
struct Line {
  MIKOSHI_INLINE Line();
  MIKOSHI_INLINE Line(Envelope envelope, Event event);
  MIKOSHI_INLINE Line(const Line& other);
  MIKOSHI_INLINE Line(Line&& other) noexcept;
  MIKOSHI_INLINE Line& operator=(const Line& other);
  MIKOSHI_INLINE Line& operator=(Line&& other) noexcept;
  MIKOSHI_INLINE ~Line();

  Envelope envelope;
  Event event;
};

/// Reads a ledger line, without its newline.
/// @error too_large (over 65,535 bytes) | as parse_canonical | missing_field, unknown_kind (kind) | unsupported_version | as decode_fields
[[nodiscard]] MIKOSHI_INLINE Result<Line> decode_line(std::string_view line);

/// The same into a line that is there already. On error it holds nothing of meaning.
[[nodiscard]] MIKOSHI_INLINE Status decode_line_into(std::string_view text, Line& line);

/// The same without the leaf hash, and always by way of a JSON value: what decode_line does with a line that its quick way does
/// not take, and what it is held against.
[[nodiscard]] MIKOSHI_INLINE Result<Line> decode_line_plain(std::string_view line);

/// The canonical text of a line, without newline.
[[nodiscard]] MIKOSHI_INLINE std::string encode_line(const Envelope& envelope, const Event& event);

/// Reads an event and what envelope it has from any JSON object without `seq`; `at` may be absent.
/// @error unknown_field (a seq) | missing_field, unknown_kind (kind) | as decode_fields
[[nodiscard]] MIKOSHI_INLINE Result<Line> decode_claim(const Json& json, Timestamp default_at, std::uint64_t seq);

/// What is the same for all events of one kind.
struct KindTraits {
  std::string_view kind;
  bool is_fact, operator_only, members_own, signed_only;
};

/// Of each kind, in the order of `Event`.
inline constexpr auto kind_traits = []<class... E>(std::type_identity<std::variant<E...>>) {
  const auto of = []<class One>(std::type_identity<One>) {
    KindTraits traits{One::kind, One::is_fact, !One::is_fact, false, false};
    if constexpr (requires { One::operator_only; }) traits.operator_only = One::operator_only;
    if constexpr (requires { One::members_own; }) traits.members_own = One::members_own;
    if constexpr (requires { One::signed_only; }) traits.signed_only = One::signed_only;
    return traits;
  };
  return std::array{of(std::type_identity<E>{})...};
}(std::type_identity<Event>{});

[[nodiscard]] inline const KindTraits& traits_of(const Event& event) { return kind_traits[event.index()]; }
/// The name of an event's kind.
[[nodiscard]] inline std::string_view kind_of(const Event& event) { return traits_of(event).kind; }
/// Whether it reports the world (rather than declaring or deciding): such lines are counted by voice.
[[nodiscard]] inline bool is_fact(const Event& event) { return traits_of(event).is_fact; }
/// Whether only the operator may say it: all that declares or decides, and corrections.
[[nodiscard]] inline bool operator_only(const Event& event) { return traits_of(event).operator_only; }
/// Whether only a member may say it, whose act it is, and the operator at most relays it.
[[nodiscard]] inline bool members_own(const Event& event) { return traits_of(event).members_own; }
/// Whether it means nothing without a signature.
[[nodiscard]] inline bool signed_only(const Event& event) { return traits_of(event).signed_only; }

/// The member whose act it is, and who alone says it besides the operator; nullptr: nobody but the operator says it in an own
/// voice.
[[nodiscard]] MIKOSHI_INLINE const MemberId* actor_of(const Event& event);

/// The text that a member signs to say a line: its canonical JSON without `at`, `seq` and `signature`, with the DAO's id in `dao`.
[[nodiscard]] MIKOSHI_INLINE std::string claim_text(const Envelope& envelope, const Event& event, const Hash& dao);

/// The line that made what this event would make under the same id, if there is one.
[[nodiscard]] MIKOSHI_INLINE std::optional<std::uint64_t> made_in(const State& state, const Event& event);

/// Calls visit.template operator()<E>() for each event type E, in the order of `Event`.
template <class Visit>
void each_event_type(Visit&& visit) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (visit.template operator()<std::variant_alternative_t<I, Event>>(), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Event>>{});
}

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Whether what a charter may want signed are the kinds that are some member's act.
consteval bool signable_are_acts() {
  std::size_t found = 0;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto look = [&]<class E>(const E*) {
      if constexpr (requires(const E& event) { event.actor(); })
        for (const std::string_view kind : signable_kinds) found += kind == E::kind ? 1 : 0;
    };
    (look(static_cast<std::variant_alternative_t<I, Event>*>(nullptr)), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Event>>{});
  return found == signable_kinds.size();
}
static_assert(signable_are_acts());

inline Result<Event> decode_event(const Json& json) {
  const Json* kind = json.find("kind");
  if (kind == nullptr) return fail(Errc::missing_field, "a field is missing", "field kind");
  // A newer format may have other fields, so its number is read before them.
  const Json* format = json.find("format");
  if (kind->text() != nullptr && *kind->text() == DaoStart::kind && format != nullptr) {
    const auto number = Codec<std::uint64_t>::decode(*format);
    if (number) MIKOSHI_TRY(check_format(*number));
  }
  std::optional<Result<Event>> result;
  each_event_type([&]<class E>() {
    if (result || kind->text() == nullptr || *kind->text() != E::kind) return;
    auto event = decode_fields<E>(json, Envelope::keys);
    if (event) {
      result = Result<Event>{Event{std::move(*event)}};
    } else {
      result = Result<Event>{Failure{std::move(event).error()}};
    }
  });
  if (!result) return fail(Errc::unknown_kind, {}, "field kind");
  return std::move(*result);
}

/// The envelope fields of an object, whatever else is in it.
inline Result<Envelope> decode_envelope(const Json& json) {
  Json own;
  for (const Json::Member& member : *json.object())
    if (member.key != "kind" &&
        std::find(Envelope::keys.begin(), Envelope::keys.end(), member.key) != Envelope::keys.end())
      own.set(member.key, member.value);
  return decode_fields<Envelope>(own);
}

/// Makes `event` an E and reads its fields.
template <class E>
bool take_event(FlatObject& object, Event& event, std::size_t& seen) {
  return take_fields(object, event.emplace<E>(), seen);
}

struct KindOfEvent {
  FlatKey kind;
  bool (*take)(FlatObject& object, Event& event, std::size_t& seen);
};

/// Every kind but that of line 0, ascending.
consteval auto event_kinds() {
  std::array<KindOfEvent, std::variant_size_v<Event> - 1> kinds{};
  std::size_t at = 0;
  const auto add = [&]<class E>(const E*) {
    if constexpr (!std::is_same_v<E, DaoStart>) kinds[at++] = {FlatKey{E::kind}, &take_event<E>};
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (add(static_cast<std::variant_alternative_t<I, Event>*>(nullptr)), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Event>>{});
  std::sort(kinds.begin(), kinds.end(), [](const KindOfEvent& a, const KindOfEvent& b) { return a.kind < b.kind; });
  return kinds;
}

/// The quick way of decode_line: takes the lines that a ledger is made of, and leaves the others, and all wrong ones.
inline bool take_line_flat(std::string_view text, Line& line) {
  static constexpr auto kinds = event_kinds();
  FlatObject object;
  if (text.size() > line_bytes_max || !object.read(text)) return false;
  const FlatValue* const kind = object.find("kind");
  if (kind == nullptr || kind->text() == nullptr) return false;
  const FlatKey name{*kind->text()};
  const auto found =
      std::lower_bound(kinds.begin(), kinds.end(), name, [](const KindOfEvent& one, const FlatKey& key) { return one.kind < key; });
  std::size_t seen = 1;
  return found != kinds.end() && found->kind == name && found->take(object, line.event, seen) &&
         take_fields(object, line.envelope, seen) && seen == object.size();
}

}  // namespace detail

MIKOSHI_INLINE Line::Line() = default;
MIKOSHI_INLINE Line::Line(Envelope said, Event what) : envelope(std::move(said)), event(std::move(what)) {}
MIKOSHI_INLINE Line::Line(const Line& other) = default;
MIKOSHI_INLINE Line::Line(Line&& other) noexcept = default;
MIKOSHI_INLINE Line& Line::operator=(const Line& other) = default;
MIKOSHI_INLINE Line& Line::operator=(Line&& other) noexcept = default;
MIKOSHI_INLINE Line::~Line() = default;

MIKOSHI_INLINE const MemberId* actor_of(const Event& event) {
  return std::visit(
      [](const auto& e) -> const MemberId* {
        if constexpr (!requires { e.actor(); }) {
          return nullptr;
        } else if constexpr (std::is_pointer_v<decltype(e.actor())>) {
          return e.actor();
        } else {
          return &e.actor();
        }
      },
      event);
}

MIKOSHI_INLINE Result<Line> decode_line(std::string_view line) {
  Result<Line> decoded{std::in_place};
  MIKOSHI_TRY(decode_line_into(line, *decoded));
  return decoded;
}

MIKOSHI_INLINE Status decode_line_into(std::string_view text, Line& line) {
  line.envelope = {};
  if (!detail::take_line_flat(text, line)) {
    MIKOSHI_ASSIGN(line, decode_line_plain(text));
  }
  line.envelope.leaf = leaf_hash(as_bytes(text));
  return {};
}

MIKOSHI_INLINE Result<Line> decode_line_plain(std::string_view line) {
  if (line.size() > line_bytes_max) return fail(Errc::too_large, "a line has at most 65,535 bytes");
  MIKOSHI_ASSIGN(const Json json, parse_canonical(line));
  if (json.object() == nullptr) return fail(Errc::wrong_type, "a line is an object");
  MIKOSHI_ASSIGN(Event event, detail::decode_event(json));
  MIKOSHI_ASSIGN(Envelope envelope, detail::decode_envelope(json));
  return Line{std::move(envelope), std::move(event)};
}

MIKOSHI_INLINE std::string encode_line(const Envelope& envelope, const Event& event) {
  std::string text;
  FieldWriter line{text};
  Envelope::fields(envelope, line);
  std::visit([&]<class E>(const E& e) { line("kind", E::kind), E::fields(e, line); }, event);
  line.close();
  return text;
}

MIKOSHI_INLINE std::string claim_text(const Envelope& envelope, const Event& event, const Hash& dao) {
  std::string text;
  FieldWriter claim{text};
  Envelope::fields(envelope, [&](std::string_view name, const auto& field, std::string_view about) {
    if (name != "at" && name != "seq" && name != "signature") claim(name, field, about);
  });
  std::visit([&]<class E>(const E& e) { claim("kind", E::kind), E::fields(e, claim); }, event);
  claim("dao", dao);
  claim.close();
  return text;
}

MIKOSHI_INLINE std::optional<std::uint64_t> made_in(const State& state, const Event& event) {
  return std::visit(
      [&](const auto& e) -> std::optional<std::uint64_t> {
        if constexpr (requires { e.made_in(state); }) return e.made_in(state);
        return std::nullopt;
      },
      event);
}

MIKOSHI_INLINE Result<Line> decode_claim(const Json& json, Timestamp default_at, std::uint64_t seq) {
  if (json.object() == nullptr) return fail(Errc::wrong_type, "an event is an object");
  if (json.find("seq") != nullptr) return fail(Errc::unknown_field, "the ledger numbers its lines itself", "field seq");
  Json whole = json;
  if (json.find("at") == nullptr) whole.set("at", to_string(default_at));
  if (json.find("voice") == nullptr) whole.set("voice", "operator");
  whole.set("seq", static_cast<std::int64_t>(seq));
  MIKOSHI_ASSIGN(Event event, detail::decode_event(whole));
  MIKOSHI_ASSIGN(Envelope envelope, detail::decode_envelope(whole));
  return Line{std::move(envelope), std::move(event)};
}

#endif

}  // namespace mikoshi
