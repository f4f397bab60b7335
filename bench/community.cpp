// SPDX-License-Identifier: MIT
#include "community.hpp"

#include <fmt/format.h>

#include "measure.hpp"

namespace bench {
namespace {

using namespace mikoshi;

template <class T>
T parsed(std::string_view text) {
  return T::parse(text).value();
}

/// Says events, one behind the other.
class Speaker {
 public:
  explicit Speaker(Community& made) : made_(made) {}
  Timestamp at = parsed<Timestamp>("2016-01-01T00:00:00Z");
  Ledger ledger;

  void say(Event event) {
    Envelope envelope;
    envelope.at = at;
    envelope.seq = ledger.state.next_seq;
    const std::string line = encode_line(envelope, event);
    const auto taken = take_line(ledger, line);
    if (!taken) check(Status{fail(taken.error().code, taken.error().what, taken.error().where)});
    made_.text += line + "\n";
  }
  void say_json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    std::string line;
    const auto entry = submit(ledger, parse_json(text).value(), at, line, [](std::uint64_t) { return std::string{}; });
    if (!entry) check(Status{fail(entry.error().code, entry.error().what, entry.error().where)});
    made_.text += line + "\n";
  }

 private:
  Community& made_;
};

SecretKey key_of(std::uint8_t n) {
  Hash secret{};
  secret.fill(n);
  return SecretKey::from_bytes(secret).value();
}

}  // namespace

namespace {

void found(Speaker& speaker) {
  std::string stewards;
  for (std::uint8_t n = 1; n <= 3; ++n)
    stewards += fmt::format("{}{{'key':'{}','name':'s{}'}}", n == 1 ? "" : ",", to_string(key_of(n).public_key()), n);
  speaker.say_json("{'kind':'dao','currency':{'code':'JPY','exponent':0},'format':1,'offset':'+00:00','salt':'" + std::string(64, '0') +
                   "','stewards':[" + stewards + "],'threshold':2}");
  speaker.say_json("{'kind':'ticket.class','class':'seat','transfer':'free','weight':1}");
}

/// In no order of their ids, as people come.
std::vector<MemberId> join(Speaker& speaker, std::size_t members) {
  std::vector<MemberId> ids;
  for (std::size_t i = 0; i < members; ++i) {
    ids.push_back(parsed<MemberId>(fmt::format("m{:06}", i * 7919 % members)));
    MemberJoin join;
    join.member = ids.back();
    speaker.say(std::move(join));
  }
  return ids;
}

}  // namespace

std::string make_tickets(std::size_t members, std::size_t tickets) {
  Community made;
  Speaker speaker{made};
  found(speaker);
  const std::vector<MemberId> ids = join(speaker, members);
  const ClassId seat = parsed<ClassId>("seat");
  for (std::size_t i = 0; i < tickets; ++i) {
    TicketMint mint;
    mint.ticket_class = seat;
    mint.ticket = parsed<TicketId>(fmt::format("t{:08}", i));
    mint.to = ids[i % ids.size()];
    speaker.say(std::move(mint));
  }
  return std::move(made.text);
}

Community make_community(std::size_t members, std::size_t months, std::size_t events) {
  Community made;
  made.text.reserve(200 * (2 * members + events) + 2000 * months + 10'000);
  Speaker speaker{made};
  found(speaker);
  speaker.say_json("{'kind':'charter','from':'2016-01','id':'v1','rules':{'root':{'pool':'all','split':[[1,{'to':'pool:reserve'}],"
                   "[9,{'pool':'work','among':'contributions','else':{'to':'pool:reserve'}}]]}}}");
  speaker.say_json("{'kind':'contribution.kind','type':'work','weight':1}");
  const KindId work = parsed<KindId>("work");
  const std::vector<MemberId> ids = join(speaker, members);
  std::size_t said = 0;
  Period month = parsed<Period>("2016-01");
  for (std::size_t m = 0; m < months; ++m, month = month.next()) {
    for (const std::size_t end = events * (m + 1) / months; said < end; ++said) {
      ContributionNew made_it;
      made_it.id = parsed<RecordId>(fmt::format("r{:08}", said));
      made_it.member = ids[said * 7919 % members];
      made_it.confirmed = ids[(said * 7919 + 1) % members];
      made_it.period = month;
      made_it.points = 1 + said % 50;
      made_it.type = work;
      speaker.say(std::move(made_it));
    }
    speaker.say_json(fmt::format("{{'kind':'income','amount':'{}','currency':'JPY','id':'i{}','period':'{}'}}", 1'000'000 + m, m, to_string(month)));
    speaker.at = Timestamp::from_seconds(month.end_s(Offset{})).value();
    auto draft = make_draft(speaker.ledger.state, month);
    if (!draft) check(Status{fail(draft.error().code, draft.error().what)});
    const RecordId id = draft->id;
    speaker.say(std::move(*draft));
    speaker.say(Approve{id});
    speaker.say(make_statement(speaker.ledger.state).value());
  }
  Note note{snapshot_text(speaker.ledger).value(), {}};
  for (std::uint8_t n = 1; n <= 3; ++n) check(sign_snapshot(note, speaker.ledger.state.dao, key_of(n)));
  made.note = to_string(note);
  made.stewards = speaker.ledger.state.dao.stewards;
  for (std::size_t begin = 0; begin < made.text.size();) {
    const std::size_t end = made.text.find('\n', begin);
    made.lines.push_back(std::string_view{made.text}.substr(begin, end - begin));
    begin = end + 1;
  }
  return made;
}

}  // namespace bench
