// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {SnapshotLib} from "../../../contracts/libraries/SnapshotLib.sol";
import {PriceBoard} from "../../../contracts/risk/PriceBoard.sol";
import {Deploy} from "../support/Deploy.sol";
import {BrokenFeed} from "../support/BrokenFeed.sol";

contract PriceBoardTest is Test {
    PriceBoard private board;
    BrokenFeed private feed;
    uint32 private setId;

    function setUp() public {
        vm.warp(1_700_000_000);
        board = Deploy.priceBoard(address(this));
        feed = new BrokenFeed(8);
        IPriceBoard.FeedConfig[8] memory feeds;
        feeds[0] = _config(address(feed), 8);
        setId = board.addSet(feeds);
        board.addAsset("USD", _config(address(feed), 6));
        feed.set(7, 60_000e8, block.timestamp, block.timestamp, 7);
    }

    /// Fuzzed decimals up to 36: answer·10⁶·2^64 / 10^(d + 8), by long division in two steps.
    function testFuzz_livePrices_unit(uint8 decimals, uint128 answer) public {
        decimals = uint8(bound(decimals, 0, 36));
        BrokenFeed f = new BrokenFeed(decimals);
        IPriceBoard.FeedConfig[8] memory feeds;
        feeds[3] = IPriceBoard.FeedConfig(address(f), 8, 1 days, 1, type(uint128).max);
        uint32 id = board.addSet(feeds);
        answer = uint128(bound(answer, 1, type(uint128).max));
        f.set(1, int256(uint256(answer)), block.timestamp, block.timestamp, 1);
        uint256 price = board.livePrices(id)[3];
        uint256 denominator = 10 ** (uint256(decimals) + 8);
        uint256 whole = (uint256(answer) * 1e6) / denominator;
        uint256 rest = (uint256(answer) * 1e6) % denominator;
        // whole·2^64 + ⌊rest·2^64 / denominator⌋; rest < 10^44 < 2^147.
        uint256 expected = (whole << 64) + (rest << 64) / denominator;
        assertEq(price, expected >> 96 == 0 ? expected : 0);
    }

    function test_livePrices_eachBadAnswerIsZero() public {
        uint256 t = block.timestamp;
        assertEq(board.livePrices(setId)[0], 600 << 64);
        _bad(7, 0, t, t, 7);
        _bad(7, -1, t, t, 7);
        _bad(7, 60_000e8, t, 0, 7);
        _bad(7, 60_000e8, t, t + 1, 7);
        _bad(7, 60_000e8, t, t - 3601, 7);
        _bad(7, 60_000e8, t, t, 6); // answered in an earlier round
        _bad(7, 1e8 - 1, t, t, 7);
        _bad(7, 1_000_000e8 + 1, t, t, 7);
        _bad(7, type(int256).max, t, t, 7);
        _bad(7, type(int256).min, t, t, 7);
        feed.set(7, 60_000e8, t, t - 3600, 7);
        assertEq(board.livePrices(setId)[0], 600 << 64);
        feed.misbehave(BrokenFeed.Mode.Revert);
        assertEq(board.livePrices(setId)[0], 0);
        feed.misbehave(BrokenFeed.Mode.Short);
        assertEq(board.livePrices(setId)[0], 0);
        feed.misbehave(BrokenFeed.Mode.DirtyTypes);
        assertEq(board.livePrices(setId)[0], 0); // answered in 2^255 … of round 2^256 − 1
        feed.misbehave(BrokenFeed.Mode.Bomb); // more than a feed may spend
        assertEq(board.livePrices(setId)[0], 0);
        feed.misbehave(BrokenFeed.Mode.Burn);
        assertEq(board.livePrices(setId)[0], 0);
        vm.etch(address(feed), "");
        assertEq(board.livePrices(setId)[0], 0);
    }

    /// A feed that burns all it gets costs its own slot, and the reader at most a million gas.
    function test_livePrices_aBurningFeedCostsItsOwnSlotOnly() public {
        BrokenFeed good = new BrokenFeed(8);
        good.set(7, 3_000e8, block.timestamp, block.timestamp, 7);
        IPriceBoard.FeedConfig[8] memory feeds;
        (feeds[0], feeds[5]) = (_config(address(feed), 8), _config(address(good), 8));
        uint32 id = board.addSet(feeds);
        feed.misbehave(BrokenFeed.Mode.Burn);
        uint256 before = gasleft();
        uint256[8] memory prices = board.livePrices{gas: 1_200_000}(id);
        assertLt(before - gasleft(), 1_200_000);
        assertEq(prices[0], 0);
        assertEq(prices[5], 30 << 64);
    }

    function test_livePricesOf_readsTheMaskOnly() public view {
        assertEq(board.livePricesOf(setId, 1)[0], 600 << 64);
        assertEq(board.livePricesOf(setId, 2)[0], 0);
    }

    function test_sequencer_downOrJustRestarted() public {
        BrokenFeed uptime = new BrokenFeed(0);
        board.setSequencerFeed(address(uptime), 3600);
        uint256 t = block.timestamp;
        uptime.set(1, 1, t - 7200, t, 1);
        assertEq(board.livePrices(setId)[0], 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.PriceUnavailable.selector, bytes32("USD"), address(feed)));
        board.assetPriceX64("USD");
        uptime.set(1, 0, t - 3600, t, 1);
        assertEq(board.livePrices(setId)[0], 0);
        uptime.set(1, 0, 0, t, 1);
        assertEq(board.livePrices(setId)[0], 0);
        uptime.set(1, 0, t - 3601, t, 1);
        assertEq(board.livePrices(setId)[0], 600 << 64);
        uptime.misbehave(BrokenFeed.Mode.Revert);
        assertEq(board.livePrices(setId)[0], 0);
    }

    function test_snapshots() public {
        assertEq(board.latestSnapshot(setId), 0);
        assertEq(board.conservativePrices(setId, 1)[0], 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.UnknownSnapshot.selector, setId, 1));
        board.snapshotPrices(setId, 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.UnknownSet.selector, 9));
        board.takeSnapshot(9);
        assertEq(board.takeSnapshot(setId), 1);
        (uint256[8] memory prices, uint64 time) = board.snapshotPrices(setId, 1);
        assertEq(prices[0], 600 << 64);
        assertEq(prices[1], 0);
        assertEq(time, block.timestamp);
        feed.set(7, 30_000e8, block.timestamp, block.timestamp, 7);
        assertEq(board.conservativePrices(setId, 1)[0], 300 << 64);
        board.takeSnapshot(setId);
        feed.set(7, 60_000e8, block.timestamp, block.timestamp, 7);
        assertEq(board.conservativePrices(setId, 1)[0], 300 << 64);
        _provingPricesAgree(1);
        _provingPricesAgree(2);
        feed.set(7, 0, block.timestamp, block.timestamp, 7);
        assertEq(board.conservativePrices(setId, 1)[0], 0);
        board.takeSnapshot(setId); // bad feeds as 0
        feed.set(7, 60_000e8, block.timestamp, block.timestamp, 7);
        assertEq(board.conservativePrices(setId, 1)[0], 0);
    }

    function test_provingPrices_errors() public {
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.UnknownSnapshot.selector, setId, 1));
        board.provingPrices(setId, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.UnknownSnapshot.selector, setId, 1));
        board.snapshotWords(setId, 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.UnknownSet.selector, 9));
        board.conservativePrices(9, 1);
    }

    function _provingPricesAgree(uint32 snapshot) private view {
        (uint256[8] memory prices, uint256 word0, uint256 word1, ) = board.provingPrices(setId, 1, snapshot);
        assertEq(abi.encode(prices), abi.encode(board.conservativePrices(setId, 1)));
        (uint256[8] memory stored, uint64 time) = SnapshotLib.unpack(word0, word1);
        (uint256[8] memory expected, uint64 expectedTime) = board.snapshotPrices(setId, snapshot);
        assertEq(abi.encode(stored, time), abi.encode(expected, expectedTime));
        (uint256 again0, uint256 again1) = board.snapshotWords(setId, snapshot);
        assertEq(abi.encode(word0, word1), abi.encode(again0, again1));
    }

    function testFuzz_snapshot_packsDownTo48Bits(uint96[8] calldata prices, uint64 time) public pure {
        uint256[8] memory wide;
        for (uint256 i; i < 8; ++i) wide[i] = prices[i] >> (prices[7] % 97);
        (uint256 w0, uint256 w1) = SnapshotLib.pack(wide, time);
        (uint256[8] memory got, uint64 gotTime) = SnapshotLib.unpack(w0, w1);
        assertEq(gotTime, time);
        assertEq(w0 >> 224, uint32(time));
        for (uint256 i; i < 8; ++i) {
            assertLe(got[i], wide[i]);
            assertLe(wide[i] - got[i], wide[i] >> 47);
        }
    }

    function test_assetPrice_roundsUp() public {
        feed.set(7, 99_999_999, block.timestamp, block.timestamp, 7);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.PriceUnavailable.selector, bytes32("USD"), address(feed)));
        board.assetPriceX64("USD"); // below its bound of $1
        feed.set(7, 1e8 + 1, block.timestamp, block.timestamp, 7);
        uint256 down = (uint256(1e8 + 1) << 64) / 1e8;
        assertEq(board.assetPriceX64("USD"), down + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.UnknownAsset.selector, bytes32("x")));
        board.assetPriceX64("x");
    }

    function test_configuration_errors() public {
        IPriceBoard.FeedConfig memory c = _config(address(feed), 8);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.AssetExists.selector, bytes32("USD")));
        board.addAsset("USD", c);
        c.feed = address(0);
        _refused(c, "feed", 0);
        c.feed = address(1);
        _refused(c, "code", 0);
        c = _config(address(feed), 8);
        c.heartbeat = 0;
        _refused(c, "heartbeat", 0);
        c = _config(address(feed), 8);
        c.minAnswer = 0;
        _refused(c, "minAnswer", 0);
        c.minAnswer = c.maxAnswer + 1;
        _refused(c, "minAnswer", c.maxAnswer + 1);
        c = _config(address(feed), 37);
        _refused(c, "decimals", 45);
        // $60,000 with 26 decimals: 60,000·10⁶·2^64 / 10^26 = 11,068; with 27: 1,106, where rounding is 0.1 %.
        board.addAsset("fine", _config(address(feed), 26));
        _refused(_config(address(feed), 27), "precision", 1_106);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceBoard.BadFeedConfig.selector, address(1), bytes32("sequencer"), 0)
        );
        board.setSequencerFeed(address(1), 1);
        IPriceBoard.FeedConfig[8] memory feeds;
        vm.startPrank(address(5));
        bytes memory notOwner = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(5));
        vm.expectRevert(notOwner);
        board.addSet(feeds);
        vm.expectRevert(notOwner);
        board.addAsset("y", c);
        vm.expectRevert(notOwner);
        board.setSequencerFeed(address(0), 0);
        vm.stopPrank();
        assertEq(board.feed(setId, 0).feed, address(feed));
        assertEq(board.assetFeed("USD").assetDecimals, 6);
    }

    function _bad(uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) private {
        feed.set(round, answer, startedAt, updatedAt, answeredIn);
        assertEq(board.livePrices(setId)[0], 0);
    }

    function _refused(IPriceBoard.FeedConfig memory c, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.BadFeedConfig.selector, c.feed, name, value));
        board.addAsset("z", c);
    }

    function _config(address f, uint8 decimals) private pure returns (IPriceBoard.FeedConfig memory) {
        return IPriceBoard.FeedConfig(f, decimals, 3600, 1e8, 1_000_000e8);
    }
}
