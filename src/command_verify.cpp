// SPDX-License-Identifier: MIT
/// Commands for everyone: verify and explain. They need no key and no network, and write nothing.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "files.hpp"
#include "mikoshi/proof/verify.hpp"
#include "partners.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// Which of a folder's snapshots to verify: the one that was announced; else the newest that its stewards have signed in
/// number; else the newest. A newer one that still waits for signatures must not hide what is signed.
Result<std::string> choose_snapshot(const Store& store, const std::vector<std::uint64_t>& sizes,
                                    const Expectations& expected, std::uint64_t& waiting) {
  std::vector<Steward> stewards = expected.stewards;
  std::uint64_t threshold = expected.threshold.value_or(stewards.size() / 2 + 1);
  if (stewards.empty()) {
    MIKOSHI_ASSIGN(const std::string first, store.line(0));
    MIKOSHI_ASSIGN(const Line line, decode_line(first));
    if (const auto* dao = std::get_if<DaoStart>(&line.event)) {
      stewards = dao->stewards;
      threshold = expected.threshold.value_or(dao->threshold);
    }
  }
  MIKOSHI_ASSIGN(std::string newest, store.snapshot(sizes.back()));
  if (const auto note = parse_note(newest); !note)  // verification does not know the file's name
    return fail(note.error().code, note.error().what,
                "snapshots/" + std::to_string(sizes.back()) + ".note, " + note.error().where);
  if (sizes.back() > store.head().size) return newest;  // the ledger was cut: verification says so
  for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
    MIKOSHI_ASSIGN(std::string text, store.snapshot(*size));
    const auto note = parse_note(text);
    if (!note) continue;
    if (expected.snapshot) {
      if (snapshot_hash(note->text) == *expected.snapshot) return text;
      continue;
    }
    const auto signers = check_signatures(*note, stewards);
    if (signers && signers->stewards.size() >= threshold) {
      waiting = static_cast<std::uint64_t>(size - sizes.rbegin());
      return text;
    }
  }
  return newest;
}

Result<Verification> verify_folder(const std::string& path, const Expectations& expected, std::uint64_t& waiting) {
  MIKOSHI_ASSIGN(std::unique_ptr<Store> store, open_folder(path, Access::read));
  MIKOSHI_ASSIGN(const std::vector<std::uint64_t> sizes, store->snapshots());
  // A snapshot of more lines than there were may have come after the head was read: look again. Where the lines are still
  // missing, the ledger was cut, and an older snapshot must not hide it.
  if (!sizes.empty() && sizes.back() > store->head().size) {
    MIKOSHI_ASSIGN(store, open_folder(path, Access::read));
  }
  note_leftover(*store, Access::read);
  const LineSource lines = [&](const TakeLine& take) { return store->read(take); };
  if (sizes.empty()) {
    Ledger ledger;
    MIKOSHI_TRY(replay(ledger, lines));
    return fail(Errc::no_snapshot, wording<Word::verify_unsigned>(ledger.log.size()), path);
  }
  MIKOSHI_ASSIGN(const std::string note, choose_snapshot(*store, sizes, expected, waiting));
  MIKOSHI_ASSIGN(Verification result, verify_ledger(lines, note, expected));
  if (result.root != store->head().root || result.lines != store->head().size)
    return fail(Errc::store_corrupt, wording<Word::verify_other_head>(), "head");
  return result;
}

Result<Verification> verify_files(const std::vector<std::string>& paths, const Expectations& expected) {
  std::string ledger_path, note_path;
  for (const std::string& path : paths) {
    std::string& place = path.ends_with(".note") ? note_path : ledger_path;
    if (!place.empty()) return fail(Errc::usage, wording<Word::verify_one_of_each>(), path);
    place = path;
  }
  if (ledger_path.empty()) return fail(Errc::usage, wording<Word::verify_needs_ledger>(), note_path);
  struct stat info {};
  if (::stat(ledger_path.c_str(), &info) != 0) return fail(Errc::no_such_store, std::strerror(errno), ledger_path);
  if (note_path.empty()) return fail(Errc::no_snapshot, wording<Word::verify_needs_snapshot>(), ledger_path);
  MIKOSHI_ASSIGN(const std::string note, read_file(note_path, note_bytes_max));
  const Descriptor file{::open(ledger_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) return fail(Errc::no_such_store, std::strerror(errno), ledger_path);
  if (::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode))
    return fail(Errc::not_regular_file, {}, ledger_path);
  return verify_ledger(
      [&](const TakeLine& take) { return read_lines(file, static_cast<std::uint64_t>(info.st_size), take); }, note,
      expected);
}

/// "89,100 × 9 of 109 points": the part of a stage's money that a weight gives.
std::string weight_words(const Stage& stage, std::uint64_t weight, const std::string& money) {
  constexpr std::uint64_t day_s = 86400;
  const std::string own = thousands(weight), all = thousands(stage.weight_sum);
  switch (stage.measure.weight) {
    case Weight::contributions:
      return wording<Word::explain_points>(money, own, all);
    case Weight::tickets:
      return wording<Word::explain_tickets>(money, own, all);
    case Weight::equal:
      return wording<Word::explain_members>(money, own, all);
    case Weight::ticket_seconds:
      if (weight % day_s != 0 || stage.weight_sum % day_s != 0)
        return wording<Word::explain_ticket_seconds>(money, own, all);
      return wording<Word::explain_ticket_days>(money, thousands(weight / day_s), thousands(stage.weight_sum / day_s));
    default:
      return wording<Word::explain_weight>(money, own, all);
  }
}

/// One row of what `verify` says: a label, and what was found.
std::string found(const std::string& label, const std::string& text) { return pad_right(label, 12) + text; }

/// One stage's lines for a member, in the currency's units with two more places.
std::string share_words(const State& state, const Stage& stage, const Share& share) {
  const Currency& currency = state.currency;
  // Exact values in 2^-64 minor units; printed to hundredths so that the printed lines add up.
  const auto carried = [](std::uint64_t fraction) {
    return fraction > fraction_grace ? low64(u128{fraction - fraction_grace} * 100 >> 64) : 0;
  };
  const std::uint64_t before = carried(share.fraction_before);
  const std::uint64_t after = carried(share.fraction_after);
  // What this month alone gives: pay + after − before.
  u128 own = share.pay;
  std::uint64_t own_parts = after - std::min(after, before);
  if (after < before && own != 0) {
    own -= 1;
    own_parts = 100 + after - before;
  }
  std::string words = wording<Word::explain_from>(money_words(share.pay, currency), pool_name(stage.name));
  const auto line = [&](const std::string& text, const u128& whole, std::uint64_t parts) {
    words += "  " + pad_right(text, 44) + " " + pad_left(hundredths(whole, parts, currency), 14) + "\n";
  };
  if (!stage.passed_on && stage.in != 0)
    line(weight_words(stage, share.weight, money(stage.in, currency)), own, own_parts);
  if (stage.bounds.some()) words += "  " + wording<Word::explain_bounds>();
  if (share.taken_back != 0) words += "  " + wording<Word::explain_taken_back>(thousands(share.taken_back));
  if (stage.rule == Rule::carry) {
    line(wording<Word::explain_carried_before>(), 0, before);
    const std::string all = hundredths(share.pay, after, currency), now = money(share.pay, currency);
    words += stage.closed ? wording<Word::explain_now_end>(all, now)
                          : wording<Word::explain_now_carried>(all, now, hundredths(0, after, currency));
  }
  return words;
}

}  // namespace

Result<Printout> run_verify(const VerifyOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Expectations expected, parse_expectations(options));
  const std::vector<std::string> paths = options.paths.empty() ? std::vector<std::string>{common.dir} : options.paths;
  std::uint64_t waiting = 0;  // newer snapshots that too few have signed yet
  const bool folder = paths.size() == 1 && is_folder(paths.front());
  MIKOSHI_ASSIGN(const Verification result,
                 folder ? verify_folder(paths.front(), expected, waiting) : verify_files(paths, expected));
  Printout out;
  const std::string right = green(wording<Word::verify_right>()), lines = count<Count::lines>(result.size),
                    distributions = count<Count::distributions>(result.distributions);
  out.words = found(wording<Word::verify_arithmetic>(),
                    result.closed_through ? wording<Word::verify_recomputed_to>(right, lines, distributions,
                                                                                month_name(*result.closed_through))
                                          : wording<Word::verify_recomputed>(right, lines, distributions));
  const std::string names = joined(result.signers.stewards);
  const std::size_t valid = result.signers.stewards.size();
  out.words += found(wording<Word::verify_signers>(),
                     result.stewards_given
                         ? wording<Word::verify_signers_given>(names, valid, result.stewards, result.threshold)
                         : wording<Word::verify_signers_ledger>(names, valid, result.stewards, result.threshold));
  if (result.signers.unknown != 0)
    out.words += found("", wording<Word::verify_unknown_keys>(count<Count::signatures>(result.signers.unknown)));
  out.words +=
      found(wording<Word::verify_records>(),
            wording<Word::verify_voices>(thousands(result.voices.relayed), thousands(result.voices.by_operator)));
  if (result.lines_after != 0)
    out.words += found(wording<Word::verify_after>(),
                       wording<Word::verify_lines_after>(count<Count::lines>(result.lines_after)));
  if (waiting != 0)
    out.words +=
        found(wording<Word::verify_waiting>(), wording<Word::verify_too_few>(count<Count::newer_snapshots>(waiting)));
  out.words += found(wording<Word::verify_snapshot>(), to_hex(result.snapshot) + "\n");
  // Each community by its own snapshot, then what they gave each other.
  if (!options.partners.empty()) {
    if (!folder) return fail(Errc::usage, wording<Word::verify_partner_folder>());
    std::vector<Community> communities;
    MIKOSHI_ASSIGN(Community own, open_community(paths.front()));
    communities.push_back(std::move(own));
    for (const std::string& dir : options.partners) {
      std::uint64_t its_waiting = 0;
      MIKOSHI_TRY(verify_folder(dir, {}, its_waiting));
      MIKOSHI_ASSIGN(Community community, open_community(dir));
      communities.push_back(std::move(community));
    }
    MIKOSHI_ASSIGN(const std::vector<Edge> edges, check_partners(communities));
    out.words += found(wording<Word::verify_partners>(), right + "\n");
    out.words += edges.empty() ? wording<Word::partners_none>() : edges_words(communities, edges);
    out.json.set("partners", edges_json(communities, edges));
  }
  out.words += wording<Word::verify_cannot_know>();
  Json::Array signers;
  for (const std::string& name : result.signers.stewards) signers.push_back(name);
  if (result.closed_through) out.json.set("closed_through", to_string(*result.closed_through));
  out.json.set("dao", to_hex(result.dao));
  out.json.set("distributions", static_cast<std::int64_t>(result.distributions));
  out.json.set("lines_after", static_cast<std::int64_t>(result.lines_after));
  Json records;
  records.set("operator", static_cast<std::int64_t>(result.voices.by_operator));
  records.set("relayed", static_cast<std::int64_t>(result.voices.relayed));
  records.set("signed", 0);
  out.json.set("records", std::move(records));
  out.json.set("signers", std::move(signers));
  out.json.set("size", static_cast<std::int64_t>(result.size));
  out.json.set("snapshot", to_hex(result.snapshot));
  out.json.set("stewards", static_cast<std::int64_t>(result.stewards));
  out.json.set("stewards_given", result.stewards_given);
  out.json.set("threshold", static_cast<std::int64_t>(result.threshold));
  out.json.set("waiting", static_cast<std::int64_t>(waiting));
  out.json.set("unknown_signatures", static_cast<std::int64_t>(result.signers.unknown));
  return out;
}

Result<Printout> run_explain(const ExplainOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const MemberId member, MemberId::parse(options.member));
  std::optional<Period> wanted;
  if (!options.period.empty()) {
    MIKOSHI_ASSIGN(wanted, Period::parse(options.period));
  }
  Printout out;
  Json::Array months;
  u128 all = 0;
  std::string all_unit;
  bool found = false;
  const auto explain = [&](const State& state, const Distribution& distribution, bool approved) {
    Json::Array stages;
    std::string words;
    u128 paid = 0;
    for (const Stage& stage : distribution.stages) {
      for (const Share& share : stage.shares) {
        if (!share.member || share.payee != member.text()) continue;
        words += share_words(state, stage, share);
        paid += share.pay;
        Json json;
        json.set("carried_after", std::to_string(share.fraction_after));
        json.set("carried_before", std::to_string(share.fraction_before));
        json.set("in", to_string(stage.in));
        json.set("path", stage.path);
        json.set("pay", to_string(share.pay));
        json.set("pool", stage.name);
        json.set("taken_back", std::to_string(share.taken_back));
        json.set("weight", std::to_string(share.weight));
        json.set("weight_sum", to_string(stage.weight_sum));
        stages.push_back(std::move(json));
      }
    }
    const Currency& currency = state.currency;
    const std::string month = month_name(distribution.period);
    if (!wanted) {
      out.words += pad_right(month, 16) + " " + pad_left(money(paid, currency), 14) + "\n";
    } else if (words.empty()) {
      out.words += wording<Word::explain_nothing>(month);
    } else {
      out.words += words;
      if (stages.size() > 1) out.words += wording<Word::explain_together>(money_words(paid, currency));
    }
    if (!approved) out.words += wording<Word::explain_not_closed>(month);
    all += paid;
    found = true;
    Json json;
    json.set("approved", approved);
    json.set("paid", to_string(paid));
    json.set("period", to_string(distribution.period));
    json.set("stages", std::move(stages));
    months.push_back(std::move(json));
  };
  MIKOSHI_ASSIGN(const Session session,
                 Session::open(common, Access::read, [&](const Ledger& before, const Line& line) -> Status {
                   const auto* approve = std::get_if<Approve>(&line.event);
                   if (approve == nullptr) return {};
                   const DraftRow* draft = before.state.decisions.find_draft(approve->draft);
                   if (draft == nullptr || (wanted && draft->period != *wanted)) return {};
                   MIKOSHI_ASSIGN(const Distribution distribution, distribute(before.state, draft->period));
                   explain(before.state, distribution, true);
                   return {};
                 }));
  const State& state = session.state();
  MIKOSHI_TRY(state.members.find(member));
  if (wanted && !found) {
    if (const auto open = state.decisions.open_period(); open && *wanted != *open)
      return *wanted > *open ? fail(Errc::future_period, wording<Word::explain_not_yet>(month_name(*wanted)))
                             : fail(Errc::period_closed, wording<Word::explain_never>(month_name(*wanted)));
    MIKOSHI_ASSIGN(const Distribution distribution, distribute(state, *wanted));
    explain(state, distribution, false);
  }
  if (!wanted) {
    out.words += pad_right(wording<Word::together>(), 16) + " " + pad_left(money(all, state.currency), 14) + " " +
                 unit_name(state.currency) + "\n";
    for (const Ticket& ticket : state.holdings.tickets)
      if (ticket.burned_s == forever_s && state.members.ids[ticket.holder()] == member)
        out.words += wording<Word::explain_holds>(
            state.holdings.ticket_ids[static_cast<std::uint32_t>(&ticket - state.holdings.tickets.data())].text());
  }
  out.json.set("member", member.text());
  out.json.set("months", std::move(months));
  return out;
}

}  // namespace mikoshi
