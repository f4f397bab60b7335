// SPDX-License-Identifier: MIT
/// System 5, 360° review: ten members rate each other. Eight spread their 90 points evenly; m01 and m02 give each other all of
/// theirs, and two friends give m01 everything besides.
///
/// Fair is that the two get a fifth. Plain points would give them almost two fifths; the median and the trimmed mean give them a
/// fifth. Nobody in this community has a key: the operator passes sealed ballots on, and cannot read or change them.
#include "story.hpp"

#include <array>
#include <map>

using story::Errc;
using story::Json;
using story::relayed;
using story::Story;

namespace {

using Scores = std::map<std::string, int>;

/// What is sealed: who, in which round, a salt, and the points.
Json ballot(const std::string& by, const std::string& round, const Scores& scores) {
  Json points;
  for (const auto& [member, score] : scores) points.set(member, score);
  Json open;
  open.set("by", by);
  open.set("round", round);
  open.set("salt", story::sha(by + "'s secret for " + round));
  open.set("scores", points);
  return open;
}
Json sealed(const Json& open, const std::string& relation) {
  const std::string by = *open.find("by")->text();
  return relayed(by, "{'kind':'review.ballot','by':'" + by + "','relation':'" + relation + "','round':'" +
                         *open.find("round")->text() + "','seal':'" + story::sha(to_canonical(open)) + "'}");
}
Json opened(Json open) {
  open.set("kind", "review.reveal");
  return relayed(*open.find("by")->text(), open);
}

std::string members(int count) {
  std::string list;
  for (int i = 1; i <= count; ++i) list += (i == 1 ? "'m" : ",'m") + std::string{i < 10 ? "0" : ""} + std::to_string(i) + "'";
  return "[" + list + "]";
}
constexpr std::array ten = {"m01", "m02", "m03", "m04", "m05", "m06", "m07", "m08", "m09", "m10"};

/// A round of a month: opened on the 10th, sealed until the 20th, opened until the 25th, and closed then.
void round_of(Story& club, const std::string& month, const std::string& method) {
  const std::string id = "round-" + method;
  club.day(month + "-10", "A round opens. Fellows weigh 3, clients and supporters 1; three raters at least; " + method + ".");
  club.says("{'kind':'review','budget':90,'id':'" + id + "','members':" + members(10) + ",'method':'" + method +
            "','pair_cap':90,'period':'" + month + "','raters_min':3,'relations':{'client':1,'fellow':3,'supporter':1},"
            "'reveal_until':'" + month + "-25T00:00:00Z','seal_until':'" + month + "-20T00:00:00Z'}");
  std::vector<std::pair<Json, std::string>> ballots;
  for (const std::string by : ten) {
    Scores evenly;
    for (const std::string member : ten)
      if (member != by) evenly[member] = 10;
    const bool ring = by == "m01" || by == "m02";
    ballots.emplace_back(ballot(by, id, !ring ? evenly : Scores{{by == "m01" ? "m02" : "m01", 90}}), "fellow");
  }
  Scores all;
  for (const std::string member : ten) all[member] = 9;
  for (const std::string by : {"k1", "k2", "k3"}) ballots.emplace_back(ballot(by, id, all), "client");
  for (const std::string by : {"s1", "s2"}) ballots.emplace_back(ballot(by, id, Scores{{"m01", 90}}), "supporter");
  for (const auto& [open, relation] : ballots) club.says(sealed(open, relation));

  club.day(month + "-20", "Fifteen ballots are sealed. They are opened, and added up on the 25th.");
  for (const auto& [open, relation] : ballots) club.says(opened(open));
  club.day(month + "-25", "The round is closed.");
  club.says("{'kind':'review.close','round':'" + id + "'}");
}

/// A month of 100,000, all of it by the last round.
void pay_out(Story& club, const std::string& month, const std::string& next) {
  club.day(next + "-01", "100,000 are shared by the round.");
  club.says("{'kind':'income','amount':'100000','currency':'JPY','id':'" + month + "','period':'" + month + "'}");
  club.close(month);
}

/// The ring no more than anybody.
void everybody_has(const Story& club, int yen) {
  for (const std::string who : ten)
    if (club.owed(who) != std::to_string(yen)) story::surprise(who + " is owed " + club.owed(who));
  const int ring = std::stoi(club.owed("m01")) + std::stoi(club.owed("m02"));
  club.expect("the ring has, in percent of what was shared", std::to_string(100 * ring / (10 * yen)), "20");
}

}  // namespace

int main() {
  Story club{"Ten who rate each other, and two of them a ring"};
  club.day("2026-04-01", "Ten members, three clients and two supporters from outside.");
  club.says("{'kind':'charter','from':'2026-04','id':'v1','rules':"
            "{'root':{'pool':'praise','among':'reviews','else':{'to':'pool:reserve'}}}}");
  for (const std::string who : ten) club.says("{'kind':'member.join','member':'" + who + "'}");
  for (const std::string who : {"k1", "k2", "k3", "s1", "s2"}) club.says("{'kind':'member.guest','member':'" + who + "'}");

  round_of(club, "2026-04", "median");
  int ring = 0, all = 0;  // what plain points would say, from the same fellows' ballots
  for (const auto& vote : club.ledger.state.reviews.rounds[0].ballots) {
    for (const auto& [member, points] : vote.scores) {
      if (vote.relation.text() != "fellow") continue;
      const std::string who = club.ledger.state.members.ids[member].text();
      all += static_cast<int>(points);
      ring += who == "m01" || who == "m02" ? static_cast<int>(points) : 0;
    }
  }
  const std::string permille = std::to_string(1000 * ring / all);
  club.expect("plain points would give the ring, in thousandths", permille, "377");  // (90 + 8 · 10) · 2 of 900
  const auto& first = club.ledger.state.reviews.rounds[0].results.at(0);             // m01's
  // 3 · 10 by nine fellows and 1 · 9 by three clients, over 4; two supporters are too few to say anything.
  club.expect("m01 has", mikoshi::to_string(first.points * 100 / first.whole) + "/100 points", "975/100 points");
  club.expect("by so many raters", std::to_string(first.raters), "12");
  pay_out(club, "2026-04", "2026-05");
  everybody_has(club, 10000);  // so the ring has 20 %, what is fair

  round_of(club, "2026-05", "trimmed");
  pay_out(club, "2026-05", "2026-06");
  everybody_has(club, 20000);  // 20 % again

  club.day("2026-06-02", "A small round: 30 points each, at most 15 for one member, three raters at least. Everything goes wrong.");
  club.refused(Errc::bad_review, "{'kind':'review','budget':50,'id':'small','members':" + members(4) +
                                     ",'method':'median','pair_cap':15,'period':'2026-06','raters_min':3,'relations':{'fellow':1},"
                                     "'reveal_until':'2026-06-20T00:00:00Z','seal_until':'2026-06-10T00:00:00Z'}");  // 3 · 15 < 50
  club.says("{'kind':'review','budget':30,'id':'small','members':" + members(4) +
            ",'method':'median','pair_cap':15,'period':'2026-06','raters_min':3,'relations':{'fellow':1},"
            "'reveal_until':'2026-06-20T00:00:00Z','seal_until':'2026-06-10T00:00:00Z'}");
  const Json selfish = ballot("m01", "small", {{"m01", 15}, {"m02", 15}});
  const Json too_much = ballot("m02", "small", {{"m01", 20}, {"m03", 10}});
  const Json honest = ballot("m03", "small", {{"m01", 15}, {"m04", 15}});
  const Json other = ballot("m03", "small", {{"m02", 15}, {"m04", 15}});
  const Json mean = ballot("m05", "small", {{"m01", 10}, {"m02", 10}});
  const Json late = ballot("m04", "small", {{"m01", 15}, {"m02", 15}});
  club.says(sealed(selfish, "fellow"), sealed(too_much, "fellow"), sealed(honest, "fellow"), sealed(mean, "fellow"));
  club.refused(Errc::conflict, sealed(other, "fellow"));     // a second ballot
  club.refused(Errc::no_such_kind, sealed(late, "enemy"));   // not a relation of this round
  club.refused(Errc::too_early, opened(honest));             // others are still sealing
  Json by_operator = sealed(late, "fellow");
  for (const char* field : {"channel", "message", "voice", "who"}) by_operator.erase(field);
  club.refused(Errc::unauthorised, by_operator);             // the operator votes for nobody

  club.day("2026-06-10", "The time for sealing is over.");
  club.refused(Errc::too_late, sealed(late, "fellow"));
  club.refused(Errc::no_such_record, opened(late));
  club.refused(Errc::bad_review, opened(selfish));   // nobody rates oneself
  club.refused(Errc::bad_review, opened(too_much));  // above the cap for one member
  club.refused(Errc::bad_review, opened(mean));      // not all the points
  club.refused(Errc::bad_seal, opened(other));       // not what was sealed
  club.says(opened(honest));
  club.refused(Errc::conflict, opened(honest));
  club.refused(Errc::too_early, "{'kind':'review.close','round':'small'}");

  club.day("2026-06-20", "One ballot was good, and three are needed: there is no result, which is not a bad one.");
  club.refused(Errc::too_late, opened(selfish));
  club.says("{'kind':'review.close','round':'small'}");
  club.refused(Errc::conflict, "{'kind':'review.close','round':'small'}");
  club.expect("members with a result", std::to_string(club.ledger.state.reviews.rounds[2].results.size()), "0");
  pay_out(club, "2026-06", "2026-07");
  club.is_owed("m01", "20000");
  club.expect("the reserve", club.purse("pool:reserve"), "100000");
  return club.end();
}
