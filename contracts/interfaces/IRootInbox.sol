// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Note roots of vaults on other chains, as attested over LayerZero. One per margin chain; peers: VaultMessengers
interface IRootInbox {
    event RootReceived(uint32 indexed srcEid, address indexed vault, uint256 root, uint64 chunks, uint64 sourceTime, address attestor);

    /// @return sourceTime S's time when the root was sent; 0 if the root was never attested.
    function rootTime(uint32 srcEid, address vault, uint256 root) external view returns (uint64 sourceTime);
    function latest(uint32 srcEid, address vault) external view returns (uint256 root, uint64 chunks, uint64 sourceTime, address attestor);
}
