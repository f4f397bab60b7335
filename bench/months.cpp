// SPDX-License-Identifier: MIT
/// A month: its distribution beside the hashes that those whom it pays need, and the member tree beside the hashes of those whom it
/// changes, where everybody is paid and where one in a hundred is.
#include <fmt/format.h>

#include "measure.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace bench {
namespace {

using namespace mikoshi;

Json json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return parse_json(text).value();
}

/// Says events to a ledger. Few lines are read as text; most are applied as events, or reading them would take most of the time.
class Speaker {
 public:
  Ledger ledger;
  Timestamp at = Timestamp::parse("2026-03-01T00:00:00Z").value();

  void say(const Json& claim) {
    std::string line;
    const auto entry = submit(ledger, claim, at, line, [](std::uint64_t) { return std::string{}; });
    check(entry ? Status{} : Status{fail(entry.error().code, entry.error().what)});
  }
  void put(Event event) {
    Line line;
    line.envelope.at = at;
    line.envelope.seq = ledger.state.next_seq;
    line.event = std::move(event);
    check(apply(ledger.state, line));
  }
};

/// n members, who joined in no order of their ids; each `step`-th of them worked in March and April 2026. March is closed and
/// stated, so that April finds the member tree as a month does.
State community(std::size_t n, std::size_t step, const std::string& root) {
  Speaker speaker;
  std::array<std::uint8_t, 32> secret{};
  secret.fill(1);
  Json dao = json("{'kind':'dao','currency':{'code':'JPY','exponent':0},'format':1,'offset':'+00:00','threshold':1}");
  dao.set("salt", to_hex(sha256(as_bytes("bench"))));
  Json steward = json("{'name':'mori'}");
  steward.set("key", to_string(SecretKey::from_bytes(secret).value().public_key()));
  dao.set("stewards", Json::Array{steward});
  speaker.say(dao);
  speaker.say(json("{'kind':'charter','from':'2026-03','id':'v1','rules':{'root':" + root + "}}"));
  speaker.say(json("{'kind':'contribution.kind','type':'work','weight':1}"));
  const KindId work = KindId::parse("work").value();
  const auto member = [&](std::size_t i) { return MemberId::parse(fmt::format("m{:07}", i * 7919 % n)).value(); };
  for (std::size_t i = 0; i < n; ++i) {
    MemberJoin join;
    join.member = member(i);
    speaker.put(std::move(join));
  }
  for (const char* month : {"2026-03", "2026-04"}) {
    const Period period = Period::parse(month).value();
    for (std::size_t i = 0; i < n; i += step) {
      ContributionNew made;
      made.id = RecordId::parse(fmt::format("r{:07}-{}", i, month)).value();
      made.member = member(i);
      made.confirmed = member(i + 1);
      made.period = period;
      made.points = 1 + i * 2654435761u % 1000;
      made.type = work;
      speaker.put(std::move(made));
    }
    Json income = json(fmt::format("{{'kind':'income','currency':'JPY','id':'i{}'}}", month));
    income.set("amount", std::to_string(std::uint64_t{n} * 1'234'567 + 89));
    income.set("period", month);
    speaker.say(income);
    speaker.at = Timestamp::from_seconds(period.end_s(Offset{})).value();
    if (std::string_view{month} == "2026-04") break;
    auto draft = make_draft(speaker.ledger.state, period);
    check(draft ? Status{} : Status{fail(draft.error().code, draft.error().what)});
    const RecordId id = draft->id;
    speaker.put(std::move(*draft));
    speaker.put(Approve{id});
    speaker.put(make_statement(speaker.ledger.state).value());
  }
  return std::move(speaker.ledger.state);
}

void measure_month(Table& table, std::string_view name, std::size_t n, std::size_t step, const std::string& root) {
  const Period april = Period::parse("2026-04").value();
  State state = community(n, step, root);
  const std::size_t paid = state.records.waiting.size();
  const std::vector<std::uint8_t> share(90, 'x'), leaf(52, 'x'), standing(150, 'x');
  const auto [ns, hash_ns] = in_turns(
      paid, [&] { keep(distribute(state, april).value().outcome); },
      [&] {
        Sha256 digest;
        for (std::size_t i = 0; i < paid; ++i) {
          digest.update(share);
          keep(leaf_hash(leaf));
          keep(TreeOf<SumNode>::join({}, {}));
        }
        keep(digest.finish());
      });
  table.add({fmt::format("distribution, {}", name), paid, 1, ns, "a line, a leaf and a node of each payee, hashed", hash_ns, 0});
  settle(state, distribute(state, april).value());
  const auto [tree_ns, node_ns] = in_turns(
      paid,
      [&] {
        MemberTree tree = state.tree;
        update_tree(tree, state);
        keep(roll_of(tree));
      },
      [&] {
        for (std::size_t i = 0; i < paid; ++i) {
          keep(leaf_hash(standing));
          keep(node_hash({}, {}));
        }
      });
  table.add({fmt::format("member tree, {}", name), paid, 1, tree_ns, "a leaf and a node of each changed member, hashed", node_ns, 0});
}

}  // namespace

void measure_months(Table& table) {
  const std::string purse = "{'to':'pool:reserve'}";
  const std::string work = "{'pool':'work','among':'contributions','else':" + purse + "}";
  const std::string nested =
      "{'pool':'costs','take':'1000000','then':{'to':'pool:costs'},'rest':{'pool':'income','split':[[10," + purse + "],[60," + work +
      "],[30,{'pool':'all','among':'equal','cap':'1000000','else':{'to':'pool:more'}}]]}}";
  for (const std::size_t n : {1'000u, 10'000u, 100'000u}) {
    measure_month(table, "all are paid", n, 1, work);
    measure_month(table, "1 in 100 is paid", n, 100, work);
    if (!table.quick()) measure_month(table, "all, in two pools", n, 1, nested);
  }
}

}  // namespace bench
