// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";

/// @title Reads what a derived feed is derived from, without trusting it to answer well, at all, or at a bounded cost
/// @dev The rules of FeedReader, and two more. A feed is as old as what it is made of, so a source's time is answered with its price. And a source gets
/// SOURCE_GAS at most:
///   - one that burns all it gets leaves the board the gas for its other slots;
///   - whoever calls `takeSnapshot` with too little gas for a source has at most 1/63 of SOURCE_GAS left at each of the three levels (board, feed, feed of a feed):
///     24,000, less than the cheapest snapshot costs to store. So nobody can store that a sound source has no price.
library SourceReader {
    /// Warning: a source that honestly needs more never has a price: a vault, say, that accrues interest in some thirty markets first.
    uint256 internal constant SOURCE_GAS = 500_000;

    /// @notice The first `count` words that `source` answers to `input`; none when it fails, has no code or answers less. More is ignored, not copied.
    /// @dev Words are as they came: a narrower type may have dirty bits, and whoever reads it checks its range.
    function words(address source, bytes memory input, uint256 count) internal view returns (uint256[] memory out) {
        assembly ("memory-safe") {
            out := mload(0x40)
            let size := mul(count, 32)
            mstore(out, count)
            mstore(0x40, add(add(out, 32), size))
            let ok := staticcall(SOURCE_GAS, source, add(input, 32), mload(input), add(out, 32), size)
            // An address without code succeeds and answers nothing.
            if or(iszero(ok), lt(returndatasize(), size)) {
                mstore(out, 0)
            }
        }
    }

    /// @notice One word; `ok` is false where `words` has none.
    function word(address source, bytes memory input) internal view returns (bool ok, uint256 value) {
        uint256[] memory out = words(source, input, 1);
        return out.length == 0 ? (false, 0) : (true, out[0]);
    }

    /// @notice Answer and time of an AggregatorV3 if its round is complete, positive, below 2^128 and not from the future; else zeros.
    function latest(address feed) internal view returns (uint256 price, uint256 updatedAt) {
        uint256[] memory round = words(feed, abi.encodeCall(IAggregatorV3.latestRoundData, ()), 5);
        if (round.length == 0) return (0, 0);
        if (round[1] > type(uint128).max) return (0, 0); // negative ones too
        if (round[3] == 0 || round[3] > block.timestamp || round[4] < round[0]) return (0, 0);
        return (round[1], round[3]);
    }

    /// @notice The same, if at most `heartbeat` seconds old.
    function fresh(address feed, uint256 heartbeat) internal view returns (uint256 price, uint256 updatedAt) {
        (price, updatedAt) = latest(feed);
        if (price != 0 && block.timestamp - updatedAt > heartbeat) return (0, 0);
    }
}
