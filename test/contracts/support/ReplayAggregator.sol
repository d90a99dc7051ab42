// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAggregatorV3} from "../../../contracts/interfaces/IAggregatorV3.sol";

/// A feed of the local networks: what a Chainlink aggregator shows, with rounds that anyone may push. Real prices are replayed through it.
contract ReplayAggregator is IAggregatorV3 {
    struct Round {
        int256 answer;
        uint256 updatedAt;
    }

    uint8 public immutable override decimals;
    string public description;
    uint80 public latestRound;
    mapping(uint80 roundId => Round) private _rounds;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    constructor(uint8 decimals_, string memory description_, int256 answer) {
        decimals = decimals_;
        description = description_;
        pushAt(answer, block.timestamp);
    }

    /// @notice A new round with an answer of now.
    function push(int256 answer) external {
        pushAt(answer, block.timestamp);
    }

    /// @notice A new round with an answer of any time: stale feeds, and feeds from the future.
    function pushAt(int256 answer, uint256 updatedAt) public {
        _rounds[++latestRound] = Round(answer, updatedAt);
        emit AnswerUpdated(answer, latestRound, updatedAt);
    }

    function latestRoundData() external view override returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[latestRound];
        return (latestRound, round.answer, round.updatedAt, round.updatedAt, latestRound);
    }

    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[roundId];
        return (roundId, round.answer, round.updatedAt, round.updatedAt, roundId);
    }
}
