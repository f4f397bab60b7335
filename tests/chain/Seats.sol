// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// What of an ERC-721 a log shows: tokens that are minted, moved by their owners and burned.
contract Seats {
    address public immutable minter = msg.sender;
    mapping(uint256 => address) public ownerOf;

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    error NotOwner();

    function mint(address to, uint256 tokenId) external {
        if (msg.sender != minter || ownerOf[tokenId] != address(0)) revert NotOwner();
        move(address(0), to, tokenId);
    }

    function send(address to, uint256 tokenId) external {
        if (ownerOf[tokenId] != msg.sender) revert NotOwner();
        move(msg.sender, to, tokenId);
    }

    function burn(uint256 tokenId) external {
        if (ownerOf[tokenId] != msg.sender) revert NotOwner();
        move(msg.sender, address(0), tokenId);
    }

    function move(address from, address to, uint256 tokenId) private {
        ownerOf[tokenId] = to;
        emit Transfer(from, to, tokenId);
    }
}
