// SPDX-License-Identifier: MIT
/// Lines and ledgers: reading a line beside simdjson reading the same fields; replaying beside hashing the same log tree; auditing
/// beside that and the signatures.
#include <fmt/format.h>

#include "community.hpp"
#include "measure.hpp"
#include "mikoshi/proof/verify.hpp"

#ifdef MIKOSHI_BENCH_SIMDJSON
#include <simdjson.h>
#endif

namespace bench {
namespace {

using namespace mikoshi;

Hash log_root(const Community& made) {
  MerkleLog log;
  for (const std::string_view line : made.lines) log.append(leaf_hash(as_bytes(line)));
  return log.root();
}

#ifdef MIKOSHI_BENCH_SIMDJSON
/// Every field of every line as a text or a number, by simdjson's on-demand reader.
std::uint64_t read_by_simdjson(const std::vector<simdjson::padded_string>& lines, simdjson::ondemand::parser& parser) {
  std::uint64_t sum = 0;
  for (const simdjson::padded_string& line : lines) {
    simdjson::ondemand::document document;
    if (parser.iterate(line).get(document) != simdjson::SUCCESS) continue;
    simdjson::ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) continue;
    for (auto field : object) {
      std::string_view key, text;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) break;
      std::int64_t number = 0;
      auto value = field.value();
      if (value.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
      else if (value.get_int64().get(number) == simdjson::SUCCESS) sum += static_cast<std::uint64_t>(number);
      sum += key.size();
    }
  }
  return sum;
}
#endif

void measure_lines(Table& table, const Community& made) {
  const std::size_t n = made.lines.size();
  const auto ours = [&] {
    for (const std::string_view line : made.lines) keep(decode_line(line));
  };
#ifdef MIKOSHI_BENCH_SIMDJSON
  std::vector<simdjson::padded_string> padded;
  for (const std::string_view line : made.lines) padded.emplace_back(line);
  simdjson::ondemand::parser parser;
  const auto [ns, limit_ns] = in_turns(n, [&] {
    for (const std::string_view line : made.lines) {
      FlatObject flat;
      keep(flat.read(line));
    }
  }, [&] { keep(read_by_simdjson(padded, parser)); });
  table.add({"line: spelling and fields", n, 1, ns, "simdjson on demand, every field", limit_ns, 1.5});
  const auto [decode_ns, again_ns] = in_turns(n, ours, [&] { keep(read_by_simdjson(padded, parser)); });
  table.add({"line: decoded and hashed", n, 1, decode_ns, "simdjson on demand, every field", again_ns, 0});
#else
  const auto [ns, limit_ns] = in_turns(n, ours, [&] { keep(log_root(made)); });
  table.add({"line: decoded and hashed", n, 1, ns, "the log tree (simdjson is not here)", limit_ns, 0});
#endif
}

std::string beside(unsigned threads) { return threads == 1 ? "" : ", one core"; }

void measure_replay(Table& table, const Community& made) {
  for (const unsigned threads : {1u, 2u}) {
    const auto [ns, limit_ns] = in_turns(
        made.lines.size(),
        [&] {
          Ledger ledger;
          check(replay(ledger, text_lines(made.text), {}, threads));
          keep(ledger.log.root());
        },
        [&] { keep(log_root(made)); });
    table.add({"replay", made.lines.size(), threads, ns, "the same log tree" + beside(threads), limit_ns, threads == 1 ? 1.6 : 1.0});
  }
}

void measure_audit(Table& table, const Community& made, std::size_t months) {
  const Note note = parse_note(made.note).value();
  for (const unsigned threads : {1u, 2u}) {
    const auto [ns, limit_ns] = in_turns(
        made.lines.size(),
        [&] {
          const auto verified = verify_ledger(text_lines(made.text), made.note, {}, {}, threads);
          check(verified ? Status{} : Status{fail(Errc::root_mismatch)});
        },
        [&] {
          keep(log_root(made));
          for (const Steward& steward : made.stewards) keep(check_signatures(note, {&steward, 1}));
        });
    table.add({fmt::format("audit, {} distributions", months), made.lines.size(), threads, ns,
               "the log tree and the signatures" + beside(threads), limit_ns, threads == 1 ? 2.0 : 0});
  }
}

}  // namespace

void measure_ledgers(Table& table) {
  // Of one kind, so that their growth can be seen: twelve months, and a hundred contributions for each member.
  for (const std::size_t events : {10'000u, 100'000u, 1'000'000u, 10'000'000u}) {
    if (table.quick() && events > 100'000) break;
    const Community made = make_community(events / 100, 12, events);
    if (events == 100'000 || events == 1'000'000) measure_lines(table, made);
    measure_replay(table, made);
    if (events <= 1'000'000) measure_audit(table, made, 12);
  }
  if (!table.quick()) measure_audit(table, make_community(10'000, 120, 1'000'000), 120);
  table.note("peak memory so far", static_cast<double>(peak_bytes()) / (1024 * 1024), "MiB");
}

}  // namespace bench
