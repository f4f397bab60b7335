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

}  // namespace

void measure_ledgers(Table& table) {
  for (const std::size_t events : {10'000u, 100'000u, 1'000'000u}) {
    if (table.quick() && events > 100'000) break;
    const std::size_t members = events / 100, months = events == 1'000'000 ? 120 : 12;
    const Community made = make_community(members, months, events);
    const std::size_t n = made.lines.size();
    if (events >= 100'000) measure_lines(table, made);
    const Note note = parse_note(made.note).value();
    for (const unsigned threads : {1u, 2u}) {
      const std::string core = threads == 1 ? "" : ", one core";
      const auto [ns, limit_ns] = in_turns(
          n,
          [&] {
            Ledger ledger;
            check(replay(ledger, text_lines(made.text), {}, threads));
            keep(ledger.log.root());
          },
          [&] { keep(log_root(made)); });
      table.add({"replay", n, threads, ns, "the same log tree" + core, limit_ns, threads == 1 ? 1.6 : 1.0});
      const auto [audit_ns, tree_ns] = in_turns(
          n,
          [&] {
            const auto verified = verify_ledger(text_lines(made.text), made.note, {}, {}, threads);
            check(verified ? Status{} : Status{fail(Errc::root_mismatch)});
          },
          [&] {
            keep(log_root(made));
            for (const Steward& steward : made.stewards) keep(check_signatures(note, {&steward, 1}));
          });
      table.add({fmt::format("audit, {} distributions", months), n, threads, audit_ns, "the log tree and the signatures" + core, tree_ns,
                 threads == 1 ? 2.0 : 0});
    }
  }
  table.note("peak memory so far", static_cast<double>(peak_bytes()) / (1024 * 1024), "MiB");
}

}  // namespace bench
