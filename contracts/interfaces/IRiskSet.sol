// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Haircuts and risk matrices of one collateral set, versioned; Q is computed from factor loadings (design §4, the floor box)
interface IRiskSet {
    event VersionAdded(uint32 indexed version, uint16[8] haircutFactors, uint32[36] risk);

    /// @return haircutsPacked h_i·2^(16 i). @return riskPacked the upper triangle, 28-bit lanes, nine a word.
    function packed(uint32 version) external view returns (uint256 haircutsPacked, uint256[4] memory riskPacked);
    function haircutFactors(uint32 version) external view returns (uint256[8] memory);
    /// @notice Whether a new proof may use `version`.
    function isOpenable(uint32 version) external view returns (bool);
    /// @notice Whether an existing proof under `version` still counts as coverage.
    function isAccepted(uint32 version) external view returns (bool);
    function currentVersion() external view returns (uint32);
}
