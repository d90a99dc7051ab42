// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A contract that buys claims with money that it has only once it is called
interface IClaimBuyer {
    /// @notice The claim is the caller's of `buyWithCallback`; when this returns, `debtAssets` are pulled from it by the module.
    /// @param claim µUSD. @param debtAssets debt token units. @param data as given to `buyWithCallback`.
    function onClaimBought(
        bytes32 account,
        uint256 lockNullifier,
        uint64 claim,
        uint256 debtAssets,
        bytes calldata data
    ) external;
}
