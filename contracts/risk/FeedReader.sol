// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";

/// @title Reads a Chainlink-style feed without trusting it to answer well, or at all
library FeedReader {
    /// What a feed may spend: two sources of SourceReader's, one after the other, or one that fails. One that burns all it gets costs its own slot and leaves the
    /// board the gas for the others.
    uint256 internal constant FEED_GAS = 1_000_000;
    /// µUSD · 2^64 per USD.
    uint256 private constant MICRO_USD_X64 = 1e6 << 64;

    /// @notice The answer if the round is complete, positive, not from the future, at most `heartbeat` seconds old and within bounds; else 0.
    function answer(
        address feed,
        uint256 heartbeat,
        uint256 minAnswer,
        uint256 maxAnswer
    ) internal view returns (uint256) {
        (bool ok, uint256 roundId, int256 value, , uint256 updatedAt, uint256 answeredInRound) = _latestRound(feed);
        if (!ok || value <= 0) return 0;
        if (updatedAt == 0 || updatedAt > block.timestamp || block.timestamp - updatedAt > heartbeat) return 0;
        if (answeredInRound < roundId) return 0;
        uint256 positive = uint256(value);
        return positive < minAnswer || positive > maxAnswer ? 0 : positive;
    }

    /// @notice Chainlink's L2 uptime feed: answer 0 = up, startedAt = when that began.
    function sequencerUp(address feed, uint256 graceSeconds) internal view returns (bool) {
        (bool ok, , int256 value, uint256 startedAt, , ) = _latestRound(feed);
        return
            ok &&
            value == 0 &&
            startedAt != 0 &&
            startedAt <= block.timestamp &&
            block.timestamp - startedAt > graceSeconds;
    }

    /// @notice answer / 10^feedDecimals USD per whole asset, as µUSD per unit · 2^64, down; 0 when it would not fit 96 bits.
    /// @param exponent feed decimals + decimals of the unit.
    function priceDownX64(uint256 value, uint256 exponent) internal pure returns (uint256) {
        return _price(value, exponent, Math.Rounding.Floor);
    }

    /// @notice The same, up.
    function priceUpX64(uint256 value, uint256 exponent) internal pure returns (uint256) {
        return _price(value, exponent, Math.Rounding.Ceil);
    }

    function decimals(address feed) internal view returns (uint8) {
        return IAggregatorV3(feed).decimals();
    }

    /// @dev Bounds keep value below 2^128, so value·10⁶·2^64 stays below 2^212.
    function _price(uint256 value, uint256 exponent, Math.Rounding rounding) private pure returns (uint256) {
        uint256 numerator = value * MICRO_USD_X64;
        uint256 denominator = 10 ** exponent;
        uint256 price = rounding == Math.Rounding.Ceil ? Math.ceilDiv(numerator, denominator) : numerator / denominator;
        return price >> 96 == 0 ? price : 0;
    }

    /// @dev A high-level call would revert on short or badly typed return data even within try/catch.
    function _latestRound(
        address feed
    )
        private
        view
        returns (bool ok, uint256 roundId, int256 value, uint256 startedAt, uint256 updatedAt, uint256 answeredInRound)
    {
        bytes4 selector = IAggregatorV3.latestRoundData.selector;
        assembly ("memory-safe") {
            // Five words from the scratch area of fresh memory; more return data is ignored, not copied.
            let out := mload(0x40)
            mstore(0x00, selector)
            ok := staticcall(FEED_GAS, feed, 0x00, 4, out, 160)
            ok := and(ok, gt(returndatasize(), 159)) // a feed without code answers nothing, successfully
            if ok {
                roundId := mload(out)
                value := mload(add(out, 32))
                startedAt := mload(add(out, 64))
                updatedAt := mload(add(out, 96))
                answeredInRound := mload(add(out, 128))
            }
        }
    }
}
