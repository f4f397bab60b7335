// SPDX-License-Identifier: MIT
#pragma once
/// @file witnesses.hpp
/// The witnesses that a command line asks for, and what is said of those who have cosigned.

#include "command.hpp"
#include "mikoshi/crypto/cosignature.hpp"

namespace mikoshi {

/// @param texts  each NAME+ID+KEY. @error as parse_witness
[[nodiscard]] Result<std::vector<Witness>> parse_witnesses(const std::vector<std::string>& texts);

/// The witnesses of `verify`: --witness, and --witnesses or else more than half. @error as parse_witness | usage (a --witnesses beyond them)
[[nodiscard]] Result<WitnessPolicy> parse_witnesses(const VerifyOptions& options);

/// One row; nothing where no witness was asked for.
[[nodiscard]] std::string witnessed_words(const Cosigned& cosigned, const WitnessPolicy& policy);
[[nodiscard]] Json witnessed_json(const Cosigned& cosigned);

}  // namespace mikoshi
