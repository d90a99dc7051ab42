// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {Deploy} from "../support/Deploy.sol";
import {
    BlocklistToken,
    FalseToken,
    NoReturnToken,
    PausableToken,
    RebasingToken,
    SenderFeeToken,
    UpgradeableToken
} from "../support/HostileTokens.sol";
import {OpenEngine} from "../support/OpenEngine.sol";
import {PoolFixture} from "../support/PoolFixture.sol";
import {TestToken} from "../support/TestToken.sol";

/// What each kind of token does as a pool's asset (docs/tokens.md). CreditPool.t.sol has fees on transfer and reentrance.
contract PoolTokensTest is PoolFixture {
    function test_rebasingUp_cashIsCounted() public {
        RebasingToken rebasing = new RebasingToken();
        _use(rebasing);
        lend(lender, 100e18);
        rebasing.rebase(2e18);
        assertEq(pool.totalAssets(), 100e18);
        assertEq(pool.cash(), 100e18);
        uint256 all = pool.maxWithdraw(lender);
        vm.prank(lender);
        pool.withdraw(all, lender, lender);
        assertApproxEqAbs(rebasing.balanceOf(lender), 100e18, 2);
        assertGe(rebasing.balanceOf(address(pool)), 100e18); // what it grew by is nobody's
    }

    /// Why it is refused at listing: the first lenders out get all, the last nothing.
    function test_rebasingDown_lastLendersBearIt() public {
        RebasingToken rebasing = new RebasingToken();
        _use(rebasing);
        lend(lender, 100e18);
        lend(bob, 100e18);
        rebasing.rebase(0.5e18);
        assertEq(pool.cash(), 200e18);
        vm.prank(lender);
        pool.withdraw(99e18, lender, lender);
        vm.prank(bob);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        pool.withdraw(99e18, bob, bob);
    }

    /// Why it is refused at listing: each payment out costs the pool more than it books.
    function test_senderFee_costsTheLenders() public {
        SenderFeeToken charging = new SenderFeeToken();
        _use(charging);
        charging.mint(lender, 10e18);
        lend(lender, 100e18);
        owe(50e18);
        assertEq(pool.cash(), 50e18);
        assertEq(charging.balanceOf(address(pool)), 49.5e18);
    }

    function test_noReturn_works() public {
        NoReturnToken silent = new NoReturnToken();
        _use(TestToken(address(silent)));
        silent.mint(lender, 1_000e6);
        vm.startPrank(lender);
        silent.approve(address(pool), 1_000e6);
        pool.deposit(1_000e6, lender);
        vm.stopPrank();
        owe(100e6);
        assertEq(silent.balanceOf(address(this)), 100e6);
        silent.approve(address(pool), 100e6);
        assertEq(pool.repay(ACCOUNT, 100e6), 100e6);
        vm.prank(lender);
        pool.withdraw(900e6, bob, lender);
        assertEq(silent.balanceOf(bob), 900e6);
    }

    function test_falseReturning_isARefusal() public {
        FalseToken lying = new FalseToken();
        _use(lying);
        give(lender, 5);
        vm.prank(lender);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, lying));
        pool.deposit(5, lender);
    }

    /// Who is blocked has others do it: anyone repays, a lender names another receiver.
    function test_blocklisting_othersAct() public {
        BlocklistToken blocking = new BlocklistToken();
        _use(blocking);
        lend(lender, 1_000e6);
        blocking.setBlocked(bob, true);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, bob));
        pool.borrow(ACCOUNT, 100e6, bob);
        owe(100e6);
        blocking.setBlocked(lender, true);
        vm.startPrank(lender);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, lender));
        pool.withdraw(100e6, lender, lender);
        pool.withdraw(100e6, makeAddr("elsewhere"), lender);
        vm.stopPrank();
        give(address(this), 100e6);
        assertEq(pool.repay(ACCOUNT, 100e6), 100e6);
    }

    /// While it is paused nothing moves, interest runs, and nothing is lost.
    function test_pausing_waits() public {
        PausableToken pausing = new PausableToken();
        _use(pausing);
        lend(lender, 1_000e6);
        owe(100e6);
        give(address(this), 200e6);
        pausing.setPaused(true);
        vm.expectRevert(PausableToken.Paused.selector);
        pool.repay(ACCOUNT, 100e6);
        vm.prank(lender);
        vm.expectRevert(PausableToken.Paused.selector);
        pool.withdraw(1e6, lender, lender);
        vm.expectRevert(PausableToken.Paused.selector);
        pool.borrow(ACCOUNT, 1e6, bob);
        later(30 days);
        pausing.setPaused(false);
        uint256 debt = pool.debtOf(ACCOUNT);
        assertGt(debt, 100e6);
        assertEq(pool.repay(ACCOUNT, type(uint128).max), debt);
    }

    /// 0 to 24 decimals: the books are in token units, so none rounds more than another.
    function testFuzz_decimals(uint8 decimals, uint64 lent, uint64 borrowed) public {
        _use(new TestToken("", "", uint8(bound(decimals, 0, 24))));
        uint256 assets = bound(lent, 2, type(uint64).max);
        uint256 debt = bound(borrowed, 1, assets);
        lend(lender, assets);
        owe(debt);
        assertEq(pool.cash(), assets - debt);
        assertEq(pool.debtOf(ACCOUNT), debt);
        give(address(this), debt);
        assertEq(pool.repay(ACCOUNT, debt), debt);
        uint256 all = pool.maxWithdraw(lender);
        assertApproxEqAbs(all, assets, 1);
        vm.prank(lender);
        pool.withdraw(all, lender, lender);
    }

    function test_veryLargeSupply_isCapped() public {
        TestToken vast = new TestToken("", "", 0);
        _use(vast);
        give(lender, 1 << 255);
        vm.prank(lender);
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC4626.ERC4626ExceededMaxDeposit.selector,
                lender,
                uint256(1) << 255,
                type(uint128).max
            )
        );
        pool.deposit(1 << 255, lender);
        lend(lender, type(uint128).max);
        assertEq(pool.cash(), type(uint128).max);
        owe(type(uint128).max);
        give(address(this), type(uint128).max);
        assertEq(pool.repay(ACCOUNT, type(uint128).max), type(uint128).max);
    }

    /// An upgrade can empty the pool that lends the token, and touches no other.
    function test_upgraded_costsItsOwnPoolOnly() public {
        lend(lender, 1_000e6);
        CreditPool honest = pool;
        UpgradeableToken upgraded = new UpgradeableToken();
        _use(upgraded);
        lend(lender, 1_000e6);
        upgraded.upgrade();
        vm.startPrank(bob);
        pool.deposit(1_000e6, bob); // moved nothing
        pool.withdraw(999e6, bob, bob);
        vm.stopPrank();
        assertEq(honest.totalAssets(), 1_000e6);
        assertEq(IERC20(honest.asset()).balanceOf(address(honest)), 1_000e6);
    }

    /// Wrap it.
    function test_native_isRefused() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("asset"), 0));
        Deploy.closedPool(IERC20(address(0)), address(engine), IPriceBoard(address(0)), "ETH", model, 0, 1);
    }

    function _use(TestToken other) private {
        token = other;
        engine = new OpenEngine();
        pool = newPool(model);
    }
}
