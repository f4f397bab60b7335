// SPDX-License-Identifier: MIT
/// `mikoshi new`, `mikoshi key`: a DAO's first lines, and keys.
#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "charter_templates.hpp"
#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

constexpr std::array<std::string_view, 7> contribution_kinds = {"goods",   "hosting",  "idea", "introduction",
                                                                "support", "teaching", "work"};

}  // namespace

Result<Printout> run_new(const NewOptions& options, const WriteOptions& write) {
  if (const std::string last = options.dir.substr(options.dir.rfind('/') + 1);
      options.dir.empty() || last == "." || last == "..")
    return fail(Errc::usage, wording<Word::new_needs_name>(), options.dir);
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.at));
  MIKOSHI_ASSIGN(const Offset offset, Offset::parse(options.offset));
  MIKOSHI_ASSIGN(const Currency currency, parse_currency(options.currency));
  Period from = Period::of(at, offset);
  if (!options.from.empty()) {
    MIKOSHI_ASSIGN(from, Period::parse(options.from));
  }
  Hash seed{};
  if (options.salt.empty()) {
    fill_random(seed);
  } else {
    MIKOSHI_ASSIGN(seed, parse_hash(options.salt));
  }
  DaoStart dao;
  dao.salt = public_salt(seed);  // the seed itself stays private: it also salts what is hashed
  dao.offset = offset;
  dao.currency = {currency.code(), currency.exponent()};
  for (const std::string& text : options.stewards) {
    MIKOSHI_ASSIGN(Steward steward, parse_steward(text));
    dao.stewards.push_back(std::move(steward));
  }
  std::sort(dao.stewards.begin(), dao.stewards.end(),
            [](const Steward& a, const Steward& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(dao.stewards.begin(), dao.stewards.end(),
                                        [](const Steward& a, const Steward& b) { return a.name == b.name; });
  if (twice != dao.stewards.end()) return fail(Errc::conflict, wording<Word::new_steward_twice>(twice->name.text()));

  // Without stewards the tool makes one key. Its file appears together with the folder, or not at all.
  std::vector<PrivateFile> private_files = {{"book.json", canonical_text(make_private_book(seed)) + "\n"}};
  const bool own_key = dao.stewards.empty();
  if (own_key) {
    MIKOSHI_ASSIGN(NewKey key, make_key(KeySort::bip340, options.scrypt_log2, options.password));
    dao.stewards.push_back(Steward{*StewardId::parse("steward"), key.public_key});
    private_files.push_back({"steward.key", std::move(key.text)});
  }
  dao.threshold = options.threshold.value_or(dao.stewards.size() / 2 + 1);

  Ledger ledger;
  std::vector<std::string> lines;
  const auto add = [&](const Event& event) -> Status {
    Envelope envelope;
    envelope.at = at;
    envelope.seq = ledger.state.next_seq;
    lines.push_back(encode_line(envelope, event));
    MIKOSHI_TRY(take_line(ledger, lines.back()));
    return {};
  };
  MIKOSHI_TRY(add(dao));
  TicketClassNew ticket_class;
  ticket_class.ticket_class = *ClassId::parse("ticket");
  ticket_class.weight = 1;
  MIKOSHI_TRY(add(ticket_class));
  for (const std::string_view name : contribution_kinds) {
    ContributionKindNew kind;
    kind.type = *KindId::parse(name);
    kind.weight = 1;
    MIKOSHI_TRY(add(kind));
  }
  const CharterTemplate* chosen = find_charter_template(options.charter_template);
  MIKOSHI_CHECK(chosen != nullptr);  // the command line offers no other
  CharterNew charter;
  charter.from = from;
  charter.id = *CharterId::parse("v1");
  charter.rules = *parse_json(chosen->rules);
  MIKOSHI_TRY(add(charter));

  MIKOSHI_TRY(create_folder(options.dir, lines, head_of(ledger), private_files));

  std::vector<std::string> names;
  Json::Array names_json;
  for (const Steward& steward : dao.stewards) {
    names.push_back(steward.name.text());
    names_json.push_back(steward.name.text());
  }
  Printout out;
  out.words = wording<Word::new_made>(printable(options.dir), unit_name(currency), options.offset, month_name(from),
                                      options.charter_template, joined(names), dao.threshold, dao.stewards.size());
  if (own_key) out.words += wording<Word::new_own_key>(printable(options.dir));
  out.words += wording<Word::next_step>(fmt::format("mikoshi --dir {} member join --count N", printable(options.dir)));
  out.json.set("dao", to_hex(ledger.state.dao.id));
  out.json.set("dir", options.dir);
  out.json.set("stewards", std::move(names_json));
  out.json.set("threshold", static_cast<std::int64_t>(dao.threshold));
  return out;
}

Result<Printout> run_key_new(const KeyNewOptions& options) {
  const KeySort sort = options.ed25519 ? KeySort::ed25519 : KeySort::bip340;
  MIKOSHI_ASSIGN(const StewardKey key, create_key(options.file, sort, options.scrypt_log2, options.password));
  Printout out;
  const std::string text = to_string(key);
  const std::size_t hex = text.find(':') + 1;  // 0 where it begins at once
  out.words = wording<Word::key_made>(text, printable(options.file), text.substr(0, hex + 8));
  out.json.set("file", options.file);
  out.json.set("public_key", to_string(key));
  return out;
}

Result<Printout> run_key_public(const KeyPublicOptions& options) {
  MIKOSHI_ASSIGN(const StewardKey key, read_public_key(options.file));
  Printout out;
  out.words = to_string(key) + "\n";
  out.json.set("file", options.file);
  out.json.set("public_key", to_string(key));
  return out;
}

}  // namespace mikoshi
