// SPDX-License-Identifier: MIT
/// What story.hpp promises, compiled once for all stories.
#include "story.hpp"

#include <array>
#include <cstdlib>

namespace story {

void surprise(const std::string& what) {
  std::cerr << "not as told: " << what << '\n';
  std::exit(1);
}

Claim::Claim(std::string text) {
  for (char& c : text) c = c == '\'' ? '"' : c;
  auto parsed = parse_json(text);
  if (!parsed) surprise(text + ": " + to_string(parsed.error()));
  json = std::move(*parsed);
}

Timestamp time(std::string_view text) {
  const auto parsed = Timestamp::parse(text.size() == 10 ? std::string{text} + "T00:00:00Z" : std::string{text});
  if (!parsed) surprise("no time: " + std::string{text});
  return *parsed;
}

std::string sha(std::string_view text) { return to_hex(sha256(as_bytes(text))); }

SecretKey demo_key(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(n);
  return *SecretKey::from_bytes(bytes);
}

std::string bip340(const SecretKey& key) { return to_string(SpeakerKey{key.public_key()}); }
std::string wallet(const SecretKey& key) { return to_string(SpeakerKey{address_of(key)}); }

std::string stewards(std::initializer_list<std::pair<const char*, std::uint8_t>> named) {
  std::string list;
  for (const auto& [name, n] : named)
    list += (list.empty() ? "[{'key':'" : ",{'key':'") + to_string(demo_key(n).public_key()) + "','name':'" + name + "'}";
  return list + "]";
}

// --- telling ---------------------------------------------------------------------------------------------------------

Story::Story(const std::string& title, const std::string& offset) : now_(time("2026-03-01")) {
  std::cout << title << "\n\n";
  add("{'kind':'dao','currency':{'code':'JPY','exponent':0},'format':" + std::to_string(format_version) + ",'offset':'" + offset +
      "','salt':'" + sha(title) + "','stewards':" + stewards({{"abe", 1}, {"mori", 2}, {"sato", 3}}) + ",'threshold':2}");
}

void Story::day(std::string_view when, std::string_view what) {
  now_ = time(when);
  const auto local = Timestamp::from_seconds(now_.seconds() + ledger.state.dao.offset.minutes() * 60);
  std::cout << to_string(*local).substr(0, 10) << "  " << what << '\n';
}

void Story::refused(Errc code, const Claim& claim) {
  const std::string before = print();
  const auto entry = submit(claim);
  if (entry) surprise("it should be refused as " + std::string{name(code)} + ": " + to_canonical(claim.json));
  const Error& error = entry.error();
  if (error.code != code) surprise(to_string(error) + "; it should be " + std::string{name(code)});
  if (print() != before) surprise("a refused line changed something: " + to_canonical(claim.json));
  refusals_ += 1;
  std::cout << "          x " << name(code) << ": " << (error.what.empty() ? meaning(code) : error.what) << '\n';
}

void Story::repeats(const Claim& claim) {
  const std::string before = print();
  const auto entry = submit(claim);
  if (!entry || !entry->existing || print() != before) surprise("it should stand there already: " + to_canonical(claim.json));
  std::cout << "            (sent again: it stands in line " << entry->seq << " already)\n";
}

void Story::expect(const std::string& what, const std::string& got, const std::string& wanted) const {
  if (got != wanted) surprise(what + ": " + got + ", not " + wanted);
  std::cout << "          = " << what << ": " << got << '\n';
}

int Story::end(std::initializer_list<std::uint8_t> signers) {
  const std::string verdict = verify(snapshot(signers));
  if (verdict != "ok") surprise("the ledger does not verify: " + verdict);
  if (!ledger.state.books.balanced()) surprise("the books do not balance");
  std::cout << '\n' << lines.size() << " lines, " << refusals_ << " refused; anybody can verify them from their text alone.\n";
  return 0;
}

// --- what a backend does ---------------------------------------------------------------------------------------------

Result<Entry> Story::submit(const Claim& claim) {
  std::string line;
  auto entry = mikoshi::submit(ledger, claim.json, now_, line, [&](std::uint64_t seq) { return lines.at(seq); });
  if (!line.empty()) lines.push_back(std::move(line));  // a backend writes it to its store, and only then answers
  return entry;
}

void Story::add(const Claim& claim) {
  const auto entry = submit(claim);
  if (!entry) surprise(to_string(entry.error()) + "\n  " + to_canonical(claim.json));
  if (entry->existing) surprise("it stands there already: " + to_canonical(claim.json));
}

namespace {
template <class E>
Json claim_of(const Result<E>& event) {
  if (!event) surprise(to_string(event.error()));
  Json claim = Codec<E>::encode(*event);
  claim.set("kind", E::kind);
  return claim;
}
}  // namespace

Json Story::draft_of(std::string_view month) const { return claim_of(make_draft(ledger.state, *Period::parse(month))); }

std::string Story::draft(std::string_view month) {
  const Json claim = draft_of(month);
  add(claim);
  return *claim.find("id")->text();
}

std::string Story::snapshot(std::initializer_list<std::uint8_t> signers, const Dao& dao) {
  if (!ends_with_statement(ledger)) add(claim_of(make_statement(ledger.state)));
  Note note{*snapshot_text(ledger), {}};
  for (const std::uint8_t n : signers)
    if (const auto status = sign_snapshot(note, dao, demo_key(n)); !status) surprise(to_string(status.error()));
  return to_string(note);
}

std::string Story::verify(const std::string& snapshot) const {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const auto result = verify_ledger(text_lines(text), snapshot);
  return result ? "ok" : std::string{name(result.error().code)};
}

Json relayed(const std::string& member, const Claim& claim) {
  Json line = claim.json;
  line.set("channel", "chat");
  line.set("message", sha("a salt that stays private, " + member + ": " + to_canonical(claim.json)));
  line.set("voice", "relayed");
  line.set("who", member);
  return line;
}

Json Story::signed_by(const std::string& member, const SecretKey& key, const Claim& claim, Key sort) const {
  const std::uint64_t nonce = ledger.state.members.rows[index(member)].nonce + 1;
  const std::string expires = to_string(*Timestamp::from_seconds(now_.seconds() + 86400));
  Json line = claim.json;
  line.set("expires", expires);
  line.set("key", sort == Key::bip340 ? bip340(key) : wallet(key));
  line.set("nonce", static_cast<std::int64_t>(nonce));
  line.set("voice", "signed");
  line.set("who", member);
  const auto read = decode_claim(line, now_, ledger.state.next_seq);
  if (!read) surprise(to_string(read.error()));
  const Hash& dao = ledger.state.dao.id;
  const std::string text = claim_text(read->envelope, read->event, dao);  // this is what the member sees and signs
  std::string signature;
  switch (sort) {
    case Key::bip340:
      signature = to_hex(key.sign(tagged_hash(claim_tag, as_bytes(text))));
      break;
    case Key::wallet:  // eth_signTypedData_v4, of typed_json
      signature = to_hex(sign_ethereum(key, typed_digest(TypedClaim{dao, member, nonce, expires, text})));
      break;
    case Key::old_wallet:  // personal_sign
      signature = to_hex(sign_ethereum(key, personal_digest(text)));
      break;
  }
  line.set("signature", signature);
  return line;
}

// --- looking ---------------------------------------------------------------------------------------------------------

Members::Index Story::index(const std::string& member) const {
  const auto found = ledger.state.members.ids.find(*MemberId::parse(member));
  if (!found) surprise("nobody is called " + member);
  return *found;
}

std::string Story::owed(const std::string& member) const { return to_string(ledger.state.books.owed(index(member))); }
std::string Story::purse(const std::string& account) const { return to_string(ledger.state.books.balance(account)); }

std::string Story::holds(const std::string& member, const std::string& type) const {
  for (const Standing& row : standings(ledger.state)) {
    const auto count = row.holds.find(*ClassId::parse(type));
    if (row.member.text() == member) return count == row.holds.end() ? "0" : std::to_string(count->second);
  }
  return "nothing: nobody is called so";
}

std::string Story::print() const {
  const State& state = ledger.state;
  std::string all = to_hex(ledger.log.root()) + std::to_string(state.next_seq) + canonical_text(roll_of(state));
  if (const auto statement = make_statement(state)) all += canonical_text(*statement);
  const auto put = [&](std::uint64_t number) { all += ' ' + std::to_string(number); };
  for (const auto& [account, row] : state.books.accounts) all += ' ' + account + ' ' + to_string(row.balance());
  for (const Member& member : state.members.rows) put(member.nonce), put(member.relayed.size()), put(member.keys.size());
  for (const Proposal& row : state.proposals.rows) put(row.signatures.size()), put(static_cast<std::uint64_t>(row.state));
  for (const ReviewRound& round : state.reviews.rounds)
    for (const Ballot& ballot : round.ballots) put(ballot.open ? 1 : 0);
  return all;
}

}  // namespace story
