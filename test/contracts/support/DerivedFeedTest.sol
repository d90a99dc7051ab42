// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {console} from "forge-std/console.sol";
import {Test} from "forge-std/Test.sol";
import {IAggregatorV3} from "../../../contracts/interfaces/IAggregatorV3.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {PriceBoard} from "../../../contracts/risk/PriceBoard.sol";
import {BrokenFeed} from "./BrokenFeed.sol";
import {Deploy} from "./Deploy.sol";
import {HostileCode} from "./HostileCode.sol";

/// What the tests of all derived feeds share: reading one, and a real price board on which it is one slot among sound ones.
abstract contract DerivedFeedTest is Test {
    uint256 internal constant START = 1_700_000_000;
    uint8 internal constant SLOT = 3;

    PriceBoard internal board;
    uint32 internal setId;
    BrokenFeed private _sound;

    function deployFeed(string memory name, bytes memory arguments) internal returns (IAggregatorV3) {
        return IAggregatorV3(Deploy.create(Deploy.code(string.concat("risk/feeds/", name)), arguments));
    }

    function newFeed(uint8 decimals, int256 answer) internal returns (BrokenFeed feed) {
        feed = new BrokenFeed(decimals);
        setFeed(feed, answer);
    }

    function setFeed(BrokenFeed feed, int256 answer) internal {
        feed.set(7, answer, block.timestamp, block.timestamp, 7);
    }

    function answerOf(IAggregatorV3 feed) internal view returns (uint256 price, uint256 time) {
        (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) = feed
            .latestRoundData();
        assertGe(answer, 0);
        assertEq(roundId, updatedAt);
        assertEq(startedAt, updatedAt);
        assertEq(answeredInRound, roundId);
        assertEq(answer == 0, updatedAt == 0);
        return (uint256(answer), updatedAt);
    }

    function assertPrice(IAggregatorV3 feed, uint256 expected) internal view {
        (uint256 price, ) = answerOf(feed);
        assertEq(price, expected);
    }

    function assertNone(IAggregatorV3 feed) internal view {
        assertPrice(feed, 0);
    }

    /// Logs what one read costs with nothing touched before in this test, as at the start of a transaction.
    function logGas(string memory name, IAggregatorV3 feed) internal view {
        uint256 before = gasleft();
        feed.latestRoundData();
        console.log(string.concat("gas per cold read, ", name), before - gasleft());
    }

    /// The feed on slot 3 of a set with sound ones ($60,000) on 0 and 7.
    function list(IAggregatorV3 feed) internal {
        board = Deploy.priceBoard(address(this));
        _sound = newFeed(8, 60_000e8);
        IPriceBoard.FeedConfig[8] memory feeds;
        feeds[0] = feeds[7] = IPriceBoard.FeedConfig(address(_sound), 8, 1 hours, 1, type(uint128).max);
        feeds[SLOT] = IPriceBoard.FeedConfig(address(feed), 8, 1 hours, 1, type(uint128).max);
        setId = board.addSet(feeds);
    }

    /// The listed feed's price on the board, in µUSD per whole asset, rounded back up; the other slots must have theirs.
    function boardPrice() internal returns (uint256) {
        setFeed(_sound, 60_000e8);
        uint256[8] memory prices = board.livePrices{gas: 8_000_000}(setId);
        for (uint256 i; i < 8; ++i) {
            if (i != SLOT) assertEq(prices[i], i == 0 || i == 7 ? 600 << 64 : 0);
        }
        return (prices[SLOT] * 1e8 + type(uint64).max) >> 64;
    }

    /// In place of `source`, every kind of bad code: no price, the other slots keep theirs, and it comes back.
    function assertSurvives(address source, IAggregatorV3 feed, uint256 microUsd) internal {
        bytes memory good = source.code;
        bytes[6] memory bad = HostileCode.all();
        for (uint256 i; i < bad.length; ++i) {
            vm.etch(source, bad[i]);
            assertNone(feed);
            assertEq(boardPrice(), 0);
        }
        vm.etch(source, good);
        assertEq(boardPrice(), microUsd);
    }
}
