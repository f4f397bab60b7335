// SPDX-License-Identifier: MIT
/// `mikoshi vectors`: what another implementation of FORMAT.md is held against, one JSON line for each case. All of it is computed
/// here and now, from published keys and fixed claims, so that every release writes the same bytes until the format changes.
#include <algorithm>
#include <array>

#include "command.hpp"
#include "files.hpp"
#include "mikoshi/proof/receipt.hpp"
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/carry.hpp"
#include "screen.hpp"

namespace mikoshi {
namespace {

/// One file of cases.
class Cases {
 public:
  explicit Cases(std::string name) : name_(std::move(name)) {}
  void add(Json one) {
    text_ += to_canonical(one) + "\n";
    ++count_;
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::string name_, text_;
  std::size_t count_ = 0;
};

/// What went wrong, by its name and where; nothing where nothing did.
template <class Outcome>
void set_error(Json& one, const Outcome& outcome) {
  if (outcome) return;
  one.set("error", name(outcome.error().code));
  if (outcome.error().where.starts_with("seq ")) {
    const std::string& where = outcome.error().where;
    one.set("seq", where.substr(4, where.find(',') - 4));
  }
}

std::string hex(std::string_view text) { return to_hex(as_bytes(text)); }
template <class List, class Text>
Json texts(const List& list, const Text& text) {
  Json::Array array;
  for (const auto& one : list) array.push_back(text(one));
  return array;
}

// --- canonical JSON -----------------------------------------------------------------------------------------------

Cases canonical_cases() {
  Cases cases{"canonical"};
  std::vector<std::string> inputs = {
      "{}", "[]", "0", "-0", "-1", "01", "1.0", "1e3", "9007199254740991", "9007199254740992", "-9007199254740991",
      "true", "null", "nul", "\"\"", "\"a\\u0000b\"", "\"\\u3042\"", "\"\xe3\x81\x82\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"",
      "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\\/\"", "\"/\"", "\"\\b\\f\\n\\r\\t\"",
      "\"\\u001f\"", "\"\x1f\"", "\"\x7f\"", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", " {}", "{} ",
      "{\"a\": 1}", "[1,]", "[1 2]", "{\"a\"}", "{a:1}", "'a'", "/**/{}", "\xef\xbb\xbf{}", "{}{}", "", "[", "]",
      "{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbf\":2}"};
  for (const int depth : {json_depth_max, json_depth_max + 1})
    inputs.push_back(std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']'));
  for (const std::string& input : inputs) {
    Json one{Json::Object{{"bytes", hex(input)}}};
    const auto value = parse_json(input);
    if (value) one.set("canonical", to_canonical(*value));
    const auto strict = parse_canonical(input);
    set_error(one, strict);
    cases.add(std::move(one));
  }
  return cases;
}

// --- splits -------------------------------------------------------------------------------------------------------

Cases split_cases() {
  Cases cases{"splits"};
  const std::uint64_t big = UINT64_MAX;
  const std::vector<std::vector<std::uint64_t>> weights = {
      {1}, {1, 1, 1}, {16, 16, 1000}, {0, 0, 5}, {0, 0}, {900, 1, 1, 1}, {1, 2, 3, 4, 5}, {big}, {big, 1}, {big / 2, big / 2}};
  const std::vector<u128> amounts = {0, 1, 2, 100, 999, 1000003, (u128{1} << 63) - 1, (u128{1} << 127) - 1};
  const auto text = [](const u128& number) { return Json{to_string(number)}; };
  for (const auto& list : weights) {
    for (const u128& amount : amounts) {
      for (const std::string rule : {"hamilton", "sainte-lague", "floor"}) {
        std::vector<u128> pays(list.size());
        u128 rest = 0;
        const Status status = rule == "hamilton"       ? hamilton(amount, list, pays)
                              : rule == "sainte-lague" ? sainte_lague(amount, list, pays)
                                                       : floor_shares(amount, list, pays, rest);
        Json one{Json::Object{{"rule", rule}, {"amounts", Json::Array{text(amount)}}}};
        one.set("weights", texts(list, [&](std::uint64_t w) { return text(w); }));
        set_error(one, status);
        if (status) one.set("pays", Json::Array{texts(pays, text)});
        cases.add(std::move(one));
      }
    }
    // The rule that remembers: the amounts one behind the other, thrice.
    CarryPool pool;
    std::vector<std::uint64_t> fractions(list.size(), fraction_grace);
    std::vector<u128> pays(list.size());
    Json::Array in, out;
    Status status;
    for (int round = 0; status && round < 3; ++round) {
      for (const u128& amount : {u128{1}, u128{2}, u128{100}, u128{999}, u128{0}, u128{1000003}}) {
        in.push_back(text(amount));
        status = carry(amount, pool, list, fractions, pays);
        if (!status) break;
        out.push_back(texts(pays, text));
      }
    }
    Json one{Json::Object{{"rule", "carry"}, {"amounts", std::move(in)}}};
    one.set("weights", texts(list, [&](std::uint64_t w) { return text(w); }));
    set_error(one, status);
    if (status) {
      one.set("dust", text(pool.dust));
      one.set("fractions", texts(fractions, [&](std::uint64_t f) { return text(f); }));
      one.set("pays", std::move(out));
      one.set("undivided", text(pool.undivided));
    }
    cases.add(std::move(one));
  }
  return cases;
}

// --- trees --------------------------------------------------------------------------------------------------------

Cases tree_cases() {
  Cases cases{"trees"};
  const auto hash = [](const Hash& one) { return Json{to_hex(one)}; };
  const auto node = [](const SumNode& one) {
    return Json{Json::Object{{"hash", to_hex(one.hash)}, {"sum", to_string(one.sum)}}};
  };
  for (std::size_t size = 0; size <= 17; ++size) {
    std::vector<Hash> leaves;
    std::vector<SumNode> sums;
    Json::Array bytes, paths, sum_paths, older;
    for (std::size_t i = 0; i < size; ++i) {
      const std::string leaf(i, static_cast<char>('a' + i));
      bytes.push_back(hex(leaf));
      leaves.push_back(leaf_hash(as_bytes(leaf)));
      sums.push_back({u128{i} * 1000003 + (i == 3 ? u128{1} << 100 : u128{0}), leaves.back()});
    }
    for (std::size_t i = 0; i < size; ++i) {
      paths.push_back(texts(*prove_inclusion(leaves, i), hash));
      sum_paths.push_back(texts(*prove_in_tree(std::span<const SumNode>{sums}, i), node));
      older.push_back(texts(*prove_consistency(leaves, i + 1), hash));
    }
    cases.add(Json::Object{{"tree", "log"},
                           {"leaves", std::move(bytes)},
                           {"root", hash(merkle_root(leaves))},
                           {"inclusion", std::move(paths)},
                           {"consistency", std::move(older)}});
    cases.add(Json::Object{{"tree", "sum"},
                           {"leaves", texts(sums, node)},
                           {"root", node(tree_root(std::span<const SumNode>{sums}))},
                           {"inclusion", std::move(sum_paths)}});
  }
  return cases;
}

// --- a ledger, its snapshots and receipts, and attacks on them ----------------------------------------------------

/// The secret of published key n: the byte n, 32 times.
Hash demo_secret(std::uint8_t n) {
  Hash secret;
  secret.fill(n);
  return secret;
}

/// A community with three stewards: abe (BIP-340), mori (a wallet) and sato (Ed25519), published keys 1, 2 and 3.
class Salon {
 public:
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

  void say(Json claim, std::string_view at) {
    std::string line;
    const auto entry = submit(ledger_, claim, *Timestamp::parse(at), line, [](std::uint64_t) { return std::string{}; });
    MIKOSHI_CHECK(entry.has_value());
    lines_.push_back(std::move(line));
  }
  void say(const char* claim, std::string_view at) { say(*parse_json(claim), at); }
  template <class E>
  void decide(const E& event, std::string_view at) {
    Json claim;
    encode_fields(event, claim);
    claim.set("kind", E::kind);
    say(std::move(claim), at);
  }
  void close(std::string_view month, std::string_view at) {
    const DraftNew draft = *make_draft(ledger_.state, *Period::parse(month));
    decide(draft, at);
    decide(Approve{draft.id}, at);
    decide(*make_statement(ledger_.state), at);
  }

 private:
  Ledger ledger_;
  std::vector<std::string> lines_;
};

const SecretKey& demo_key(std::uint8_t n) {
  static const std::array<SecretKey, 3> keys = {*SecretKey::from_bytes(demo_secret(1)), *SecretKey::from_bytes(demo_secret(2)),
                                                *SecretKey::from_bytes(demo_secret(4))};
  return keys.at(n == 4 ? 2 : n - 1u);
}

/// What abe, mori and sato sign of a checkpoint; `who` has a letter for each of them, z is a stranger.
std::string signed_note(const std::string& text, std::string_view who) {
  Note note{text, {}};
  const Checkpoint checkpoint = *parse_checkpoint(text);
  for (const char letter : who) {
    if (letter == 'a') note.signatures.push_back(sign_note("abe", demo_key(1), text));
    if (letter == 'm') {
      const EthereumSignature signature = sign_ethereum(demo_key(2), typed_digest(typed(checkpoint)));
      note.signatures.push_back(
          {"mori", key_id("mori", StewardKey{address_of(demo_key(2))}), Bytes{signature.begin(), signature.end()}});
    }
    if (letter == 's')
      note.signatures.push_back(sign_note("sato", StewardSecretKey{Ed25519SecretKey::from_seed(demo_secret(3))}, text));
    if (letter == 'z') note.signatures.push_back(sign_note("zed", demo_key(4), text));
  }
  return to_string(note);
}

std::string checkpoint_of(const std::vector<std::string>& lines) {
  MerkleLog log;
  for (const std::string& line : lines) log.append(leaf_hash(as_bytes(line)));
  const Hash dao = lines.empty() ? Hash{} : leaf_hash(as_bytes(lines.front()));
  return to_string(Checkpoint{origin_of(dao), log.size(), log.root()});
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Salon make_salon() {
  Salon salon;
  const std::string march = "2024-03-01T00:00:00Z", april = "2024-04-01T00:00:00Z", may = "2024-05-01T00:00:00Z";
  Json dao = *parse_json(
      R"({"currency":{"code":"JPY","exponent":0},"format":1,"kind":"dao","offset":"+09:00","salt":")" + to_hex(Hash{}) +
      R"(","threshold":2})");
  const auto steward = [](std::string_view name, const StewardKey& key) {
    return Json{Json::Object{{"key", to_string(key)}, {"name", name}}};
  };
  dao.set("stewards", Json::Array{steward("abe", demo_key(1).public_key()), steward("mori", address_of(demo_key(2))),
                                  steward("sato", Ed25519SecretKey::from_seed(demo_secret(3)).public_key())});
  salon.say(std::move(dao), "2024-02-29T15:00:00Z");
  for (const char* claim :
       {R"({"kind":"ticket.class","class":"seat","transfer":"free","weight":1})",
        R"({"kind":"contribution.kind","type":"work","weight":1})",
        R"({"kind":"charter","id":"v1","from":"2024-03","rules":{"minimum":"100","root":{"pool":"income","split":[[10,{"to":"pool:reserve"}],[60,{"pool":"work","among":"contributions","else":{"to":"pool:reserve"}}],[30,{"pool":"seats","among":"ticket-seconds","else":{"to":"pool:reserve"}}]]}}})",
        R"({"kind":"member.join","member":"aki"})", R"({"kind":"member.join","member":"ben"})",
        R"({"kind":"member.join","member":"chi"})", R"({"kind":"ticket.mint","class":"seat","ticket":"t1","to":"aki"})",
        R"({"kind":"ticket.mint","class":"seat","ticket":"t2","to":"ben"})",
        R"({"kind":"contribution","confirmed":"ben","id":"r1","member":"aki","period":"2024-03","points":3,"type":"work"})",
        R"({"kind":"contribution","confirmed":"aki","id":"r2","member":"chi","period":"2024-03","points":1,"type":"work"})",
        R"({"kind":"income","amount":"10007","currency":"JPY","id":"i1","period":"2024-03"})"})
    salon.say(claim, march);
  salon.say(R"({"kind":"ticket.transfer","from":"ben","ticket":"t2","to":"chi"})", "2024-03-16T03:00:00Z");
  salon.close("2024-03", april);
  for (const char* claim : {R"({"kind":"payment","amount":"4000","currency":"JPY","id":"p1","member":"aki"})",
                            R"({"kind":"member.leave","member":"ben"})",
                            R"({"kind":"income","amount":"5001","currency":"JPY","id":"i2","period":"2024-04"})"})
    salon.say(claim, april);
  salon.close("2024-04", may);
  return salon;
}

/// A ledger under a snapshot, and what verification says to it.
void add_ledger(Cases& cases, std::string_view what, const std::vector<std::string>& lines, const std::string& note) {
  const std::string text = joined_lines(lines);
  const auto result = verify_ledger(text_lines(text), note);
  Json one{Json::Object{{"case", what}, {"note", note}, {"lines", texts(lines, [](const std::string& l) { return Json{l}; })}}};
  set_error(one, result);
  if (result) {
    Json found;
    found.set("dao", to_hex(result->dao));
    found.set("distributions", static_cast<std::int64_t>(result->distributions));
    found.set("lines_after", static_cast<std::int64_t>(result->lines_after));
    found.set("signers", texts(result->signers.stewards, [](const std::string& n) { return Json{n}; }));
    found.set("size", static_cast<std::int64_t>(result->size));
    found.set("snapshot", to_hex(result->snapshot));
    one.set("found", std::move(found));
  }
  cases.add(std::move(one));
}

Cases ledger_cases(const Salon& salon) {
  Cases cases{"ledgers"};
  const std::vector<std::string>& good = salon.lines();
  const std::string checkpoint = checkpoint_of(good), note = signed_note(checkpoint, "am");
  for (const char* who : {"am", "ms", "as", "ams", "amz"}) add_ledger(cases, "signed-by-enough", good, signed_note(checkpoint, who));
  for (const char* who : {"a", "s", "z", "az"}) add_ledger(cases, "signed-by-too-few", good, signed_note(checkpoint, who));
  // Each line left out, doubled, exchanged with the next: under the true snapshot, and under one that a whole quorum signed.
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::string> bad = good;
    bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(i));
    add_ledger(cases, "a-line-left-out", bad, note);
    if (!bad.empty()) add_ledger(cases, "a-line-left-out-all-stewards-agree", bad, signed_note(checkpoint_of(bad), "ams"));
    bad = good;
    bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(i), good[i]);
    add_ledger(cases, "a-line-doubled-all-stewards-agree", bad, signed_note(checkpoint_of(bad), "ams"));
    if (i + 1 == good.size()) continue;
    bad = good;
    std::swap(bad[i], bad[i + 1]);
    add_ledger(cases, "two-lines-exchanged-all-stewards-agree", bad, signed_note(checkpoint_of(bad), "ams"));
  }
  // Each number of a draft or a statement one more, under a whole quorum: recomputing finds it.
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (good[i].find(R"("kind":"draft")") == std::string::npos && good[i].find(R"("kind":"statement")") == std::string::npos) continue;
    for (std::size_t at = 0; at < good[i].size(); ++at) {
      const bool ends_number = good[i][at] >= '0' && good[i][at] <= '8' && at > 0 && at + 1 < good[i].size() &&
                               good[i][at + 1] == '"' && std::string_view{good[i]}.substr(0, at).rfind("\":\"") != std::string_view::npos;
      if (!ends_number) continue;
      std::vector<std::string> bad = good;
      bad[i][at] = static_cast<char>(bad[i][at] + 1);
      add_ledger(cases, "one-number-one-more-all-stewards-agree", bad, signed_note(checkpoint_of(bad), "ams"));
    }
  }
  std::vector<std::string> longer = good;
  longer.push_back(R"({"at":"2024-05-02T00:00:00Z","kind":"member.join","member":"dai","seq":)" + std::to_string(good.size()) +
                   R"(,"voice":"operator"})");
  add_ledger(cases, "a-line-after-the-snapshot", longer, note);
  longer.back().replace(longer.back().find("dai"), 3, "aki");
  add_ledger(cases, "a-line-after-the-snapshot-that-no-rule-allows", longer, note);
  add_ledger(cases, "no-line", {}, note);
  return cases;
}

Cases receipt_cases(const Salon& salon) {
  Cases cases{"receipts"};
  const std::string text = joined_lines(salon.lines()), note = signed_note(checkpoint_of(salon.lines()), "ms");
  const auto add = [&](std::string_view what, const std::string& receipt, const std::string& member) {
    Json one{Json::Object{{"case", what}, {"member", member}, {"receipt", receipt}}};
    const auto check = verify_receipt(receipt, *MemberId::parse(member));
    set_error(one, check);
    if (check) {
      one.set("owed", to_string(check->standing.owed));
      one.set("payouts", texts(check->payouts, [](const ReceiptCheck::Payout& payout) {
                return Json{Json::Object{{"amount", to_string(payout.amount)}, {"period", to_string(payout.distribution.period)}}};
              }));
    }
    cases.add(std::move(one));
  };
  for (const char* month : {"2024-03", "2024-04"}) {
    const Receipts receipts = *Receipts::read(text_lines(text), note, *Period::parse(month));
    for (const Standing& standing : receipts.members()) {
      const Receipt good = *receipts.of(standing.member);
      const std::string& member = standing.member.text();
      add("right", to_string(good), member);
      add("somebody-elses", to_string(good), member == "aki" ? "ben" : "aki");
      Receipt bad = good;
      bad.body.standing.leaf.owed += 1;
      add("owed-one-more", to_string(bad), member);
      bad = good;
      bad.index += 1;
      add("the-next-line", to_string(bad), member);
      bad = good;
      bad.note = *parse_note(signed_note(good.note.text, "s"));
      add("signed-by-too-few", to_string(bad), member);
      if (good.body.payouts.empty()) continue;
      bad = good;
      bad.body.payouts.front().leaf.amount += 1;
      add("paid-one-more", to_string(bad), member);
      bad = good;
      bad.body.payouts.front().index += 1;
      add("another-place-in-the-tree", to_string(bad), member);
      if (good.body.payouts.front().path.empty()) continue;
      bad = good;
      bad.body.payouts.front().path.front().sum += 1;
      add("a-sum-one-more", to_string(bad), member);
      bad = good;
      bad.body.payouts.front().path.pop_back();
      add("a-proof-that-is-too-short", to_string(bad), member);
    }
  }
  return cases;
}

Cases note_cases(const Salon& salon) {
  Cases cases{"notes"};
  const std::string good = signed_note(checkpoint_of(salon.lines()), "ams");
  const auto add = [&](const std::string& text) {
    Json one{Json::Object{{"bytes", hex(text)}}};
    const auto note = parse_note(text);
    set_error(one, note);
    if (note) {
      const auto checkpoint = parse_checkpoint(note->text);
      set_error(one, checkpoint);
      const auto signers = check_signatures(*note, salon.ledger().state.dao.stewards);
      if (checkpoint) set_error(one, signers);
      if (checkpoint && signers) one.set("signers", texts(signers->stewards, [](const std::string& n) { return Json{n}; }));
    }
    cases.add(std::move(one));
  };
  add(good);
  for (std::size_t size = 0; size < good.size(); size += 7) add(good.substr(0, size));
  for (std::size_t at = 0; at < good.size(); at += 5) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    add(bad);
  }
  add(good + "\n");
  add(good + good);
  add("\n" + good);
  return cases;
}

}  // namespace

Result<Printout> run_vectors(const VectorsOptions& options) {
  const Salon salon = make_salon();
  const std::vector<Cases> all = {canonical_cases(),       split_cases(),          tree_cases(),
                                  note_cases(salon), ledger_cases(salon), receipt_cases(salon)};
  MIKOSHI_TRY(create_folder(options.out, all.size(), [&](std::size_t i) -> Result<NamedText> {
    return NamedText{all[i].name() + ".jsonl", all[i].text()};
  }));
  Printout out;
  for (const Cases& cases : all) {
    out.words += wording<Word::vectors_row>(options.out + "/" + cases.name() + ".jsonl", thousands(cases.count()));
    out.json.set(cases.name(), static_cast<std::int64_t>(cases.count()));
  }
  return out;
}

}  // namespace mikoshi
