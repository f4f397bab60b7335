// SPDX-License-Identifier: MIT
/// `mikoshi partners`: what communities give each other, held against what each has booked, or settled for a month.
#include "mikoshi/ledger/partners.hpp"

#include <fmt/format.h>

#include "partners.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"

namespace mikoshi {
namespace {

/// "1,234", or "1,234.56…" with two places more than the currency has.
std::string exact_words(const Fraction& units, const Currency& currency) {
  const Big scale = pow(Big{10}, currency.exponent());
  return to_decimal(make_fraction(units.numerator, units.denominator * scale), currency.exponent() + 4);
}

/// A community by the beginning of its id.
std::string short_id(const Community& community) { return to_hex(community.id()).substr(0, 12); }

}  // namespace

Result<Community> open_community(const std::string& dir) {
  MIKOSHI_ASSIGN(const std::unique_ptr<Store> store, open_folder(dir, Access::read));
  auto community = read_community([&](const TakeLine& take) { return store->read(take); });
  if (!community) {
    Error error = std::move(community).error();
    error.where = dir + (error.where.empty() ? "" : ", " + error.where);
    return Failure{std::move(error)};
  }
  return community;
}

std::string edges_words(std::span<const Community> communities, const std::vector<Edge>& edges) {
  std::string words;
  for (const Edge& edge : edges) {
    const Currency& currency = currency_of(communities[edge.from].ledger.state, edge.currency);
    words += wording<Word::partners_edge>(to_string(edge.period), short_id(communities[edge.from]),
                                          short_id(communities[edge.to]),
                                          pad_left(money_words(edge.gives, currency), 14));
    words += "  " + (edge.booked == edge.gives  ? wording<Word::partners_booked>()
                     : edge.booked == 0         ? wording<Word::partners_to_book>()
                                                : wording<Word::partners_differs>(money_words(edge.booked, currency)));
    if (!edge.closed) words += ", " + wording<Word::partners_open>();
    if (edge.exact) words += ", " + wording<Word::partners_exact>(exact_words(*edge.exact, currency));
    words += "\n";
  }
  return words;
}

Json edges_json(std::span<const Community> communities, const std::vector<Edge>& edges) {
  Json::Array items;
  for (const Edge& edge : edges) {
    Json json;
    json.set("booked", to_string(edge.booked));
    json.set("closed", edge.closed);
    json.set("currency", edge.currency);
    if (edge.exact) {
      Json exact;
      exact.set("denominator", edge.exact->denominator.str());
      exact.set("numerator", edge.exact->numerator.str());
      json.set("exact", std::move(exact));
    }
    json.set("from", to_hex(communities[edge.from].id()));
    json.set("gives", to_string(edge.gives));
    json.set("period", to_string(edge.period));
    json.set("to", to_hex(communities[edge.to].id()));
    items.push_back(std::move(json));
  }
  return items;
}

Result<Printout> run_partners(const PartnersOptions& options, const CommonOptions& common, const WriteOptions& write) {
  std::vector<Community> communities;
  std::vector<std::string> dirs{common.dir};
  dirs.insert(dirs.end(), options.dirs.begin(), options.dirs.end());
  for (const std::string& dir : dirs) {
    MIKOSHI_ASSIGN(Community community, open_community(dir));
    communities.push_back(std::move(community));
  }
  Printout out;
  if (options.period.empty()) {
    MIKOSHI_ASSIGN(const std::vector<Edge> edges, check_partners(communities));
    const auto standing = std::count_if(edges.begin(), edges.end(), [](const Edge& edge) {
      return edge.closed && edge.booked == edge.gives;
    });
    out.words = edges.empty() ? wording<Word::partners_none>() : edges_words(communities, edges);
    if (standing != 0) out.words += wording<Word::partners_agree>(count<Count::gifts>(static_cast<u128>(standing)));
    out.json.set("edges", edges_json(communities, edges));
    return out;
  }
  MIKOSHI_ASSIGN(const Period period, Period::parse(options.period));
  const State& own = communities.front().ledger.state;
  std::vector<std::string> codes{own.currency.code()};
  for (const auto& [code, money] : own.others) codes.push_back(code);
  std::vector<Edge> edges;
  for (const std::string& code : codes) {
    MIKOSHI_ASSIGN(const std::vector<Edge> settled, settle_partners(communities, period, code));
    edges.insert(edges.end(), settled.begin(), settled.end());
  }
  out.words = edges.empty() ? wording<Word::partners_none>() : edges_words(communities, edges);
  out.json.set("edges", edges_json(communities, edges));
  if (!options.book) return out;

  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  Json::Array receipts;
  for (const Edge& edge : edges) {
    if (edge.to != 0 || edge.gives == edge.booked) continue;
    if (edge.booked != 0)
      return fail(Errc::conflict, wording<Word::partners_differs>(
                                      money_words(edge.booked, currency_of(session.state(), edge.currency))));
    IncomeNew income;
    income.amount = edge.gives;
    income.currency = edge.currency;
    income.from = communities[edge.from].id();
    MIKOSHI_ASSIGN(income.id, RecordId::parse(fmt::format("from-{}-{}{}", short_id(communities[edge.from]),
                                                          to_string(period),
                                                          edge.currency == session.state().currency.code()
                                                              ? ""
                                                              : "-" + short_hash(edge.currency))));
    income.period = period;
    MIKOSHI_ASSIGN(const Entry entry, session.submit(income, write));
    out.words += wording<Word::partners_booked_now>(
        money_words(edge.gives, currency_of(session.state(), edge.currency)), short_id(communities[edge.from]),
        month_name(period), entry.seq);
    receipts.push_back(static_cast<std::int64_t>(entry.seq));
  }
  MIKOSHI_TRY(session.commit());
  out.json.set("booked", std::move(receipts));
  return out;
}

}  // namespace mikoshi
