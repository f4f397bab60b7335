// SPDX-License-Identifier: MIT
#pragma once
/// @file what_if.hpp
/// What if: the months of a real ledger once more, under another charter.
///
/// Layer 4. Depends on: charter/ideal.hpp, ledger/replay.hpp.
///
/// The ledger's lines are taken into a second ledger by the rules that every ledger is read by, so nothing here computes a
/// payment of its own. What was reported and declared goes in as it stands, under a new seq. What was decided does not: a
/// charter that would govern a month of the what-if stays out and the other charter stands in its place; drafts and
/// withdrawals stay out; where a month was approved, the second ledger drafts and approves it at the same time, so that
/// closed months are the same ones at every line and a late record is late in both; a statement says what the second ledger
/// gives. Payments, spendings, waivers and disputes stay out: they are about what the real ledger owes. Nobody has to consent or to
/// sign in the second ledger; changes of the stewards stay out of it.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mikoshi/charter/ideal.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace mikoshi {

struct WhatIf {
  std::optional<Json> rules;   ///< the charter to try; nothing: the ledger's own charters as they are
  std::optional<Period> from;  ///< the first month to run, and that `rules` govern; nothing: the first that is governed
  std::optional<Period> to;    ///< the last month to run; nothing: the last closed one
};

/// The months that a what-if runs over.
struct WhatIfSpan {
  Period from, to;
};

/// One month as it was run.
struct WhatIfMonth {
  Period period;
  Outcome outcome;
  std::vector<Payout> payouts;       ///< ascending by member id; only what is above zero
  std::vector<AccountPay> accounts;  ///< ascending by name
};

/// What a what-if gives, summed over its months.
struct WhatIfRun {
  Ledger ledger;                         ///< after the last month was approved
  std::vector<WhatIfMonth> months;       ///< from `from` to `to`, each once
  std::vector<u128> members;             ///< minor units paid by member index, one for each member
  std::map<std::string, u128> accounts;  ///< minor units paid by account
  u128 in = 0;                           ///< minor units that entered the charter
  u128 undivided_before = 0;             ///< minor units kept by name before the first month
  u128 undivided_after = 0;              ///< after the last: in + before = Σ members + Σ accounts + after
  Ideal ideal;
};

/// Changes what the second ledger takes: `lines` holds the line that comes next, and may be replaced by any others. Their
/// seqs are ignored. An approval that stays last drafts and approves its month after the lines ahead of it.
using EditLines = std::function<Status(const State& now, std::vector<Line>& lines)>;

/// The months of `terms`, checked against what the ledger governs and has closed.
/// @param  real  the state after all lines of the real ledger.
/// @error  no_charter           nothing governs yet, or `from` is before the first charter.
/// @error  period_not_over      no month is closed yet, or `to` or `from` is after the last closed one.
/// @error  period_out_of_order  `from` is after `to`.
[[nodiscard]] MIKOSHI_INLINE Result<WhatIfSpan> what_if_span(const State& real, const WhatIf& terms);

/// Runs a what-if. Without rules it gives the real distributions, unit by unit.
/// @param  lines  the real ledger's lines.
/// @param  edit   may change what is taken; nothing: all as it stands.
/// @error  as what_if_span | bad_charter (the rules themselves, or they cannot follow the charter before: a pool of one name has
///         another rule or other branches) | charter_too_late (`from` began before the ledger could record another charter) |
///         weight_overflow (the rules use a weight that the ledger's facts add up to 2^64 or more; `where` is the month) |
///         too_large (the charter does not fit a line) | as replay, `where` beginning with the real seq
/// @pre    `real` is the state after exactly these lines. Other lines give an error or a run of no meaning, never a crash.
/// @cost   that of reading the lines twice, and of four distributions for each closed month.
[[nodiscard]] MIKOSHI_INLINE Result<WhatIfRun> run_what_if(const State& real, const LineSource& lines, const WhatIf& terms,
                                                   const EditLines& edit = {});

/// The Gini coefficient of some amounts: Σ (2i − n − 1)·x_i / (n·Σ x), the x ascending and i counted from 1. 0 where all have
/// the same, (n − 1)/n where one has all. Nothing where the amounts are none or all zero.
/// @cost O(n log n)
[[nodiscard]] MIKOSHI_INLINE std::optional<Fraction> gini(std::vector<u128> amounts);

/// The part of all amounts that the `count` largest have. Nothing where the amounts are all zero. @cost O(n log n)
[[nodiscard]] MIKOSHI_INLINE std::optional<Fraction> top_share(std::vector<u128> amounts, std::size_t count);

/// A member and how far what was paid is from the ideal, in minor units.
struct LargestDrift {
  Members::Index member = 0;
  Fraction units;
};

/// The largest drift of a run; of equal ones, the member whose id comes first. Nothing where there is no member.
/// @cost O(members) products of the ideal's denominator
[[nodiscard]] MIKOSHI_INLINE std::optional<LargestDrift> largest_drift(const WhatIfRun& run);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE Result<WhatIfSpan> what_if_span(const State& real, const WhatIf& terms) {
  const Decisions& decisions = real.decisions;
  if (decisions.charters.empty()) return fail(Errc::no_charter, "the ledger has no charter yet");
  const Period first = decisions.charters.front().from;
  const Period from = terms.from.value_or(first);
  if (from < first)
    return fail(Errc::no_charter,
                "no charter governs " + to_string(from) + "; the first one begins with " + to_string(first));
  if (!decisions.closed_through) return fail(Errc::period_not_over, "the ledger has closed no month yet");
  const Period last = *decisions.closed_through;
  const Period to = terms.to.value_or(last);
  for (const Period period : {from, to})
    if (period > last)
      return fail(Errc::period_not_over,
                  to_string(period) + " is not closed; the last closed month is " + to_string(last));
  if (from > to)
    return fail(Errc::period_out_of_order, "the months run from " + to_string(from) + " to " + to_string(to));
  return WhatIfSpan{from, to};
}

namespace detail {

class WhatIfRunner {
 public:
  WhatIfRunner(const State& real, const WhatIf& terms, WhatIfSpan span, const EditLines& edit)
      : real_(real), terms_(terms), span_(span), edit_(edit) {}

  /// Takes the next line of the real ledger. After the last month nothing more is read.
  Status take(std::string_view text) {
    if (done_) return {};
    auto line = decode_line(text);
    if (!line) return at_line(std::move(line).error());
    seq_ = line->envelope.seq;
    if (auto status = place_charter(line->envelope.at); !status) return status;
    std::vector<Line> instead{std::move(*line)};
    if (edit_) MIKOSHI_TRY(edit_(run_.ledger.state, instead));
    for (const Line& one : instead)
      if (auto status = take(one); !status) return at_line(std::move(status).error());
    return {};
  }

  Result<WhatIfRun> finish() {
    if (!done_) return fail(Errc::period_not_over, "the lines end before " + to_string(span_.to) + " is closed");
    run_.members.resize(run_.ledger.state.members.rows.size());
    return std::move(run_);
  }

 private:
  Failure at_line(Error error) const {
    if (error.code == Errc::bad_charter || error.code == Errc::charter_too_late) return Failure{std::move(error)};
    error.where = "seq " + std::to_string(seq_) + (error.where.empty() ? "" : ", " + error.where);
    return Failure{std::move(error)};
  }

  /// Takes a line under its new seq, as a ledger takes what it reads.
  Status put(Envelope envelope, const Event& event) {
    Ledger& ledger = run_.ledger;
    envelope.seq = ledger.state.next_seq;
    if (envelope.voice == Voice::by_signature) {
      // The signature was checked where it stands. Here lines are missing, so that nonces would have gaps.
      Envelope relayed;
      relayed.at = envelope.at;
      relayed.on = envelope.on;
      relayed.seq = envelope.seq;
      relayed.voice = Voice::relayed;
      relayed.channel = *ChannelId::parse("what-if");
      relayed.message = Hash{};
      envelope = std::move(relayed);
    }
    // Nobody is asked in a what-if, and nobody signs.
    for (CharterRow& row : ledger.state.decisions.charters) {
      row.consent.clear();
      row.signed_kinds.clear();
    }
    auto taken = take_line(ledger, encode_line(envelope, event));
    if (taken) return {};
    Error error = std::move(taken).error();
    error.where.clear();  // it names the seq in the second ledger, which nobody has seen
    return Failure{std::move(error)};
  }

  [[nodiscard]] bool replaces_first() const { return span_.from == real_.decisions.charters.front().from; }

  /// Puts the other charter as late as it may stand: in the last second before the first month that it governs, when every
  /// charter of an earlier month has been recorded. In place of the very first charter, it stands where that one stood.
  Status place_charter(Timestamp next_at) {
    const std::int64_t start_s = span_.from.start_s(real_.dao.offset);
    if (!terms_.rules || placed_ || replaces_first() || next_at.seconds() < start_s) return {};
    if (run_.ledger.state.decisions.charters.empty())
      return fail(Errc::charter_too_late, "the ledger's first charter was recorded after " + to_string(span_.from) +
                                              " began: another one can stand in its place, or govern a later month");
    std::string id = "what-if";
    for (std::uint64_t n = 1; is_taken(id); ++n) id = "what-if-" + std::to_string(n);
    MIKOSHI_ASSIGN(const Timestamp at, Timestamp::from_seconds(start_s - 1));
    Envelope envelope;
    envelope.at = at;
    placed_ = true;
    return put(std::move(envelope), CharterNew{span_.from, *CharterId::parse(id), *terms_.rules});
  }

  [[nodiscard]] bool is_taken(const std::string& id) const {
    const auto& charters = real_.decisions.charters;
    return std::any_of(charters.begin(), charters.end(), [&](const CharterRow& row) { return row.id.text() == id; });
  }

  Status take(const Line& line) {
    if (done_) return {};
    const Envelope& envelope = line.envelope;
    if (const auto* charter = std::get_if<CharterNew>(&line.event)) {
      if (!terms_.rules || charter->from < span_.from) return put(envelope, line.event);
      if (placed_ || !replaces_first()) return {};
      placed_ = true;
      return put(envelope, CharterNew{charter->from, charter->id, *terms_.rules});
    }
    if (const auto* proposal = std::get_if<Propose>(&line.event)) {
      const bool other_charter = terms_.rules && proposal->charter && !(proposal->charter->from < span_.from);
      if (other_charter || proposal->stewards) {
        left_out_.insert(proposal->id);
        return {};
      }
    }
    if (const RecordId* proposal = proposal_of(line.event))
      if (left_out_.contains(*proposal) || real_.decisions.find_draft(*proposal) != nullptr) return {};
    if (const auto* approval = std::get_if<Approve>(&line.event)) return close(envelope, approval->draft);
    if (std::holds_alternative<Statement>(line.event)) return state_it(envelope);
    const bool stays_out =
        std::holds_alternative<DraftNew>(line.event) || std::holds_alternative<Void>(line.event) ||
        std::holds_alternative<PaymentPlan>(line.event) || std::holds_alternative<PaymentSent>(line.event) ||
        std::holds_alternative<PaymentSettled>(line.event) || std::holds_alternative<PaymentFailed>(line.event) ||
        std::holds_alternative<Spend>(line.event) || std::holds_alternative<Waive>(line.event) ||
        std::holds_alternative<DisputeSettle>(line.event) || std::holds_alternative<Attest>(line.event);
    return stays_out ? Status{} : put(envelope, line.event);
  }

  /// The proposal or draft that an event is about, or nullptr.
  static const RecordId* proposal_of(const Event& event) {
    if (const auto* sign = std::get_if<Sign>(&event)) return &sign->id;
    if (const auto* object = std::get_if<Object>(&event)) return &object->id;
    if (const auto* withdraw = std::get_if<Withdraw>(&event)) return &withdraw->id;
    if (const auto* cancel = std::get_if<Cancel>(&event)) return &cancel->id;
    if (const auto* execute = std::get_if<Execute>(&event)) return &execute->id;
    return nullptr;
  }

  Status state_it(const Envelope& envelope) {
    MIKOSHI_ASSIGN(Statement statement, make_statement(run_.ledger.state));
    return put(envelope, std::move(statement));
  }

  /// Drafts and approves the month that the real ledger approved here.
  Status close(const Envelope& envelope, const RecordId& real_draft) {
    const State& state = run_.ledger.state;
    const DraftRow* row = real_.decisions.find_draft(real_draft);
    if (row == nullptr) return fail(Errc::no_such_draft, "no distribution is called " + real_draft.text());
    const Period period = row->period;
    const auto in_month = [&](Error error) {
      error.where = to_string(period);
      return Failure{std::move(error)};
    };
    if (state.decisions.unstated.size() >= unstated_max) MIKOSHI_TRY(state_it(envelope));
    if (period >= span_.from) {
      // The state of the distribution moves on below, so it is summed up first.
      const auto distribution = distribute(state, period);
      if (!distribution) return in_month(distribution.error());
      add_up(*distribution);
    }
    auto draft = make_draft(state, period);
    if (!draft) return in_month(std::move(draft).error());
    const RecordId id = draft->id;
    if (auto status = put(envelope, std::move(*draft)); !status) return in_month(std::move(status).error());
    if (auto status = put(envelope, Approve{id}); !status) return in_month(std::move(status).error());
    done_ = period >= span_.to;
    return {};
  }

  void add_up(const Distribution& distribution) {
    const Outcome& outcome = distribution.outcome;
    run_.members.resize(run_.ledger.state.members.rows.size());
    for (const Payout& payout : distribution.payouts) run_.members[payout.member] += payout.amount;
    for (const AccountPay& pay : distribution.accounts) run_.accounts[pay.account] += pay.amount;
    if (run_.months.empty()) run_.undivided_before = outcome.undivided_before;
    run_.undivided_after = outcome.undivided_after;
    run_.in += outcome.in;
    add(run_.ideal, ideal_of(distribution));
    run_.months.push_back({distribution.period, outcome, distribution.payouts, distribution.accounts});
  }

  const State& real_;
  const WhatIf& terms_;
  const WhatIfSpan span_;
  const EditLines& edit_;
  WhatIfRun run_;
  std::uint64_t seq_ = 0;  ///< of the real line in hand
  bool placed_ = false;    ///< the other charter stands
  std::set<RecordId> left_out_;  ///< proposals that stay out, with all that is said about them
  bool done_ = false;
};

}  // namespace detail

MIKOSHI_INLINE Result<WhatIfRun> run_what_if(const State& real, const LineSource& lines, const WhatIf& terms,
                                     const EditLines& edit) {
  MIKOSHI_ASSIGN(const WhatIfSpan span, what_if_span(real, terms));
  if (terms.rules) MIKOSHI_TRY(parse_charter(*terms.rules));
  detail::WhatIfRunner runner{real, terms, span, edit};
  MIKOSHI_TRY(lines([&](std::string_view text) { return runner.take(text); }));
  return runner.finish();
}

MIKOSHI_INLINE std::optional<Fraction> gini(std::vector<u128> amounts) {
  std::sort(amounts.begin(), amounts.end());
  const Big n = amounts.size();
  Big sum = 0, weighted = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const Big amount = to_big(amounts[i]);
    sum += amount;
    weighted += (Big{i} * 2 + 1 - n) * amount;
  }
  if (sum == 0) return std::nullopt;
  return make_fraction(std::move(weighted), n * sum);
}

MIKOSHI_INLINE std::optional<Fraction> top_share(std::vector<u128> amounts, std::size_t count) {
  std::sort(amounts.begin(), amounts.end(), std::greater<>{});
  Big sum = 0, top = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    sum += to_big(amounts[i]);
    if (i < count) top = sum;
  }
  if (sum == 0) return std::nullopt;
  return make_fraction(std::move(top), std::move(sum));
}

MIKOSHI_INLINE std::optional<LargestDrift> largest_drift(const WhatIfRun& run) {
  // All over one denominator: the numerators alone are compared, and one is brought to lowest terms.
  std::optional<Members::Index> farthest;
  Big most = 0;
  for (const auto& [id, index] : run.ledger.state.members.ids.sorted()) {
    Big distance = to_big(run.members[index]) * run.ideal.denominator;
    if (index < run.ideal.members.size()) distance -= run.ideal.members[index];
    distance = abs(distance);
    if (farthest && distance <= most) continue;
    farthest = index;
    most = std::move(distance);
  }
  if (!farthest) return std::nullopt;
  return LargestDrift{*farthest, make_fraction(std::move(most), run.ideal.denominator)};
}

#endif

}  // namespace mikoshi
