// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Climb} from "./Climb.sol";
import {Token} from "./Token.sol";

/// Gives each account what a root says it was ever paid, less what it has taken before. The owner replaces the root.
contract Cumulative {
    address public immutable owner = msg.sender;
    Token public immutable token;
    bytes32 public root;
    mapping(address => uint256) public taken;

    event Claimed(address indexed account, uint256 amount);

    error NotOwner();
    error BadProof();
    error NothingLeft();

    constructor(Token token_) {
        token = token_;
    }

    function setRoot(bytes32 root_) external {
        if (msg.sender != owner) revert NotOwner();
        root = root_;
    }

    /// @param amount  all that the account was ever paid: its leaf is of this.
    function claim(address account, uint256 amount, bytes32[] calldata proof) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, amount))));
        if (Climb.root(leaf, proof) != root) revert BadProof();
        uint256 before = taken[account];
        if (amount <= before) revert NothingLeft();
        taken[account] = amount;
        emit Claimed(account, amount - before);
        token.transfer(account, amount - before);
    }
}
