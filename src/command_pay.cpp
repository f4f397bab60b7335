// SPDX-License-Identifier: MIT
/// `mikoshi pay`: who gets what now, as a file for the bank, and what became of it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "advice.hpp"
#include "csv.hpp"
#include "files.hpp"
#include "payments.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"
#include "table.hpp"

namespace mikoshi {
namespace {

constexpr std::array<std::string_view, 6> file_columns = {"payment", "member", "name", "account", "amount", "currency"};

/// The file for the bank: one row a payment, with what the private book knows of the member.
std::string payment_file(const State& state, const PrivateBook& book, const std::vector<std::uint32_t>& payments) {
  std::string text = csv_mark + csv_row({file_columns.begin(), file_columns.end()});
  for (const std::uint32_t index : payments) {
    const PaymentRow& row = state.payments.rows[index];
    const MemberId& member = state.members.ids[row.member];
    const auto known = book.members.find(member);
    const PrivateMember nobody;
    const PrivateMember& who = known == book.members.end() ? nobody : known->second;
    text += csv_row({state.payments.ids[index].text(), member.text(), who.name.value_or(""), who.account.value_or(""),
                     to_plain(*Amount::make(row.amount, currency_of(state, row.currency))), row.currency});
  }
  return text;
}

Sums total_of(const State& state, const std::vector<std::uint32_t>& payments) {
  Sums total{state};
  for (const std::uint32_t index : payments)
    total.add(state.payments.rows[index].currency, state.payments.rows[index].amount);
  return total;
}

Json payments_json(const State& state, const std::vector<std::uint32_t>& payments) {
  Json::Array items;
  for (const std::uint32_t index : payments) {
    const PaymentRow& row = state.payments.rows[index];
    Json json;
    json.set("amount", to_string(row.amount));
    if (row.currency != state.currency.code()) json.set("currency", row.currency);
    json.set("id", state.payments.ids[index].text());
    json.set("member", state.members.ids[row.member].text());
    json.set("state", payment_state_names[static_cast<std::size_t>(row.state)]);
    if (row.wallet) json.set("wallet", to_string(*row.wallet));
    items.push_back(std::move(json));
  }
  Json json;
  json.set("payments", std::move(items));
  total_of(state, payments).put(json, "total");
  return json;
}

/// The payments that are planned and that the bank is to carry.
std::vector<std::uint32_t> planned_for_bank(const State& state) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t index = 0; index < state.payments.rows.size(); ++index)
    if (const PaymentRow& row = state.payments.rows[index]; row.state == PaymentState::planned && !row.wallet)
      found.push_back(index);
  return found;
}

std::string state_word(PaymentState state) {
  switch (state) {
    case PaymentState::planned:
      return wording<Word::pay_planned>();
    case PaymentState::sent:
      return wording<Word::pay_sent>();
    case PaymentState::settled:
      return wording<Word::pay_settled>();
    case PaymentState::failed:
      return wording<Word::pay_failed>();
  }
  return {};
}

/// What a bank's file calls each outcome.
using Results = std::map<std::string, PaymentState, std::less<>>;

/// settled=WORD, failed=WORD. An outcome that is not declared keeps its own name. @error usage
Result<Results> parse_results(const std::vector<std::string>& declared) {
  Results results;
  for (const PaymentState state : {PaymentState::settled, PaymentState::failed}) {
    const std::string own{payment_state_names[static_cast<std::size_t>(state)]};
    bool is_declared = false;
    for (const std::string& entry : declared) {
      if (!entry.starts_with(own + "=")) continue;
      is_declared = true;
      const std::string word = entry.substr(own.size() + 1);
      if (word.empty() || !results.emplace(word, state).second)
        return fail(Errc::usage, wording<Word::results_form>(), entry);
    }
    if (!is_declared && !results.emplace(own, state).second)
      return fail(Errc::usage, wording<Word::results_form>(), own);
  }
  for (const std::string& entry : declared)
    if (!entry.starts_with("settled=") && !entry.starts_with("failed="))
      return fail(Errc::usage, wording<Word::results_form>(), entry);
  return results;
}

/// What is said of a result that was not declared.
std::string result_words(const std::vector<std::string>& declared, const Results& results, const std::string& given) {
  if (declared.empty()) return wording<Word::pay_result_form>();
  std::vector<std::string> words;
  for (const auto& [word, state] : results) words.push_back(word);
  return wording<Word::result_unknown>(given, joined(words));
}

/// Ends a payment. One that ended so before keeps the evidence of the first file, so that a bank's list which repeats
/// earlier rows adds what is new.
template <class E>
Result<Entry> submit_end(Session& session, E event, const WriteOptions& write) {
  MIKOSHI_ASSIGN(const std::optional<E> first, recorded(session, event));
  if (first) event.evidence = first->evidence;
  return session.submit(event, write);
}

TableFields settle_fields() {
  return {{"amount", "payment", "result"}, {}, {"amount=amount", "payment=payment", "result=result"}};
}

}  // namespace

Status check_payable(const Session& session) {
  if (!session.state().decisions.unstated.empty() || session.statements().empty())
    return fail(Errc::no_snapshot, wording<Word::pay_unstated>());
  const StatementPoint& point = session.statements().back();
  MIKOSHI_ASSIGN(const SigningState signing, signing_state(session, point));
  if (signing.quorum) return {};
  return fail(Errc::quorum_not_met, wording<Word::pay_unsigned>(signing.signers.size(), point.dao.threshold));
}

PaymentId next_payment(const Payments& payments) {
  for (std::size_t number = payments.rows.size() + 1;; ++number)
    if (PaymentId id = *PaymentId::parse(fmt::format("p{:04}", number)); !payments.ids.find(id)) return id;
}

Result<Printout> run_pay_plan(const PayPlanOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_TRY(check_creatable(options.out));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_TRY(check_payable(session));
  MIKOSHI_ASSIGN(PrivateBook* const book, session.private_book());
  std::vector<std::uint32_t> planned;
  Sums kept{session.state()};
  std::size_t keeping = 0;
  std::vector<PaymentPlan> transfers;
  const auto plan = [&](const Money& money) {
    const std::string& code = money.currency.code();
    for (const auto& [id, index] : session.state().members.ids.sorted()) {
      const u128 owed = money.books.owed(index);
      if (owed == 0) continue;
      if (owed < smallest_transfer(session.state(), index, code)) {
        kept.add(code, owed);
        ++keeping;
      } else {
        transfers.push_back(PaymentPlan{owed, code, {}, id, {}});
      }
    }
  };
  plan(session.state());
  for (const auto& [code, money] : session.state().others) plan(money);
  if (transfers.empty()) return fail(Errc::nothing_owed, wording<Word::pay_nothing>(kept.words()));
  for (PaymentPlan& transfer : transfers) {
    const PaymentId id = next_payment(session.state().payments);
    transfer.id = id;
    MIKOSHI_TRY(session.submit(transfer, write));
    planned.push_back(*session.state().payments.ids.find(id));
  }
  // The ledger first: a file that the ledger does not know could be paid twice.
  MIKOSHI_TRY(session.commit());
  const State& state = session.state();
  if (auto status = create_file(options.out, payment_file(state, *book, planned), Visibility::owner_only); !status)
    return fail(status.error().code, wording<Word::pay_file_missing>(status.error().what), options.out);
  Printout out;
  out.words =
      wording<Word::pay_plan_done>(count<Count::transfers>(planned.size()),
                                   total_of(state, planned).words(), printable(options.out));
  if (keeping != 0)
    out.words += wording<Word::pay_plan_kept>(count<Count::people>(keeping), kept.words());
  std::set<Members::Index> unnamed;
  for (const std::uint32_t index : planned) {
    const Members::Index who = state.payments.rows[index].member;
    const auto known = book->members.find(state.members.ids[who]);
    if (known == book->members.end() || !known->second.account) unnamed.insert(who);
  }
  if (!unnamed.empty()) out.words += wording<Word::pay_plan_accounts>(count<Count::people>(unnamed.size()));
  out.words += wording<Word::pay_plan_next>();
  out.json = payments_json(state, planned);
  out.json.set("file", options.out);
  kept.put(out.json, "kept");
  return out;
}

Result<Printout> run_pay_file(const PayPlanOptions& options, const CommonOptions& common) {
  MIKOSHI_TRY(check_creatable(options.out));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::read));
  MIKOSHI_ASSIGN(PrivateBook* const book, session.private_book());
  const State& state = session.state();
  const std::vector<std::uint32_t> planned = planned_for_bank(state);
  MIKOSHI_TRY(create_file(options.out, payment_file(state, *book, planned), Visibility::owner_only));
  Printout out;
  out.words =
      wording<Word::pay_file_done>(count<Count::transfers>(planned.size()),
                                   total_of(state, planned).words(), printable(options.out));
  out.json = payments_json(state, planned);
  out.json.set("file", options.out);
  return out;
}

Result<Printout> run_pay_sent(const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const std::vector<std::uint32_t> planned = planned_for_bank(session.state());
  for (const std::uint32_t index : planned) {
    const PaymentId id = session.state().payments.ids[index];
    MIKOSHI_TRY(session.submit(PaymentSent{id}, write));
  }
  MIKOSHI_TRY(session.commit());
  const State& state = session.state();
  Printout out;
  out.words = wording<Word::pay_sent_done>(count<Count::transfers>(planned.size()),
                                           total_of(state, planned).words());
  out.json = payments_json(state, planned);
  return out;
}

Result<Printout> run_pay_settle(const PaySettleOptions& options, const CommonOptions& common,
                                const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Results results, parse_results(options.results));
  MIKOSHI_ASSIGN(const Table table, Table::read(options.table, settle_fields()));
  MIKOSHI_ASSIGN(Session session, Session::open(common, options.table.dry_run ? Access::read : Access::write));
  std::vector<std::uint32_t> settled, failed;
  std::size_t existing = 0, open_rows = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row row = table.row(i);
    const std::string& result = row.text("result");
    if (result.empty()) {
      ++open_rows;
      continue;
    }
    const auto meant = results.find(result);
    if (meant == results.end())
      return row.at({Errc::bad_csv, result_words(options.results, results, result), {}}, "result");
    MIKOSHI_ASSIGN(const PaymentId id, row.id<PaymentId>("payment"));
    const State& state = session.state();
    const auto known = state.payments.ids.find(id);
    const std::string code = known ? state.payments.rows[*known].currency : state.currency.code();
    MIKOSHI_ASSIGN(const u128 amount, row.money("amount", currency_of(state, code)));
    const bool arrived = meant->second == PaymentState::settled;
    auto entry = arrived ? submit_end(session, PaymentSettled{amount, row.evidence(), id}, write)
                         : submit_end(session, PaymentFailed{amount, row.evidence(), id}, write);
    if (!entry)
      return row.refused(
          std::move(entry).error(),
          {{Errc::no_such_payment, "payment"}, {Errc::wrong_amount, "amount"}, {Errc::conflict, "result"}});
    if (entry->existing) {
      ++existing;
    } else {
      (arrived ? settled : failed).push_back(*session.state().payments.ids.find(id));
    }
  }
  if (!options.table.dry_run) MIKOSHI_TRY(session.commit());
  const State& state = session.state();
  Printout out;
  if (!settled.empty())
    out.words += wording<Word::pay_settle_done>(count<Count::transfers>(settled.size()),
                                                total_of(state, settled).words());
  if (!failed.empty())
    out.words += wording<Word::pay_settle_failed>(count<Count::transfers>(failed.size()),
                                                  total_of(state, failed).words());
  if (existing != 0) out.words += wording<Word::pay_settle_existing>(count<Count::transfers>(existing));
  if (open_rows != 0) out.words += wording<Word::pay_settle_open>(count<Count::transfers>(open_rows));
  if (out.words.empty()) out.words = wording<Word::import_no_rows>();
  out.json.set("existing", static_cast<std::int64_t>(existing));
  out.json.set("failed", payments_json(state, failed));
  out.json.set("open", static_cast<std::int64_t>(open_rows));
  out.json.set("settled", payments_json(state, settled));
  note_dry_run(options.table, out);
  return out;
}

Result<Printout> run_pay_list(const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  Printout out;
  std::vector<std::uint32_t> all;
  for (std::uint32_t index = 0; index < state.payments.rows.size(); ++index) {
    const PaymentRow& row = state.payments.rows[index];
    all.push_back(index);
    out.words += pad_right(state.payments.ids[index].text(), 10) + " " +
                 pad_right(state.members.ids[row.member].text(), 12) + " " +
                 pad_left(money(row.amount, currency_of(state, row.currency)), 16) + "  " +
                 (row.currency == state.currency.code() ? "" : row.currency + "  ") + state_word(row.state) +
                 (row.wallet ? "  " + to_string(*row.wallet) : "") + "\n";
  }
  if (all.empty()) out.words = wording<Word::pay_list_empty>();
  out.json = payments_json(state, all);
  return out;
}

}  // namespace mikoshi
