// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInterestRateModel} from "../interfaces/IInterestRateModel.sol";
import {Exponential} from "../libraries/Exponential.sol";

/// @title A borrow rate that steers each pool to 90 % utilisation: the adaptive curve, after Morpho's public specification
/// @dev https://docs.morpho.org/overview/resources/contracts/irm. The curve goes through the *rate at target*, is a quarter of it at utilisation 0 and four
/// times it at 1; the rate at target itself grows at 50 a year times the error: how far utilisation is from the target, −1 at 0 and 1 at 1.
/// Ours differs in three things: it keeps the rate per year, not per second, so that accruing every second loses nothing to truncation; every step rounds up;
/// and the exponential is exact to 20 digits, where a second-order series is off by up to a percent.
contract AdaptiveRateModel is IInterestRateModel {
    using SafeCast for uint256;

    uint256 private constant WAD = 1e18;
    uint256 private constant RAY = 1e27;
    uint256 private constant YEAR = 365 days;
    /// The bounds are a factor of 2,000 = e^7.6 apart: whatever lies beyond e^±8 is cut off at one of them.
    int256 private constant MAX_EXPONENT_RAY = 8e27;

    uint256 public constant TARGET_UTILISATION = 0.9e18;
    /// The curve ends at this times the rate at target, and begins at its inverse times it.
    uint256 public constant STEEPNESS = 4;
    /// e-folds of the rate at target in a year at an error of 1.
    uint256 public constant ADJUSTMENT_SPEED_YEARLY = 50;
    uint256 public constant INITIAL_RATE_AT_TARGET = 0.04e18;
    uint256 public constant MIN_RATE_AT_TARGET = 0.001e18;
    /// Four times it is 800 % a year, below what a pool accepts.
    uint256 public constant MAX_RATE_AT_TARGET = 2e18;

    mapping(address pool => uint256 yearly) private _rateAtTarget;

    /// Rates a year, WAD: the rate at target from now on, and the borrow rate of the time since the last one.
    event RateAdvanced(address indexed pool, uint256 rateAtTarget, uint256 borrowRate);

    /// @inheritdoc IInterestRateModel
    function advance(uint256 cash, uint256 debt, uint256 elapsed) external returns (uint256) {
        (uint256 yearly, uint256 atTarget) = _rates(msg.sender, cash, debt, elapsed);
        _rateAtTarget[msg.sender] = atTarget;
        emit RateAdvanced(msg.sender, atTarget, yearly);
        return Math.ceilDiv(yearly, YEAR);
    }

    /// @inheritdoc IInterestRateModel
    function ratePerSecondWad(
        address pool,
        uint256 cash,
        uint256 debt,
        uint256 elapsed
    ) external view returns (uint256) {
        (uint256 yearly, ) = _rates(pool, cash, debt, elapsed);
        return Math.ceilDiv(yearly, YEAR);
    }

    /// @notice The borrow rate at 90 % utilisation as of the pool's last accrual, a year, WAD.
    function rateAtTarget(address pool) public view returns (uint256) {
        uint256 rate = _rateAtTarget[pool];
        return rate == 0 ? INITIAL_RATE_AT_TARGET : rate;
    }

    /// @return yearly borrow rate, its mean over the time. @return atTarget rate at target when it ends.
    function _rates(
        address pool,
        uint256 cash,
        uint256 debt,
        uint256 elapsed
    ) private view returns (uint256 yearly, uint256 atTarget) {
        int256 error_ = _error(cash, debt);
        uint256 start = rateAtTarget(pool);
        uint256 growth = _halfGrowthRay(error_, elapsed);
        uint256 middle = _bounded(Math.mulDiv(start, growth, RAY, Math.Rounding.Ceil));
        atTarget = _bounded(Math.mulDiv(start, Math.ceilDiv(growth * growth, RAY), RAY, Math.Rounding.Ceil));
        // Two trapezoids. Between the bounds the exponential is convex, so they are never below its mean.
        yearly = _curve(Math.ceilDiv(start + 2 * middle + atTarget, 4), error_);
    }

    /// @dev Distance of utilisation from the target in units of what there is on that side of it, WAD, up.
    function _error(uint256 cash, uint256 debt) private pure returns (int256) {
        uint256 utilisation = debt == 0 ? 0 : Math.mulDiv(debt, WAD, cash + debt, Math.Rounding.Ceil);
        if (utilisation < TARGET_UTILISATION) {
            return -int256(((TARGET_UTILISATION - utilisation) * WAD) / TARGET_UTILISATION);
        }
        return int256(Math.ceilDiv((utilisation - TARGET_UTILISATION) * WAD, WAD - TARGET_UTILISATION));
    }

    /// @dev What the rate at target is multiplied by in the first half of the time, and again in the second.
    function _halfGrowthRay(int256 error_, uint256 elapsed) private pure returns (uint256) {
        int256 exponent =
            (error_ * int256((RAY / WAD) * ADJUSTMENT_SPEED_YEARLY) * elapsed.toInt256()) / int256(2 * YEAR);
        if (exponent > MAX_EXPONENT_RAY) exponent = MAX_EXPONENT_RAY;
        if (exponent < -MAX_EXPONENT_RAY) exponent = -MAX_EXPONENT_RAY;
        return Exponential.expRay(exponent);
    }

    /// @dev Straight from 1/STEEPNESS at error −1 to 1 at 0, and on to STEEPNESS at 1.
    function _curve(uint256 atTarget, int256 error_) private pure returns (uint256) {
        if (error_ < 0) {
            uint256 factor = STEEPNESS * WAD - (STEEPNESS - 1) * uint256(-error_);
            return Math.ceilDiv(atTarget * factor, STEEPNESS * WAD);
        }
        return Math.ceilDiv(atTarget * (WAD + (STEEPNESS - 1) * uint256(error_)), WAD);
    }

    function _bounded(uint256 rate) private pure returns (uint256) {
        return Math.max(MIN_RATE_AT_TARGET, Math.min(MAX_RATE_AT_TARGET, rate));
    }
}
