// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../../../contracts/interfaces/IAggregatorV3.sol";
import {IConstantProductPair} from "../../../contracts/interfaces/IConstantProductPair.sol";
import {DerivedFeed} from "../../../contracts/risk/feeds/DerivedFeed.sol";
import {LpTokenFeed} from "../../../contracts/risk/feeds/LpTokenFeed.sol";
import {BrokenFeed} from "../support/BrokenFeed.sol";
import {DerivedFeedTest} from "../support/DerivedFeedTest.sol";
import {ReentrantToken} from "../support/HostileTokens.sol";
import {Parrot} from "../support/Parrot.sol";
import {TestToken} from "../support/TestToken.sol";
import {IUniswapV2Pair, UniswapV2} from "../support/UniswapV2.sol";

/// Looks at the feed in the middle of a transfer, and at what the formula would say of the pair just then.
contract Peeping {
    uint256 public naive;
    bool public looked;
    uint256 public answer;

    /// @param topUp given to the pair first, so that it holds what its reserves say.
    function look(IAggregatorV3 feed, IConstantProductPair pair, uint256 topUp) external {
        if (topUp != 0) TestToken(pair.token0()).mint(address(pair), topUp);
        (, int256 price, , , ) = feed.latestRoundData();
        (uint256 r0, uint256 r1, ) = pair.getReserves();
        // Both tokens at $1 with 18 decimals.
        (looked, answer, naive) = (true, uint256(price), (2 * Math.sqrt(r0 * r1) * 1e18) / pair.totalSupply());
    }
}

/// A test double for a pair in any state, its lock open.
contract ParrotPair is Parrot {
    uint256 private _synced;

    function sync() external {
        ++_synced;
    }
}

contract LpTokenFeedTest is DerivedFeedTest {
    using UniswapV2 for IUniswapV2Pair;

    IUniswapV2Pair private pair;
    BrokenFeed private feed0;
    BrokenFeed private feed1;
    IAggregatorV3 private feed;
    uint256 private _answerInFlashSwap;

    function setUp() public {
        vm.warp(START);
        // 1,000 at $3,000 and 3,000,000 at $1.
        _create(18, 6, 8, 18);
        setFeed(feed0, 3000e8);
        setFeed(feed1, 1e18);
        pair.add(1_000e18, 3_000_000e6);
    }

    /// 6,000,000 USD by √(10^21 · 3·10^12) shares.
    function test_latestRoundData_atThePoolsPrice() public {
        logGas("LpTokenFeed (on Uniswap v2)", feed);
        assertEq(pair.totalSupply(), 54_772_255_750_516_611); // ⌊√(3·10^33)⌋
        (uint256 price, uint256 time) = answerOf(feed);
        assertEq(price, uint256(6_000_000e36) / 54_772_255_750_516_611);
        assertEq(time, START);
        assertEq(feed.decimals(), 18);
        feed0.set(7, 3000e8, START, START - 40, 7);
        feed1.set(7, 1e18, START, START - 50, 7);
        (, time) = answerOf(feed);
        assertEq(time, START - 50);
    }

    /// answer = ⌊2·⌊√(v0·v1)⌋·10^18/S⌋ between squares of 512 bits, the values digit by digit.
    function testFuzz_latestRoundData_everyDecimals(
        uint8[4] memory decimals,
        uint112[2] memory reserves,
        uint128[2] memory prices,
        uint128 supply
    ) public {
        for (uint256 i; i < 4; ++i) decimals[i] = uint8(bound(decimals[i], 0, i < 2 ? 24 : 36));
        for (uint256 i; i < 2; ++i) {
            reserves[i] = uint112(bound(reserves[i], 1, type(uint112).max)) >> (prices[i] % 112);
            prices[i] = uint128(bound(prices[i], 1, type(uint128).max)) >> (reserves[i] % 128);
            if (prices[i] == 0) prices[i] = 1;
        }
        supply = uint128(bound(supply, 1, type(uint128).max));
        Parrot parrot = _parrot(decimals, reserves, supply);
        setFeed(feed0, int256(uint256(prices[0])));
        setFeed(feed1, int256(uint256(prices[1])));
        (uint256 answer, ) = answerOf(feed);

        uint256 v0 = _usd18(uint256(reserves[0]) * prices[0], uint256(decimals[0]) + decimals[2]);
        uint256 v1 = _usd18(uint256(reserves[1]) * prices[1], uint256(decimals[1]) + decimals[3]);
        if (v0 >> 128 != 0 || v1 >> 128 != 0) return assertEq(answer, 0);
        assertEq(address(parrot), address(LpTokenFeed(address(feed)).pair()));
        // (answer·S)² ≤ 4·10^36·v0·v1 < ((answer + 1)·S + 2·10^18)²
        _assertSquareAtMost(answer * supply, 4e36 * v0, v1);
        _assertSquareAbove((answer + 1) * supply + 2e18, 4e36 * v0, v1);
    }

    /// On Uniswap's pair, any swap: the answer rises by no more than its fee leaves in the pool, and falls by rounding only.
    function testFuzz_latestRoundData_swapDoesNotMoveIt(
        uint256 amount,
        bool zeroForOne,
        uint128[2] memory prices
    ) public {
        setFeed(feed0, int256(bound(prices[0], 1e6, 1e14)));
        setFeed(feed1, int256(bound(prices[1], 1e16, 1e20)));
        uint256 before = _price();
        uint256 reserve = zeroForOne ? 1_000e18 : 3_000_000e6;
        pair.sell(zeroForOne, bound(amount, 1, reserve * 1_000));
        uint256 afterSwap = _price();
        // k grows by (r + x)/(r + 0.997·x) at most, less than 1/0.997; its root by 0.1504%.
        assertGe(afterSwap, before - before / 1e12 - 1);
        assertLe(afterSwap, before + (before * 1504) / 1_000_000);
        // Never more than the reserves are worth at these prices.
        assertLe(afterSwap, _naive() + 1);
    }

    /// The pool lent out and sold into itself 1,000 times over: what the reserves are worth explodes, the answer keeps to the fee.
    function test_latestRoundData_flashLoanSandwich() public {
        uint256 before = _price();
        uint256 bought = pair.sell(true, 1_000_000e18);
        assertGt(_naive(), 400 * before);
        assertApproxEqRel(_price(), before, 0.0016e18);
        pair.sell(false, bought);
        assertApproxEqRel(_price(), before, 0.0031e18);
    }

    function testFuzz_latestRoundData_addingAndBurningDoNotMoveIt(uint256 amount, uint256 burnt) public {
        uint256 before = _price();
        amount = bound(amount, 1e15, 1e9 * 1e18);
        uint256 shares = pair.add(amount, (amount * 3_000e6) / 1e18);
        assertApproxEqRel(_price(), before, 1e12); // 10^-6: USDC's last digit
        pair.transfer(address(pair), bound(burnt, shares / 100, shares));
        pair.burn(address(this));
        assertApproxEqRel(_price(), before, 1e12);
    }

    /// Not before `sync`, and then by exactly what the holders were given: √2 of twice one side.
    function test_latestRoundData_donation() public {
        uint256 before = _price();
        TestToken(pair.token0()).mint(address(pair), 1_000e18);
        assertEq(_price(), before);
        pair.sync();
        assertApproxEqRel(_price(), (before * 1_414_213_562_373) / 1e12, 1e7);
    }

    /// In the middle of a burn shares are gone and reserves are not: the formula would say ten times too much.
    function test_latestRoundData_noneInTheMiddleOfABurn() public {
        _peep(0);
    }

    /// The same when what left the pair is put back for the moment: the balances do not give it away, the lock does.
    function test_latestRoundData_noneInTheMiddleOfABurnMadeUp() public {
        _peep(90e18);
    }

    function _peep(uint256 topUp) private {
        ReentrantToken hook = new ReentrantToken();
        TestToken plain = new TestToken("Plain", "P", 18);
        _createOf(hook, plain, 18, 18);
        setFeed(feed0, 1e18);
        setFeed(feed1, 1e18);
        uint256 shares = pair.add(100e18, 100e18);
        assertApproxEqAbs(_price(), 2e18, 100);
        pair.transfer(address(pair), (shares * 9) / 10);
        Peeping peeping = new Peeping();
        // _createOf may have moved it to another address.
        ReentrantToken(pair.token0()).callBack(address(peeping), abi.encodeCall(Peeping.look, (feed, pair, topUp)));
        pair.burn(address(this));
        assertTrue(peeping.looked());
        assertGt(peeping.naive(), 19e18);
        assertEq(peeping.answer(), 0);
        if (topUp == 0) assertApproxEqAbs(_price(), 2e18, 100);
        else assertGt(_price(), 6e18); // √10 times: what was put back is the remaining holders' now
    }

    function test_latestRoundData_noneInTheMiddleOfAFlashSwap() public {
        _answerInFlashSwap = 1;
        uint256 before = _price();
        pair.swap(500e18, 0, address(this), "x");
        assertEq(_answerInFlashSwap, 0);
        assertApproxEqRel(_price(), before, 0.0016e18);
    }

    /// Called by the pair with 500 of token 0 lent.
    function uniswapV2Call(address, uint256 amount0, uint256, bytes calldata) external {
        _answerInFlashSwap = _price();
        TestToken token = TestToken(pair.token0());
        token.transfer(address(pair), amount0);
        token.mint(address(pair), (amount0 * 4) / 1000);
    }

    /// A token that takes balances away (negative rebase): none until somebody calls `sync`.
    function test_latestRoundData_noneWhileBalancesFallShort() public {
        TestToken token = TestToken(pair.token1());
        vm.prank(address(pair));
        token.transfer(address(1), 1);
        assertNone(feed);
        pair.sync();
        assertGt(_price(), 0);
    }

    function test_latestRoundData_uselessPools() public {
        uint8[4] memory decimals = [18, 18, 8, 8];
        setFeed(feed0, 1e8);
        Parrot parrot = _parrot(decimals, [uint112(1e18), 1e18], 1e18);
        assertPrice(feed, 2e18);
        parrot.teach(IConstantProductPair.totalSupply.selector, abi.encode(0));
        assertNone(feed);
        parrot.teach(IConstantProductPair.totalSupply.selector, abi.encode(1e18));
        parrot.teach(IConstantProductPair.getReserves.selector, abi.encode(0, 1e18));
        assertNone(feed);
        parrot.teach(IConstantProductPair.getReserves.selector, abi.encode(uint256(1 << 112), 1e18));
        assertNone(feed);
        parrot.teach(IConstantProductPair.getReserves.selector, abi.encode(1e18, type(uint256).max));
        assertNone(feed);
        parrot.teach(IConstantProductPair.getReserves.selector, abi.encode(1e18)); // one word only
        assertNone(feed);
        parrot.teach(IConstantProductPair.getReserves.selector, abi.encode(1e18, 1e18));
        parrot.teach(IConstantProductPair.totalSupply.selector, "");
        assertNone(feed);
        parrot.teach(IConstantProductPair.totalSupply.selector, abi.encode(type(uint256).max));
        assertNone(feed);
    }

    function test_latestRoundData_heartbeatOfEach() public {
        feed0.set(7, 3000e8, START, START - 10 minutes, 7);
        feed1.set(7, 1e18, START, START - 1 hours, 7);
        assertGt(_price(), 0);
        feed0.set(7, 3000e8, START, START - 10 minutes - 1, 7);
        assertNone(feed);
        setFeed(feed0, 3000e8);
        feed1.set(7, 1e18, START, START - 1 hours - 1, 7);
        assertNone(feed);
    }

    function test_board_badSourceCostsOneSlot() public {
        // $2 a share, so that the board's 96 bits hold it.
        _create(18, 18, 8, 8);
        pair.add(1_000e18, 1_000e18);
        list(feed);
        assertEq(boardPrice(), 2e6);
        assertSurvives(address(pair), feed, 2e6);
        assertSurvives(pair.token0(), feed, 2e6);
        assertSurvives(pair.token1(), feed, 2e6);
        assertSurvives(address(feed0), feed, 2e6);
        assertSurvives(address(feed1), feed, 2e6);
        setFeed(feed0, -1);
        assertEq(boardPrice(), 0);
        setFeed(feed0, 4e8);
        feed1.set(7, 1e8, START, START + 1, 7);
        assertEq(boardPrice(), 0);
        setFeed(feed1, 1e8);
        assertEq(boardPrice(), 4e6);
    }

    function test_constructor_errors() public {
        LpTokenFeed.Side memory a = LpTokenFeed.Side(pair.token0(), address(feed0), 1);
        LpTokenFeed.Side memory b = LpTokenFeed.Side(pair.token1(), address(feed1), 1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("pair"), address(1)));
        _deploy(address(1), a, b);
        vm.expectRevert(abi.encodeWithSelector(LpTokenFeed.WrongToken.selector, 0, b.token, a.token));
        _deploy(address(pair), b, a);
        vm.expectRevert(abi.encodeWithSelector(LpTokenFeed.WrongToken.selector, 1, a.token, b.token));
        _deploy(address(pair), a, a);
        // No `sync`, so no lock to try: the bare parrot succeeds at anything.
        Parrot bare = new Parrot();
        bare.teach(IConstantProductPair.token0.selector, abi.encode(a.token));
        bare.teach(IConstantProductPair.token1.selector, abi.encode(b.token));
        bare.teach(IConstantProductPair.decimals.selector, abi.encode(18));
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoAnswer.selector, bytes32("pair"), address(bare)));
        _deploy(address(bare), a, b);
        b.feed = address(1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("feed"), address(1)));
        _deploy(address(pair), a, b);
        b.feed = address(newFeed(37, 1));
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("feed"), 37, 0, 36));
        _deploy(address(pair), a, b);
        b.feed = address(feed1);
        b.heartbeat = 0;
        uint256 most = type(uint32).max;
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("heartbeat"), 0, 1, most));
        _deploy(address(pair), a, b);
        (a.heartbeat, b.heartbeat) = (most + 1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("heartbeat"), most + 1, 1, most)
        );
        _deploy(address(pair), a, b);
    }

    function _create(uint8 decimals0, uint8 decimals1, uint8 feedDecimals0, uint8 feedDecimals1) private {
        TestToken a = new TestToken("A", "A", decimals0);
        TestToken b = new TestToken("B", "B", decimals1);
        _createOf(a, b, feedDecimals0, feedDecimals1);
    }

    /// The pair sorts its tokens; here the one given first is token 0.
    function _createOf(TestToken a, TestToken b, uint8 feedDecimals0, uint8 feedDecimals1) private {
        if (address(a) > address(b)) {
            // Another address, the same token.
            vm.etch(address(uint160(address(b)) - 1), address(a).code);
            a = TestToken(address(uint160(address(b)) - 1));
        }
        pair = IUniswapV2Pair(UniswapV2.factory().createPair(address(a), address(b)));
        feed0 = newFeed(feedDecimals0, int256(10 ** uint256(feedDecimals0)));
        feed1 = newFeed(feedDecimals1, int256(10 ** uint256(feedDecimals1)));
        feed = _deploy(
            address(pair),
            LpTokenFeed.Side(address(a), address(feed0), 10 minutes),
            LpTokenFeed.Side(address(b), address(feed1), 1 hours)
        );
    }

    /// Its tokens' balances are above its reserves.
    function _parrot(uint8[4] memory d, uint112[2] memory reserves, uint256 supply) private returns (Parrot p) {
        p = new ParrotPair();
        TestToken a = new TestToken("A", "A", d[0]);
        TestToken b = new TestToken("B", "B", d[1]);
        a.mint(address(p), type(uint128).max);
        b.mint(address(p), type(uint128).max);
        p.teach(IConstantProductPair.token0.selector, abi.encode(a));
        p.teach(IConstantProductPair.token1.selector, abi.encode(b));
        p.teach(IConstantProductPair.decimals.selector, abi.encode(18));
        p.teach(IConstantProductPair.totalSupply.selector, abi.encode(supply));
        p.teach(IConstantProductPair.getReserves.selector, abi.encode(reserves[0], reserves[1], 0));
        feed0 = newFeed(d[2], int256(10 ** uint256(d[2])));
        feed1 = newFeed(d[3], int256(10 ** uint256(d[3])));
        feed = _deploy(
            address(p),
            LpTokenFeed.Side(address(a), address(feed0), 1),
            LpTokenFeed.Side(address(b), address(feed1), 1)
        );
    }

    function _deploy(address p, LpTokenFeed.Side memory a, LpTokenFeed.Side memory b) private returns (IAggregatorV3) {
        return deployFeed("LpTokenFeed", abi.encode(p, a, b));
    }

    function _price() private view returns (uint256 price) {
        (price, ) = answerOf(feed);
    }

    /// What the reserves are worth per share: the price that a flash loan moves. Of the pair of setUp.
    function _naive() private view returns (uint256) {
        (uint256 r0, uint256 r1, ) = pair.getReserves();
        (, int256 p0, , , ) = IAggregatorV3(address(feed0)).latestRoundData();
        (, int256 p1, , , ) = IAggregatorV3(address(feed1)).latestRoundData();
        return (((r0 * uint256(p0)) / 1e8 + (r1 * uint256(p1)) / 1e6) * 1e18) / pair.totalSupply();
    }

    /// In 18 decimals, one factor of ten at a time; at least 2^128 where it does not fit that.
    function _usd18(uint256 value, uint256 exponent) private pure returns (uint256) {
        for (; exponent > 18; --exponent) value /= 10;
        for (; exponent < 18 && value >> 128 == 0; ++exponent) value *= 10;
        return value;
    }

    function _assertSquareAtMost(uint256 root, uint256 a, uint256 b) private pure {
        (uint256 high, uint256 low) = Math.mul512(root, root);
        (uint256 mostHigh, uint256 mostLow) = Math.mul512(a, b);
        assertTrue(high < mostHigh || (high == mostHigh && low <= mostLow));
    }

    function _assertSquareAbove(uint256 root, uint256 a, uint256 b) private pure {
        (uint256 high, uint256 low) = Math.mul512(root, root);
        (uint256 lessHigh, uint256 lessLow) = Math.mul512(a, b);
        assertTrue(high > lessHigh || (high == lessHigh && low > lessLow));
    }
}
