// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Climb} from "./Climb.sol";
import {Token} from "./Token.sol";

/// One root for ever. Each index is claimed once.
contract Single {
    Token public immutable token;
    bytes32 public immutable root;
    mapping(uint256 => bool) public isClaimed;

    error BadProof();
    error ClaimedBefore();

    constructor(Token token_, bytes32 root_) {
        token = token_;
        root = root_;
    }

    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external {
        if (isClaimed[index]) revert ClaimedBefore();
        if (Climb.root(keccak256(abi.encodePacked(index, account, amount)), proof) != root) revert BadProof();
        isClaimed[index] = true;
        token.transfer(account, amount);
    }
}
