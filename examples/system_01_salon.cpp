// SPDX-License-Identifier: MIT
/// System 1, DAO and NFT salon: a month of an online salon in Japan that has a chat server, a bank account, and no wallet.
///
/// Five members share four seats. The month's fees and sales go 10 to a reserve, 60 to who did something, and 30 to who
/// held a seat, by days. Members talk in the chat; the operator passes it on.
#include "story.hpp"

using story::Errc;
using story::relayed;
using story::Story;

namespace {

const char* const rules =
    "{'kind':'charter','from':'2026-04','id':'v1','rules':{'consent':{'draft':{'days':5}},'root':{'pool':'income','split':["
    "[10,{'to':'pool:reserve'}],"
    "[60,{'pool':'work','among':'contributions','else':{'to':'pool:reserve'}}],"
    "[30,{'pool':'seats','among':'ticket-seconds','else':{'to':'pool:reserve'}}]]}}}";

std::string income(const std::string& id, const std::string& amount, const std::string& row) {
  return "{'kind':'income','amount':'" + amount + "','currency':'JPY','evidence':{'file':'" + story::sha("april.csv") +
         "','row':" + row + "},'id':'" + id + "','period':'2026-04'}";
}
std::string payment(const std::string& id, const std::string& member, const std::string& amount) {
  return "{'kind':'payment','amount':'" + amount + "','currency':'JPY','id':'" + id + "','member':'" + member + "'}";
}

std::string mint(const std::string& ticket, const std::string& to) {
  return "{'kind':'ticket.mint','class':'seat','ticket':'" + ticket + "','to':'" + to + "'}";
}
story::Json hands_over(const std::string& from, const std::string& ticket, const std::string& to, const std::string& more = "") {
  return relayed(from, "{'kind':'ticket.transfer','from':'" + from + "','ticket':'" + ticket + "','to':'" + to + "'" + more + "}");
}
story::Json objects(const std::string& by, const std::string& draft, const std::string& line) {
  return relayed(by, "{'kind':'object','by':'" + by + "','id':'" + draft + "','line':'" + line + "'}");
}

}  // namespace

int main() {
  Story salon{"A month of a salon, without a wallet", "+09:00"};  // its April begins on March 31st at 15:00 UTC

  salon.day("2026-03-20", "The rules are written down. Five people join. There are four seats, and there will never be a fifth.");
  salon.says(rules, "{'kind':'contribution.kind','type':'hours','weight':1}",
             "{'kind':'ticket.class','class':'seat','supply':4,'transfer':'members','weight':1}");
  for (const std::string who : {"aki", "ben", "chie", "dai", "eri"})
    salon.says("{'kind':'member.join','member':'" + who + "'}");
  for (const std::string who : {"aki", "ben", "chie", "eri"})
    salon.says(mint("seat-" + who, who));
  salon.refused(Errc::supply_exceeded, mint("seat-dai", "dai"));
  salon.refused(Errc::ticket_exists, mint("seat-aki", "dai"));

  salon.day("2026-04-09T15:00:00Z", "Nine days into April, chie lends her seat to ben, for ten days.");
  salon.says(relayed("chie", "{'kind':'ticket.lend','from':'chie','ticket':'seat-chie','to':'ben',"
                                "'until':'2026-04-19T15:00:00Z'}"));
  salon.refused(Errc::ticket_lent, hands_over("chie", "seat-chie", "dai"));
  salon.refused(Errc::not_holder, hands_over("ben", "seat-chie", "dai"));

  salon.day("2026-04-10T15:00:00Z", "eri goes away. Her seat sleeps.");
  salon.says(relayed("eri", "{'kind':'member.leave','member':'eri'}"));
  salon.refused(Errc::not_member, hands_over("eri", "seat-eri", "dai"));

  salon.day("2026-04-15T15:00:00Z", "eri is back for a day, as the same eri.");
  salon.refused(Errc::already_member, "{'kind':'member.join','label':'" + story::sha("salt, somebody else") + "','member':'eri'}");
  salon.says(relayed("eri", "{'kind':'member.rejoin','member':'eri'}"));
  salon.day("2026-04-16T15:00:00Z", "And gone again.");
  salon.says(relayed("eri", "{'kind':'member.leave','member':'eri'}"));

  salon.day("2026-04-21T15:00:00Z", "And back for good, after ten days away. chie's seat has come back by itself meanwhile.");
  salon.says(relayed("eri", "{'kind':'member.rejoin','member':'eri'}"));
  salon.refused(Errc::not_lent, relayed("ben", "{'kind':'ticket.return','from':'ben','ticket':'seat-chie'}"));

  salon.day("2026-04-25", "aki and chie did something this month, and others say so.");
  salon.says(relayed("ben", "{'kind':'contribution','confirmed':'ben','id':'c1','member':'aki','period':'2026-04',"
                               "'points':20,'type':'hours'}"),
             relayed("chie", "{'kind':'contribution','id':'c2','member':'chie','period':'2026-04','points':10,'type':'hours'}"));
  salon.refused(Errc::self_confirmation, relayed("chie", "{'kind':'contribution.confirm','by':'chie','id':'c2'}"));
  salon.says(relayed("dai", "{'kind':'contribution.confirm','by':'dai','id':'c2'}"));

  salon.day("2026-04-29T15:00:00Z", "On the last day of the month dai buys ben's seat, and hopes for a month's share.");
  salon.refused(Errc::self_transfer, hands_over("ben", "seat-ben", "ben"));
  salon.says(hands_over("ben", "seat-ben", "dai"));

  salon.day("2026-05-01", "Five fees of 4,000 and sales of 90,000 come in. The operator drafts April.");
  for (const std::string n : {"1", "2", "3", "4", "5"}) salon.says(income("fee-" + n, "4000", std::to_string(std::stoi(n) + 1)));
  salon.says(income("sales", "90000", "7"));
  salon.refused(Errc::duplicate_evidence, income("sales-again", "90000", "7"));  // the same row of the file
  const std::string april = salon.draft("2026-04");
  salon.refused(Errc::too_early, "{'kind':'approve','draft':'" + april + "'}");  // five days for objections
  salon.expect("nothing is owed by a draft; owed to aki", salon.owed("aki"), "0");

  // Every yen is explained: the ways of the money, and each adds up.
  const auto distribution = *mikoshi::distribute(salon.ledger.state, *mikoshi::Period::parse("2026-04"));
  for (const auto& reason : mikoshi::reasons_of(distribution)) {
    if (!mikoshi::adds_up(reason, distribution.totals.in)) story::surprise("a reason does not add up");
    const mikoshi::Share& line = reason.line();
    const mikoshi::Stage& stage = *reason.steps.back().stage;
    std::cout << "            " << mikoshi::to_string(line.pay) << " yen to " << line.payee << ": " << line.weight << " of "
              << mikoshi::to_string(stage.weight_sum) << " at " << stage.path << '\n';
  }

  salon.day("2026-05-03", "ben objects to chie's line: was it not eight hours?");
  salon.says(objects("ben", april, "chie"));
  salon.refused(Errc::unauthorised, "{'kind':'object','by':'dai','id':'" + april + "','line':'aki'}");  // nobody objects for dai

  salon.day("2026-05-06", "The five days are over. April is approved: by days, a seat brought 33,000 / 110 = 300 yen a day.");
  salon.refused(Errc::too_late, objects("dai", april, "aki"));
  salon.approve(april);
  salon.is_owed("aki", "53000");   // 30 days, and 44,000 for 20 of 30 hours
  salon.is_owed("ben", "11700");   // 29 days, and 10 of chie's
  salon.is_owed("chie", "28000");  // 20 days, and 22,000
  salon.is_owed("dai", "300");     // the last day, and no more: who held a seat all month has 9,000 for it
  salon.is_owed("eri", "6000");    // her seat slept for ten days
  salon.expect("the reserve", salon.purse("pool:reserve"), "11000");
  salon.refused(Errc::period_closed, hands_over("aki", "seat-aki", "dai", ",'on':'2026-04-02T00:00:00Z'"));

  salon.day("2026-05-07", "The stewards recompute it and sign. One of three is not enough, two are.");
  salon.expect("signed by abe", salon.verify(salon.snapshot({1})), "quorum_not_met");
  salon.expect("signed by abe and sato", salon.verify(salon.snapshot({1, 3})), "ok");

  salon.day("2026-05-08", "Everybody is paid, but chie, whose line waits.");
  salon.refused(Errc::disputed, payment("p-chie", "chie", "28000"));
  salon.refused(Errc::owed_exceeded, payment("p-aki", "aki", "53001"));
  salon.says(payment("p-aki", "aki", "53000"), payment("p-ben", "ben", "11700"), payment("p-dai", "dai", "300"));
  salon.says(payment("p-eri", "eri", "6000"));
  salon.repeats(payment("p-aki", "aki", "53000"));
  for (const std::string who : {"aki", "ben", "dai", "eri"}) salon.says("{'kind':'payment.sent','id':'p-" + who + "'}");

  salon.day("2026-05-11", "The bank reports: three arrived, eri's account is closed. She is owed it again, and has another.");
  salon.refused(Errc::wrong_amount, "{'kind':'payment.settled','amount':'5300','id':'p-aki'}");
  salon.says("{'kind':'payment.settled','amount':'53000','id':'p-aki'}", "{'kind':'payment.settled','amount':'11700','id':'p-ben'}",
             "{'kind':'payment.settled','amount':'300','id':'p-dai'}", "{'kind':'payment.failed','amount':'6000','id':'p-eri'}");
  salon.is_owed("eri", "6000");
  salon.says(payment("p-eri-2", "eri", "6000"), "{'kind':'payment.settled','amount':'6000','id':'p-eri-2'}");

  salon.day("2026-05-12", "It was ten hours, says the calendar. chie is paid, too.");
  salon.says("{'kind':'dispute.settle','draft':'" + april + "','line':'chie','outcome':'paid'}", payment("p-chie", "chie", "28000"),
             "{'kind':'payment.settled','amount':'28000','id':'p-chie'}");
  for (const std::string who : {"aki", "ben", "chie", "dai", "eri"}) salon.is_owed(who, "0");
  salon.expect("on its way to members", salon.purse("paying"), "0");
  salon.expect("lines that a wallet signed", std::to_string(salon.ledger.state.voices.by_signature), "0");
  return salon.end();
}
