// SPDX-License-Identifier: MIT
/// System 3, seed capital: two works ask for money before they exist. One round fails and gives back every yen, one succeeds.
///
/// What the song earns then goes down a waterfall: costs first, then those who pledged, up to 120 % and never a yen more, then
/// those who made it.
#include "story.hpp"

using story::Errc;
using story::relayed;
using story::Story;

namespace {

std::string rules(const std::string& id, const std::string& from, const std::string& percent) {
  return "{'kind':'charter','from':'" + from + "','id':'" + id + "','rules':{'root':{'to':'pool:common'},"
         "'works':{'pool':'bills','recoup':'costs',"
         "'rest':{'pool':'backers','recoup':'pledges','cap':[" + percent + ",100],"
         "'rest':{'pool':'makers','among':'credits','else':{'to':'pool:common'}}}}}}";
}
std::string pledge(const std::string& id, const std::string& round, const std::string& member, const std::string& amount) {
  return "{'kind':'pledge','amount':'" + amount + "','id':'" + id + "','member':'" + member + "','round':'" + round + "'}";
}
std::string round_of(const std::string& id, const std::string& work, const std::string& threshold) {
  return "{'kind':'propose','by':'dai','id':'" + id + "','pledges':{'currency':'JPY','threshold':'" + threshold +
         "','work':'" + work + "'},'until':'2026-03-31T00:00:00Z'}";
}
std::string cost(const std::string& id, const std::string& amount) {
  return "{'kind':'cost','amount':'" + amount + "','currency':'JPY','id':'" + id + "','member':'dai','work':'song'}";
}
std::string spend(const std::string& id, const std::string& amount) {
  return "{'kind':'spend','amount':'" + amount + "','currency':'JPY','evidence':{'file':'" + story::sha(id) +
         "'},'from':'work:song','id':'" + id + "'}";
}
/// A month of the song's sales, distributed.
void month(Story& club, const std::string& period, const std::string& earned) {
  club.says("{'kind':'income','amount':'" + earned + "','currency':'JPY','id':'sales-" + period + "','period':'" + period +
            "','work':'song'}");
  club.close(period);
}

}  // namespace

int main() {
  Story club{"Money for two works that do not exist yet"};

  club.day("2026-03-02", "dai wants to make a film (500,000) and a song (300,000), and opens a round for each.");
  club.says(rules("v1", "2026-04", "120"));
  for (const std::string who : {"aki", "ben", "chie", "dai"}) club.says("{'kind':'member.join','member':'" + who + "'}");
  for (const std::string work : {"film", "song", "idea"}) club.says("{'kind':'work','work':'" + work + "'}");
  club.says("{'kind':'work.phase','phase':'ended','work':'idea'}", "{'kind':'credit','confirmed':'aki','from':'2026-04','id':'c1',"
            "'member':'dai','role':'singer','weight':1,'work':'song'}");
  club.refused(Errc::work_ended, relayed("dai", round_of("r0", "idea", "1000")));
  club.refused(Errc::bad_number, relayed("dai", round_of("r0", "film", "0")));
  club.says(relayed("dai", round_of("r-film", "film", "500000")), relayed("dai", round_of("r-song", "song", "300000")));

  club.day("2026-03-10", "Money comes in. It is nobody's yet but those who sent it.");
  club.says(pledge("p1", "r-film", "aki", "200000"), pledge("p2", "r-film", "ben", "150001"));
  club.says(pledge("p3", "r-song", "aki", "150000"), pledge("p4", "r-song", "chie", "100000"),
            pledge("p5", "r-song", "aki", "50000"));
  club.refused(Errc::conflict, pledge("p5", "r-song", "aki", "5000"));
  club.refused(Errc::bad_number, pledge("p6", "r-song", "ben", "0"));
  club.refused(Errc::unauthorised, relayed("ben", "{'kind':'sign','by':'ben','id':'r-film'}"));  // pledges are paid, not signed
  club.refused(Errc::too_early, "{'kind':'execute','id':'r-song'}");
  club.refused(Errc::balance_exceeded, spend("studio", "1"));  // not the song's before the round is over
  club.expect("pledged to the film", club.purse("pledged:r-film"), "350001");

  club.day("2026-03-31", "The rounds are over. The film has not come together: everybody is owed exactly what they sent.");
  club.refused(Errc::too_late, pledge("p7", "r-film", "chie", "149999"));
  club.refused(Errc::threshold_missed, "{'kind':'execute','id':'r-film'}");
  club.says("{'kind':'cancel','id':'r-film'}");
  club.is_owed("aki", "200000");
  club.is_owed("ben", "150001");
  club.expect("pledged to the film", club.purse("pledged:r-film"), "0");
  club.says("{'kind':'payment','amount':'200000','currency':'JPY','id':'back-1','member':'aki'}",
            "{'kind':'payment','amount':'150001','currency':'JPY','id':'back-2','member':'ben'}",
            "{'kind':'payment.settled','amount':'200000','id':'back-1'}",
            "{'kind':'payment.settled','amount':'150001','id':'back-2'}");

  club.day("2026-04-01", "The song has.");
  club.says("{'kind':'execute','id':'r-song'}");
  club.refused(Errc::no_such_proposal, "{'kind':'execute','id':'r-song'}");  // once
  club.refused(Errc::no_such_proposal, "{'kind':'cancel','id':'r-song'}");   // and no way back
  club.expect("the song's purse", club.purse("work:song"), "300000");

  club.day("2026-04-20", "The purse pays the studio, and dai's train; dai's second bill is more than what is left.");
  club.says(spend("studio", "180000"), cost("train", "100000"), cost("press", "60000"));
  club.refused(Errc::balance_exceeded, spend("champagne", "1"));
  club.refused(Errc::conflict, cost("press", "70000"));
  club.expect("the song's purse", club.purse("work:song"), "0");
  club.is_owed("dai", "120000");  // 100,000, and 20,000 of 60,000: the rest waits for the first sales

  club.day("2026-05-01", "April: 30,000, all for the bill.");
  month(club, "2026-04", "30000");
  club.is_owed("dai", "150000");
  club.refused(Errc::bad_charter, rules("v2", "2026-06", "110"));  // those who pledged were promised 120 %

  club.day("2026-06-01", "May: 100,000. 10,000 for the bill, then aki and chie, two to one.");
  month(club, "2026-05", "100000");
  club.is_owed("dai", "160000");
  club.is_owed("aki", "60000");
  club.is_owed("chie", "30000");

  club.day("2026-07-01", "June: 200,000 for the backers, which does not divide by three. A yen is kept by name.");
  month(club, "2026-06", "200000");
  club.is_owed("aki", "193333");
  club.is_owed("chie", "96666");

  club.day("2026-08-01", "July: 100,000. 70,000 fill the 360,000 up, to the yen; dai has the first 30,000 as the singer.");
  month(club, "2026-07", "100000");
  club.is_owed("aki", "240000");   // 120 % of 200,000
  club.is_owed("chie", "120000");  // of 100,000
  club.is_owed("dai", "190000");

  club.day("2026-09-01", "August: 90,000, and none of it for the backers.");
  month(club, "2026-08", "90000");
  club.is_owed("aki", "240000");
  club.is_owed("chie", "120000");
  club.is_owed("dai", "280000");
  return club.end();
}
