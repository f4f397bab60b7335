// SPDX-License-Identifier: MIT
/// System 6, inheritance: gran leaves a will. Her death is announced once by mistake, and once in earnest, after her son ken's.
///
/// Heirs have parts; a grandchild stands in the place of a child who has died. Executors, two of three, announce a death; a
/// waiting time follows, in which a sign of life ends it all. Meanwhile nothing that is hers is paid or moved, and nothing is lost.
#include "story.hpp"

using story::Errc;
using story::Json;
using story::relayed;
using story::Story;

namespace {

/// gran's will, in sixths.
Json will(const std::string& heirs) {
  return relayed("gran", "{'kind':'will','executors':['exa','exb','exc'],'heirs':[" + heirs +
                             "],'member':'gran','needed':2,'wait_days':30,'whole':6}");
}

Json announce(const std::string& by, const std::string& id, const std::string& dead, const std::string& died,
              const std::string& until) {
  return relayed(by, "{'kind':'propose','by':'" + by + "','estate':{'member':'" + dead + "'},'id':'" + id + "','on':'" + died +
                         "T00:00:00Z','until':'" + until + "T00:00:00Z'}");
}
Json sign(const std::string& by, const std::string& id) {
  return relayed(by, "{'kind':'sign','by':'" + by + "','id':'" + id + "'}");
}
std::string execute(const std::string& id) { return "{'kind':'execute','id':'" + id + "'}"; }
std::string payment(const std::string& id, const std::string& member, const std::string& amount) {
  return "{'kind':'payment','amount':'" + amount + "','currency':'JPY','id':'" + id + "','member':'" + member + "'}";
}
std::string settled(const std::string& id, const std::string& amount) {
  return "{'kind':'payment.settled','amount':'" + amount + "','id':'" + id + "'}";
}
Json sale(const std::string& from, const std::string& ticket, const std::string& to, const std::string& on = "") {
  return relayed(from, "{'kind':'ticket.transfer','from':'" + from + "'" + on + ",'ticket':'" + ticket + "','to':'" + to + "'}");
}
void income(Story& club, const std::string& month, const std::string& amount) {
  club.says("{'kind':'income','amount':'" + amount + "','currency':'JPY','id':'i" + month + "','period':'" + month + "'}");
  club.close(month);
}

}  // namespace

int main() {
  Story club{"gran's seats"};

  club.day("2026-03-10", "gran holds four seats, and all that the community earns goes to the seats. She writes her will.");
  club.says("{'kind':'charter','from':'2026-04','id':'v1','rules':"
            "{'root':{'pool':'seats','among':'tickets','else':{'to':'pool:reserve'}}}}",
            "{'kind':'ticket.class','class':'seat','transfer':'free','weight':1}");
  for (const std::string who : {"gran", "ken", "mai", "yui", "taro", "exa", "exb", "exc"})
    club.says("{'kind':'member.join','member':'" + who + "'}");
  for (const std::string n : {"1", "2", "3", "4"})
    club.says("{'kind':'ticket.mint','class':'seat','ticket':'seat-" + n + "','to':'gran'}");
  const std::string mai = "{'member':'mai','parts':3}";
  const std::string kens_place = "{'heirs':[{'member':'yui','parts':2},{'member':'taro','parts':1}],'member':'ken','parts':3}";
  // ken's half goes two to one to his children yui and taro, if he is dead by then.
  club.refused(Errc::bad_will, will(kens_place + "," + kens_place));                       // an heir twice
  club.refused(Errc::bad_will, will(kens_place + ",{'member':'gran','parts':3}"));         // oneself
  club.refused(Errc::bad_will, will(kens_place + ",{'member':'mai','parts':2}"));          // a sixth for nobody
  club.refused(Errc::bad_will, will("{'heirs':[{'member':'yui','parts':2}],'member':'ken','parts':3}," + mai));  // nor in ken's place
  club.refused(Errc::no_such_member, will(kens_place + ",{'member':'cat','parts':3}"));
  Json by_operator = will(kens_place + "," + mai);
  for (const char* field : {"channel", "message", "voice", "who"}) by_operator.erase(field);
  club.refused(Errc::unauthorised, by_operator);  // nobody writes it for her
  club.says(will(kens_place + "," + mai));
  club.says(relayed("ken", "{'kind':'will','executors':['exa'],'heirs':[{'member':'yui','parts':1}],'member':'ken','needed':1,"
                           "'wait_days':10,'whole':1}"));

  club.day("2026-05-01", "April brings 60,000.");
  income(club, "2026-04", "60000");
  club.is_owed("gran", "60000");

  club.day("2026-05-02", "gran is on a mountain, and does not answer. exa announces her death, too early.");
  club.refused(Errc::unauthorised, announce("mai", "e1", "gran", "2026-05-01", "2026-06-02"));  // an heir is no executor
  club.refused(Errc::bad_deadline, announce("exa", "e1", "gran", "2026-05-01", "2026-05-20"));  // thirty days, she wrote
  club.refused(Errc::no_such_will, announce("exa", "e1", "mai", "2026-05-01", "2026-06-02"));
  club.says(announce("exa", "e1", "gran", "2026-05-01", "2026-06-02"));
  club.refused(Errc::conflict, announce("exb", "e2", "gran", "2026-05-01", "2026-06-02"));  // one death, one announcement
  club.refused(Errc::unauthorised, sign("mai", "e1"));
  club.refused(Errc::conflict, sign("exa", "e1"));  // who announces it has signed it
  club.says(sign("exb", "e1"));
  club.refused(Errc::estate_held, payment("p1", "gran", "60000"));
  club.refused(Errc::estate_held, sale("gran", "seat-4", "mai"));
  club.refused(Errc::estate_held, will(mai + "," + kens_place));
  club.refused(Errc::unauthorised, "{'kind':'cancel','id':'e1'}");  // not the operator's to cancel

  club.day("2026-05-20", "gran is back: \"I was on a mountain.\" That ends it, whoever has signed.");
  club.says(relayed("gran", "{'kind':'will.alive','member':'gran'}"));
  club.refused(Errc::no_such_proposal, execute("e1"));
  club.says(payment("p1", "gran", "60000"), settled("p1", "60000"), sale("gran", "seat-4", "exc"));
  club.is_owed("gran", "0");

  club.day("2026-06-01", "May brings 60,001, for four seats. ken dies that day.");
  income(club, "2026-05", "60001");
  club.is_owed("gran", "45000");  // 45,000.75: the rest is kept in her name
  club.says(announce("exa", "e3", "ken", "2026-06-01", "2026-06-12"));
  club.refused(Errc::too_early, execute("e3"));

  club.day("2026-06-12", "Ten days, as he wrote. ken's will is executed; his place in gran's will goes to his children.");
  club.says(execute("e3"));
  club.refused(Errc::unauthorised, relayed("ken", "{'kind':'member.rejoin','member':'ken'}"));

  club.day("2026-06-20", "gran dies on the 19th. exb announces it.");
  club.says(announce("exb", "e4", "gran", "2026-06-19", "2026-07-20"));
  club.refused(Errc::estate_held, sale("gran", "seat-3", "mai"));                                     // a paper of today
  club.refused(Errc::estate_held, sale("gran", "seat-3", "mai", ",'on':'2026-06-19T00:00:00Z'"));  // or of that day
  club.refused(Errc::too_early, execute("e4"));

  club.day("2026-07-01", "June brings 60,003. Her months go on meanwhile, and nobody is paid what is hers.");
  income(club, "2026-06", "60003");
  club.is_owed("gran", "90003");  // 45,000 of May, and 45,003: 45,002.25 and what was kept
  club.refused(Errc::estate_held, payment("p2", "gran", "90003"));
  club.refused(Errc::estate_held, relayed("gran", "{'kind':'waive','amount':'1','currency':'JPY','id':'w1','member':'gran',"
                                             "'to':'reserve'}"));

  club.day("2026-07-20", "Thirty days. One executor of three has signed.");
  club.refused(Errc::consent_missing, execute("e4"));
  club.refused(Errc::too_late, sign("exc", "e4"));
  club.says(relayed("exb", "{'kind':'cancel','by':'exb','id':'e4'}"));
  club.says(announce("exb", "e5", "gran", "2026-06-19", "2026-08-19"), sign("exc", "e5"));

  club.day("2026-08-01", "July brings 40,000.");
  income(club, "2026-07", "40000");
  club.is_owed("gran", "120003");

  club.day("2026-08-19", "Two of three, and thirty days again. yui has two sixths and taro one, in ken's place; mai has three.");
  club.says(execute("e5"));
  club.is_owed("gran", "0");
  club.is_owed("yui", "40001");
  club.is_owed("taro", "20001");  // 20,000.5: of two halves, who comes first in the will has the yen
  club.is_owed("mai", "60001");   // 60,001.5
  for (const std::string who : {"yui", "taro", "mai"}) club.expect("seats of " + who, club.holds(who, "seat"), "1");  // of three
  club.expect("seats of gran", club.holds("gran", "seat"), "0");
  club.refused(Errc::no_such_proposal, execute("e5"));
  club.says(payment("p3", "yui", "40001"), payment("p4", "taro", "20001"), payment("p5", "mai", "60001"));
  club.says(settled("p3", "40001"), settled("p4", "20001"), settled("p5", "60001"));

  club.day("2026-09-01", "August brings 40,000, for four seats in four hands.");
  income(club, "2026-08", "40000");
  for (const std::string who : {"yui", "taro", "mai"}) club.is_owed(who, "10000");
  club.is_owed("exc", "50001");  // 15,000 and 15,001, and 10,000 twice
  club.is_owed("gran", "0");
  return club.end();
}
