// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPythPrices} from "../../interfaces/IPythPrices.sol";
import {DerivedFeed} from "./DerivedFeed.sol";
import {SourceReader} from "./SourceReader.sol";

/// @title A price of Pyth's pull oracle
/// @dev Anyone may bring a signed price on chain, at any time; nothing here depends on who did.
/// Warning: they choose which, among all newer than the last. Within the board's heartbeat a caller takes the price that suits him: keep it at seconds,
/// and list by Pyth alone only what a keeper pushes.
/// Warning: the answer is Pyth's middle price, for collateral and debt alike, and lies up to maxConfidenceBps of it off the ends of the interval. A feed
/// does not know on which side it will be used: haircuts must cover maxConfidenceBps.
contract PythFeed is DerivedFeed {
    uint8 private constant DECIMALS = 18;
    /// Publishers' clocks run ahead of a block's: what would be from the future by up to this much is as of now. Refused, it would let
    /// anyone take the price away for a block by pushing the newest.
    uint256 public constant MAX_AHEAD = 15 seconds;
    /// 2^63 · 10^57 fits int256; by 10^19, 2^63 rounds to 0.
    int256 private constant MAX_SHIFT = 57;
    int256 private constant MIN_SHIFT = -18;

    IPythPrices public immutable pyth;
    bytes32 public immutable id;
    uint256 public immutable maxConfidenceBps;

    /// @param pyth_ must know the id already: push a first price, so that a mistyped id does not pass for one that is merely stale.
    /// @param maxConfidenceBps_ half-width of the confidence interval / price, above which there is no price.
    constructor(IPythPrices pyth_, bytes32 id_, uint256 maxConfidenceBps_) {
        _requireCode("pyth", address(pyth_));
        _requireRange("maxConfidenceBps", maxConfidenceBps_, 1, 9_999);
        (pyth, id, maxConfidenceBps) = (pyth_, id_, maxConfidenceBps_);
        if (_words(pyth_, id_).length == 0) revert NoAnswer("pyth", address(pyth_));
    }

    /// @dev Whatever Pyth's exponent is, today or tomorrow.
    function decimals() external pure returns (uint8) {
        return DECIMALS;
    }

    function _latest() internal view override returns (uint256 price, uint256 time) {
        uint256[] memory w = _words(pyth, id);
        if (w.length == 0) return (0, 0);
        uint256 mantissa = w[0];
        if (mantissa > uint256(int256(type(int64).max))) return (0, 0); // negative ones too
        if (w[1] > type(uint64).max || w[1] * 10_000 > mantissa * maxConfidenceBps) return (0, 0);

        int256 expo = int256(w[2]);
        if (expo < MIN_SHIFT - int8(DECIMALS) || expo > MAX_SHIFT - int8(DECIMALS)) return (0, 0);
        int256 shift = expo + int8(DECIMALS);
        price = shift < 0 ? mantissa / 10 ** uint256(-shift) : mantissa * 10 ** uint256(shift);

        time = w[3];
        if (time > block.timestamp) {
            if (time - block.timestamp > MAX_AHEAD) return (0, 0);
            time = block.timestamp;
        }
    }

    function _words(IPythPrices pyth_, bytes32 id_) private view returns (uint256[] memory) {
        return SourceReader.words(address(pyth_), abi.encodeCall(IPythPrices.getPriceUnsafe, (id_)), 4);
    }
}
