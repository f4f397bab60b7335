// SPDX-License-Identifier: MIT
#pragma once
/// @file transfer_log.hpp
/// The log of an ERC-721 contract, as a node answers eth_getLogs: who got which token from whom, in the order of the chain.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/json.hpp"
#include "mikoshi/base/time.hpp"
#include "mikoshi/crypto/ethereum.hpp"

namespace mikoshi {

/// One event Transfer(address from, address to, uint256 tokenId). The zero address stands for nobody: a mint, a burn.
struct TokenTransfer {
  std::uint64_t block = 0;
  std::uint64_t index = 0;  ///< in its block
  EthereumAddress from, to;
  std::string token;             ///< its id in decimal digits: up to 78 of them
  std::optional<Timestamp> when;  ///< the block's time, where the node says it

  [[nodiscard]] bool is_mint() const { return from == EthereumAddress{}; }
  [[nodiscard]] bool is_burn() const { return to == EthereumAddress{}; }
};

/// Reads the answer to eth_getLogs: the array, or the JSON-RPC object around it. Nothing in it is guessed: it must hold the
/// transfers of this contract alone, all that there were, from the first on.
///
/// @param  contract  whose log it must be.
/// @return ascending by block and index; each token's first is its mint, and each goes on from the owner before.
/// @error  as parse_json | bad_log  no array; or, with the entry's number: not an object; a field missing or of another form; removed;
///         another contract; not a Transfer of an ERC-721 (an ERC-20's has three topics); not after the entry before;
///         from somebody who does not own the token (the log begins too late); of nobody to nobody.
[[nodiscard]] Result<std::vector<TokenTransfer>> parse_transfer_log(std::string_view text,
                                                                    const EthereumAddress& contract);

}  // namespace mikoshi
