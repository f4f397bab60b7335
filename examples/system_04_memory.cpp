// SPDX-License-Identifier: MIT
/// System 4, contribution memory: what people did is remembered, all eight kinds of it, also what nobody could pay for.
///
/// A record counts when somebody else confirms it. What is recorded as unpaid is remembered, and is no debt: it counts once the
/// members recognise it, in the month that is open then. How much unpaid work there is, everybody can read.
#include "story.hpp"

using story::Errc;
using story::relayed;
using story::Story;

namespace {

const char* const rules =
    "{'kind':'charter','from':'2026-04','id':'v1','rules':{'consent':{'recognise':{'days':7,'sign':[1,2]}},"
    "'root':{'pool':'income','split':["
    "[80,{'pool':'done','among':'contributions','else':{'to':'pool:reserve'}}],"
    "[20,{'pool':'fans','among':'supporters','else':{'to':'pool:reserve'}}]]}}}";

std::string did(const std::string& id, const std::string& member, const std::string& type, const std::string& points,
                const std::string& more = "") {
  return "{'kind':'contribution','id':'" + id + "','member':'" + member + "','period':'2026-04','points':" + points +
         ",'type':'" + type + "'" + more + "}";
}
std::string seen_by(const std::string& who) { return ",'confirmed':'" + who + "'"; }
std::string recognise(const std::string& id, const std::string& until, const std::string& record = "garden") {
  return "{'kind':'propose','by':'ben','id':'" + id + "','recognise':{'records':['" + record + "']},'until':'" + until +
         "T00:00:00Z'}";
}
story::Json sign(const std::string& who, const std::string& id) {
  return relayed(who, "{'kind':'sign','by':'" + who + "','id':'" + id + "'}");
}
/// Unpaid work against all confirmed work, by weight.
std::string unpaid_share(const Story& club) {
  const auto work = mikoshi::unpaid_work(club.ledger.state.records);
  return mikoshi::to_string(work.unpaid * 100 / work.all) + " % (" + mikoshi::to_string(work.unpaid) + " of " +
         mikoshi::to_string(work.all) + ")";
}

}  // namespace

int main() {
  Story club{"What a village remembers"};

  club.day("2026-04-01", "Seven people. They agree what one point of each of eight kinds weighs, in yen as far as they can.");
  club.says(rules);
  for (const std::string who : {"aki", "ben", "chie", "dai", "eri", "fay", "gen"})
    club.says("{'kind':'member.join','member':'" + who + "'}");
  for (const auto& [type, weight] : {std::pair{"work", "1000"}, {"idea", "2000"}, {"money", "1"}, {"goods", "1"},
                                     {"introduction", "1000"}, {"hosting", "1500"}, {"teaching", "1200"}})
    club.says("{'kind':'contribution.kind','type':'" + std::string{type} + "','weight':" + weight + "}");
  club.says("{'kind':'contribution.kind','as':'support','type':'support','weight':1000}");

  club.day("2026-04-10", "aki brought fay, and fay brought gen. Each says so once; nobody is brought in a circle.");
  club.says(relayed("fay", "{'kind':'introduction','by':'aki','member':'fay'}"),
            relayed("gen", "{'kind':'introduction','by':'fay','member':'gen'}"));
  club.refused(Errc::introduced, relayed("fay", "{'kind':'introduction','by':'ben','member':'fay'}"));  // twice
  club.refused(Errc::introduced, relayed("aki", "{'kind':'introduction','by':'gen','member':'aki'}"));  // in a circle
  club.refused(Errc::unauthorised, relayed("ben", "{'kind':'introduction','by':'ben','member':'dai'}"));  // dai says that, not ben
  const auto& introducer = club.ledger.state.members.rows[club.index("gen")].introducer;
  club.expect("gen came by", club.ledger.state.members.ids[*introducer].text(), "fay");  // one level: nothing leads on to aki

  club.day("2026-04-30", "What was done in April, by kind, each confirmed by somebody else.");
  club.says(relayed("aki", did("roof", "ben", "work", "10", seen_by("aki"))),
            relayed("ben", did("logo", "chie", "idea", "3", seen_by("ben"))),
            relayed("aki", did("loan", "dai", "money", "5000", seen_by("aki"))),
            relayed("aki", did("rice", "eri", "goods", "3000", seen_by("aki") + ",'goods':{'market':9000,'paid':6000}")),
            relayed("fay", did("fay", "aki", "introduction", "1", seen_by("fay"))),
            relayed("dai", did("house", "ben", "hosting", "2", seen_by("dai"))),
            relayed("gen", did("lesson", "chie", "teaching", "10", seen_by("gen"))),
            relayed("chie", did("bought", "fay", "support", "5", seen_by("chie"))),
            relayed("chie", did("shared", "eri", "support", "5", seen_by("chie"))));
  club.says(relayed("ben", did("garden", "aki", "work", "40", seen_by("ben") + ",'unpaid':true")));  // there is no money for it
  club.says(relayed("dai", did("dreams", "dai", "idea", "99")));                                     // nobody confirms these
  club.refused(Errc::self_confirmation, relayed("dai", "{'kind':'contribution.confirm','by':'dai','id':'dreams'}"));
  club.refused(Errc::wrong_amount, did("oil", "eri", "goods", "5000", seen_by("aki") + ",'goods':{'market':9000,'paid':6000}"));
  club.refused(Errc::no_such_kind, did("luck", "dai", "luck", "7", seen_by("aki")));
  club.refused(Errc::conflict, did("roof", "ben", "work", "12", seen_by("aki")));
  club.expect("unpaid", unpaid_share(club), "44 % (40000 of 90000)");

  club.day("2026-05-01", "April brings 100,000: two yen for each yen of weight, and 20,000 for those who supported.");
  club.says("{'kind':'income','amount':'100000','currency':'JPY','id':'april','period':'2026-04'}");
  club.close("2026-04");
  club.is_owed("ben", "26000");   // ten hours and two evenings: 13,000
  club.is_owed("chie", "36000");  // three ideas and ten lessons: 18,000
  club.is_owed("dai", "10000");   // 5,000 in money; the dreams wait
  club.is_owed("eri", "16000");   // 3,000 in rice, and half of the support
  club.is_owed("fay", "10000");   // the other half
  club.is_owed("aki", "2000");    // one introduction, and nothing for the forty hours
  club.is_owed("gen", "0");
  club.refused(Errc::owed_exceeded, "{'kind':'payment','amount':'40000','currency':'JPY','id':'p1','member':'aki'}");  // no debt

  club.day("2026-05-02", "ben proposes that the forty hours in the garden count after all. It has to lie open for seven days.");
  club.refused(Errc::bad_deadline, relayed("ben", recognise("r1", "2026-05-05")));
  club.refused(Errc::no_such_record, relayed("ben", recognise("r1", "2026-05-09", "roof")));  // was paid for
  club.says(relayed("ben", recognise("r1", "2026-05-09")), sign("ben", "r1"), sign("chie", "r1"), sign("dai", "r1"));
  club.refused(Errc::conflict, sign("dai", "r1"));
  club.refused(Errc::unauthorised, "{'kind':'sign','by':'eri','id':'r1'}");  // nobody signs for eri
  club.refused(Errc::too_early, "{'kind':'execute','id':'r1'}");

  club.day("2026-05-09", "Three of seven are not half of them.");
  club.refused(Errc::consent_missing, "{'kind':'execute','id':'r1'}");
  club.says("{'kind':'cancel','id':'r1'}", relayed("ben", recognise("r2", "2026-05-16")));
  for (const std::string who : {"ben", "chie", "dai", "eri"}) club.says(sign(who, "r2"));
  club.says(relayed("fay", "{'kind':'object','by':'fay','id':'r2'}"));  // an objection takes one signature away

  club.day("2026-05-15", "fay has looked at the garden, and takes the objection back.");
  club.says(relayed("fay", "{'kind':'withdraw','by':'fay','id':'r2'}"));

  club.day("2026-05-16", "Four of seven, and nobody objects: the garden counts in May.");
  club.refused(Errc::too_late, sign("gen", "r2"));
  club.says("{'kind':'execute','id':'r2'}");
  club.refused(Errc::no_such_record, relayed("ben", recognise("r3", "2026-06-16")));  // once
  club.expect("unpaid", unpaid_share(club), "0 % (0 of 90000)");

  club.day("2026-06-01", "May brings 60,000: 48,000 for ben's 8 hours and the 40 in the garden; nobody supported, so 12,000 stay.");
  club.says("{'kind':'income','amount':'60000','currency':'JPY','id':'may','period':'2026-05'}",
            "{'kind':'contribution','confirmed':'gen','id':'wall','member':'ben','period':'2026-05','points':8,'type':'work'}");
  club.close("2026-05");
  club.is_owed("aki", "42000");
  club.is_owed("ben", "34000");
  club.expect("the reserve", club.purse("pool:reserve"), "12000");
  return club.end();
}
