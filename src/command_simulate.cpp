// SPDX-License-Identifier: MIT
/// `mikoshi simulate`: what if other charters had divided the ledger's months. Writes nothing but the drawings asked for.
#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "charter_templates.hpp"
#include "drawings.hpp"
#include "files.hpp"
#include "games.hpp"
#include "mikoshi/ledger/what_if.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

constexpr std::size_t charters_max = 8;
constexpr std::size_t rows_all_max = 40;    ///< so many members are all printed
constexpr std::size_t rows_each_side = 10;  ///< of more, so many at either end

/// A charter to try, as it was named on the command line.
struct Candidate {
  std::string name;
  std::optional<Json> rules;  ///< nothing: the ledger's own
};

/// @error usage (neither file nor template) | as read_file, parse_json, parse_charter
Result<Candidate> read_candidate(const std::string& text) {
  if (text == "now") return Candidate{text, std::nullopt};
  if (const CharterTemplate* found = find_charter_template(text)) return Candidate{text, *parse_json(found->rules)};
  const auto content = read_file(text, line_bytes_max);
  if (!content && content.error().code == Errc::no_such_store) {
    std::vector<std::string> names;
    for (const CharterTemplate& charter : charter_templates) names.emplace_back(charter.name);
    return fail(Errc::usage, wording<Word::simulate_no_charter>(fmt::format("{}", fmt::join(names, ", "))), text);
  }
  if (!content) return Failure{content.error()};
  auto rules = parse_json(*content);
  if (!rules) return fail(rules.error().code, rules.error().what, text + ", " + rules.error().where);
  if (const auto charter = parse_charter(*rules); !charter)
    return fail(charter.error().code, charter.error().what, text);
  std::string name = text.substr(text.rfind('/') + 1);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  return Candidate{printable(name), std::move(*rules)};
}

/// What one charter gave.
struct Trial {
  std::string name;
  WhatIfRun run;
};

/// Whom the comparison is about: who was a member at some time in these months, or was paid under some charter.
/// @return ascending by id.
std::vector<Members::Index> compared_members(const std::vector<Trial>& trials, WhatIfSpan span) {
  const State& state = trials.front().run.ledger.state;
  const std::int64_t from_s = span.from.start_s(state.dao.offset), until_s = span.to.end_s(state.dao.offset);
  std::vector<Members::Index> found;
  for (const auto& [id, index] : state.members.ids.sorted()) {
    const std::size_t at = index;
    const bool paid =
        std::any_of(trials.begin(), trials.end(), [&](const Trial& trial) { return trial.run.members[at] != 0; });
    if (paid || state.members.rows[index].seconds_within(from_s, until_s) != 0) found.push_back(index);
  }
  return found;
}

/// The difference of two amounts, signed: "+1,234", "-56", "0".
std::string signed_money(const u128& more, const u128& less, const Currency& currency) {
  if (more == less) return "0";
  return more > less ? "+" + money(more - less, currency) : "-" + money(less - more, currency);
}
std::string signed_text(const u128& more, const u128& less) {
  return more >= less ? to_string(more - less) : "-" + to_string(less - more);
}

/// Rows of cells, the first column to the left and all others to the right.
class Columns {
 public:
  void add(std::vector<std::string> cells) {
    if (widths_.size() < cells.size()) widths_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], columns_of(cells[i]));
    rows_.push_back(std::move(cells));
  }
  [[nodiscard]] std::string words() const {
    std::string text;
    for (const auto& cells : rows_) {
      std::string line = cells.empty() ? "" : pad_right(cells.front(), widths_.front());
      for (std::size_t i = 1; i < cells.size(); ++i) line += "  " + pad_left(cells[i], widths_[i]);
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

/// What is printed and put into JSON: the runs, and what was asked of them.
class Comparison {
 public:
  Comparison(const std::vector<Trial>& trials, WhatIfSpan span)
      : trials_(trials),
        span_(span),
        state_(trials.front().run.ledger.state),
        currency_(state_.currency),
        members_(compared_members(trials, span)) {}

  [[nodiscard]] const std::vector<Members::Index>& members() const { return members_; }

  [[nodiscard]] std::vector<u128> paid(const Trial& trial) const {
    std::vector<u128> amounts;
    for (const Members::Index index : members_) amounts.push_back(trial.run.members[index]);
    return amounts;
  }

  [[nodiscard]] std::string words(bool all) const {
    const WhatIfRun& first = trials_.front().run;
    return wording<Word::simulate_heading>(month_name(span_.from), month_name(span_.to),
                                           count<Count::months>(first.months.size()),
                                           money_words(first.in, currency_)) +
           table(all) + "\n" + measures();
  }

  [[nodiscard]] Drawing drawing() const {
    Drawing drawing{month_name(span_.from), month_name(span_.to), currency_, {}, {}};
    for (const Members::Index index : members_) drawing.members.push_back(state_.members.ids[index].text());
    for (const Trial& trial : trials_) drawing.charters.push_back({trial.name, paid(trial)});
    return drawing;
  }

  [[nodiscard]] Json json() const {
    Json json;
    Json::Array charters, rows;
    for (const Trial& trial : trials_) charters.push_back(charter_json(trial));
    for (const Members::Index index : members_) {
      Json row;
      Json::Array paid, difference;
      for (const Trial& trial : trials_) {
        paid.push_back(to_string(trial.run.members[index]));
        difference.push_back(signed_text(trial.run.members[index], trials_.front().run.members[index]));
      }
      row.set("difference", std::move(difference));
      row.set("member", state_.members.ids[index].text());
      row.set("paid", std::move(paid));
      rows.push_back(std::move(row));
    }
    json.set("charters", std::move(charters));
    json.set("from", to_string(span_.from));
    json.set("in", to_string(trials_.front().run.in));
    json.set("members", std::move(rows));
    json.set("to", to_string(span_.to));
    return json;
  }

 private:
  [[nodiscard]] static u128 sum(const std::vector<u128>& amounts) {
    u128 total = 0;
    for (const u128& amount : amounts) total += amount;
    return total;
  }

  /// Cells of one row: what each charter gives, each but the first with its difference to the first.
  template <class Amount>
  [[nodiscard]] std::vector<std::string> row(std::string label, const Amount& amount) const {
    std::vector<std::string> cells{std::move(label)};
    const u128 first = amount(trials_.front().run);
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      const u128 own = amount(trials_[i].run);
      cells.push_back(money(own, currency_));
      if (i != 0) cells.push_back(signed_money(own, first, currency_));
    }
    return cells;
  }

  /// The members to print, in order, and a line that says which; empty: all.
  [[nodiscard]] std::vector<Members::Index> shown(bool all, std::string& which) const {
    if (all || members_.size() <= rows_all_max) return members_;
    const WhatIfRun& first = trials_.front().run;
    const WhatIfRun& other = trials_.size() == 1 ? first : trials_[1].run;
    const std::vector<u128> nothing(first.members.size());
    const std::vector<u128>& base = trials_.size() == 1 ? nothing : first.members;
    std::vector<Members::Index> sorted = members_;
    // a gains more than b: own(a) − first(a) > own(b) − first(b), without a difference. Equal ones stay by id.
    std::stable_sort(sorted.begin(), sorted.end(), [&](Members::Index a, Members::Index b) {
      return other.members[a] + base[b] > other.members[b] + base[a];
    });
    if (trials_.size() == 1) {
      which = wording<Word::simulate_get_most>(2 * rows_each_side, thousands(members_.size()));
      sorted.resize(2 * rows_each_side);
    } else {
      which = wording<Word::simulate_gain_most>(rows_each_side, trials_[1].name, rows_each_side,
                                                thousands(members_.size()));
      sorted.erase(sorted.begin() + rows_each_side, sorted.end() - rows_each_side);
    }
    return sorted;
  }

  [[nodiscard]] std::string table(bool all) const {
    std::string which;
    const std::vector<Members::Index> rows = shown(all, which);
    Columns columns;
    std::vector<std::string> head{wording<Word::simulate_member>()};
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      head.push_back(trials_[i].name);
      if (i != 0) head.push_back(wording<Word::simulate_difference>());
    }
    columns.add(std::move(head));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!which.empty() && trials_.size() > 1 && i == rows_each_side) columns.add({"…"});
      columns.add(row(state_.members.ids[rows[i]].text(), [&](const WhatIfRun& run) { return run.members[rows[i]]; }));
    }
    if (!which.empty() && trials_.size() == 1) columns.add({"…"});
    columns.add(row(wording<Word::simulate_members>(), [&](const WhatIfRun& run) { return sum(run.members); }));
    std::map<std::string, bool> accounts;
    for (const Trial& trial : trials_)
      for (const auto& [account, amount] : trial.run.accounts) accounts[account] = true;
    for (const auto& [account, there] : accounts)
      columns.add(row(account_name(account), [&name = account](const WhatIfRun& run) {
        const auto found = run.accounts.find(name);
        return found == run.accounts.end() ? u128{0} : found->second;
      }));
    std::vector<std::string> kept{wording<Word::undivided>()};
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      const WhatIfRun& run = trials_[i].run;
      const WhatIfRun& first = trials_.front().run;
      kept.push_back(run.undivided_after >= run.undivided_before
                         ? money(run.undivided_after - run.undivided_before, currency_)
                         : "-" + money(run.undivided_before - run.undivided_after, currency_));
      if (i != 0)
        kept.push_back(signed_money(run.undivided_after + first.undivided_before,
                                    first.undivided_after + run.undivided_before, currency_));
    }
    columns.add(std::move(kept));
    return which + columns.words();
  }

  [[nodiscard]] static std::size_t top_count(std::size_t members, std::size_t percent) {
    return (members * percent + 99) / 100;  // at least one
  }

  /// Minor units, exact, as people write the currency: two more places.
  [[nodiscard]] std::string units(const Fraction& minor) const {
    const Big scale = pow(Big{10}, currency_.exponent());
    return to_decimal(make_fraction(minor.numerator, minor.denominator * scale), currency_.exponent() + 2);
  }

  /// One row a measure, one column a charter.
  [[nodiscard]] std::string measures() const {
    Columns columns;
    std::vector<std::string> head{""}, equal{wording<Word::simulate_gini>()}, drifts{wording<Word::simulate_drift>()};
    const auto percent = [](const std::optional<Fraction>& part) {
      if (!part) return std::string{"–"};
      return wording<Word::simulate_percent>(to_decimal(make_fraction(part->numerator * 100, part->denominator), 1));
    };
    for (const Trial& trial : trials_) {
      head.push_back(trial.name);
      const auto coefficient = gini(paid(trial));
      equal.push_back(coefficient ? to_decimal(*coefficient, 3) : "–");
      const auto drift = largest_drift(trial.run);
      drifts.push_back(
          drift ? wording<Word::simulate_of_member>(units(drift->units), state_.members.ids[drift->member].text())
                : "–");
    }
    columns.add(std::move(head));
    columns.add(std::move(equal));
    for (const std::size_t of_hundred : {std::size_t{1}, std::size_t{10}}) {
      const std::size_t top = top_count(members_.size(), of_hundred);
      std::vector<std::string> cells{
          wording<Word::simulate_top>(of_hundred, thousands(top), thousands(members_.size()))};
      for (const Trial& trial : trials_) cells.push_back(percent(top_share(paid(trial), top)));
      columns.add(std::move(cells));
    }
    columns.add(std::move(drifts));
    const std::string alone = state_.others.empty() ? "" : wording<Word::simulate_own_currency>(currency_.code());
    return columns.words() + wording<Word::simulate_legend>(unit_name(currency_)) + alone;
  }

  [[nodiscard]] static Json fraction_json(const Fraction& fraction) {
    Json json;
    json.set("denominator", fraction.denominator.str());
    json.set("numerator", fraction.numerator.str());
    return json;
  }

  [[nodiscard]] Json charter_json(const Trial& trial) const {
    const WhatIfRun& run = trial.run;
    Json json, accounts;
    for (const auto& [account, amount] : run.accounts) accounts.set(account, to_string(amount));
    json.set("accounts", std::move(accounts));
    json.set("name", trial.name);
    json.set("members", to_string(sum(run.members)));
    json.set("undivided_after", to_string(run.undivided_after));
    json.set("undivided_before", to_string(run.undivided_before));
    const std::vector<u128> amounts = paid(trial);
    if (const auto coefficient = gini(amounts)) json.set("gini", fraction_json(*coefficient));
    for (const std::size_t of_hundred : {std::size_t{1}, std::size_t{10}}) {
      const std::size_t top = top_count(members_.size(), of_hundred);
      const auto part = top_share(amounts, top);
      if (!part) continue;
      Json share = fraction_json(*part);
      share.set("members", static_cast<std::int64_t>(top));
      json.set("top_" + std::to_string(of_hundred) + "_percent", std::move(share));
    }
    if (const auto drift = largest_drift(run)) {
      Json farthest = fraction_json(drift->units);
      farthest.set("member", state_.members.ids[drift->member].text());
      json.set("largest_drift", std::move(farthest));
    }
    Json::Array months;
    for (const WhatIfMonth& month : run.months) {
      Json one;
      encode_fields(month.outcome, one);
      one.set("period", to_string(month.period));
      months.push_back(std::move(one));
    }
    json.set("months", std::move(months));
    return json;
  }

  const std::vector<Trial>& trials_;
  const WhatIfSpan span_;
  const State& state_;
  const Currency currency_;
  const std::vector<Members::Index> members_;
};

/// The last month in which something came in to divide.
std::optional<Period> last_month_with_income(const WhatIfRun& run) {
  for (auto month = run.months.rbegin(); month != run.months.rend(); ++month)
    if (month->outcome.in != 0) return month->period;
  return std::nullopt;
}

std::string game_label(Game game, const Player& player) {
  switch (game) {
    case Game::late_buyer:
      return player.lent ? wording<Word::simulate_late_buyer>(player.lent->text(), player.lender.text())
                         : wording<Word::simulate_late_buyer_none>();
    case Game::sybil_split:
      return wording<Word::simulate_sybil_split>();
    case Game::sliced_income:
      return wording<Word::simulate_sliced_income>(income_slices);
    case Game::leave_and_rejoin:
      return wording<Word::simulate_leave_and_rejoin>();
    case Game::gifts:
      return player.partner ? wording<Word::simulate_gifts>(player.partner->text()) : wording<Word::simulate_gifts_none>();
    case Game::rating_ring:
      return player.review ? wording<Word::simulate_rating_ring>(player.ring[0].text(), player.ring[1].text(), player.review->text())
                           : wording<Word::simulate_rating_ring_none>();
  }
  return "";
}

std::string played_words(const Played& played, const Currency& currency) {
  if (!played.possible) return wording<Word::simulate_not_played>();
  if (played.refused) return wording<Word::simulate_refused>(name(played.refused->code));
  return signed_money(played.with, played.without, currency);
}

Json played_json(const Played& played) {
  Json json;
  json.set("possible", played.possible);
  if (played.possible && played.refused) json.set("refused", name(played.refused->code));
  if (!played.possible || played.refused) return json;
  json.set("gain", signed_text(played.with, played.without));
  json.set("with", to_string(played.with));
  json.set("without", to_string(played.without));
  return json;
}

/// Plays every game against every charter. @error as choose_player
Status play_all(const State& real, const LineSource& lines, const WhatIf& terms,
                const std::vector<Candidate>& candidates, const std::vector<Trial>& trials, Printout& out) {
  const auto under = [&](std::size_t i) {
    WhatIf own = terms;
    own.rules = candidates[i].rules;
    return own;
  };
  std::optional<Player> player;
  if (const auto month = last_month_with_income(trials.front().run)) {
    MIKOSHI_ASSIGN(player, choose_player(real, lines, under(0), *month));
  }
  if (!player) {
    out.words += wording<Word::simulate_no_player>();
    return {};
  }
  const Currency& currency = real.currency;
  out.words +=
      wording<Word::simulate_games>(month_name(player->month), player->member.text(), thousands(player->ticket_weight),
                                    thousands(player->points_weight), unit_name(currency));
  Columns columns;
  std::vector<std::string> head{""};
  for (const Trial& trial : trials) head.push_back(trial.name);
  columns.add(std::move(head));
  Json attack, games;
  for (const Game game : all_games) {
    std::vector<std::string> cells{game_label(game, *player)};
    Json::Array results;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const Played played = play(game, *player, real, lines, under(i), trials[i].run);
      cells.push_back(played_words(played, currency));
      results.push_back(played_json(played));
    }
    columns.add(std::move(cells));
    games.set(game_names[static_cast<std::size_t>(game)], std::move(results));
  }
  out.words += columns.words();
  attack.set("games", std::move(games));
  attack.set("member", player->member.text());
  attack.set("period", to_string(player->month));
  attack.set("points", to_string(player->points_weight));
  attack.set("tickets", std::to_string(player->ticket_weight));
  out.json.set("attack", std::move(attack));
  return {};
}

}  // namespace

Result<Printout> run_simulate(const SimulateOptions& options, const CommonOptions& common) {
  if (options.charters.size() > charters_max) return fail(Errc::usage, wording<Word::simulate_charters_max>());
  WhatIf terms;
  if (!options.from.empty()) {
    MIKOSHI_ASSIGN(terms.from, Period::parse(options.from));
  }
  if (!options.to.empty()) {
    MIKOSHI_ASSIGN(terms.to, Period::parse(options.to));
  }
  if (terms.from && terms.to && *terms.from > *terms.to)
    return fail(Errc::usage, wording<Word::simulate_order>(options.from, options.to));
  std::vector<Candidate> candidates;
  for (const std::string& text : options.charters) {
    MIKOSHI_ASSIGN(Candidate candidate, read_candidate(text));
    candidates.push_back(std::move(candidate));
  }
  if (!options.svg.empty()) MIKOSHI_TRY(check_creatable(options.svg));
  CommonOptions place = common;
  if (!options.dir.empty()) place.dir = options.dir;
  MIKOSHI_ASSIGN(const Session session, Session::open(place, Access::read));
  const State& real = session.state();
  MIKOSHI_ASSIGN(const WhatIfSpan span, what_if_span(real, terms));

  const std::size_t runs = candidates.size() * (options.attack ? 1 + all_games.size() : 1) + (options.attack ? 1 : 0);
  std::optional<Progress> progress{std::in_place, session.ledger().log.size() * runs};
  std::uint64_t read = 0;
  const LineSource lines = [&](const TakeLine& take) {
    return session.store().read([&](std::string_view line) -> Status {
      progress->at(++read);
      return take(line);
    });
  };
  std::vector<Trial> trials;
  for (const Candidate& candidate : candidates) {
    terms.rules = candidate.rules;
    auto run = run_what_if(real, lines, terms);
    if (!run)
      return fail(run.error().code, run.error().what,
                  candidate.name + (run.error().where.empty() ? "" : ", " + run.error().where));
    trials.push_back({candidate.name, std::move(*run)});
  }
  const Comparison comparison{trials, span};
  Printout out;
  out.words = comparison.words(options.all);
  out.json = comparison.json();
  if (options.attack) MIKOSHI_TRY(play_all(real, lines, terms, candidates, trials, out));
  progress.reset();
  if (!options.svg.empty()) {
    const Drawing drawing = comparison.drawing();
    MIKOSHI_TRY(create_folder(options.svg, 2, [&](std::size_t i) -> Result<NamedText> {
      return i == 0 ? NamedText{"lorenz.svg", lorenz_svg(drawing)} : NamedText{"changes.svg", changes_svg(drawing)};
    }));
    out.words += wording<Word::simulate_saved>(options.svg);
  }
  return out;
}

}  // namespace mikoshi
