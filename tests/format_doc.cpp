// SPDX-License-Identifier: MIT
/// Prints the parts of FORMAT.md that follow from the code: the tables of fields, from the one field list of each type, and
/// a whole example. format_test.py compares them with the document.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/crypto/key_file.hpp"
#include "mikoshi/mikoshi.hpp"

namespace mikoshi {
namespace {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {
  using item = T;
};
template <class T>
struct IsMap : std::false_type {};
template <class K, class T>
struct IsMap<std::map<K, T>> : std::true_type {
  using item = T;
};

/// What stands in a field, in the words of FORMAT.md's section 3.
template <class T>
std::string value_words() {
  if constexpr (std::is_same_v<T, std::string>) return "text";
  if constexpr (std::is_same_v<T, std::uint64_t>) return "integer";
  if constexpr (std::is_same_v<T, u128>) return "amount";
  if constexpr (std::is_same_v<T, Timestamp>) return "time";
  if constexpr (std::is_same_v<T, Period>) return "period";
  if constexpr (std::is_same_v<T, Offset>) return "offset";
  if constexpr (std::is_same_v<T, Hash>) return "hash";
  if constexpr (std::is_same_v<T, StewardKey>) return "steward's key";
  if constexpr (std::is_same_v<T, std::array<std::uint8_t, 8>>) return "hex of 8 bytes";
  if constexpr (std::is_same_v<T, std::array<std::uint8_t, 12>>) return "hex of 12 bytes";
  if constexpr (std::is_same_v<T, std::array<std::uint8_t, 16>>) return "hex of 16 bytes";
  if constexpr (std::is_same_v<T, Json>) return "object";
  if constexpr (std::is_same_v<T, OpeningAccount>) return "id, or text `pool:NAME`";
  if constexpr (std::is_same_v<T, bool>) return "`true` or `false`";
  if constexpr (std::is_same_v<T, Signature>) return "hex of 64 bytes";
  if constexpr (std::is_same_v<T, KeySignature>) return "hex of 64 or 65 bytes";
  if constexpr (std::is_same_v<T, SpeakerKey>) return "text `bip340:X` or `eth:0xADDRESS`";
  if constexpr (std::is_same_v<T, Wallet>) return "text `eth:0xADDRESS`";
  if constexpr (std::is_same_v<T, PurseName>) return "text `pool:NAME`, `work:NAME` or `dao:ID`";
  if constexpr (requires { Words<T>::words; }) {
    std::string words;
    for (const std::string_view word : Codec<T>::words) words += (words.empty() ? "`" : " or `") + std::string{word} + "`";
    return words;
  }
  if constexpr (IsVector<T>::value) return "array: " + value_words<typename IsVector<T>::item>();
  if constexpr (requires { typename T::key_type; }) {
    if constexpr (std::is_same_v<typename T::key_type, std::string>)
      return "object by currency code: " + value_words<typename IsMap<T>::item>();
  }
  if constexpr (IsMap<T>::value) return "object by id: " + value_words<typename IsMap<T>::item>();
  if constexpr (HasFields<T>) {
    std::map<std::string, bool> names;
    T value;
    T::fields(value, [&](std::string_view name, auto& field, std::string_view) {
      names[std::string{name}] = detail::FieldType<std::remove_reference_t<decltype(field)>>::required;
    });
    std::string words;
    for (const auto& [name, required] : names) words += (words.empty() ? "`" : ", `") + name + (required ? "`" : "`?");
    return "{" + words + "}";
  }
  if constexpr (requires(T value) { value.text(); }) return "id";
  return "";
}

template <class T>
std::string field_table() {
  std::map<std::string, std::string> rows;
  T value;
  T::fields(value, [&](std::string_view name, auto& field, std::string_view about) {
    using Field = detail::FieldType<std::remove_reference_t<decltype(field)>>;
    const std::string words = value_words<typename Field::type>();
    if (words.empty()) std::printf("!! no words for the field %s\n", std::string{name}.c_str());
    rows[std::string{name}] = "| `" + std::string{name} + (Field::required ? "`" : "`?") + " | " + words + " | " +
                              std::string{about} + " |\n";
  });
  std::string table = "| field | value | what it is |\n|---|---|---|\n";
  for (const auto& [name, row] : rows) table += row;
  return table;
}

/// Who says an event, beside the operator where that may: the field that names the member.
template <class E>
std::string speakers() {
  if constexpr (!requires(const E& e) { e.actor(); }) {
    return operator_only(Event{E{}}) ? "Operator." : "Operator or relayed.";
  } else {
    const auto field_of = [](E event) {
      std::string found;
      const Event whole{event};
      const MemberId* actor = actor_of(whole);
      if (actor == nullptr) return found;
      const std::string text = actor->text();
      E::fields(event, [&](std::string_view name, auto& field, std::string_view) {
        using Field = detail::FieldType<std::remove_reference_t<decltype(field)>>;
        if constexpr (std::is_same_v<typename Field::type, MemberId>) {
          const MemberId* id = nullptr;
          if constexpr (Field::required) {
            id = &field;
          } else if (field) {
            id = &*field;
          }
          if (id != nullptr && id->text() == text) found = "`" + std::string{name} + "`";
        }
      });
      return found;
    };
    // Every member named in it by the name of its field, first without, then with those that may be absent.
    E bare, full;
    const auto fill = [](E& event, bool all) {
      char next = 'a';
      E::fields(event, [&](std::string_view, auto& field, std::string_view) {
        using Field = detail::FieldType<std::remove_reference_t<decltype(field)>>;
        if constexpr (std::is_same_v<typename Field::type, MemberId>)
          if (Field::required || all) field = *MemberId::parse(std::string(1, next++));
      });
    };
    fill(bare, false);
    fill(full, true);
    const std::string without = field_of(bare), with = field_of(full);
    std::string who = with;
    if (without.empty()) who += ", if that is there";
    if (!without.empty() && without != with) who += ", else " + without;
    if (signed_only(Event{full})) return "Signed by " + who + ".";
    if (operator_only(Event{full})) return "Operator.";
    if (!members_own(Event{full})) return "Operator; relayed or signed by " + who + ".";
    return without.empty() ? "Relayed or signed by " + who + "; else operator or relayed." : "Relayed or signed by " + who + ".";
  }
}

void section(const char* name, const std::string& text) { std::printf("== %s\n%s", name, text.c_str()); }
std::string block(const std::string& text) { return "```\n" + text + "```\n"; }

void print_tables() {
  section("envelope", field_table<Envelope>());
  std::string events;
  each_event_type([&]<class E>() {
    events += "### `" + std::string{E::kind} + "`\n\n" + std::string{E::about} + ". ";
    events += speakers<E>() + "\n\n";
    events += field_table<E>() + "\nRefused: ";
    std::string list;
    for (const Errc code : E::refuses) list += (list.empty() ? "`" : ", `") + std::string{name(code)} + "`";
    events += list + ".\n\n";
  });
  events += "Inside of these:\n\n`evidence`\n\n" + field_table<Evidence>();
  events += "\na steward\n\n" + field_table<Steward>();
  events += "\n`goods`\n\n" + field_table<Goods>();
  events += "\n`rate`\n\n" + field_table<Rate>();
  events += "\nan heir\n\n" + field_table<Heir>();
  events += "\na proposal's `charter`\n\n" + field_table<CharterChange>();
  events += "\nits `estate`\n\n" + field_table<Estate>();
  events += "\nits `pledges`\n\n" + field_table<PledgeRound>();
  events += "\nits `recognise`\n\n" + field_table<Recognition>();
  events += "\nits `stewards`\n\n" + field_table<StewardChange>();
  events += "\n`outcome`\n\n" + field_table<Outcome>();
  events += "\none of `others` in it\n\n" + field_table<OtherTotals>();
  section("events", events);
  section("receipt", field_table<ReceiptBody>() + "\na handover\n\n" + field_table<StewardHandover>() + "\nits signatures\n\n" +
                         field_table<StewardSignature>() + "\na payout\n\n" + field_table<PayoutProof>() +
                         "\nits leaf\n\n" + field_table<PayoutLeaf>() + "\na sibling in its path\n\n" +
                         field_table<SumSibling>() + "\n`standing`\n\n" + field_table<StandingProof>() + "\nits leaf\n\n" +
                         field_table<Standing>() + "\none of `others` in it\n\n" + field_table<OtherStanding>());
  section("evidence", field_table<ForkEvidence>());
  section("key-file", field_table<detail::KeyFile>());
}

void print_example() {
  Hash one{};
  one.back() = 1;
  const SecretKey key = SecretKey::from_bytes(one).value();
  const Timestamp at = Timestamp::parse("2026-03-31T15:00:00Z").value();
  Ledger ledger;
  std::vector<std::string> lines;
  const auto add = [&](const std::string& claim) {
    std::string line;
    const auto entry = submit(ledger, parse_json(claim).value(), at, line, [&](std::uint64_t seq) { return lines[seq]; });
    if (!entry) std::printf("!! %s\n%s\n", to_string(entry.error()).c_str(), claim.c_str());
    lines.push_back(line);
  };
  const auto add_event = [&](const auto& event, const char* when) {
    Json claim;
    encode_fields(event, claim);
    claim.set("kind", event.kind);
    claim.set("at", when);
    add(to_canonical(claim));
  };
  const std::string later = R"("at":"2026-04-30T15:00:00Z",)";
  add(R"({"currency":{"code":"JPY","exponent":0},"format":1,"kind":"dao","offset":"+09:00","salt":")" + to_hex(Hash{}) +
      R"(","stewards":[{"key":")" + to_string(key.public_key()) + R"(","name":"haru"}],"threshold":1})");
  add(R"({"class":"ticket","kind":"ticket.class","transfer":"free","weight":1})");
  add(R"({"kind":"contribution.kind","type":"work","weight":1})");
  add(R"({"from":"2026-04","id":"v1","kind":"charter","rules":{"minimum":"100","root":{"pool":"income","split":[)"
      R"([10,{"to":"pool:reserve"}],)"
      R"([60,{"among":"contributions","else":{"to":"pool:reserve"},"pool":"contributions"}],)"
      R"([30,{"among":"ticket-seconds","else":{"to":"pool:reserve"},"pool":"tickets"}]]}}})");
  add(R"({"kind":"member.join","member":"m001"})");
  add(R"({"kind":"member.join","member":"m002"})");
  add(R"({"class":"ticket","kind":"ticket.mint","ticket":"t001","to":"m001"})");
  add(R"({"class":"ticket","kind":"ticket.mint","ticket":"t002","to":"m002"})");
  add("{" + later + R"("confirmed":"m002","id":"c1","kind":"contribution","member":"m001","period":"2026-04","points":2,"type":"work"})");
  add("{" + later + R"("channel":"salon","confirmed":"m001","id":"c2","kind":"contribution","member":"m002","message":")" +
      to_hex(sha256(as_bytes("salt and message"))) +
      R"(","on":"2026-04-20T03:00:00Z","period":"2026-04","points":1,"type":"work","voice":"relayed"})");
  add("{" + later + R"("from":"m001","kind":"ticket.transfer","on":"2026-04-15T15:00:00Z","ticket":"t001","to":"m002"})");
  add("{" + later + R"("amount":"1001","currency":"JPY","id":"i1","kind":"income","period":"2026-04"})");
  const Period april = Period::parse("2026-04").value();
  const Distribution distribution = distribute(ledger.state, april).value();
  std::string shares;
  for (const Stage& stage : distribution.stages)
    for (const Share& share : stage.shares) write_share_line(shares, stage, share);
  std::string leaves;
  for (const PayoutLeaf& leaf : payout_leaves(ledger.state, distribution.period, distribution)) leaves += canonical_text(leaf) + "\n";
  add_event(make_draft(ledger.state, april).value(), "2026-05-01T00:00:00Z");
  add_event(Approve{RecordId::parse("2026-04.1").value()}, "2026-05-01T00:00:00Z");
  std::string members;
  for (const Standing& standing : standings(ledger.state)) members += canonical_text(standing) + "\n";
  add_event(make_statement(ledger.state).value(), "2026-05-01T00:00:00Z");

  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  section("example-ledger", block(text));
  section("example-shares", block(shares));
  section("example-leaves", block(leaves) + "\n" + block(members));
  Note note{snapshot_text(ledger).value(), {}};
  if (!sign_snapshot(note, ledger.state.dao, key)) std::printf("!! not signed\n");
  section("example-snapshot", block(to_string(note)));
  const MemberId member = MemberId::parse("m002").value();
  const Receipts receipts = Receipts::read(text_lines(text), to_string(note)).value();
  const std::string receipt = to_string(receipts.of(member).value());
  if (!verify_receipt(receipt, member)) std::printf("!! the receipt does not verify\n");
  section("example-receipt", block(receipt));
}

void print_splits() {
  std::string table;
  const std::vector<std::pair<std::vector<std::uint64_t>, std::vector<std::uint64_t>>> cases = {
      {{1, 1, 1}, {100, 100, 100}}, {{1, 1, 1}, {1, 1, 1}},           {{16, 16, 1000}, {62}},
      {{1, 2}, {10, 10}},           {{900, 1, 1, 1}, {999, 999, 999}}, {{std::uint64_t{1} << 62, 1, std::uint64_t{1} << 61}, {(std::uint64_t{1} << 63) - 1}},
  };
  for (const auto& [weights, amounts] : cases) {
    CarryPool pool;
    std::vector<std::uint64_t> fractions(weights.size(), fraction_grace);
    std::vector<u128> pays(weights.size());
    std::string row;
    for (const std::uint64_t weight : weights) row += (row.empty() ? "weights " : ", ") + std::to_string(weight);
    for (const std::uint64_t amount : amounts) {
      if (!carry(amount, pool, weights, fractions, pays)) std::printf("!! carry\n");
      row += "; " + std::to_string(amount) + " pays ";
      for (std::size_t i = 0; i < pays.size(); ++i) row += (i == 0 ? "" : ", ") + mikoshi::to_string(pays[i]);
      row += " and keeps " + std::to_string(pool.undivided);
    }
    table += row + "\n";
  }
  section("example-carry", block(table));
}

}  // namespace
}  // namespace mikoshi

int main() {
  mikoshi::print_tables();
  mikoshi::print_example();
  mikoshi::print_splits();
}
