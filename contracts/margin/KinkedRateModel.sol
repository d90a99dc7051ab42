// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IInterestRateModel} from "../interfaces/IInterestRateModel.sol";

/// @title A borrow rate that rises in two straight lines of utilisation, steeper behind the kink
/// @dev Rates WAD: 10¹⁸ = 100 %. Immutable: another curve is another model.
contract KinkedRateModel is IInterestRateModel {
    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;
    /// 1,000 % a year: the index then grows e^10 a year, far from what its type holds.
    uint256 public constant MAX_YEARLY_RATE = 10e18;

    uint256 public immutable baseRateYearly;
    uint256 public immutable kinkRateYearly;
    uint256 public immutable maxRateYearly;
    uint256 public immutable kinkUtilisation;

    /// Thrown unless base ≤ kink ≤ max ≤ MAX_YEARLY_RATE and 0 < kinkUtilisation < 1.
    error BadRates(uint256 baseRateYearly, uint256 kinkRateYearly, uint256 maxRateYearly, uint256 kinkUtilisation);

    constructor(uint256 baseRateYearly_, uint256 kinkRateYearly_, uint256 maxRateYearly_, uint256 kinkUtilisation_) {
        if (
            baseRateYearly_ > kinkRateYearly_ ||
            kinkRateYearly_ > maxRateYearly_ ||
            maxRateYearly_ > MAX_YEARLY_RATE ||
            kinkUtilisation_ == 0 ||
            kinkUtilisation_ >= WAD
        ) revert BadRates(baseRateYearly_, kinkRateYearly_, maxRateYearly_, kinkUtilisation_);
        baseRateYearly = baseRateYearly_;
        kinkRateYearly = kinkRateYearly_;
        maxRateYearly = maxRateYearly_;
        kinkUtilisation = kinkUtilisation_;
    }

    /// @inheritdoc IInterestRateModel
    function ratePerSecondWad(address, uint256 cash, uint256 debt, uint256) external view returns (uint256) {
        return _rate(cash, debt);
    }

    /// @inheritdoc IInterestRateModel
    function advance(uint256 cash, uint256 debt, uint256) external view returns (uint256) {
        return _rate(cash, debt);
    }

    function _rate(uint256 cash, uint256 debt) private view returns (uint256) {
        if (debt == 0) return _perSecond(baseRateYearly);
        uint256 utilisation = (debt * WAD) / (cash + debt);
        if (utilisation <= kinkUtilisation) {
            return _perSecond(baseRateYearly + ((kinkRateYearly - baseRateYearly) * utilisation) / kinkUtilisation);
        }
        return
            _perSecond(
                kinkRateYearly +
                    ((maxRateYearly - kinkRateYearly) * (utilisation - kinkUtilisation)) / (WAD - kinkUtilisation)
            );
    }

    function _perSecond(uint256 yearly) private pure returns (uint256) {
        return (yearly + YEAR - 1) / YEAR;
    }
}
