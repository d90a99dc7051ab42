// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConstantProductPair} from "../../interfaces/IConstantProductPair.sol";
import {DerivedFeed} from "./DerivedFeed.sol";
import {SourceReader} from "./SourceReader.sol";

/// @title The price of a constant-product pair's share by its fair reserves
/// @dev 2·√(r0·p0 · r1·p1) / totalSupply: the value of the reserves where arbitrage would leave them at prices p0 and p1, and the least that any reserves with this
/// product are worth at them. A swap changes r0 and r1 but not their product (fees raise it), so it cannot move the answer; adding or burning shares changes √k and
/// supply alike; a donation raises it by what it gives to the holders. After Alpha Homora's "Fair LP Token Pricing"
/// (blog.alphaventuredao.io/fair-lp-token-pricing).
///
/// There is no price while
///   - the pair is locked, in the middle of a swap, a mint or a burn: a token with a transfer hook lets anyone look when shares are burnt and reserves are not yet
///     less, at a price too high by any factor;
///   - it holds less than its reserves say: a token took balances away and nobody called `sync`.
/// Warning: so a liquidator cannot flash-borrow from the very pair whose shares he is to price.
/// Warning: for Uniswap v2 and what is made of its code, r0·r1 = k and the lock included. Stable-swap, weighted and concentrated pools have other formulas.
/// Warning: a protocol fee that the pair has earned but not minted is counted in: for Uniswap v2 a sixth of the growth since the last mint or burn.
contract LpTokenFeed is DerivedFeed {
    /// One side of the pair. The token is named so that feeds cannot be swapped unnoticed.
    struct Side {
        address token;
        address feed;
        uint256 heartbeat; // of this feed; the price board's is the longer of the two
    }

    uint8 private constant DECIMALS = 18;
    /// Enough to find a pair locked (3,500), by two or three times.
    uint256 private constant LOCK_PROBE_GAS = 10_000;

    IConstantProductPair public immutable pair;
    address public immutable token0;
    address public immutable token1;
    address public immutable feed0;
    address public immutable feed1;
    uint256 public immutable heartbeat0;
    uint256 public immutable heartbeat1;
    // Decimals of token and feed together.
    uint256 private immutable _exponent0;
    uint256 private immutable _exponent1;
    uint256 private immutable _wholeShare;

    error WrongToken(uint256 side, address expected, address actual);

    constructor(IConstantProductPair pair_, Side memory side0, Side memory side1) {
        _wholeShare = 10 ** _decimalsOf("pair", address(pair_));
        if (pair_.token0() != side0.token) revert WrongToken(0, side0.token, pair_.token0());
        if (pair_.token1() != side1.token) revert WrongToken(1, side1.token, pair_.token1());
        pair = pair_;
        if (!_isUnlocked(pair_)) revert NoAnswer("pair", address(pair_));
        (token0, feed0, heartbeat0, _exponent0) = (side0.token, side0.feed, side0.heartbeat, _exponentOf(side0));
        (token1, feed1, heartbeat1, _exponent1) = (side1.token, side1.feed, side1.heartbeat, _exponentOf(side1));
    }

    function decimals() external pure returns (uint8) {
        return DECIMALS;
    }

    function _latest() internal view override returns (uint256 price, uint256 time) {
        (uint256 reserve0, uint256 reserve1, uint256 supply) = _pool();
        if (supply == 0) return (0, 0);
        (uint256 price0, uint256 time0) = SourceReader.fresh(feed0, heartbeat0);
        if (price0 == 0) return (0, 0);
        (uint256 price1, uint256 time1) = SourceReader.fresh(feed1, heartbeat1);
        (bool ok0, uint256 value0) = _value(reserve0 * price0, _exponent0);
        (bool ok1, uint256 value1) = _value(reserve1 * price1, _exponent1);
        if (!ok0 || !ok1) return (0, 0);
        // 2·2^128·10^36 fits a word.
        price = (2 * Math.sqrt(value0 * value1) * _wholeShare) / supply;
        time = Math.min(time0, time1);
    }

    /// @dev Zeros when the pair cannot be priced.
    function _pool() private view returns (uint256 reserve0, uint256 reserve1, uint256 supply) {
        uint256[] memory reserves = SourceReader.words(
            address(pair),
            abi.encodeCall(IConstantProductPair.getReserves, ()),
            2
        );
        if (reserves.length == 0) return (0, 0, 0);
        (reserve0, reserve1) = (reserves[0], reserves[1]);
        if (reserve0 > type(uint112).max || reserve1 > type(uint112).max) return (0, 0, 0);
        if (!_isUnlocked(pair)) return (0, 0, 0);
        if (!_holds(token0, reserve0) || !_holds(token1, reserve1)) return (0, 0, 0);
        (, supply) = SourceReader.word(address(pair), abi.encodeCall(IConstantProductPair.totalSupply, ()));
    }

    /// @dev The lock cannot be read, but tried: in a static call `sync` fails either way. Locked, it says so and gives the rest of its gas back; unlocked, it goes on
    /// to write, which takes all the gas and says nothing. Whatever else happens (no `sync`, too little gas to tell) counts as locked.
    function _isUnlocked(IConstantProductPair pair_) private view returns (bool unlocked) {
        bytes4 selector = IConstantProductPair.sync.selector;
        uint256 probeGas = LOCK_PROBE_GAS;
        assembly ("memory-safe") {
            mstore(0x00, selector)
            let before := gas()
            let ok := staticcall(probeGas, pair_, 0x00, 4, 0x00, 0)
            let spent := sub(before, gas())
            unlocked := and(iszero(or(ok, returndatasize())), iszero(lt(spent, probeGas)))
        }
    }

    function _holds(address token, uint256 reserve) private view returns (bool) {
        (bool ok, uint256 balance) = SourceReader.word(token, abi.encodeCall(IERC20.balanceOf, (address(pair))));
        return ok && balance >= reserve;
    }

    /// @dev reserve·price (below 2^240) in 18 decimals, down. Not ok from 2^128 on: 3·10^20 whole units of the quote, in one side of one pair.
    function _value(uint256 product, uint256 exponent) private pure returns (bool, uint256) {
        (bool fits, uint256 value) = exponent < DECIMALS
            ? Math.tryMul(product, 10 ** (DECIMALS - exponent))
            : (true, product / 10 ** (exponent - DECIMALS));
        return (fits && value <= type(uint128).max, value);
    }

    function _exponentOf(Side memory side) private view returns (uint256) {
        _requireRange("heartbeat", side.heartbeat, 1, type(uint32).max);
        return uint256(_decimalsOf("token", side.token)) + _decimalsOf("feed", side.feed);
    }
}
