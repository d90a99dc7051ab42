// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";

/// @title A price made of other sources, in the shape the price board reads
/// @dev Warning: no price is answered as five zeros, never as a revert and never as the last good price. Whoever reads a derived feed must refuse 0.
abstract contract DerivedFeed is IAggregatorV3 {
    /// 36 decimals of a feed and 8 of a slot are what the price board takes (its MAX_EXPONENT).
    uint256 internal constant MAX_DECIMALS = 36;

    /// Thrown when a source is no contract.
    error NoCode(bytes32 name, address source);
    /// Thrown when a source that must answer does not, or answers nothing that can be used.
    error NoAnswer(bytes32 name, address source);
    error OutOfRange(bytes32 name, uint256 value, uint256 min, uint256 max);

    /// @inheritdoc IAggregatorV3
    /// @dev The round id is the time: complete, and growing with it.
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        (uint256 price, uint256 time) = _latest();
        if (price == 0 || price > uint256(type(int256).max) || time == 0) return (0, 0, 0, 0, 0);
        return (uint80(time), int256(price), time, time, uint80(time));
    }

    /// @return price 10^decimals per whole asset, down; 0 = none
    /// @return time when the oldest answer it is made of was given; not from the future
    function _latest() internal view virtual returns (uint256 price, uint256 time);

    function _requireCode(bytes32 name, address source) internal view {
        if (source.code.length == 0) revert NoCode(name, source);
    }

    function _requireRange(bytes32 name, uint256 value, uint256 min, uint256 max) internal pure {
        if (value < min || value > max) revert OutOfRange(name, value, min, max);
    }

    /// @dev Decimals of a feed or token, which are taken never to change.
    function _decimalsOf(bytes32 name, address source) internal view returns (uint8 decimals_) {
        _requireCode(name, source);
        decimals_ = IAggregatorV3(source).decimals();
        _requireRange(name, decimals_, 0, MAX_DECIMALS);
    }
}
