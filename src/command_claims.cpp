// SPDX-License-Identifier: MIT
/// `mikoshi pay wallets` and `mikoshi claims`: what members take from a contract on a chain, and under which root.
#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "files.hpp"
#include "mikoshi/community/claim_root.hpp"
#include "payments.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"

namespace mikoshi {
namespace {

/// The wallet that a member is paid at: of those that are addresses, the one that was bound first and has not ended. So a
/// thief who adds a key gets nothing while the member's own stands.
std::optional<Wallet> wallet_of(const Member& member, std::int64_t now_s) {
  for (const MemberKey& key : member.keys)
    if (key.key.ethereum() != nullptr && member.speaks(key.key, now_s)) return Wallet{*key.key.ethereum()};
  return std::nullopt;
}

/// @pre the command line took it.
ClaimForm form_named(const std::string& text) {
  const auto name = std::find(claim_form_names.begin(), claim_form_names.end(), text);
  MIKOSHI_CHECK(name != claim_form_names.end());
  return static_cast<ClaimForm>(name - claim_form_names.begin());
}

std::string hex_word(const Hash& hash) { return "0x" + to_hex(hash); }

/// The claims of a packed form, each with its proof: one canonical JSON line.
std::string packed_file(const ClaimTree& tree, const Currency& currency, std::uint64_t statement) {
  Json::Array claims;
  for (std::size_t i = 0; i < tree.rows().size(); ++i) {
    const std::vector<Hash> siblings = *tree.proof(i);
    Json::Array proof;
    for (const Hash& node : siblings) proof.push_back(hex_word(node));
    Json claim;
    claim.set("account", to_string(tree.rows()[i].account));
    claim.set("amount", to_string(tree.rows()[i].amount));
    if (tree.form() == ClaimForm::single) claim.set("index", static_cast<std::int64_t>(i));
    claim.set("proof", std::move(proof));
    claims.push_back(std::move(claim));
  }
  Json json;
  json.set("claims", std::move(claims));
  json.set("currency", currency.code());
  json.set("decimals", static_cast<std::int64_t>(currency.exponent()));
  json.set("format", claim_form_names[static_cast<std::size_t>(tree.form())]);
  json.set("root", hex_word(tree.root()));
  json.set("statement", static_cast<std::int64_t>(statement));
  json.set("total", to_string(tree.total()));
  return to_canonical(json) + "\n";
}

/// The statement whose claims are wanted, and the first line that no earlier statement names.
struct StatedLines {
  const StatementPoint* statement = nullptr;
  std::uint64_t seq = 0;
  std::uint64_t first = 0;
};

/// @error no_snapshot (no statement, or not that one)
Result<StatedLines> find_statement(const Session& session, const std::optional<std::uint64_t>& seq) {
  const std::vector<StatementPoint>& points = session.statements();
  const auto found = std::find_if(points.rbegin(), points.rend(),
                                  [&](const StatementPoint& point) { return !seq || point.size == *seq + 1; });
  if (found == points.rend()) return fail(Errc::no_snapshot, wording<Word::claims_no_statement>());
  const auto before = std::next(found);
  return StatedLines{&*found, found->size - 1, before == points.rend() ? 0 : before->size};
}

}  // namespace

Result<Printout> run_pay_wallets(const PayWalletsOptions& options, const CommonOptions& common,
                                 const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_TRY(check_payable(session));
  const std::string code = options.currency.empty() ? session.state().currency.code() : options.currency;
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.at));
  MIKOSHI_ASSIGN(const Money* const money, money_of(session.state(), code));
  const Currency currency = money->currency;
  std::vector<PaymentPlan> transfers;
  u128 kept = 0;
  std::size_t keeping = 0, elsewhere = 0;
  for (const auto& [id, index] : session.state().members.ids.sorted()) {
    const u128 owed = money->books.owed(index);
    if (owed == 0) continue;
    const auto wallet = wallet_of(session.state().members.rows[index], at.seconds());
    if (!wallet) {
      ++elsewhere;
    } else if (owed < smallest_transfer(session.state(), index, code)) {
      kept += owed;
      ++keeping;
    } else {
      transfers.push_back(PaymentPlan{owed, code, {}, id, wallet});
    }
  }
  if (transfers.empty()) return fail(Errc::nothing_owed, wording<Word::pay_wallets_nothing>());
  u128 total = 0;
  Json::Array payments;
  for (PaymentPlan& transfer : transfers) {
    transfer.id = next_payment(session.state().payments);
    MIKOSHI_TRY(session.submit(transfer, write));
    total += transfer.amount;
    Json payment;
    encode_fields(transfer, payment);
    payments.push_back(std::move(payment));
  }
  MIKOSHI_TRY(session.commit());
  Printout out;
  out.words = wording<Word::pay_wallets_done>(count<Count::transfers>(transfers.size()), money_words(total, currency));
  if (keeping != 0)
    out.words += wording<Word::pay_plan_kept>(count<Count::people>(keeping), money_words(kept, currency));
  if (elsewhere != 0) out.words += wording<Word::pay_wallets_elsewhere>(count<Count::people>(elsewhere));
  out.words += wording<Word::pay_wallets_next>();
  out.json.set("currency", code);
  out.json.set("kept", to_string(kept));
  out.json.set("payments", std::move(payments));
  out.json.set("total", to_string(total));
  out.json.set("without_wallet", static_cast<std::int64_t>(elsewhere));
  return out;
}

Result<Printout> run_claims(const ClaimsOptions& options, const CommonOptions& common) {
  const ClaimForm form = form_named(options.form);
  MIKOSHI_TRY(check_creatable(options.out));
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  const std::string code = options.currency.empty() ? state.currency.code() : options.currency;
  MIKOSHI_ASSIGN(const Money* const money, money_of(state, code));
  MIKOSHI_ASSIGN(const StatedLines stated, find_statement(session, options.statement));
  // A root that nobody signed must not reach a contract.
  MIKOSHI_ASSIGN(const SigningState signing, signing_state(session, *stated.statement));
  if (!signing.quorum)
    return fail(Errc::quorum_not_met, wording<Word::pay_unsigned>(signing.signers.size(), stated.statement->dao.threshold));
  // What a statement names can no longer fail, so the state tells what each of them named.
  const bool cumulative = form == ClaimForm::standard;
  const PlannedWithin lines{cumulative ? 0 : stated.first, stated.seq};
  std::vector<ClaimRow> rows = claim_rows(state, code, lines);
  if (rows.empty()) return fail(Errc::nothing_owed, wording<Word::claims_nothing>(code, stated.seq));
  MIKOSHI_ASSIGN(const ClaimTree tree, ClaimTree::make(form, std::move(rows)));
  const std::string text = cumulative ? tree.dump() : packed_file(tree, money->currency, stated.seq);
  MIKOSHI_TRY(create_file(options.out, text, Visibility::everyone));
  Printout out;
  out.words = wording<Word::claims_done>(count<Count::wallets>(tree.rows().size()),
                                         money_words(tree.total(), money->currency), printable(options.out));
  out.words += wording<Word::claims_root>(hex_word(tree.root()));
  out.words += cumulative ? wording<Word::claims_cumulative>(stated.seq, joined(signing.signers))
                          : wording<Word::claims_window>(stated.first, stated.seq - 1);
  if (stated.statement == &session.statements().back() && claims_unstated(state))
    out.words += wording<Word::claims_waiting>();
  out.json.set("currency", code);
  out.json.set("decimals", static_cast<std::int64_t>(money->currency.exponent()));
  out.json.set("file", options.out);
  out.json.set("format", options.form);
  out.json.set("payees", static_cast<std::int64_t>(tree.rows().size()));
  out.json.set("root", hex_word(tree.root()));
  out.json.set("statement", static_cast<std::int64_t>(stated.seq));
  out.json.set("total", to_string(tree.total()));
  return out;
}

}  // namespace mikoshi
