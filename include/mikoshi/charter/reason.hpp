// SPDX-License-Identifier: MIT
#pragma once
/// @file reason.hpp
/// Reasons: the way of money through the charter, from the root down to each line of a distribution.
///
/// Layer 3. Depends on: charter/distribution.hpp.
///
/// A line is a share that leaves the tree: what a member gets at an among, what comes to an account, what rule floor leaves
/// over. Every other share is what enters one stage below. Nothing is computed here: a reason points into the distribution's
/// stages, so whoever prints it prints the numbers that were paid by.

#include <string_view>
#include <vector>

#include "mikoshi/charter/distribution.hpp"

namespace mikoshi {

/// One node on the way, and which way the money takes from there.
struct ReasonStep {
  const Stage* stage = nullptr;
  const Share* share = nullptr;  ///< nullptr: on by an among's `else`, which has no share

  /// Minor units that take this way: what enters the next step, or the line's amount.
  [[nodiscard]] u128 pay() const;
};

/// Why a payee gets a line.
struct Reason {
  std::vector<ReasonStep> steps;  ///< from the root to the line; never empty, and the last one has a share

  [[nodiscard]] const Share& line() const { return *steps.back().share; }
};

/// Minor units that a stage sends on by `else`: all of it where every weight was zero, or what no member may have any more.
[[nodiscard]] inline u128 sent_by_else(const Stage& stage) { return stage.passed_on ? stage.in : stage.rest; }

/// Whether a share of a stage leaves the tree.
[[nodiscard]] MIKOSHI_INLINE bool is_line(const Stage& stage, const Share& share);

/// The reasons of all lines of a currency, in the order in which the digest has them: Σ of the lines' pays is what was
/// distributed of it.
/// @param payee  only the lines of this member or account; empty: all.
/// @pre   `flow` is one that `distribute` made, and outlives the result; a distribution is the flow of the DAO's own currency.
/// @cost  O(shares + lines × depth)
[[nodiscard]] MIKOSHI_INLINE std::vector<Reason> reasons_of(const Flow& flow, std::string_view payee = {});

/// Whether a reader can add a reason up: the first step is entered by `in` (see Flow::entered), each other one by the pay of the one above it,
/// and at each step in + kept before = Σ pays + what else sends on + kept after.
/// @cost O(shares of its stages)
[[nodiscard]] MIKOSHI_INLINE bool adds_up(const Reason& reason, const u128& in);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Where a stage hangs: "/root/split/1" below "/root" by "split" and 1, "/root/else" below "/root" by "else".
struct Joint {
  std::string_view above, key;
  std::size_t index = 0;
};

inline Joint joint_of(std::string_view path) {
  Joint joint;
  const auto cut = [&path] {
    const std::size_t slash = path.rfind('/');
    const std::string_view last = path.substr(slash + 1);
    path = path.substr(0, slash);
    return last;
  };
  joint.key = cut();
  if (joint.key.front() >= '0' && joint.key.front() <= '9') {
    for (const char digit : joint.key) joint.index = joint.index * 10 + static_cast<std::size_t>(digit - '0');
    joint.key = cut();
  }
  joint.above = path;
  return joint;
}

/// The share of `above` by which money comes to the stage that hangs there.
inline const Share* share_towards(const Stage& above, const Joint& joint) {
  if (joint.key == "else") return nullptr;
  if (joint.key == "then") return &above.shares.front();
  if (joint.key == "rest") return &above.shares.back();
  MIKOSHI_CHECK((joint.key == "split" || joint.key == "recoup") && joint.index < above.shares.size());
  return &above.shares[joint.index];
}

}  // namespace detail

MIKOSHI_INLINE u128 ReasonStep::pay() const { return share != nullptr ? share->pay : sent_by_else(*stage); }

MIKOSHI_INLINE bool is_line(const Stage& stage, const Share& share) {
  // What rule floor leaves over is the last share of a split or an among.
  return share.member || stage.kind == Node::Kind::to || stage.kind == Node::Kind::among ||
         (stage.kind == Node::Kind::split && stage.rule == Rule::floor && &share == &stage.shares.back());
}

MIKOSHI_INLINE std::vector<Reason> reasons_of(const Flow& flow, std::string_view payee) {
  std::vector<Reason> reasons;
  Reason way;  // to the stage in hand: a stage comes after all above it, and before all that hang beside it later
  for (const Stage& stage : flow.stages) {
    const detail::Joint joint = detail::joint_of(stage.path);
    while (!way.steps.empty() && way.steps.back().stage->path != joint.above) way.steps.pop_back();
    MIKOSHI_CHECK(way.steps.empty() == stage.is_root());  // only a root hangs nowhere
    if (!way.steps.empty()) way.steps.back().share = detail::share_towards(*way.steps.back().stage, joint);
    way.steps.push_back({&stage, nullptr});
    for (const Share& share : stage.shares) {
      if (!is_line(stage, share) || (!payee.empty() && share.payee != payee)) continue;
      way.steps.back().share = &share;
      reasons.push_back(way);
    }
  }
  return reasons;
}

MIKOSHI_INLINE bool adds_up(const Reason& reason, const u128& in) {
  u128 enters = in;
  for (const ReasonStep& step : reason.steps) {
    const Stage& stage = *step.stage;
    u128 out = sent_by_else(stage) + stage.kept_after();
    for (const Share& share : stage.shares) out += share.pay;
    if (stage.in != enters || stage.in + stage.kept_before() != out) return false;
    enters = step.pay();
  }
  return !reason.steps.empty() && reason.steps.back().share != nullptr;
}

#endif

}  // namespace mikoshi
