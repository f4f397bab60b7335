// SPDX-License-Identifier: MIT
/// `mikoshi charter words`: a charter in plain sentences, for people who vote on it.
#include <fmt/format.h>

#include "charter_templates.hpp"
#include "mikoshi/charter/charter.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

/// Who gets it by which measure: "members by contribution points".
std::string among_words(Weight weight) {
  switch (weight) {
    case Weight::contributions:
      return wording<Word::charter_by_contributions>();
    case Weight::tickets:
      return wording<Word::charter_by_tickets>();
    case Weight::ticket_seconds:
      return wording<Word::charter_by_ticket_time>();
    case Weight::equal:
      return wording<Word::charter_by_equal>();
  }
  return "";
}

/// When the measure gives nobody anything.
std::string otherwise_words(Weight weight) {
  switch (weight) {
    case Weight::contributions:
      return wording<Word::charter_no_contributions>();
    case Weight::tickets:
    case Weight::ticket_seconds:
      return wording<Word::charter_no_tickets>();
    case Weight::equal:
      return wording<Word::charter_no_members>();
  }
  return "";
}

std::string branches_words(const Node& split, std::size_t depth);

/// Where `subject` ("10 of 100 parts go") goes: one line, and deeper ones for what is divided again.
std::string node_words(const std::string& subject, const Node& node, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  if (node.kind == Node::Kind::to) return indent + wording<Word::charter_to>(subject, payee_words(node.account));
  const std::string pool = pool_name(node.pool.text());
  if (node.kind == Node::Kind::split)
    return indent + wording<Word::charter_divided>(subject, pool) + branches_words(node, depth + 1);
  const Node& otherwise = node.branches.front();
  const std::string among = node.rule == Rule::hamilton
                                ? wording<Word::charter_month_by_month>(among_words(node.weight))
                                : among_words(node.weight);
  const std::string nobody = otherwise_words(node.weight);
  if (otherwise.kind == Node::Kind::to)
    return indent + wording<Word::charter_among>(subject, among, pool, nobody, payee_words(otherwise.account));
  return indent + wording<Word::charter_among_else>(subject, among, pool, nobody) +
         node_words(wording<Word::charter_it_goes>(), otherwise, depth + 1);
}

std::string branches_words(const Node& split, std::size_t depth) {
  u128 sum = 0;
  for (const std::uint64_t part : split.parts) sum += part;
  std::string words;
  for (std::size_t i = 0; i < split.branches.size(); ++i) {
    const std::string part = thousands(split.parts[i]), whole = thousands(sum);
    words += node_words(split.parts[i] == 1 ? wording<Word::charter_part_goes>(part, whole)
                                            : wording<Word::charter_parts_go>(part, whole),
                        split.branches[i], depth);
  }
  return words;
}

/// The whole charter under a heading.
std::string charter_sentences(const std::string& heading, const Charter& charter, const Currency* currency) {
  std::string words = heading + wording<Word::charter_each_month>();
  words += charter.root.kind == Node::Kind::split ? branches_words(charter.root, 1)
                                                  : node_words(wording<Word::charter_all_goes>(), charter.root, 1);
  words += wording<Word::charter_fractions>();
  if (charter.minimum != 0)
    words += wording<Word::charter_minimum>(currency != nullptr ? money_words(charter.minimum, *currency)
                                                                : thousands(charter.minimum));
  return words;
}

}  // namespace

Result<Printout> run_charter_words(const CharterWordsOptions& options, const CommonOptions& common) {
  Printout out;
  if (!options.charter_template.empty()) {
    if (!options.id.empty()) return fail(Errc::usage, wording<Word::charter_id_or_template>());
    const CharterTemplate* chosen = find_charter_template(options.charter_template);
    MIKOSHI_CHECK(chosen != nullptr);  // the command line offers no other
    const Json rules = *parse_json(chosen->rules);
    out.words = charter_sentences(wording<Word::charter_template>(chosen->name), *parse_charter(rules), nullptr);
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
  out.words = charter_sentences(wording<Word::charter_heading>(row->id.text(), month_name(row->from)),
                                *parse_charter(row->rules), &state.dao.currency);
  out.json.set("from", to_string(row->from));
  out.json.set("hash", to_hex(row->hash));
  out.json.set("id", row->id.text());
  out.json.set("rules", row->rules);
  return out;
}

}  // namespace mikoshi
