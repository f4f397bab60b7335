// SPDX-License-Identifier: MIT
/// Signatures beside libsecp256k1's own verification in a loop, and receipts beside the hashes and signatures that they are made of.
#include <fmt/format.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include <bit>
#include <thread>

#include "community.hpp"
#include "measure.hpp"
#include "mikoshi/proof/receipt.hpp"

namespace bench {
namespace {

using namespace mikoshi;

void measure_signatures(Table& table) {
  const std::size_t n = table.quick() ? 500 : 2'000;
  Hash secret{};
  secret.fill(7);
  const SecretKey key = SecretKey::from_bytes(secret).value();
  const Hash message = sha256(as_bytes("message"));
  const auto signature = key.sign(message);
  secp256k1_context* const context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  secp256k1_xonly_pubkey pubkey;
  MIKOSHI_CHECK(secp256k1_xonly_pubkey_parse(context, &pubkey, key.public_key().bytes().data()) == 1);
  const auto ours = [&] {
    for (std::size_t i = 0; i < n; ++i) check(verify(key.public_key(), message, signature));
  };
  const auto limit = [&] {
    for (std::size_t i = 0; i < n; ++i)
      MIKOSHI_CHECK(secp256k1_schnorrsig_verify(context, signature.data(), message.data(), message.size(), &pubkey) == 1);
  };
  for (const unsigned threads : {1u, 2u}) {
    const auto on_all = [threads](const auto& work) {
      std::vector<std::thread> others;
      for (unsigned k = 1; k < threads; ++k) others.emplace_back(work);
      work();
      for (std::thread& other : others) other.join();
    };
    const auto [ns, limit_ns] = in_turns(n * threads, [&] { on_all(ours); }, [&] { on_all(limit); });
    table.add({"verify", n * threads, threads, ns, "libsecp256k1 in a loop", limit_ns, 1 / 0.95});
  }
  secp256k1_context_destroy(context);
}

void measure_receipts(Table& table) {
  const Community made = make_community(1'000, 12, 10'000);
  const Note note = parse_note(made.note).value();
  const auto receipts = Receipts::read(text_lines(made.text), made.note);
  check(receipts ? Status{} : Status{fail(receipts.error().code, receipts.error().what)});
  std::vector<MemberId> members;
  for (const Standing& standing : receipts->members()) members.push_back(standing.member);
  const std::size_t hashes = static_cast<std::size_t>(std::bit_width(made.lines.size()) + 2 * std::bit_width(members.size()));
  const auto limit = [&] {
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t k = 0; k < hashes; ++k) keep(node_hash(Hash{}, Hash{}));
      for (const Steward& steward : made.stewards) keep(check_signatures(note, {&steward, 1}));
    }
  };
  const std::string parts = fmt::format("{} hashes, 3 signatures", hashes);
  const auto [make_ns, tree_ns] = in_turns(
      members.size(),
      [&] {
        for (const MemberId& member : members) keep(to_string(receipts->of(member).value()));
      },
      limit);
  table.add({"receipt: made", members.size(), 1, make_ns, parts, tree_ns, 1.2});
  std::vector<std::string> texts;
  for (const MemberId& member : members) texts.push_back(to_string(receipts->of(member).value()));
  const auto [check_ns, both_ns] = in_turns(
      members.size(),
      [&] {
        for (std::size_t i = 0; i < members.size(); ++i)
          check(verify_receipt(texts[i], members[i]) ? Status{} : Status{fail(Errc::proof_mismatch)});
      },
      limit);
  table.add({"receipt: checked", members.size(), 1, check_ns, parts, both_ns, 1.2});
}

}  // namespace

void measure_proofs(Table& table) {
  measure_signatures(table);
  measure_receipts(table);
}

}  // namespace bench
