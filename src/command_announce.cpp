// SPDX-License-Identifier: MIT
/// `mikoshi announce`: what a salon pastes into its chat when a month is closed. It names no member and no member's money.
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

/// What an approval settled in one currency.
struct Settled {
  Currency currency;
  Totals totals;
  std::size_t people = 0;
  std::vector<AccountPay> accounts;

  explicit Settled(const Flow& flow)
      : currency(flow.currency), totals(flow.totals), people(flow.payouts.size()), accounts(flow.accounts) {}

  [[nodiscard]] std::string words() const {
    const auto money = [&](const u128& minor) { return money_words(minor, currency); };
    u128 to_members = totals.distributed;
    std::string account_lines;
    for (const AccountPay& pay : accounts) {
      to_members -= pay.amount;
      account_lines += wording<Word::announce_to_account>(payee_words(pay.account), money(pay.amount));
    }
    std::string words = totals.undivided_before == 0
                            ? wording<Word::announce_income>(money(totals.in))
                            : wording<Word::announce_income_and>(money(totals.in), money(totals.undivided_before));
    if (totals.recouped != 0) words += wording<Word::announce_recouped>(money(totals.recouped));
    words += wording<Word::announce_distributed>(money(totals.distributed));
    words += wording<Word::announce_to_members>(money(to_members), count<Count::people>(people));
    return words + account_lines + wording<Word::announce_undivided>(money(totals.undivided_after));
  }

  [[nodiscard]] Json json() const {
    Json json, to_accounts;
    for (const AccountPay& pay : accounts) to_accounts.set(pay.account, to_string(pay.amount));
    json.set("accounts", std::move(to_accounts));
    json.set("distributed", to_string(totals.distributed));
    json.set("in", to_string(totals.in));
    json.set("people", static_cast<std::int64_t>(people));
    json.set("recouped", to_string(totals.recouped));
    json.set("undivided_after", to_string(totals.undivided_after));
    json.set("undivided_before", to_string(totals.undivided_before));
    return json;
  }
};

/// What an approval settled.
struct Closed {
  std::uint64_t seq = 0;         ///< of the approval
  std::vector<Settled> settled;  ///< the DAO's own currency first
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
                   MIKOSHI_ASSIGN(const Distribution distribution, distribute(before.state, period));
                   closed = Closed{line.envelope.seq, {}};
                   distribution.each_flow([&](const Flow& flow) { closed->settled.emplace_back(flow); });
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
  const Dao& dao = point->dao;
  if (!signing.quorum)
    return fail(Errc::quorum_not_met, wording<Word::announce_too_few>(month, signing.signers.size(), dao.threshold));

  const std::string hash = to_hex(snapshot_hash(point->text));
  Printout out;
  out.words = wording<Word::announce_closed>(month);
  for (const Settled& settled : closed->settled) out.words += settled.words();
  out.words += wording<Word::announce_signed>(joined(signing.signers), signing.signers.size(), dao.stewards.size(),
                                              dao.threshold);
  out.words += wording<Word::announce_verify>(hash, "mikoshi verify . --expect " + hash);
  Json::Array signers;
  for (const std::string& name : signing.signers) signers.push_back(name);
  out.json = closed->settled.front().json();
  Json others;
  for (std::size_t i = 1; i < closed->settled.size(); ++i)
    others.set(closed->settled[i].currency.code(), closed->settled[i].json());
  if (closed->settled.size() > 1) out.json.set("others", std::move(others));
  out.json.set("period", to_string(period));
  out.json.set("signers", std::move(signers));
  out.json.set("size", static_cast<std::int64_t>(point->size));
  out.json.set("snapshot", hash);
  out.json.set("stewards", static_cast<std::int64_t>(dao.stewards.size()));
  out.json.set("threshold", static_cast<std::int64_t>(dao.threshold));
  return out;
}

}  // namespace mikoshi
