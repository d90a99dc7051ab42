// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface IInterestRateModel {
    /// @notice Borrow rate per second, WAD, at the given cash and debt (asset units).
    function ratePerSecondWad(uint256 cash, uint256 debt) external view returns (uint256);
}
