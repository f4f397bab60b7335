// SPDX-License-Identifier: MIT
/// What must not compile. misuse_test.py compiles each case alone; every error of it must match what follows `expect`.
/// Case 0 does the same things rightly, and must compile without a warning.
#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/id.hpp"
#if CASE == 0 || (CASE >= 24 && CASE <= 27)
#include "mikoshi/base/time.hpp"
#endif
#if CASE == 0 || (CASE >= 28 && CASE <= 34)
#include "mikoshi/crypto/key.hpp"
#endif
#if CASE == 0 || CASE >= 36
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/carry.hpp"
#endif

using namespace mikoshi;

Status burn(const TicketId& ticket, const Amount& worth);

#if CASE == 0  // as it is meant
Result<Amount> total(const Amount& a, const Amount& b) { return add(a, b); }
Result<Amount> coffee() { return parse_major("1.5", *Currency::make("EUR", 2)); }
Result<TicketId> first_ticket() { return TicketId::parse("t0001"); }
Status burn_first(const Amount& worth) {
  MIKOSHI_ASSIGN(const TicketId ticket, first_ticket());
  return burn(ticket, worth);
}
bool same(const MemberId& a, const MemberId& b) { return a == b && a.text() != "m001"; }
Result<Amount> two_yen() { return Amount::make(2, Currency{}); }
Status shared(std::span<const std::uint64_t> weights, std::span<u128> pays) { return hamilton(100, weights, pays); }
Status refused() { return fail(Errc::bad_id); }
bool well(const Status& status) { return status.has_value() || exit_code(status.error().code) == 10; }
bool in(Period month, Timestamp time) { return Period::of(time, Offset{}) == month; }
Signature signed_by(SecretKey key, const Hash& message) { return key.sign(message); }
Signature handed_on(SecretKey& key, const Hash& message) { return signed_by(std::move(key), message); }
#endif

// --- amounts: a currency inside, no arithmetic that could mix two, nothing that rounds
#if CASE == 1  // two amounts are added, whatever their currencies
auto wrong(const Amount& a, const Amount& b) { return a + b; }
// expect: no match for .operator\+|invalid operands
#endif
#if CASE == 2  // two amounts are compared, whatever their currencies
auto wrong(const Amount& a, const Amount& b) { return a < b; }
// expect: no match for .operator<|invalid operands
#endif
#if CASE == 3  // an amount is scaled
auto wrong(const Amount& a) { return a * 0.1; }
// expect: no match for .operator\*|invalid operands
#endif
#if CASE == 4  // an amount is made from a floating-point number
Amount wrong() { return Amount(1.5, Currency{}); }
// expect: is private within this context|calling a private constructor
#endif
#if CASE == 5  // an amount is made from a bare number
Amount wrong() { return 100; }
// expect: could not convert|no viable conversion
#endif
#if CASE == 6  // an amount of nothing
Amount wrong;
// expect: no matching function|no matching constructor
#endif
#if CASE == 7  // a currency that nobody checked
Currency wrong{"jpy", 99};
// expect: no matching (function|constructor)
#endif
#if CASE == 8  // an amount is changed behind its currency
void wrong(Amount& a) { a.minor() += 1; }
// expect: assignment of read-only|no viable overloaded .\+=|cannot assign to return value|passing .const
#endif

// --- ids: one sort is not another, and a text is none
#if CASE == 9  // a member where a ticket is wanted
Status wrong(const MemberId& member, const Amount& worth) { return burn(member, worth); }
// expect: invalid initialization of reference|no matching function
#endif
#if CASE == 10  // a member and a ticket are one
bool wrong(const MemberId& member, const TicketId& ticket) { return member == ticket; }
// expect: no match for .operator==|invalid operands
#endif
#if CASE == 11  // a member comes before a ticket
bool wrong(const MemberId& member, const TicketId& ticket) { return member < ticket; }
// expect: no match for .operator<|invalid operands
#endif
#if CASE == 12  // a text becomes an id unseen
MemberId wrong(const std::string& text) { return text; }
// expect: is private within this context|could not convert|no viable conversion
#endif
#if CASE == 13  // an id is made from a text that nobody checked
MemberId wrong{std::string{"../m001"}};
// expect: no matching (function|constructor)
#endif
#if CASE == 14  // an id is a text
bool wrong(const MemberId& member) { return member == "m001"; }
// expect: no match for .operator==|invalid operands
#endif
#if CASE == 15  // a ticket is numbered among the members
auto wrong(Interner<MemberId>& members, const TicketId& ticket) { return members.add(ticket); }
// expect: cannot convert|no viable conversion|invalid initialization of reference
#endif

// --- results: asked before they are used
#if CASE == 16  // a result is dropped
void wrong() { MemberId::parse("m001"); }
// expect: unused-result
#endif
#if CASE == 17  // a status is dropped
void wrong(const TicketId& ticket, const Amount& worth) { burn(ticket, worth); }
// expect: unused-result
#endif
#if CASE == 18  // a failure is made and not returned
void wrong() { fail(Errc::bad_id); }
// expect: unused-result
#endif
#if CASE == 19  // a result is its value
MemberId wrong() { return MemberId::parse("m001"); }
// expect: could not convert|no viable conversion
#endif
#if CASE == 20  // a status is an answer
bool wrong(const Status& status) { return status; }
// expect: cannot convert|no viable conversion
#endif
#if CASE == 21  // a code alone is an error
Status wrong() { return Errc::bad_id; }
// expect: could not convert|no viable conversion
#endif
#if CASE == 22  // a code is a number
int wrong() { return Errc::bad_id; }
// expect: cannot convert|no viable conversion|cannot initialize return object
#endif
#if CASE == 23  // a status has a value
auto wrong(const Status& status) { return *status; }
// expect: no match for .operator\*|invalid argument type|indirection requires pointer
#endif

// --- time
#if CASE == 24  // a number is a time
Timestamp wrong() { return 1775000000; }
// expect: could not convert|no viable conversion|is private within this context
#endif
#if CASE == 25  // a text is a month
Period wrong() { return "2026-04"; }
// expect: could not convert|no viable conversion
#endif
#if CASE == 26  // a time is before a month
bool wrong(Timestamp time, Period month) { return time < month; }
// expect: no match for .operator<|invalid operands
#endif
#if CASE == 27  // a time falls in a month of no time zone
Period wrong(Timestamp time) { return Period::of(time); }
// expect: no matching function|too few arguments
#endif

// --- keys: one secret has one owner
#if CASE == 28  // a secret key is copied
SecretKey wrong(const SecretKey& key) { return key; }
// expect: use of deleted function|call to (implicitly-deleted|deleted)
#endif
#if CASE == 29  // a secret key is assigned
void wrong(SecretKey& to, const SecretKey& key) { to = key; }
// expect: use of deleted function|cannot be assigned because|implicitly deleted
#endif
#if CASE == 30  // a secret key of zeros
SecretKey wrong;
// expect: is private within this context|calling a private constructor
#endif
#if CASE == 31  // a secret key is printed
auto wrong(const SecretKey& key) { return to_string(key); }
// expect: no matching function
#endif
#if CASE == 32  // two secrets are compared, faster the sooner they differ
bool wrong(const SecretKey& a, const SecretKey& b) { return a == b; }
// expect: no match for .operator==|invalid operands
#endif
#if CASE == 33  // a text is signed, not its hash
Signature wrong(const SecretKey& key) { return key.sign("pay m001 100"); }
// expect: cannot convert|could not bind
#endif
#if CASE == 34  // bytes are a public key, on the curve or not
PublicKey wrong(const Hash& bytes) { return bytes; }
// expect: could not convert|no viable conversion
#endif

// --- splitting: whole minor units
#if CASE == 35  // half a unit is an amount
auto wrong() { return Amount::make(1.5, Currency{}); }
// expect: use of deleted function|call to deleted function
#endif
#if CASE == 36  // half a unit is shared out for once
Status wrong(std::span<const std::uint64_t> weights, std::span<u128> pays) { return hamilton(1.5, weights, pays); }
// expect: use of deleted function|call to deleted function
#endif
#if CASE == 37  // half a unit is shared out, month by month
Status wrong(CarryPool& pool, std::span<std::uint64_t> fractions, std::span<u128> pays) {
  return carry(0.5, pool, fractions, fractions, pays);
}
// expect: use of deleted function|call to deleted function
#endif
