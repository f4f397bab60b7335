// SPDX-License-Identifier: MIT
/// Reviews: what a ring gains, what colluders can move, and what the report says.
#include <algorithm>

#include "world.hpp"
#include "mikoshi/base/wide.hpp"

using namespace mikoshi;
using world::World;

namespace {

/// A round in which everybody is rated by everybody, as it stands after all ballots were opened.
ReviewRound round_of(std::size_t members, ReviewMethod method, std::optional<std::uint64_t> budget) {
  ReviewRound round;
  for (std::size_t i = 0; i < members; ++i) round.members.push_back(static_cast<Members::Index>(i));
  round.relations[*KindId::parse("peer")] = 1;
  round.budget = budget;
  round.pair_cap = 1'000'000;
  round.raters_min = 1;
  round.method = method;
  return round;
}

void rate(ReviewRound& round, Members::Index by, std::map<Members::Index, std::uint64_t> scores, const char* relation = "peer") {
  round.ballots.push_back(Ballot{by, *KindId::parse(relation), {}, true, std::move(scores)});
}

std::uint64_t weight_of(const std::vector<ReviewResult>& results, Members::Index member) {
  for (const ReviewResult& result : results)
    if (result.member == member) return result.weight;
  return 0;
}

}  // namespace

TEST_CASE("reviews: a ring of two in ten gets a fifth, where plain points would give it three eighths") {
  for (const ReviewMethod method : {ReviewMethod::median, ReviewMethod::trimmed}) {
    ReviewRound round = round_of(10, method, 90);
    rate(round, 0, {{1, 90}});
    rate(round, 1, {{0, 90}});
    for (Members::Index by = 2; by < 10; ++by) {
      std::map<Members::Index, std::uint64_t> even;
      for (Members::Index to = 0; to < 10; ++to)
        if (to != by) even[to] = 10;
      rate(round, by, even);
    }
    u128 plain_ring = 0, plain_all = 0, ring = 0, all = 0;
    for (const Ballot& ballot : round.ballots)
      for (const auto& [to, points] : ballot.scores) plain_all += points, plain_ring += to < 2 ? points : 0;
    const auto results = add_up(round);
    for (Members::Index member = 0; member < 10; ++member) {
      all += weight_of(results, member);
      ring += member < 2 ? weight_of(results, member) : 0;
    }
    CHECK(ring * 100 <= all * 21);
    CHECK(ring * 100 >= all * 19);
    CHECK(plain_ring * 100 >= plain_all * 37);
    const auto rings = rating_rings(round);
    REQUIRE(rings.size() == 1);
    CHECK((rings[0].first == 0 && rings[0].second == 1 && rings[0].first_gave == 90));
  }
}

TEST_CASE("reviews: fewer colluders than honest raters never move a median beyond what the honest gave") {
  Random random{test_seed("review_test")};
  for (int run = 0; run < 100'000; ++run) {
    const std::size_t honest = 1 + random.below(12), colluders = random.below(honest);
    std::vector<std::uint64_t> given;
    std::uint64_t low = UINT64_MAX, high = 0;
    for (std::size_t i = 0; i < honest; ++i) {
      const std::uint64_t points = random.one_in(4) ? random.below(1'000'000'000) : random.below(20);
      low = std::min(low, points), high = std::max(high, points);
      given.push_back(points);
    }
    const std::uint64_t lie = random.one_in(2) ? 1'000'000'000 : random.below(30);
    for (std::size_t i = 0; i < colluders; ++i) given.push_back(lie);
    const auto [points, whole] = robust(given, ReviewMethod::median);
    REQUIRE(points >= u128{low} * whole);
    REQUIRE(points <= u128{high} * whole);
    if (colluders > (honest + colluders) / 4) continue;
    const auto [sum, count] = robust(given, ReviewMethod::trimmed);
    REQUIRE(sum >= u128{low} * count);
    REQUIRE(sum <= u128{high} * count);
  }
}

TEST_CASE("reviews: results are exact: relations by their weights, whoever said nothing left out, one floor at the end") {
  Random random{test_seed("review_test")};
  for (int run = 0; run < 2'000; ++run) {
    const std::size_t members = 2 + random.below(6);
    const ReviewMethod method = random.one_in(2) ? ReviewMethod::median : ReviewMethod::trimmed;
    const bool budget = random.one_in(2);
    ReviewRound round = round_of(members, method, budget ? std::optional<std::uint64_t>{1} : std::nullopt);
    round.relations.clear();
    const std::array<const char*, 3> names = {"client", "peer", "teacher"};
    const std::size_t relations = 1 + random.below(3);
    for (std::size_t i = 0; i < relations; ++i) round.relations[*KindId::parse(names[i])] = 1 + random.below(1000);
    round.raters_min = 1 + random.below(3);
    for (Members::Index by = 0; by < members + 4; ++by) {
      std::map<Members::Index, std::uint64_t> scores;
      for (Members::Index to = 0; to < members; ++to)
        if (to != by && !random.one_in(3)) scores[to] = random.one_in(5) ? random.below(1'000'000'001) : random.below(7);
      rate(round, by, scores, names[random.below(relations)]);
      round.ballots.back().open = !random.one_in(5);
    }
    const auto results = add_up(round);
    std::size_t found = 0;
    for (const Members::Index member : round.members) {
      Fraction sum{0, 1};
      Big weights = 0;
      for (const auto& [relation, weight] : round.relations) {
        std::vector<Big> given;
        for (const Ballot& ballot : round.ballots) {
          if (!ballot.open || ballot.relation != relation || ballot.by == member) continue;
          const auto score = ballot.scores.find(member);
          if (score != ballot.scores.end()) given.emplace_back(score->second);
          if (score == ballot.scores.end() && budget) given.emplace_back(0);
        }
        if (given.size() < round.raters_min) continue;
        std::sort(given.begin(), given.end());
        Big total = 0, count = 0;
        if (method == ReviewMethod::median) {
          // The middle of what is left when the outermost are taken away two by two.
          std::size_t from = 0, to = given.size();
          while (to - from > 2) ++from, --to;
          for (std::size_t i = from; i < to; ++i) total += given[i], ++count;
        } else {
          const std::size_t cut = given.size() / 4;
          for (std::size_t i = cut; i + cut < given.size(); ++i) total += given[i], ++count;
        }
        sum = make_fraction(sum.numerator * count + total * weight * sum.denominator, sum.denominator * count);
        weights += weight;
      }
      if (weights == 0) continue;
      ++found;
      const Big expected = sum.numerator * (Big{1} << 20) / (sum.denominator * weights);
      REQUIRE(Big{weight_of(results, member)} == expected);
    }
    REQUIRE(found == results.size());
  }
}

TEST_CASE("reviews: the weight is that of the round closed last about the month or one before") {
  World w{world::dao_claim()};
  w.join("aki").join("ben").join("chi").charter("v1", "2026-03", "{'root':{'pool':'p','among':'reviews','else':{'to':'pool:r'}}}");
  const auto open = [&](const std::string& id, const std::string& period, const std::string& seal, const std::string& reveal) {
    w.add("{'kind':'review','id':'" + id + "','members':['aki','ben'],'method':'median','pair_cap':9,'period':'" + period +
          "','raters_min':1,'relations':{'peer':1},'reveal_until':'" + reveal + "','seal_until':'" + seal + "'}");
  };
  const std::string salt(64, '1');
  const auto body = [&](const std::string& id, const std::string& scores) {
    return "{'by':'chi','round':'" + id + "','salt':'" + salt + "','scores':" + scores + "}";
  };
  const auto said = [](const std::string& claim) {
    return claim.substr(0, claim.size() - 1) + ",'voice':'relayed','channel':'c','message':'" + std::string(64, '0') + "'}";
  };
  const auto seal = [&](const std::string& id, const std::string& scores) {
    w.add(said("{'kind':'review.ballot','by':'chi','relation':'peer','round':'" + id + "','seal':'" +
               world::sha(world::quoted(body(id, scores))) + "'}"));
  };
  const auto reveal = [&](const std::string& id, const std::string& scores) {
    w.add(said("{'kind':'review.reveal'," + body(id, scores).substr(1)));
  };
  open("one", "2026-03", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
  open("two", "2026-04", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
  seal("one", "{'aki':1,'ben':3}"), seal("two", "{'aki':3,'ben':1}");
  w.when("2026-03-02T00:00:00Z");
  reveal("one", "{'aki':1,'ben':3}"), reveal("two", "{'aki':3,'ben':1}");
  w.when("2026-03-03T00:00:00Z");
  w.add("{'kind':'review.close','round':'two'}");
  w.income("i1", "400", "2026-03");
  w.when("2026-04-01T00:00:00Z");
  World none = w;
  none.close("2026-03");
  CHECK(none.account("pool:r") == "400");  // the round about April does not count in March
  w.add("{'kind':'review.close','round':'one'}");
  w.close("2026-03");
  CHECK(w.owed("aki") == "100");
  CHECK(w.owed("ben") == "300");
  w.when("2026-05-01T00:00:00Z").income("i2", "400", "2026-04").close("2026-04");
  CHECK(w.owed("aki") == "200");  // "one" was closed after "two", and is about an earlier month
  CHECK(w.owed("ben") == "600");
}
