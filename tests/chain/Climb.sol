// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// The way from a leaf to the root: at each step the hash of the pair, the smaller one first.
library Climb {
    function root(bytes32 node, bytes32[] calldata proof) internal pure returns (bytes32) {
        for (uint256 i = 0; i < proof.length; i++) {
            bytes32 sibling = proof[i];
            node = node <= sibling ? keccak256(abi.encode(node, sibling)) : keccak256(abi.encode(sibling, node));
        }
        return node;
    }
}
