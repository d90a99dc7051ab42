// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {DerivedFeed} from "./DerivedFeed.sol";
import {SourceReader} from "./SourceReader.sol";

/// @title The price of an ERC-4626 share: its asset's price times a rate that cannot grow faster than allowed
/// @dev The rate is what convertToAssets says, at most the cap: an anchor, grown linearly at maxGrowthBpsPerYear since it was observed. So a flash loan, a
/// donation, or a vault that miscounts its assets raises the answer by no more than the distance to the cap. The model is Aave's price cap
/// adaptor for correlated assets (github.com/bgd-labs/aave-capo), whose anchor is set by governance; here anyone moves it, with nothing to choose:
///
///   - an observation never exceeds the cap of its time, so that whatever anybody does, after t years the cap is at most e^(growth·t) times the first anchor;
///   - it becomes the anchor anchorDelay later, and only if the rate of that time is within its own cap. So an observation made during a dip is dropped once the
///     rate is back, and moving the anchor never lowers the answer at that moment;
///   - at worst (somebody bends the rate up at every observation) the anchor stays where it is, or climbs along its own cap.
///
/// Warning: the rate falls at once, with the vault's losses. List no vault whose rate one transaction can push down: bent down at two observations in a row,
/// it stays down for as long as growth takes to make up for it.
/// Warning: for collateral only. The cap errs downward, which for a debt is the wrong side.
contract VaultShareFeed is DerivedFeed {
    struct Config {
        IERC4626 vault;
        address assetFeed; // of vault.asset(), which is not checked: a feed does not say what it prices
        uint256 maxGrowthBpsPerYear; // above what the vault honestly earns, or the answer lags behind it
        uint256 anchorDelay; // seconds: longer than between two harvests, whose jump the growth of one delay must contain
        uint256 maxInitialRate; // the rate at deployment is not above this: what was read is not bent by somebody who saw it coming
    }

    struct Anchor {
        uint128 rate;
        uint64 time;
    }

    uint256 private constant BPS_YEARS = 10_000 * 365 days;
    uint256 private constant RATE_DECIMALS = 18;

    uint8 public immutable decimals;
    IERC4626 public immutable vault;
    address public immutable assetFeed;
    uint256 public immutable maxGrowthBpsPerYear;
    uint256 public immutable anchorDelay;
    /// Whole assets per whole share are rate / rateScale.
    uint256 public immutable rateScale;
    // So many shares that their assets have 18 digits after the point, even of an asset with few.
    uint256 private immutable _sample;

    Anchor public anchor;
    Anchor public observed;

    event Observed(uint256 rate, uint256 time);
    event AnchorMoved(uint256 rate, uint256 time);

    error RateAboveMaximum(uint256 rate, uint256 maxInitialRate);
    /// Thrown when the last observation is younger than anchorDelay.
    error TooEarly(uint256 notBefore);

    constructor(Config memory config) {
        _requireCode("vault", address(config.vault));
        decimals = _decimalsOf("assetFeed", config.assetFeed);
        uint256 shareDecimals = _decimalsOf("shareDecimals", address(config.vault));
        uint256 assetDecimals = _decimalsOf("assetDecimals", config.vault.asset());
        _requireRange("maxGrowthBpsPerYear", config.maxGrowthBpsPerYear, 1, 10_000);
        _requireRange("anchorDelay", config.anchorDelay, 1 days, 90 days);
        (vault, assetFeed) = (config.vault, config.assetFeed);
        (maxGrowthBpsPerYear, anchorDelay) = (config.maxGrowthBpsPerYear, config.anchorDelay);
        uint256 digits = Math.max(assetDecimals, RATE_DECIMALS);
        rateScale = 10 ** digits;
        uint256 sample = 10 ** (shareDecimals + digits - assetDecimals);
        _sample = sample;

        uint256 rate = _rateOf(config.vault, sample);
        if (rate == 0) revert NoAnswer("vault", address(config.vault));
        if (rate > config.maxInitialRate) revert RateAboveMaximum(rate, config.maxInitialRate);
        anchor = observed = Anchor(uint128(rate), uint64(block.timestamp));
    }

    /// @notice Observe the rate, and make the last observation the anchor if the rate bears it out. Anyone, once per anchorDelay.
    function observe() external {
        Anchor memory last = observed;
        if (block.timestamp < last.time + anchorDelay) revert TooEarly(last.time + anchorDelay);
        uint256 rate = _rateOf(vault, _sample);
        if (rate == 0) revert NoAnswer("vault", address(vault));
        if (rate <= _cap(last)) {
            anchor = last;
            emit AnchorMoved(last.rate, last.time);
        } else {
            rate = Math.min(rate, _cap(anchor));
        }
        observed = Anchor(uint128(rate), uint64(block.timestamp));
        emit Observed(rate, block.timestamp);
    }

    /// @notice What the vault says (0 = nothing that can be used), and the most of it that is believed now; both by rateScale.
    function rates() external view returns (uint256 rate, uint256 cap) {
        return (_rateOf(vault, _sample), _cap(anchor));
    }

    function _latest() internal view override returns (uint256 price, uint256 time) {
        uint256 rate = _rateOf(vault, _sample);
        if (rate == 0) return (0, 0);
        (price, time) = SourceReader.latest(assetFeed);
        price = Math.mulDiv(price, Math.min(rate, _cap(anchor)), rateScale);
    }

    /// @dev 2^128 · 10^4 · 2^64 is far from overflow.
    function _cap(Anchor memory from) private view returns (uint256) {
        return from.rate + (from.rate * maxGrowthBpsPerYear * (block.timestamp - from.time)) / BPS_YEARS;
    }

    /// @dev 0 when the vault fails, or is worth 2^128 units and more.
    function _rateOf(IERC4626 vault_, uint256 sample) private view returns (uint256 rate) {
        (, rate) = SourceReader.word(address(vault_), abi.encodeCall(IERC4626.convertToAssets, (sample)));
        if (rate > type(uint128).max) return 0;
    }
}
