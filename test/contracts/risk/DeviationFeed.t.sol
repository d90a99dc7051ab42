// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAggregatorV3} from "../../../contracts/interfaces/IAggregatorV3.sol";
import {DerivedFeed} from "../../../contracts/risk/feeds/DerivedFeed.sol";
import {DeviationFeed} from "../../../contracts/risk/feeds/DeviationFeed.sol";
import {BrokenFeed} from "../support/BrokenFeed.sol";
import {DerivedFeedTest} from "../support/DerivedFeedTest.sol";

contract DeviationFeedTest is DerivedFeedTest {
    BrokenFeed private primary;
    BrokenFeed private second;
    IAggregatorV3 private feed;

    function setUp() public {
        vm.warp(START);
        primary = newFeed(8, 2000e8);
        second = newFeed(18, 2000e18);
        feed = _deploy(address(primary), address(second), 1 hours, 100);
    }

    function test_latestRoundData_answersThePrimary() public {
        logGas("DeviationFeed", feed);
        primary.set(7, 2010e8, 0, START - 30, 7);
        second.set(9, 2000e18, 0, START - 600, 9);
        (uint256 price, uint256 time) = answerOf(feed);
        assertEq(price, 2010e8);
        assertEq(time, START - 30); // the primary's, which the board judges
        assertEq(feed.decimals(), 8);
    }

    /// 1% of the lower answer, on either side.
    function test_latestRoundData_atTheLimit() public {
        _none(2020e8 + 1, 2000e18);
        _none(2000e8, 2020e18 + 1);
        _agree(2020e8, 2000e18);
        _agree(2000e8, 2020e18);
        _agree(2000e8, 2000e18);
    }

    /// The distance in bps of the lower answer, rounded up, both taken to all the decimals.
    function testFuzz_latestRoundData_everyDecimals(
        uint256 answer,
        uint256 other,
        uint8[2] memory decimals,
        uint256 maximum
    ) public {
        uint256 d0 = bound(decimals[0], 0, 30);
        uint256 d1 = bound(decimals[1], 0, 30);
        maximum = bound(maximum, 1, 9_999);
        answer = bound(answer, 1, type(uint128).max);
        // Two times in three near the primary's, within some 120% of it.
        if (other % 3 != 0) other = (((answer * 10 ** d1) / 10 ** d0) * (other % 22_000)) / 10_000;
        other = bound(other, 1, type(uint128).max);

        primary = newFeed(uint8(d0), int256(answer));
        second = newFeed(uint8(d1), int256(other));
        feed = _deploy(address(primary), address(second), 1, maximum);

        (uint256 a, uint256 b) = (answer * 10 ** d1, other * 10 ** d0);
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        uint256 distance = ((high - low) / low) * 10_000 + (((high - low) % low) * 10_000 + low - 1) / low;
        assertPrice(feed, distance > maximum ? 0 : answer);
    }

    function test_latestRoundData_largestAnswersOfAllDecimals() public {
        uint8[2] memory ends = [0, 36];
        int256 most = int256(uint256(type(uint128).max));
        for (uint256 i; i < 4; ++i) {
            primary = newFeed(ends[i & 1], most);
            second = newFeed(ends[i >> 1], most);
            feed = _deploy(address(primary), address(second), 1, 1);
            assertPrice(feed, ends[i & 1] == ends[i >> 1] ? uint256(most) : 0);
        }
    }

    function test_latestRoundData_badPrimary() public {
        _eachBadAnswer(primary, 2000e8);
    }

    function test_latestRoundData_badSecond() public {
        _eachBadAnswer(second, 2000e18);
        second.set(7, 2000e18, 0, START - 1 hours, 7);
        assertPrice(feed, 2000e8);
        second.set(7, 2000e18, 0, START - 1 hours - 1, 7);
        assertNone(feed);
    }

    function test_board_badSourceCostsOneSlot() public {
        list(feed);
        assertEq(boardPrice(), 2000e6);
        assertSurvives(address(primary), feed, 2000e6);
        assertSurvives(address(second), feed, 2000e6);
        setFeed(second, 1900e18);
        assertEq(boardPrice(), 0);
        setFeed(primary, 1900e8);
        assertEq(boardPrice(), 1900e6);
        vm.warp(START + 1 hours + 1);
        setFeed(second, 1900e18); // the primary is stale for the board
        assertEq(boardPrice(), 0);
    }

    function test_constructor_errors() public {
        vm.expectRevert(abi.encodeWithSelector(DeviationFeed.SameSource.selector, address(primary)));
        _deploy(address(primary), address(primary), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("primary"), address(1)));
        _deploy(address(1), address(second), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("second"), address(1)));
        _deploy(address(primary), address(1), 1, 1);
        BrokenFeed wide = newFeed(37, 1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("primary"), 37, 0, 36));
        _deploy(address(wide), address(second), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("second"), 37, 0, 36));
        _deploy(address(primary), address(wide), 1, 1);
        bytes32 name = "secondHeartbeat";
        uint256 most = type(uint32).max;
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, name, 0, 1, most));
        _deploy(address(primary), address(second), 0, 1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, name, most + 1, 1, most));
        _deploy(address(primary), address(second), most + 1, 1);
        name = "maxDeviationBps";
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, name, 0, 1, 9_999));
        _deploy(address(primary), address(second), 1, 0);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, name, 10_000, 1, 9_999));
        _deploy(address(primary), address(second), 1, 10_000);
    }

    /// Every way in which SourceReader refuses an AggregatorV3; the good answer is taken again after each.
    function _eachBadAnswer(BrokenFeed source, int256 good) private {
        _bad(source, 7, 0, START, 7, good);
        _bad(source, 7, -1, START, 7, good);
        _bad(source, 7, type(int256).min, START, 7, good);
        _bad(source, 7, type(int256).max, START, 7, good);
        _bad(source, 7, int256(1 << 128), START, 7, good);
        _bad(source, 7, good, 0, 7, good);
        _bad(source, 7, good, START + 1, 7, good);
        _bad(source, 7, good, type(uint256).max, 7, good);
        _bad(source, 7, good, START, 6, good);
        source.misbehave(BrokenFeed.Mode.Revert);
        assertNone(feed);
        source.misbehave(BrokenFeed.Mode.Short);
        assertNone(feed);
        source.misbehave(BrokenFeed.Mode.DirtyTypes);
        assertNone(feed);
        source.misbehave(BrokenFeed.Mode.Bomb); // five good words and a megabyte, for which its gas is not enough
        assertNone(feed);
    }

    function _bad(BrokenFeed source, uint80 round, int256 answer, uint256 time, uint80 inRound, int256 good) private {
        source.set(round, answer, START, time, inRound);
        assertNone(feed);
        setFeed(source, good);
        assertPrice(feed, 2000e8);
    }

    function _agree(int256 a, int256 b) private {
        setFeed(primary, a);
        setFeed(second, b);
        assertPrice(feed, uint256(a));
    }

    function _none(int256 a, int256 b) private {
        setFeed(primary, a);
        setFeed(second, b);
        assertNone(feed);
    }

    function _deploy(address a, address b, uint256 heartbeat, uint256 maximum) private returns (IAggregatorV3) {
        return deployFeed("DeviationFeed", abi.encode(a, b, heartbeat, maximum));
    }
}
