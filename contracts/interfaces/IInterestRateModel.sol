// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What borrowing from a pool costs. One model may serve many pools
/// @dev A model never reverts on what a pool can have: repaying must not depend on it.
interface IInterestRateModel {
    /// @notice Mean borrow rate per second, WAD, up, of the last `elapsed` seconds, during which `pool` had this cash and debt (asset units).
    function ratePerSecondWad(
        address pool,
        uint256 cash,
        uint256 debt,
        uint256 elapsed
    ) external view returns (uint256);

    /// @notice The same for the caller; what the model remembers of the caller, and of nobody else, moves on by `elapsed` seconds.
    function advance(uint256 cash, uint256 debt, uint256 elapsed) external returns (uint256);
}
