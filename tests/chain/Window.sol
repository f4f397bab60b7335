// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Climb} from "./Climb.sol";
import {Token} from "./Token.sol";

/// A root for each window, a week or a month. In each of them an account claims once, whenever it likes.
contract Window {
    address public immutable owner = msg.sender;
    Token public immutable token;
    mapping(uint256 => bytes32) public roots;
    mapping(uint256 => mapping(address => bool)) public isClaimed;

    error NotOwner();
    error SetBefore();
    error BadProof();
    error ClaimedBefore();

    constructor(Token token_) {
        token = token_;
    }

    function setRoot(uint256 window, bytes32 root) external {
        if (msg.sender != owner) revert NotOwner();
        if (roots[window] != bytes32(0)) revert SetBefore();
        roots[window] = root;
    }

    function claim(uint256 window, address account, uint256 amount, bytes32[] calldata proof) external {
        if (isClaimed[window][account]) revert ClaimedBefore();
        if (Climb.root(keccak256(abi.encodePacked(account, amount)), proof) != roots[window]) revert BadProof();
        isClaimed[window][account] = true;
        token.transfer(account, amount);
    }
}
