// SPDX-License-Identifier: MIT
#pragma once
/// @file state.hpp
/// The state of a DAO: what its ledger lines add up to.
///
/// Layer 2. Depends on: every subject of community/.
///
/// A plain value of dense tables. The subjects' rules are templates over it only because it is made of them.

#include "mikoshi/community/conversion.hpp"
#include "mikoshi/community/cost.hpp"
#include "mikoshi/community/dao.hpp"
#include "mikoshi/community/decision.hpp"
#include "mikoshi/community/holding.hpp"
#include "mikoshi/community/income.hpp"
#include "mikoshi/community/member.hpp"
#include "mikoshi/community/member_tree.hpp"
#include "mikoshi/community/money.hpp"
#include "mikoshi/community/payment.hpp"
#include "mikoshi/community/proposal.hpp"
#include "mikoshi/community/record.hpp"
#include "mikoshi/community/review.hpp"
#include "mikoshi/community/segment.hpp"
#include "mikoshi/community/speaker.hpp"
#include "mikoshi/community/will.hpp"
#include "mikoshi/community/work.hpp"

namespace mikoshi {

/// Lines of fact by the voice that spoke them.
struct VoiceCount {
  std::uint64_t relayed = 0;
  std::uint64_t by_operator = 0;
  std::uint64_t by_signature = 0;  ///< signed at once, or attested later
};

/// Its own money is the DAO's main currency; the others stand beside it.
struct State : Money {
  std::uint64_t next_seq = 0;
  Timestamp last_at;
  Dao dao;
  Members members;
  Holdings holdings;
  Works works;
  Records records;
  Segments segments;
  Incomes incomes;
  Conversions conversions;
  Costs costs;
  Reviews reviews;
  Wills wills;
  Proposals proposals;
  Payments payments;
  Decisions decisions;
  VoiceCount voices;
  std::map<std::string, OtherMoney> others;  ///< by currency code
  MemberTree tree;                           ///< as the last statement found it
};

}  // namespace mikoshi
