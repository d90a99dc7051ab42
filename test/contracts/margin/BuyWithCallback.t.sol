// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IClaimBuyer} from "../../../contracts/interfaces/IClaimBuyer.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {JubPoint} from "../../../contracts/types/Types.sol";
import {MarginFixture} from "../support/MarginFixture.sol";
import {TestToken} from "../support/TestToken.sol";

/// Has nothing until it is called; then it gets what it needs, or does something else.
contract Buyer is IClaimBuyer {
    IMarginEngine private immutable _engine;
    CreditPool private immutable _pool;
    TestToken private immutable _token;
    bytes public lastError;

    constructor(IMarginEngine engine, CreditPool pool, TestToken token) {
        (_engine, _pool, _token) = (engine, pool, token);
        token.approve(address(pool), type(uint256).max);
    }

    function buy(bytes32 id, uint256 n, JubPoint calldata key, bytes calldata data) external returns (uint64, uint256) {
        return _engine.buyWithCallback(id, n, type(uint256).max, 7, key, data);
    }

    function onClaimBought(bytes32 id, uint256 n, uint64 claim, uint256 debtAssets, bytes calldata data) external {
        require(msg.sender == address(_engine) && claim != 0, "not the engine");
        uint8 what = uint8(data[0]);
        if (what == 1) _token.mint(address(this), debtAssets);
        if (what == 2) {
            // Pays the debt by another door: as much in all.
            _token.mint(address(this), debtAssets);
            _pool.repay(id, debtAssets);
        }
        if (what == 3) {
            try _engine.takeOver(id, n) {} catch (bytes memory reason) {
                lastError = reason;
            }
            _token.mint(address(this), debtAssets);
        }
        if (what == 4) {
            _token.mint(address(this), debtAssets);
            try _pool.borrow(id, 1e6, address(this)) {} catch (bytes memory reason) {
                lastError = reason;
            }
        }
    }
}

/// buyWithCallback: a buyer without capital (LIQ)
contract BuyWithCallbackTest is MarginFixture {
    Buyer private buyer;

    function setUp() public override {
        super.setUp();
        buyer = new Buyer(engine, pool, usdc);
    }

    function test_buyWithCallback_paysWithWhatItGetsThen() public {
        bytes32 id = inAuction(48_000, 2_400);
        uint256 debt = pool.debtOf(id);
        uint256 cash = pool.cash();
        assertEq(usdc.balanceOf(address(buyer)), 0);
        (uint64 claim, uint256 paid) = buyer.buy(id, 1, base8(), hex"01");
        assertEq(claim, debt);
        assertEq(paid, debt);
        assertEq(pool.debtOf(id), 0);
        assertEq(pool.cash(), cash + debt);
        assertEq(usdc.balanceOf(address(buyer)), 0);
    }

    function test_buyWithCallback_whoDoesNotPayGetsNothing() public {
        bytes32 id = inAuction(48_000, 2_400);
        vm.expectRevert();
        buyer.buy(id, 1, base8(), hex"00");
        assertEq(engine.lock(domain, 1).state, 2);
        vm.prank(keeper); // no contract: nothing answers
        vm.expectRevert();
        engine.buyWithCallback(id, 1, type(uint256).max, 7, base8(), hex"01");
        vm.expectRevert(IMarginTypes.EmptyCallbackData.selector);
        buyer.buy(id, 1, base8(), "");
    }

    function test_buyWithCallback_repayingMeanwhileIsNoDiscount() public {
        bytes32 id = inAuction(48_000, 2_400);
        uint256 debt = pool.debtOf(id);
        uint256 cash = pool.cash();
        (uint64 claim, ) = buyer.buy(id, 1, base8(), hex"02");
        assertEq(claim, debt);
        assertEq(pool.cash(), cash + debt);
        assertEq(pool.debtOf(id), 0);
    }

    /// The engine is locked: neither its own entries nor what the pool asks of it can be used meanwhile.
    function test_buyWithCallback_noReentry() public {
        bytes4 reentrant = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
        bytes32 id = inAuction(48_000, 2_400);
        buyer.buy(id, 1, base8(), hex"03");
        assertEq(bytes4(buyer.lastError()), reentrant);
        id = openAccount(2, 10, 50_000e6);
        prices(27_000, 1_350);
        flagged(id);
        started(id);
        buyer.buy(id, 2, base8(), hex"04");
        assertEq(bytes4(buyer.lastError()), reentrant);
    }
}
