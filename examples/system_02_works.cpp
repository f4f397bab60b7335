// SPDX-License-Identifier: MIT
/// System 2, co-created works: a song, a film and a zine by people who would never have met, one of them from outside.
///
/// Each work has a credits sheet of its own. Of what a work earns, a tenth goes to all, the rest to those on its sheet. A refund
/// after everybody was paid is that work's own deficit: its later sales make up for it first, and nobody is asked to pay back.
#include "story.hpp"

using story::Errc;
using story::relayed;
using story::Story;

namespace {

const char* const rules =
    "{'kind':'charter','from':'2026-04','id':'v1','rules':{'root':{'to':'pool:common'},"
    "'works':{'pool':'cut','split':[[10,{'to':'pool:common'}],"
    "[90,{'pool':'sheet','among':'credits','else':{'to':'pool:unclaimed'}}]]}}}";

std::string credit(const std::string& id, const std::string& work, const std::string& member, const std::string& role,
                   const std::string& weight, const std::string& more = "") {
  return "{'kind':'credit','from':'2026-04','id':'" + id + "','member':'" + member + "','role':'" + role + "','weight':" +
         weight + ",'work':'" + work + "'" + more + "}";
}
std::string sales(const std::string& id, const std::string& work, const std::string& month, const std::string& amount) {
  return "{'kind':'income','amount':'" + amount + "','currency':'JPY','id':'" + id + "','period':'" + month + "','work':'" +
         work + "'}";
}
void pay(Story& club, const std::string& member, const std::string& amount) {
  const std::string id = "'p-" + member + "-" + amount + "'";
  club.says("{'kind':'payment','amount':'" + amount + "','currency':'JPY','id':" + id + ",'member':'" + member + "'}",
            "{'kind':'payment.settled','amount':'" + amount + "','id':" + id + "}");
}

}  // namespace

int main() {
  Story club{"Three works, and a refund after everybody was paid"};

  club.day("2026-03-20", "aki, ben and chie are members. gin is from outside: he gets an id, to be credited and paid by.");
  club.says(rules);
  for (const std::string who : {"aki", "ben", "chie"}) club.says("{'kind':'member.join','member':'" + who + "'}");
  club.says("{'kind':'member.guest','member':'gin'}");
  for (const std::string work : {"song", "film", "zine"}) club.says("{'kind':'work','work':'" + work + "'}");
  club.says("{'kind':'ticket.class','class':'seat','transfer':'members','weight':1}");
  club.refused(Errc::not_member, "{'kind':'ticket.mint','class':'seat','ticket':'s1','to':'gin'}");  // seats are for members

  club.day("2026-04-05", "The sheets are written: each line counts when somebody else has confirmed it.");
  club.says(relayed("ben", credit("song-1", "song", "aki", "composer", "3", ",'confirmed':'ben'")),
            relayed("aki", credit("song-2", "song", "gin", "strings", "2", ",'confirmed':'aki'")),
            relayed("chie", credit("film-1", "film", "ben", "director", "1", ",'confirmed':'chie'")),
            relayed("ben", credit("film-2", "film", "gin", "strings", "1", ",'confirmed':'ben'")),
            relayed("aki", credit("zine-1", "zine", "chie", "editor", "1", ",'confirmed':'aki'")));
  club.refused(Errc::self_confirmation, relayed("chie", credit("song-3", "song", "chie", "muse", "9", ",'confirmed':'chie'")));
  club.refused(Errc::unauthorised, relayed("chie", credit("song-3", "song", "chie", "muse", "9", ",'confirmed':'aki'")));
  club.says(relayed("chie", credit("song-3", "song", "chie", "muse", "9")));  // she may say so, and nobody confirms it
  club.refused(Errc::self_confirmation, relayed("chie", "{'kind':'credit.confirm','by':'chie','id':'song-3'}"));
  club.refused(Errc::conflict, credit("song-1", "film", "aki", "composer", "1"));

  club.day("2026-05-01", "April: the song earned 100,000, the film 40,000, the zine nothing, and that is fine.");
  club.refused(Errc::no_such_work, sales("opera-4", "opera", "2026-04", "1000"));
  club.refused(Errc::negative, sales("film-4", "film", "2026-04", "-40000"));  // no amount is below zero
  club.says(sales("song-4", "song", "2026-04", "100000"), sales("film-4", "film", "2026-04", "40000"));
  club.close("2026-04");
  club.is_owed("aki", "54000");  // 3 of 5 of 90,000; the muse is not confirmed
  club.is_owed("gin", "54000");  // 36,000 of the song and 18,000 of the film
  club.is_owed("ben", "18000");
  club.is_owed("chie", "0");
  club.expect("the common purse", club.purse("pool:common"), "14000");

  club.day("2026-05-10", "Everybody is paid, the guest like anyone.");
  pay(club, "aki", "54000"), pay(club, "gin", "54000"), pay(club, "ben", "18000");

  club.day("2026-05-20", "The shop takes 30,000 of the song's sales back. Those who were paid keep it; the song is short.");
  club.says("{'kind':'income.correct','amount':'70000','id':'song-4'}");
  const auto missing = [&](const char* work) {
    const auto id = *mikoshi::WorkId::parse(work);
    return mikoshi::to_string(club.ledger.state.books.missing(&id));
  };
  club.expect("the song is short of", missing("song"), "30000");
  club.expect("the film is short of", missing("film"), "0");

  club.day("2026-06-01", "May: the song earns 10,000, all of which fills the hole. The film's 20,000 are the film's.");
  club.says(sales("song-5", "song", "2026-05", "10000"), sales("film-5", "film", "2026-05", "20000"));
  club.close("2026-05");
  club.expect("the song is short of", missing("song"), "20000");
  club.is_owed("aki", "0");  // and never less
  club.is_owed("gin", "9000");
  club.is_owed("ben", "9000");
  club.refused(Errc::owed_exceeded, "{'kind':'payment','amount':'1','currency':'JPY','id':'p','member':'aki'}");

  club.day("2026-06-15", "The film is finished for good; its sheet is closed, its sales may still come.");
  club.says("{'kind':'work.phase','phase':'ended','work':'film'}");
  club.refused(Errc::work_ended, credit("film-3", "film", "chie", "critic", "1"));
  club.refused(Errc::period_closed, "{'kind':'credit.end','id':'song-1','last':'2026-04'}");  // April and May counted it
  club.says("{'kind':'credit.end','id':'film-2','last':'2026-05'}");  // gin's strings were cut from the film

  club.day("2026-07-01", "June: the song's 50,000 fill the hole and leave 30,000. The film earns 10,000, without gin.");
  club.says(sales("song-6", "song", "2026-06", "50000"), sales("film-6", "film", "2026-06", "10000"));
  const auto june = *mikoshi::distribute(club.ledger.state, *mikoshi::Period::parse("2026-06"));
  club.expect("made up for", mikoshi::to_string(june.totals.recouped), "20000");
  club.close("2026-06");
  club.expect("the song is short of", missing("song"), "0");
  club.is_owed("aki", "16200");       // 3 of 5 of 27,000
  club.is_owed("gin", "19800");       // 9,000 of May, and 10,800
  club.is_owed("ben", "18000");       // 9,000 of May, and 9,000
  club.expect("the common purse", club.purse("pool:common"), "20000");  // 14,000, 2,000, and 3,000 and 1,000
  return club.end();
}
