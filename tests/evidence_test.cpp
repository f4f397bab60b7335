// SPDX-License-Identifier: MIT
/// @file evidence_test.cpp
/// Proves evidence: of two histories it names who signed both, never an honest steward, and at least 2k − n of n; nothing
/// else is taken for evidence; and a log's root tells every earlier root it ever had, and no other.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mikoshi/proof/evidence.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::World;

namespace {

/// A steward of the logs here: s1, s2, …, with the demo key of that number.
std::string steward_name(std::uint8_t n) { return "s" + std::to_string(n); }

/// The first line of a DAO with `count` stewards, `threshold` of whom sign.
std::string first_line(std::uint8_t count, std::uint64_t threshold) {
  Json claim = world::dao_claim();
  Json::Array stewards;
  for (std::uint8_t n = 1; n <= count; ++n)
    stewards.push_back(Codec<Steward>::encode(Steward{StewardId::parse(steward_name(n)).value(), world::demo_key(n).public_key()}));
  claim.set("stewards", std::move(stewards));
  claim.set("threshold", static_cast<std::int64_t>(threshold));
  return World{claim}.lines.at(0);
}

/// A log by its leaves. ForkEvidence never looks into lines but the first, so that they may be anything here.
using Log = std::vector<Hash>;
Log log_of(const std::string& first, std::initializer_list<const char*> lines) {
  Log log{leaf_hash(as_bytes(first))};
  for (const char* line : lines) log.push_back(leaf_hash(as_bytes(line)));
  return log;
}
Hash root_of(const Log& log, std::size_t size) { return merkle_root(std::span{log}.first(size)); }

Note snapshot(const Log& log, std::initializer_list<std::uint8_t> signers) {
  Note note{to_string(Checkpoint{origin_of(log.front()), log.size(), merkle_root(log)}), {}};
  for (const std::uint8_t n : signers)
    note.signatures.push_back(sign_note(steward_name(n), world::demo_key(n), note.text));
  return note;
}

std::string names(const std::vector<Steward>& stewards) {
  std::string text;
  for (const Steward& steward : stewards) text += (text.empty() ? "" : " ") + steward.name.text();
  return text;
}

std::string code(const ForkEvidence& evidence) { return world::code_of(verify_evidence(evidence)); }

}  // namespace

TEST_CASE("prefix: from a log's root and a few hashes, each root that it ever had, and no other") {
  for (std::size_t size = 1; size <= 40; ++size) {
    Log log;
    for (std::size_t i = 0; i < size; ++i) log.push_back(leaf_hash(as_bytes(std::to_string(i))));
    const Hash root = merkle_root(log);
    for (std::size_t prefix = 1; prefix <= size; ++prefix) {
      CAPTURE(size, prefix);
      const auto proof = prove_prefix(log, prefix);
      REQUIRE(proof);
      CHECK(prefix_root(prefix, size, root, *proof).value() == root_of(log, prefix));
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < proof->size(); ++i) {
        auto other = *proof;
        other[i][7] ^= 1;
        wrong += world::code_of(prefix_root(prefix, size, root, other)) != "proof_mismatch" ? 1 : 0;
      }
      auto longer = *proof, shorter = *proof;
      longer.push_back(root);
      shorter.pop_back();
      wrong += world::code_of(prefix_root(prefix, size, root, longer)) != "proof_wrong_length" ? 1 : 0;
      wrong += world::code_of(prefix_root(prefix, size, root, shorter)) != "proof_wrong_length" ? 1 : 0;
      // For another prefix the same hashes lead elsewhere or nowhere.
      for (std::size_t other = 1; other <= size; ++other) {
        const auto found = prefix_root(other, size, root, *proof);
        wrong += found && *found != root_of(log, other) ? 1 : 0;
      }
      CHECK(wrong == 0);
    }
    CHECK(world::code_of(prove_prefix(log, 0)) == "proof_index_out_of_range");
    CHECK(world::code_of(prove_prefix(log, size + 1)) == "proof_index_out_of_range");
    CHECK(world::code_of(prefix_root(0, size, root, {})) == "proof_index_out_of_range");
    CHECK(world::code_of(prefix_root(size + 1, size, root, {})) == "proof_index_out_of_range");
  }
  const std::uint64_t huge = UINT64_MAX;
  CHECK(world::code_of(prefix_root(huge, huge, Hash{}, {})) == "proof_wrong_length");
  CHECK(world::code_of(prefix_root(1, huge, Hash{}, std::vector<Hash>(200))) == "proof_wrong_length");
  CHECK(world::code_of(prefix_root(1, huge, Hash{}, std::vector<Hash>(65))) == "proof_mismatch");
}

TEST_CASE("evidence: two roots for one size name who signed both") {
  const std::string first = first_line(3, 2);
  const Log one = log_of(first, {"a", "b"}), other = log_of(first, {"a", "x"});
  const auto evidence = prove_equivocation(first, snapshot(one, {1, 2}), snapshot(other, {2, 3}), {});
  REQUIRE(evidence);
  CHECK(evidence->proof.empty());
  const auto found = verify_evidence(*evidence);
  REQUIRE(found);
  CHECK(names(found->both) == "s2");
  CHECK(found->both.front().key == world::demo_key(2).public_key());
  CHECK(found->dao == one.front());
  CHECK(found->threshold == 2);
  CHECK(found->stewards == 3);
  CHECK(found->smaller.size == 3);
  CHECK(found->larger.size == 3);
  // Whoever finds it and in whatever order, it is one file; it reads back, and in no other spelling.
  CHECK(to_string(prove_equivocation(first, snapshot(other, {2, 3}), snapshot(one, {1, 2}), {}).value()) == to_string(*evidence));
  const std::string text = to_string(*evidence);
  CHECK(to_string(parse_evidence(text).value()) == text);
}

TEST_CASE("evidence: a larger log convicts those who signed a smaller one that it does not continue") {
  const std::string first = first_line(3, 2);
  const Log small = log_of(first, {"a", "b"}), large = log_of(first, {"a", "x", "c", "d", "e"});
  const auto evidence = prove_equivocation(first, snapshot(large, {1, 2, 3}), snapshot(small, {1, 2}), large);
  REQUIRE(evidence);
  const auto found = verify_evidence(*evidence);
  REQUIRE(found);
  CHECK(names(found->both) == "s1 s2");
  CHECK(found->smaller.size == 3);
  CHECK(found->larger.size == 6);
  CHECK(found->root == root_of(large, 3));
  CHECK(found->root != found->smaller.root);
  // More lines than the larger snapshot covers do no harm.
  Log longer = large;
  longer.push_back(leaf_hash(as_bytes("f")));
  CHECK(to_string(prove_equivocation(first, snapshot(small, {1, 2}), snapshot(large, {1, 2, 3}), longer).value()) ==
        to_string(*evidence));
}

TEST_CASE("evidence: what accuses nobody, or of what is not shown, is refused by its name") {
  const std::string first = first_line(3, 2), alien = first_line(3, 3);
  const Log small = log_of(first, {"a", "b"}), large = log_of(first, {"a", "x", "c", "d", "e"});
  const Log next = log_of(first, {"a", "b", "c"});
  const auto prove = [&](const Note& one, const Note& other, const Log& log, const std::string& line) {
    return world::code_of(prove_equivocation(line, one, other, log));
  };
  CHECK(prove(snapshot(small, {1, 2}), snapshot(next, {1, 2}), next, first) == "not_equivocation");
  CHECK(prove(snapshot(small, {1, 2}), snapshot(small, {2, 3}), {}, first) == "not_equivocation");
  CHECK(prove(snapshot(small, {1}), snapshot(large, {2, 3}), large, first) == "not_equivocation");
  CHECK(prove(snapshot(small, {}), snapshot(large, {}), large, first) == "truncated");  // nobody signed: these are no notes
  CHECK(prove(snapshot(small, {9}), snapshot(large, {9}), large, first) == "not_equivocation");  // a stranger may do so
  CHECK(prove(snapshot(small, {1, 2}), snapshot(large, {1, 2}), small, first) == "ledger_too_short");
  Log wrong = large;
  wrong[4][0] ^= 1;
  CHECK(prove(snapshot(small, {1, 2}), snapshot(large, {1, 2}), wrong, first) == "root_mismatch");
  CHECK(prove(snapshot(small, {1, 2}), snapshot(large, {1, 2}), large, alien) == "wrong_domain");
  CHECK(prove(snapshot(small, {1, 2}), snapshot(large, {1, 2}), large, "no line") == "wrong_domain");
  const Log foreign = log_of(alien, {"a", "x", "c"});
  CHECK(prove(snapshot(small, {1, 2}), snapshot(foreign, {1, 2}), foreign, first) == "wrong_domain");
  Note lie = snapshot(large, {1, 2});
  lie.signatures[0].signature[5] ^= 1;
  CHECK(prove(snapshot(small, {1, 2}), lie, large, first) == "bad_signature");

  const ForkEvidence good = prove_equivocation(first, snapshot(small, {1, 2}), snapshot(large, {1, 2}), large).value();
  REQUIRE(code(good) == "ok");
  const auto changed = [&](auto change) {
    ForkEvidence evidence = good;
    change(evidence);
    return code(evidence);
  };
  CHECK(changed([](ForkEvidence& e) { std::swap(e.smaller, e.larger); }) == "bad_evidence");
  CHECK(changed([](ForkEvidence& e) { e.proof.clear(); }) == "proof_wrong_length");
  CHECK(changed([](ForkEvidence& e) { e.proof.push_back(Hash{}); }) == "proof_wrong_length");
  CHECK(changed([](ForkEvidence& e) { e.proof.front()[0] ^= 1; }) == "proof_mismatch");
  CHECK(changed([](ForkEvidence& e) { e.smaller += "x"; }) == "trailing_bytes");
  CHECK(changed([&](ForkEvidence& e) { e.larger = to_string(Note{"x\n", snapshot(large, {1}).signatures}); }) == "bad_note");
  const Note empty{to_string(Checkpoint{origin_of(small.front()), 0, empty_root()}), snapshot(large, {1}).signatures};
  CHECK(changed([&](ForkEvidence& e) { e.smaller = to_string(empty); }) == "bad_evidence");
  const Log twin = log_of(first, {"a", "y", "c", "d", "e"});
  CHECK(changed([&](ForkEvidence& e) { e.smaller = to_string(snapshot(twin, {1, 2})); }) != "ok");  // of one size: no proof
  // Nobody is framed with a proof for another size.
  CHECK(changed([&](ForkEvidence& e) { e.smaller = to_string(snapshot(next, {1, 2})); }) != "ok");
}

TEST_CASE("evidence: every single bit of it, flipped, is refused, or takes a name off, but never brings another") {
  const std::string first = first_line(3, 2);
  const Log small = log_of(first, {"a", "b"}), large = log_of(first, {"a", "x", "c"});
  const std::string text =
      to_string(prove_equivocation(first, snapshot(small, {1, 2}), snapshot(large, {2, 3}), large).value());
  std::map<std::string, std::size_t> codes;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1u << (bit % 8)));
    const auto evidence = parse_evidence(flipped);
    if (!evidence) {
      ++codes[std::string{name(evidence.error().code)}];
      continue;
    }
    const auto found = verify_evidence(*evidence);
    if (found) CHECK(names(found->both) == "s2");
    ++codes[world::code_of(found)];
  }
  CHECK(codes["bad_evidence"] > 1000);
  CHECK(codes["bad_signature"] > 100);
  CHECK(codes["not_equivocation"] > 0);
  CHECK(codes["proof_mismatch"] > 100);
  CHECK(codes["wrong_domain"] > 100);
  CHECK(codes["internal"] == 0);
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK(world::code_of(parse_evidence(text.substr(0, size))) == "bad_evidence");
  CHECK(world::code_of(parse_evidence(text + "\n")) == "bad_evidence");
  CHECK(world::code_of(parse_evidence("{}\n")) == "bad_evidence");
  std::string other = text;
  other.replace(other.find("mikoshi-evidence-v1"), 19, "mikoshi-evidence-v2");
  CHECK(world::code_of(parse_evidence(other)) == "bad_evidence");
}

namespace {

/// A steward of a random history. An honest one signs what extends everything signed before, and writes it down first.
struct Signer {
  bool honest = true;
  bool forgetful = false;  ///< for the control: means well, and keeps no record
  std::size_t size = 0;
  Hash root{};

  bool signs(const Log& log) {
    if (!honest || forgetful) return true;
    if (size != 0 && (log.size() < size || root_of(log, size) != root)) return false;
    size = log.size();
    root = merkle_root(log);
    return true;
  }
};

struct Tally {
  std::size_t conflicts = 0;  ///< of snapshots with a quorum
  std::size_t named = 0;
  std::size_t honest_named = 0;
  std::size_t too_few = 0;
  std::size_t wrong = 0;  ///< evidence where there is no conflict, or none where there is
  void operator+=(const Tally& other) {
    conflicts += other.conflicts;
    named += other.named;
    honest_named += other.honest_named;
    too_few += other.too_few;
    wrong += other.wrong;
  }
};

/// One DAO whose operator forks the log and asks stewards to sign this and that, some of whom sign everything.
Tally schedule(Random& random, bool forgetful) {
  const auto n = static_cast<std::uint8_t>(1 + random.below(7));
  const std::uint64_t k = n == 1 ? 1 : n / 2 + 1 + random.below(n - n / 2);
  const std::string first = first_line(n, k);
  std::vector<Signer> signers(n);
  for (Signer& signer : signers) {
    signer.honest = !random.one_in(2);
    signer.forgetful = forgetful && random.one_in(2);
  }
  std::vector<Log> logs{log_of(first, {})};
  struct Signed {
    Log log;
    std::set<std::uint8_t> by;
  };
  std::vector<Signed> snapshots;
  std::uint64_t line = 0;
  for (int step = 0; step < 10; ++step) {
    if (random.one_in(4)) {  // a fork, from anywhere on
      Log fork = random.pick(logs);
      fork.resize(1 + random.below(fork.size()));
      logs.push_back(std::move(fork));
    }
    Log& log = logs[random.below(logs.size())];
    for (std::uint64_t more = random.below(4); more > 0; --more) log.push_back(sha256(as_bytes(std::to_string(++line))));
    if (log.size() == 1 || snapshots.size() == 4) continue;
    const auto known = std::find_if(snapshots.begin(), snapshots.end(), [&](const Signed& s) { return s.log == log; });
    Signed& snapshot = known != snapshots.end() ? *known : snapshots.emplace_back(Signed{log, {}});
    for (std::uint8_t who = 1; who <= n; ++who)
      if (!random.one_in(5) && signers[who - 1u].signs(log)) snapshot.by.insert(who);
  }
  const auto note_of = [](const Signed& snapshot) {
    Note note{to_string(Checkpoint{origin_of(snapshot.log.front()), snapshot.log.size(), merkle_root(snapshot.log)}), {}};
    for (const std::uint8_t who : snapshot.by)
      note.signatures.push_back(sign_note(steward_name(who), world::demo_key(who), note.text));
    return note;
  };
  std::vector<Note> notes;
  for (const Signed& snapshot : snapshots) notes.push_back(note_of(snapshot));
  Tally tally;
  for (std::size_t i = 0; i < snapshots.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Signed& smaller = snapshots[i].log.size() < snapshots[j].log.size() ? snapshots[i] : snapshots[j];
      const Signed& larger = &smaller == &snapshots[i] ? snapshots[j] : snapshots[i];
      if (smaller.by.empty() || larger.by.empty()) continue;
      const bool conflict = !std::equal(smaller.log.begin(), smaller.log.end(), larger.log.begin());
      const bool verifying = smaller.by.size() >= k && larger.by.size() >= k;
      tally.conflicts += conflict && verifying ? 1 : 0;
      const auto evidence = prove_equivocation(first, notes[i], notes[j], larger.log);
      if (!evidence) {
        tally.wrong += conflict && verifying ? 1 : 0;
        tally.wrong += evidence.error().code != Errc::not_equivocation ? 1 : 0;
        continue;
      }
      tally.wrong += conflict ? 0 : 1;
      const auto found = verify_evidence(parse_evidence(to_string(*evidence)).value());
      if (!found) {
        ++tally.wrong;
        continue;
      }
      tally.too_few += verifying && found->both.size() < 2 * k - n ? 1 : 0;
      for (const Steward& steward : found->both) {
        ++tally.named;
        const auto who = static_cast<std::size_t>(std::stoi(steward.name.text().substr(1)));
        tally.honest_named += signers[who - 1].honest ? 1 : 0;
      }
    }
  return tally;
}

}  // namespace

TEST_CASE("evidence: in thousands of random histories it names at least 2k - n double signers, and never an honest one") {
  const std::uint64_t seed = test_seed("evidence_test");
  Tally all;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    CAPTURE(seed, i);
    Random random{seed + i};
    const Tally tally = schedule(random, false);
    CHECK(tally.honest_named == 0);
    CHECK(tally.too_few == 0);
    CHECK(tally.wrong == 0);
    all += tally;
  }
  CHECK(all.conflicts > 300);  // else nothing was tried
  CHECK(all.named > 1000);
  std::printf("evidence_test: %zu conflicts of quorums, %zu names\n", all.conflicts, all.named);
}

TEST_CASE("evidence: the control: who keeps no record is named, however well it was meant") {
  Tally all;
  for (std::uint64_t i = 0; i < 100; ++i) {
    Random random{test_seed("evidence_test") + i};
    all += schedule(random, true);
  }
  CHECK(all.honest_named > 0);
  CHECK(all.wrong == 0);
}
