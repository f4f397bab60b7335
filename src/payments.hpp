// SPDX-License-Identifier: MIT
#pragma once
/// @file payments.hpp
/// What the commands that plan payments share: command_pay.cpp, command_claims.cpp.

#include "session.hpp"

namespace mikoshi {

/// Whether all that is owed has been signed for. @error no_snapshot | quorum_not_met
[[nodiscard]] Status check_payable(const Session& session);

/// The next unused id of the form p0001, p0002, …
[[nodiscard]] PaymentId next_payment(const Payments& payments);

}  // namespace mikoshi
