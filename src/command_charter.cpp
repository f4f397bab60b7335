// SPDX-License-Identifier: MIT
/// `mikoshi charter`: a charter in plain sentences for people who vote on it, its faults, and its proposal.
#include <fmt/format.h>

#include "advice.hpp"
#include "charter_templates.hpp"
#include "files.hpp"
#include "mikoshi/charter/charter.hpp"
#include "mikoshi/charter/lint.hpp"
#include "partners.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"

namespace mikoshi {
namespace {

/// A charter's sentences, one a node, each in its own line.
class Sentences {
 public:
  /// A template's: amounts are bare minor units.
  Sentences() = default;
  explicit Sentences(const State& state) : Sentences(state, &state.currency) {}

  /// The whole charter under a heading.
  [[nodiscard]] std::string all(const std::string& heading, const Charter& charter) const {
    std::string words = heading + wording<Word::charter_each_month>();
    words += tree(charter) + wording<Word::charter_fractions>() + minimum(charter) + consent(charter);
    if (state_ == nullptr) return words;
    for (const auto& [code, rules] : charter.others) {
      const Sentences others{*state_, &currency_of(*state_, code)};
      words += wording<Word::charter_in_currency>(code) + others.tree(rules) + others.minimum(rules);
    }
    return words;
  }

 private:
  Sentences(const State& state, const Currency* currency) : state_(&state), currency_(currency) {}

  /// What becomes of one currency's money.
  [[nodiscard]] std::string tree(const Tree& tree) const {
    const auto all_of = [&](const Node& root) {
      const bool plain_split = root.kind == Node::Kind::split && root.rule == Rule::carry;
      return plain_split ? branches(root, 1) : node(wording<Word::charter_all_goes>(), root, 1);
    };
    return all_of(tree.root) + (tree.works ? wording<Word::charter_works>() + all_of(*tree.works) : "");
  }
  /// What waits for consent, and what has to be signed.
  [[nodiscard]] static std::string consent(const Charter& charter) {
    std::string words;
    for (const auto& [what, terms] : charter.consent) {
      const std::string days = thousands(terms.days);
      if (what == "draft") {
        words += wording<Word::charter_consent_draft>(days);
      } else {
        const std::string subject =
            what == "charter" ? wording<Word::charter_consent_charter>() : wording<Word::charter_consent_recognise>();
        words += terms.parts == 0
                     ? wording<Word::charter_consent_open>(subject, days)
                     : wording<Word::charter_consent_sign>(subject, days, thousands(terms.parts), thousands(terms.whole));
      }
    }
    if (charter.signed_kinds.empty()) return words;
    std::vector<std::string> kinds{charter.signed_kinds.begin(), charter.signed_kinds.end()};
    return words + wording<Word::charter_signed>(joined(kinds));
  }
  [[nodiscard]] std::string minimum(const Tree& tree) const {
    return tree.minimum == 0 ? "" : wording<Word::charter_minimum>(amount(tree.minimum));
  }
  [[nodiscard]] std::string amount(const u128& minor) const {
    return currency_ != nullptr ? money_words(minor, *currency_) : thousands(minor);
  }

  /// What a weight measures, as a noun.
  static std::string noun(const Measure& measure) {
    switch (measure.weight) {
      case Weight::contributions:
        return wording<Word::measure_contributions>();
      case Weight::tickets:
        return wording<Word::measure_tickets>();
      case Weight::ticket_seconds:
        return wording<Word::measure_ticket_time>();
      case Weight::equal:
        return wording<Word::measure_equal>();
      case Weight::segments:
        return wording<Word::measure_segments>();
      case Weight::credits:
        return wording<Word::measure_credits>();
      case Weight::supporters:
        return wording<Word::measure_supporters>();
      case Weight::pledges:
        return wording<Word::measure_pledges>();
      case Weight::reviews:
        return wording<Word::measure_reviews>();
      case Weight::lifetime:
        return wording<Word::measure_lifetime>(noun(measure.of.front()));
      case Weight::root:
        return wording<Word::measure_root>(noun(measure.of.front()));
      case Weight::decay:
        return wording<Word::measure_decay>(noun(measure.of.front()), thousands(measure.parts),
                                            thousands(measure.whole));
      case Weight::costs:  // of a recoup alone
      case Weight::product:
        break;
    }
    std::string words;
    for (const Measure& factor : measure.of) words += (words.empty() ? "" : " × ") + noun(factor);
    return words;
  }

  /// Who gets it by which measure: "members by contribution points".
  static std::string among_words(const Measure& measure) {
    switch (measure.weight) {
      case Weight::contributions:
        return wording<Word::charter_by_contributions>();
      case Weight::tickets:
        return wording<Word::charter_by_tickets>();
      case Weight::ticket_seconds:
        return wording<Word::charter_by_ticket_time>();
      case Weight::equal:
        return wording<Word::charter_by_equal>();
      default:
        return wording<Word::charter_by_measure>(noun(measure));
    }
  }

  /// When the measure gives nobody anything.
  static std::string otherwise_words(Weight weight) {
    switch (weight) {
      case Weight::contributions:
        return wording<Word::charter_no_contributions>();
      case Weight::tickets:
      case Weight::ticket_seconds:
        return wording<Word::charter_no_tickets>();
      case Weight::equal:
        return wording<Word::charter_no_members>();
      default:
        return wording<Word::charter_no_weight>();
    }
  }

  /// `words`, and how they are rounded where that is not by carrying.
  static std::string rounded(const std::string& words, const Node& node) {
    switch (node.rule) {
      case Rule::carry:
        return words;
      case Rule::hamilton:
        return wording<Word::charter_month_by_month>(words);
      case Rule::sainte_lague:
        return wording<Word::charter_sainte_lague>(words);
      case Rule::floor:
        return wording<Word::charter_floor>(words, payee_words(node.rest_account));
    }
    return words;
  }

  /// A split's pool, and how its parts are rounded where that is not by carrying.
  static std::string split_words(const std::string& pool, const Node& node) {
    if (node.rule == Rule::carry) return pool;
    return wording<Word::charter_split_rounded>(pool, rounded(wording<Word::charter_in_parts>(), node));
  }

  [[nodiscard]] std::string bounded(std::string words, const Bounds& bounds) const {
    if (bounds.floor != 0) words = wording<Word::charter_at_first>(words, amount(bounds.floor));
    if (bounds.cap) words = wording<Word::charter_at_most>(words, amount(*bounds.cap));
    return words;
  }

  /// Where `subject` ("10 of 100 parts go") goes: one line, and deeper ones for what is divided again.
  [[nodiscard]] std::string node(const std::string& subject, const Node& node, std::size_t depth) const {
    const std::string indent(2 * depth, ' ');
    const auto below = [&](const std::string& words, const Node& branch) {
      return this->node(words, branch, depth + 1);
    };
    const std::string pool = pool_name(node.pool.text());
    switch (node.kind) {
      case Node::Kind::to:
        return indent + wording<Word::charter_to>(subject, payee_words(node.account));
      case Node::Kind::split:
        return indent + wording<Word::charter_divided>(subject, split_words(pool, node)) + branches(node, depth + 1);
      case Node::Kind::take:
        return indent + wording<Word::charter_take>(subject, pool, amount(node.limit)) +
               below(wording<Word::charter_first_goes>(), node.branches[0]) +
               below(wording<Word::charter_rest_goes>(), node.branches[1]);
      case Node::Kind::threshold:
        if (node.month)
          return indent + wording<Word::charter_until>(subject, pool, month_name(*node.month)) +
                 below(wording<Word::charter_before_goes>(), node.branches[0]) +
                 below(wording<Word::charter_from_goes>(), node.branches[1]);
        return indent + wording<Word::charter_threshold>(subject, pool, amount(node.limit)) +
               below(wording<Word::charter_first_goes>(), node.branches[0]) +
               below(wording<Word::charter_rest_goes>(), node.branches[1]);
      case Node::Kind::recoup: {
        if (node.parts.empty()) {
          const bool costs = node.measure.weight == Weight::costs;
          return indent +
                 (costs ? wording<Word::charter_recoup_costs>(subject, pool)
                        : wording<Word::charter_recoup_pledges>(subject, pool, thousands(node.cap.first), thousands(node.cap.second))) +
                 below(wording<Word::charter_rest_goes>(), node.branches.back());
        }
        std::string words = indent + wording<Word::charter_recoup>(subject, pool);
        for (std::size_t i = 0; i < node.parts.size(); ++i)
          words += below(wording<Word::charter_up_to_goes>(amount(node.parts[i])), node.branches[i]);
        return words + below(wording<Word::charter_rest_goes>(), node.branches.back());
      }
      case Node::Kind::hold:
        return indent +
               (node.month ? wording<Word::charter_hold_until>(subject, pool, month_name(*node.month))
                           : wording<Word::charter_hold>(subject, pool, thousands(node.months))) +
               below(wording<Word::charter_it_goes>(), node.branches[0]);
      case Node::Kind::among:
        break;
    }
    const Node& otherwise = node.branches.front();
    const std::string among = bounded(rounded(among_words(node.measure), node), node.bounds);
    const std::string nobody = otherwise_words(node.measure.weight);
    if (otherwise.kind == Node::Kind::to)
      return indent + wording<Word::charter_among>(subject, among, pool, nobody, payee_words(otherwise.account));
    return indent + wording<Word::charter_among_else>(subject, among, pool, nobody) +
           below(wording<Word::charter_it_goes>(), otherwise);
  }

  [[nodiscard]] std::string branches(const Node& split, std::size_t depth) const {
    u128 sum = 0;
    for (const std::uint64_t part : split.parts) sum += part;
    std::string words;
    for (std::size_t i = 0; i < split.branches.size(); ++i) {
      const std::string part = thousands(split.parts[i]), whole = thousands(sum);
      words += node(split.parts[i] == 1 ? wording<Word::charter_part_goes>(part, whole)
                                        : wording<Word::charter_parts_go>(part, whole),
                    split.branches[i], depth);
    }
    return words;
  }

  const State* state_ = nullptr;
  const Currency* currency_ = nullptr;
};

/// Whether the communities would give each other everything, in each currency that the charter has rules for.
std::vector<std::string> cycle_findings(const State& state, const Charter& charter, Period from,
                                        const std::vector<Community>& partners) {
  std::vector<std::string> findings;
  if (partners.empty()) return findings;
  const auto look = [&](const std::string& code, const Tree& own, const std::string& path) {
    std::vector<Charter> charters;
    charters.reserve(partners.size());
    std::vector<PartnerRules> rules{{state.dao.id, &own}};
    for (const Community& partner : partners) {
      const State& its = partner.ledger.state;
      const CharterRow* row = its.decisions.charter_of(from);
      if (row == nullptr) continue;
      charters.push_back(*parse_charter(row->rules));  // a recorded charter is a valid one
      const Charter& last = charters.back();
      if (code == its.currency.code()) rules.push_back({its.dao.id, &last});
      if (const auto other = last.others.find(code); other != last.others.end()) rules.push_back({its.dao.id, &other->second});
    }
    if (const Status fits = check_cycles(rules); !fits) findings.push_back(path + ": " + fits.error().what);
  };
  look(state.currency.code(), charter, "/root");
  for (const auto& [code, tree] : charter.others) look(code, tree, "/currencies/" + code + "/root");
  return findings;
}

}  // namespace

Result<Printout> run_charter_propose(const CharterProposeOptions& options, const CommonOptions& common,
                                     const WriteOptions& write) {
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, json_bytes_max));
  MIKOSHI_ASSIGN(const Json rules, parse_json(text));
  MIKOSHI_ASSIGN(Session session, Session::open(common, options.check_only ? Access::read : Access::write));
  const State& state = session.state();
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.at));
  const auto& charters = state.decisions.charters;
  Period from = charters.empty() ? Period::of(at, state.dao.offset) : Period::of(at, state.dao.offset).next();
  if (!options.from.empty()) {
    MIKOSHI_ASSIGN(from, Period::parse(options.from));
  }
  // All that can be found at once: first in the text alone, then beside the DAO.
  MIKOSHI_ASSIGN(const Charter charter, parse_charter(rules));
  const Status fits = check_charter(state, charter, from);
  std::string findings = fits ? "" : fits.error().what;
  if (!options.allow_idle)
    for (const std::string& finding : idle_weights(state, charter)) findings += (findings.empty() ? "" : " | ") + finding;
  std::vector<Community> partners;
  for (const std::string& dir : options.partners) {
    MIKOSHI_ASSIGN(Community community, open_community(dir));
    partners.push_back(std::move(community));
  }
  for (const std::string& finding : cycle_findings(state, charter, from, partners))
    findings += (findings.empty() ? "" : " | ") + finding;
  if (!findings.empty()) return fail(Errc::bad_charter, findings, printable(options.file));
  Printout out;
  out.json.set("from", to_string(from));
  out.json.set("hash", to_hex(charter_hash(rules)));
  const std::string words = Sentences{state}.all(wording<Word::charter_would>(month_name(from)), charter);
  if (options.check_only) {
    out.words = words + wording<Word::charter_no_fault>();
    return out;
  }
  CharterNew event;
  event.from = from;
  event.rules = rules;
  std::size_t number = charters.size() + 1;
  const auto taken = [&](const CharterId& id) {
    return std::any_of(charters.begin(), charters.end(), [&](const CharterRow& row) { return row.id == id; });
  };
  if (options.id.empty()) {
    do {
      MIKOSHI_ASSIGN(event.id, CharterId::parse("v" + std::to_string(number++)));
    } while (taken(event.id));
  } else {
    MIKOSHI_ASSIGN(event.id, CharterId::parse(options.id));
  }
  MIKOSHI_ASSIGN(const Entry entry, session.submit(event, write));
  MIKOSHI_TRY(session.commit());
  out.words = words + wording<Word::charter_recorded>(event.id.text(), month_name(from), entry.seq);
  out.json.set("id", event.id.text());
  out.json.set("seq", static_cast<std::int64_t>(entry.seq));
  return out;
}

Result<Printout> run_charter_words(const CharterWordsOptions& options, const CommonOptions& common) {
  Printout out;
  if (!options.charter_template.empty()) {
    if (!options.id.empty()) return fail(Errc::usage, wording<Word::charter_id_or_template>());
    const CharterTemplate* chosen = find_charter_template(options.charter_template);
    MIKOSHI_CHECK(chosen != nullptr);  // the command line offers no other
    const Json rules = *parse_json(chosen->rules);
    out.words = Sentences{}.all(wording<Word::charter_template>(chosen->name), *parse_charter(rules));
    out.json.set("rules", rules);
    out.json.set("template", chosen->name);
    return out;
  }
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  const Decisions& decisions = state.decisions;
  const CharterRow* row = nullptr;
  if (options.id.empty()) {
    if (const auto open = decisions.open_period()) row = decisions.charter_of(*open);
    if (row == nullptr) return fail(Errc::no_charter, wording<Word::charter_none>());
  } else {
    MIKOSHI_ASSIGN(const CharterId id, CharterId::parse(options.id));
    for (const CharterRow& charter : decisions.charters)
      if (charter.id == id) row = &charter;
    if (row == nullptr) return fail(Errc::no_charter, wording<Word::charter_unknown>(id.text()));
  }
  out.words = Sentences{state}.all(wording<Word::charter_heading>(row->id.text(), month_name(row->from)),
                                                 *parse_charter(row->rules));
  out.json.set("from", to_string(row->from));
  out.json.set("hash", to_hex(row->hash));
  out.json.set("id", row->id.text());
  out.json.set("rules", row->rules);
  return out;
}

}  // namespace mikoshi
