// SPDX-License-Identifier: MIT
/// `mikoshi announce`: what a salon pastes into its chat when a month is closed. It names no member and no member's money.
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

/// What an approval settled.
struct Closed {
  std::uint64_t seq = 0;  ///< of the approval
  Outcome outcome;
  std::size_t people = 0;
  std::vector<AccountPay> accounts;
};

}  // namespace

Result<Printout> run_announce(const AnnounceOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Period period, Period::parse(options.period));
  std::optional<Closed> closed;
  MIKOSHI_ASSIGN(const Session session,
                 Session::open(common, Access::read, [&](const Ledger& before, const Line& line) -> Status {
                   const auto* approve = std::get_if<Approve>(&line.event);
                   if (approve == nullptr) return {};
                   const DraftRow* draft = before.state.decisions.find_draft(approve->draft);
                   if (draft == nullptr || draft->period != period) return {};
                   MIKOSHI_ASSIGN(Distribution distribution, distribute(before.state, period));
                   closed = Closed{line.envelope.seq, distribution.outcome, distribution.payouts.size(),
                                   std::move(distribution.accounts)};
                   return {};
                 }));
  const State& state = session.state();
  const std::string month = month_name(period);
  if (!closed) {
    const auto open = state.decisions.open_period();
    if (open && period > *open) return fail(Errc::future_period, wording<Word::explain_not_yet>(month));
    if (open && period < *open) return fail(Errc::period_closed, wording<Word::explain_never>(month));
    return fail(Errc::no_snapshot, wording<Word::announce_not_approved>(month));
  }

  // Any snapshot that was made later covers the month too: the first that enough stewards have signed.
  const StatementPoint* point = nullptr;
  SigningState signing;
  for (const StatementPoint& candidate : session.statements()) {
    if (candidate.size <= closed->seq) continue;
    MIKOSHI_ASSIGN(SigningState found, signing_state(session, candidate));
    if (point != nullptr && !found.quorum) continue;
    point = &candidate;
    signing = std::move(found);
    if (signing.quorum) break;
  }
  if (point == nullptr) return fail(Errc::no_snapshot, wording<Word::announce_no_snapshot>(month));
  const Dao& dao = state.dao;
  if (!signing.quorum)
    return fail(Errc::quorum_not_met, wording<Word::announce_too_few>(month, signing.signers.size(), dao.threshold));

  const Outcome& outcome = closed->outcome;
  const auto money = [&](const u128& minor) { return money_words(minor, state.currency); };
  u128 to_members = outcome.distributed;
  Json accounts;
  std::string account_lines;
  for (const AccountPay& pay : closed->accounts) {
    to_members -= pay.amount;
    accounts.set(pay.account, to_string(pay.amount));
    account_lines += wording<Word::announce_to_account>(payee_words(pay.account), money(pay.amount));
  }
  const std::string hash = to_hex(snapshot_hash(point->text));
  Printout out;
  out.words = wording<Word::announce_closed>(month);
  out.words += outcome.undivided_before == 0
                   ? wording<Word::announce_income>(money(outcome.in))
                   : wording<Word::announce_income_and>(money(outcome.in), money(outcome.undivided_before));
  if (outcome.recouped != 0) out.words += wording<Word::announce_recouped>(money(outcome.recouped));
  out.words += wording<Word::announce_distributed>(money(outcome.distributed));
  out.words += wording<Word::announce_to_members>(money(to_members), count<Count::people>(closed->people));
  out.words += account_lines;
  out.words += wording<Word::announce_undivided>(money(outcome.undivided_after));
  out.words += wording<Word::announce_signed>(joined(signing.signers), signing.signers.size(), dao.stewards.size(),
                                              dao.threshold);
  out.words += wording<Word::announce_verify>(hash, "mikoshi verify . --expect " + hash);
  Json::Array signers;
  for (const std::string& name : signing.signers) signers.push_back(name);
  out.json.set("accounts", std::move(accounts));
  out.json.set("distributed", to_string(outcome.distributed));
  out.json.set("in", to_string(outcome.in));
  out.json.set("people", static_cast<std::int64_t>(closed->people));
  out.json.set("period", to_string(period));
  out.json.set("recouped", to_string(outcome.recouped));
  out.json.set("signers", std::move(signers));
  out.json.set("size", static_cast<std::int64_t>(point->size));
  out.json.set("snapshot", hash);
  out.json.set("stewards", static_cast<std::int64_t>(dao.stewards.size()));
  out.json.set("threshold", static_cast<std::int64_t>(dao.threshold));
  out.json.set("undivided_after", to_string(outcome.undivided_after));
  out.json.set("undivided_before", to_string(outcome.undivided_before));
  return out;
}

}  // namespace mikoshi
