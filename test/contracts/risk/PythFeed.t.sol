// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MockPyth} from "@pythnetwork/pyth-sdk-solidity/MockPyth.sol";
import {IAggregatorV3} from "../../../contracts/interfaces/IAggregatorV3.sol";
import {IPythPrices} from "../../../contracts/interfaces/IPythPrices.sol";
import {DerivedFeed} from "../../../contracts/risk/feeds/DerivedFeed.sol";
import {DerivedFeedTest} from "../support/DerivedFeedTest.sol";
import {Parrot} from "../support/Parrot.sol";

/// Against MockPyth, Pyth's own stand-in for its contract: prices without signatures, the same reads and reverts.
contract PythFeedTest is DerivedFeedTest {
    bytes32 private constant ID = keccak256("ETH/USD");

    MockPyth private pyth;
    IAggregatorV3 private feed;

    function setUp() public {
        vm.warp(START);
        pyth = new MockPyth(60, 0);
        _push(3000e8, 3e8, -8, START - 10);
        feed = _deploy(address(pyth), ID, 50);
    }

    function test_latestRoundData_eightDecimals() public view {
        logGas("PythFeed (on MockPyth)", feed);
        (uint256 price, uint256 time) = answerOf(feed);
        assertEq(price, 3000e18);
        assertEq(time, START - 10);
        assertEq(feed.decimals(), 18);
    }

    /// Digit by digit: price·10^18, then one factor of ten per step of the exponent.
    function testFuzz_latestRoundData_everyExponent(int64 price, int32 expo) public {
        expo = int32(bound(expo, -45, 45));
        _push(price, 0, expo, START);
        uint256 expected = price > 0 ? uint256(uint64(price)) * 1e18 : 0;
        for (int32 i; i > expo; --i) expected /= 10;
        for (int32 i; i < expo && expo <= 39; ++i) expected *= 10;
        assertPrice(feed, expo > 39 ? 0 : expected);
    }

    function test_latestRoundData_exponentsAtTheEnds() public {
        int64 most = type(int64).max;
        _push(most, 0, 39, START - 9);
        assertPrice(feed, uint256(uint64(most)) * 10 ** 57);
        _push(most, 0, 40, START - 8);
        assertNone(feed);
        _push(most, 0, -36, START - 7);
        assertPrice(feed, 9); // 9.22
        _push(most, 0, -37, START - 6);
        assertNone(feed);
        _push(most, 0, type(int32).min, START - 5);
        assertNone(feed);
        _push(most, 0, type(int32).max, START - 4);
        assertNone(feed);
    }

    /// The confidence in bps of the price, rounded up, against the maximum.
    function testFuzz_latestRoundData_confidence(uint256 price, uint64 conf, uint256 maximum) public {
        price = bound(price, 1, uint64(type(int64).max));
        maximum = bound(maximum, 1, 9_999);
        if (conf % 2 == 0) conf = uint64((price * (maximum + (conf % 3))) / 10_000);
        feed = _deploy(address(pyth), ID, maximum);
        _push(int64(uint64(price)), conf, -18, START);
        uint256 ratio = (uint256(conf) * 10_000 + price - 1) / price;
        assertPrice(feed, ratio > maximum ? 0 : price);
    }

    function test_latestRoundData_confidenceAtTheLimit() public {
        _push(3000e8, 15e8, -8, START - 9);
        assertPrice(feed, 3000e18);
        _push(3000e8, 15e8 + 1, -8, START - 8);
        assertNone(feed);
    }

    function test_latestRoundData_notPositive() public {
        _push(0, 0, -8, START - 9);
        assertNone(feed);
        _push(-1, 0, -8, START - 8);
        assertNone(feed);
        _push(type(int64).min, 0, -8, START - 7);
        assertNone(feed);
    }

    function test_latestRoundData_publishersClockAhead() public {
        _push(3000e8, 0, -8, START + 15);
        (uint256 price, uint256 time) = answerOf(feed);
        assertEq(price, 3000e18);
        assertEq(time, START);
        _push(3000e8, 0, -8, START + 16);
        assertNone(feed);
        vm.warp(START + 1);
        assertPrice(feed, 3000e18);
        _push(3000e8, 0, -8, type(uint64).max);
        assertNone(feed);
    }

    function testFuzz_latestRoundData_sameWhoeverPushes(address anyone) public {
        vm.prank(anyone);
        pyth.updatePriceFeeds(_update(2999e8, 0, -8, START - 1));
        vm.prank(address(uint160(anyone) ^ 1));
        assertPrice(feed, 2999e18);
        // An older one changes nothing.
        pyth.updatePriceFeeds(_update(1e8, 0, -8, START - 2));
        assertPrice(feed, 2999e18);
    }

    function test_latestRoundData_dirtyWords() public {
        Parrot parrot = new Parrot();
        _teach(parrot, 3000e8, 0, uint256(int256(-8)), START);
        feed = _deploy(address(parrot), ID, 50);
        assertPrice(feed, 3000e18);
        _teach(parrot, 1 << 63, 0, uint256(int256(-8)), START); // one more than int64 holds
        assertNone(feed);
        _teach(parrot, 1 << 255, 0, uint256(int256(-8)), START);
        assertNone(feed);
        _teach(parrot, 3000e8, type(uint256).max, uint256(int256(-8)), START);
        assertNone(feed);
        _teach(parrot, 3000e8, 0, 1 << 255, START);
        assertNone(feed);
        _teach(parrot, 3000e8, 0, type(uint256).max >> 1, START);
        assertNone(feed);
        _teach(parrot, 3000e8, 0, uint256(int256(-8)), 0);
        assertNone(feed);
        _teach(parrot, 3000e8, 0, uint256(int256(-8)), type(uint256).max);
        assertNone(feed);
    }

    function test_board_badSourceCostsOneSlot() public {
        list(feed);
        assertEq(boardPrice(), 3000e6);
        assertSurvives(address(pyth), feed, 3000e6);
        _push(3000e8, 16e8, -8, START);
        assertEq(boardPrice(), 0);
        vm.warp(START + 1);
        _push(2000e8, 0, -8, START + 1);
        assertEq(boardPrice(), 2000e6);
        vm.warp(START + 1 + 1 hours);
        assertEq(boardPrice(), 2000e6);
        vm.warp(START + 2 + 1 hours); // stale for the board
        assertEq(boardPrice(), 0);
    }

    function test_constructor_errors() public {
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("pyth"), address(1)));
        _deploy(address(1), ID, 50);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoAnswer.selector, bytes32("pyth"), address(pyth)));
        _deploy(address(pyth), "mistyped", 50);
        bytes32 name = "maxConfidenceBps";
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, name, 0, 1, 9_999));
        _deploy(address(pyth), ID, 0);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, name, 10_000, 1, 9_999));
        _deploy(address(pyth), ID, 10_000);
    }

    function _deploy(address source, bytes32 id, uint256 maxConfidenceBps) private returns (IAggregatorV3) {
        return deployFeed("PythFeed", abi.encode(source, id, maxConfidenceBps));
    }

    function _push(int64 price, uint64 conf, int32 expo, uint256 time) private {
        pyth.updatePriceFeeds(_update(price, conf, expo, time));
    }

    function _update(int64 price, uint64 conf, int32 expo, uint256 time) private view returns (bytes[] memory data) {
        data = new bytes[](1);
        data[0] = pyth.createPriceFeedUpdateData(ID, price, conf, expo, price, conf, uint64(time), 0);
    }

    function _teach(Parrot parrot, uint256 price, uint256 conf, uint256 expo, uint256 time) private {
        parrot.teach(IPythPrices.getPriceUnsafe.selector, abi.encode(price, conf, expo, time));
    }
}
