// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";
import {IInterestRateModel} from "../../../contracts/interfaces/IInterestRateModel.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {Deploy} from "../support/Deploy.sol";
import {OpenEngine} from "../support/OpenEngine.sol";
import {TestToken} from "../support/TestToken.sol";

/// Everything anybody can do to a pool, within what its views say is possible: whatever reverts is a fault, and is counted as one. Owns the pool.
/// In this file because the runner calls only contracts of the files it is given.
contract PoolHandler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant MANY_SHARES = 1e40;

    TestToken public immutable token;
    CreditPool public immutable pool;
    OpenEngine public immutable engine;

    address[] public lenders;
    bytes32[] public accounts;
    uint256 public donated;

    /// How often …
    uint256 public refused; // … what the views promised did not happen
    uint256 public misquoted; // … a preview was not what happened
    uint256 public priceFell; // … a share was worth less afterwards
    uint256 public gained; // … a lender had more after its own call than before
    uint256 public done;

    constructor(IInterestRateModel model) {
        token = new TestToken("USD Coin", "USDC", 6);
        engine = new OpenEngine();
        pool = Deploy.creditPool(token, address(engine), IPriceBoard(address(0)), "USDC", model, 0, 1);
        engine.bind(pool);
        for (uint160 i = 1; i <= 4; ++i) {
            lenders.push(address(0xbeef00 + i));
            vm.prank(address(0xbeef00 + i));
            token.approve(address(pool), type(uint256).max);
        }
        accounts = [bytes32("first"), "second", "third"];
        token.approve(address(pool), type(uint256).max);
        pool.setReserve(1_000, lenders[0]);
    }

    function deposit(uint256 who, uint256 assets) external {
        address lender = _lender(who);
        assets = _upTo(assets, _min(pool.maxDeposit(lender), 1e14));
        token.mint(lender, assets);
        _asLender(lender, abi.encodeCall(pool.deposit, (assets, lender)), pool.previewDeposit(assets));
    }

    function mint(uint256 who, uint256 shares) external {
        address lender = _lender(who);
        shares = _upTo(shares, _min(pool.maxMint(lender), 1e20));
        uint256 assets = pool.previewMint(shares);
        token.mint(lender, assets);
        _asLender(lender, abi.encodeCall(pool.mint, (shares, lender)), assets);
    }

    function withdraw(uint256 who, uint256 assets) external {
        address lender = _lender(who);
        assets = _upTo(assets, pool.maxWithdraw(lender));
        _asLender(lender, abi.encodeCall(pool.withdraw, (assets, lender, lender)), pool.previewWithdraw(assets));
    }

    function redeem(uint256 who, uint256 shares) external {
        address lender = _lender(who);
        shares = _upTo(shares, pool.maxRedeem(lender));
        _asLender(lender, abi.encodeCall(pool.redeem, (shares, lender, lender)), pool.previewRedeem(shares));
    }

    function transferShares(uint256 from, uint256 to, uint256 shares) external {
        address lender = _lender(from);
        shares = _upTo(shares, pool.balanceOf(lender));
        _call(lender, abi.encodeCall(pool.transfer, (_lender(to), shares)));
    }

    function donate(uint256 who, uint256 assets) external {
        address lender = _lender(who);
        assets = _upTo(assets, 1e14);
        token.mint(lender, assets);
        uint256 wealth = _wealth(lender);
        uint256 price = pool.convertToAssets(MANY_SHARES);
        vm.prank(lender);
        token.transfer(address(pool), assets);
        donated += assets;
        _judge(lender, wealth, price);
    }

    function borrow(uint256 account, uint256 assets) external {
        uint256 debt = pool.totalDebt();
        uint256 room = pool.borrowCap() > debt ? pool.borrowCap() - debt : 0;
        // An account's debt is whole shares, rounded up, where the total is rounded down: after centuries of interest a share is many units.
        pool.deposit(0, address(this)); // accrues
        uint256 share = 2 + pool.debtIndexRay() / 1e27;
        uint256 max = _min(pool.cash(), room > share ? room - share : 0);
        if (max == 0) return;
        _call(
            address(this),
            abi.encodeCall(pool.borrow, (_account(account), 1 + _upTo(assets, max - 1), address(this)))
        );
    }

    function repay(uint256 account, uint256 assets) external {
        uint256 debt = pool.debtOf(_account(account));
        if (debt == 0) return;
        token.mint(address(this), debt);
        _call(address(this), abi.encodeCall(pool.repay, (_account(account), 1 + _upTo(assets, 2 * debt))));
    }

    function chargeFee(uint256 account, uint256 assets) external {
        uint256 price = pool.convertToAssets(MANY_SHARES);
        engine.chargeFee(pool, _account(account), _upTo(assets, 1e9), address(this));
        _judge(address(0), 0, price);
    }

    function passTime(uint256 time) external {
        uint256 price = pool.convertToAssets(MANY_SHARES);
        vm.warp(vm.getBlockTimestamp() + _upTo(time, 60 days));
        _judge(address(0), 0, price);
    }

    function setCaps(uint256 supplyCap, uint256 borrowCap) external {
        _call(
            address(this),
            abi.encodeCall(pool.setCaps, (uint128(_upTo(supplyCap, 1e17)), uint128(_upTo(borrowCap, 1e17))))
        );
    }

    function setReserve(uint256 factorBps, uint256 recipient) external {
        _call(address(this), abi.encodeCall(pool.setReserve, (uint16(_upTo(factorBps, 5_000)), _lender(recipient))));
    }

    function lenderCount() external view returns (uint256) {
        return lenders.length;
    }

    function accountCount() external view returns (uint256) {
        return accounts.length;
    }

    function _asLender(address lender, bytes memory call, uint256 preview) private {
        uint256 wealth = _wealth(lender);
        uint256 price = pool.convertToAssets(MANY_SHARES);
        vm.prank(lender);
        (bool ok, bytes memory answer) = address(pool).call(call);
        if (!ok) ++refused;
        else if (abi.decode(answer, (uint256)) != preview) ++misquoted;
        _judge(lender, wealth, price);
    }

    function _call(address caller, bytes memory call) private {
        uint256 price = pool.convertToAssets(MANY_SHARES);
        if (caller != address(this)) vm.prank(caller);
        (bool ok, ) = address(pool).call(call);
        if (!ok) ++refused;
        _judge(address(0), 0, price);
    }

    function _judge(address lender, uint256 wealth, uint256 price) private {
        ++done;
        if (pool.convertToAssets(MANY_SHARES) < price) ++priceFell;
        if (lender != address(0) && _wealth(lender) > wealth) ++gained;
    }

    /// Tokens in hand and what the shares are worth. The reserve's recipient too: its pending shares are no part of it until booked, so book them first.
    function _wealth(address lender) private returns (uint256) {
        pool.deposit(0, address(this));
        return token.balanceOf(lender) + pool.convertToAssets(pool.balanceOf(lender));
    }

    function _lender(uint256 seed) private view returns (address) {
        return lenders[seed % lenders.length];
    }

    function _account(uint256 seed) private view returns (bytes32) {
        return accounts[seed % accounts.length];
    }

    /// The bounds themselves are tried often.
    function _upTo(uint256 value, uint256 max) private pure returns (uint256) {
        if (value % 8 == 0) return max;
        return max == type(uint256).max ? value : (value / 8) % (max + 1);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

/// docs/invariants.md, INV-POOL
contract PoolInvariantsTest is Test {
    PoolHandler internal handler;
    CreditPool internal pool;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        handler = new PoolHandler(rateModel());
        pool = handler.pool();
        targetContract(address(handler));
    }

    function rateModel() internal virtual returns (IInterestRateModel) {
        return IInterestRateModel(Deploy.create(Deploy.code("margin/AdaptiveRateModel"), ""));
    }

    /// INV-POOL-01
    function invariant_assetsAreCashAndDebt() public view {
        assertEq(pool.totalAssets(), pool.cash() + pool.totalDebt());
        assertEq(pool.cash() + handler.donated(), handler.token().balanceOf(address(pool)));
    }

    /// INV-POOL-02
    function invariant_claimsAreTheAssets() public {
        pool.deposit(0, address(this)); // books the reserve's share
        uint256 holders = handler.lenderCount();
        uint256 claims;
        uint256 shares;
        for (uint256 i; i < holders; ++i) {
            uint256 balance = pool.balanceOf(handler.lenders(i));
            shares += balance;
            claims += pool.convertToAssets(balance);
        }
        assertEq(shares, pool.totalSupply());
        uint256 assets = pool.totalAssets();
        // What 10⁶ virtual shares are worth, and less than a unit a holder.
        uint256 virtualClaim = ((assets + 1) * 1e6) / (shares + 1e6) + 1;
        assertLe(claims, assets);
        assertGe(claims + virtualClaim + holders, assets);
    }

    /// INV-POOL-03
    function invariant_debtsAreTheTotal() public view {
        uint256 debts;
        for (uint256 i; i < handler.accountCount(); ++i) debts += pool.debtOf(handler.accounts(i));
        assertGe(debts, pool.totalDebt());
        assertLe(debts, pool.totalDebt() + handler.accountCount());
    }

    /// INV-POOL-04
    function invariant_noShareLosesValue() public view {
        assertEq(handler.priceFell(), 0);
    }

    /// INV-POOL-05
    function invariant_nobodyGainsByACall() public view {
        assertEq(handler.gained(), 0);
    }

    /// INV-POOL-06
    function invariant_viewsKeepTheirPromises() public view {
        assertEq(handler.refused(), 0);
        assertEq(handler.misquoted(), 0);
    }
}

contract PoolInvariantsKinkedTest is PoolInvariantsTest {
    function rateModel() internal override returns (IInterestRateModel) {
        bytes memory arguments = abi.encode(0.01e18, 0.05e18, 10e18, 0.9e18);
        return IInterestRateModel(Deploy.create(Deploy.code("margin/KinkedRateModel"), arguments));
    }
}
