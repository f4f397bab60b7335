// SPDX-License-Identifier: MIT
/// `mikoshi forget`: deletes what is private of a member. The ledger stays as it is, and verifies.
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {

Result<Printout> run_forget(const ForgetOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const MemberId member, MemberId::parse(options.member));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(options.at));
  MIKOSHI_TRY(session.state().members.find(member));
  MIKOSHI_ASSIGN(PrivateBook* const book, session.private_book());
  MIKOSHI_TRY(book->forget(member, at));
  MIKOSHI_TRY(session.commit());
  Printout out;
  out.words = wording<Word::forget_done>(member.text());
  out.json.set("forgotten", member.text());
  return out;
}

}  // namespace mikoshi
