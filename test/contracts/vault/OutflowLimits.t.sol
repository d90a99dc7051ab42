// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {OutflowLimits} from "../../../contracts/vault/OutflowLimits.sol";
import {BlocklistToken, ReentrantToken} from "../support/HostileTokens.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// Net outflow limits: what exceeds them is delayed, not refused; nobody can fill a list or move another's time (design §6)
contract OutflowLimitsTest is VaultFixture {
    uint256 private constant ROOT = 555;
    uint256 private constant FEES = 2 * ENTRY_FEE;
    uint256 private constant MAX_WAIT = 7 days;
    address payable private immutable relayer = payable(makeAddr("relayer"));
    uint256 private nullifier = 1000;

    /// USDC: 1,000 at once, 100 an hour.
    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
        depositUsdc(100_000, 2);
        vault.setOutflowLimit(USDC, 1_000, 100);
    }

    function test_setOutflowLimit_whoAndWhat() public {
        (uint64 burst, uint64 hourly, uint64 available) = vault.outflowLimit(USDC);
        assertEq(burst, 1_000);
        assertEq(hourly, 100);
        assertEq(available, 1_000);
        (burst, hourly, available) = vault.outflowLimit(WBTC);
        assertEq(burst, 0);
        assertEq(hourly, 0);
        assertEq(available, type(uint64).max);

        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, uint8(8)));
        vault.outflowLimit(8);

        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.NotGuardian.selector, alice));
        vault.setOutflowLimit(USDC, 1_000, 100);
        vm.startPrank(guardian);
        vm.expectEmit(address(vault));
        emit ICollateralVault.OutflowLimitSet(USDC, 900, 90);
        vault.setOutflowLimit(USDC, 900, 90);
        vault.setOutflowLimit(WBTC, 1, 1); // where there was none
        bytes memory notOwner = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian);
        vm.expectRevert(notOwner);
        vault.setOutflowLimit(USDC, 901, 90);
        vm.expectRevert(notOwner);
        vault.setOutflowLimit(USDC, 900, 91);
        vm.expectRevert(notOwner);
        vault.setOutflowLimit(USDC, 0, 0);
        vm.stopPrank();

        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.BadOutflowLimit.selector, USDC, 721, 1));
        vault.setOutflowLimit(USDC, 721, 1);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.BadOutflowLimit.selector, USDC, 1, 0));
        vault.setOutflowLimit(USDC, 1, 0);
        uint64 wide = uint64(1) << 63;
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.BadOutflowLimit.selector, USDC, wide, wide));
        vault.setOutflowLimit(USDC, wide, wide);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.SlotNotListed.selector, 5));
        vault.setOutflowLimit(5, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8));
        vault.setOutflowLimit(8, 1, 1);
        vault.setOutflowLimit(USDC, 0, 0);
        _withdraw(bob, 50_000, 0);
        assertEq(usdc.balanceOf(bob), 50_000);
    }

    function test_transact_paysWithinTheLimitAndDelaysTheRest() public {
        _withdraw(bob, 600, 0);
        assertEq(usdc.balanceOf(bob), 600);
        uint256 readyAt = vm.getBlockTimestamp() + 6 hours; // 1,000 of 400 there
        vm.expectEmit(address(vault));
        emit ICollateralVault.WithdrawalDelayed(relayer, USDC, 0, 50, readyAt);
        vm.expectEmit(address(vault));
        emit ICollateralVault.WithdrawalDelayed(bob, USDC, 1, 950, readyAt);
        _withdraw(bob, 1_000, 50);
        assertEq(usdc.balanceOf(bob), 600);
        assertEq(vault.held(USDC), 100_001 - 1_600);
        assertEq(vault.owed(USDC), 1_000);
        (address to, uint64 amount, uint256 due) = vault.delayedWithdrawal(USDC, 1);
        assertEq(to, bob);
        assertEq(amount, 950);
        assertEq(due, readyAt);
        assertEq(vault.delayedCount(USDC), 2);

        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.WithdrawalNotReady.selector, USDC, 1, readyAt));
        vault.claimDelayed(USDC, 1);
        vm.warp(readyAt);
        vm.expectEmit(address(vault));
        emit ICollateralVault.WithdrawalClaimed(USDC, 1);
        vm.prank(alice); // anyone
        vault.claimDelayed(USDC, 1);
        vault.claimDelayed(USDC, 0);
        assertEq(usdc.balanceOf(bob), 1_550);
        assertEq(usdc.balanceOf(relayer), 50);
        assertEq(vault.owed(USDC), 0);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NothingDelayed.selector, USDC, 1));
        vault.claimDelayed(USDC, 1);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NothingDelayed.selector, USDC, 2));
        vault.claimDelayed(USDC, 2);
        (to, amount, due) = vault.delayedWithdrawal(USDC, 2);
        assertEq(amount, 0);
    }

    /// Who tightens the limit to nearly nothing and raises it again must not fill the bucket: for a thief it would be another burst.
    function test_setOutflowLimit_tightenedAndRaisedForgetsNothing() public {
        _withdraw(bob, 1_000, 0);
        vm.prank(guardian);
        vault.setOutflowLimit(USDC, 0, 1);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        _withdraw(bob, 5, 0); // waits, and what was missing stays missing
        vault.setOutflowLimit(USDC, 1_000, 100);
        (, , uint64 available) = vault.outflowLimit(USDC);
        assertLe(available, 1);
        vm.warp(vm.getBlockTimestamp() + 5 hours);
        (, , available) = vault.outflowLimit(USDC);
        assertApproxEqAbs(available, 500, 1);
    }

    /// What waits is in the vault as well: with the notes it never exceeds the cap, so it can always be booked.
    function test_deposit_capCountsWhatIsOwed() public {
        uint64 cap = uint64(vault.held(USDC));
        vault.setCap(USDC, cap);
        _withdraw(bob, 50_000, 0); // delayed
        assertEq(vault.owed(USDC), 50_000);
        usdc.mint(alice, 1);
        vm.startPrank(alice);
        usdc.approve(address(vault), 1);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.CapExceeded.selector, USDC, uint256(cap) + 1, cap));
        vault.deposit{value: ENTRY_FEE}(USDC, 1, 1, "");
        vm.stopPrank();
        vm.warp(vm.getBlockTimestamp() + MAX_WAIT);
        vault.claimDelayed(USDC, 0);
        depositUsdc(50_000, 3);
        assertEq(vault.held(USDC), cap);
    }

    /// Deposits give back: what counts is the net.
    function test_deposit_makesRoom() public {
        _withdraw(bob, 1_000, 0);
        (, , uint64 available) = vault.outflowLimit(USDC);
        assertEq(available, 0);
        depositUsdc(700, 3);
        (, , available) = vault.outflowLimit(USDC);
        assertEq(available, 700);
        depositUsdc(700, 4);
        (, , available) = vault.outflowLimit(USDC);
        assertEq(available, 1_000);
    }

    /// In and out in a loop costs others nothing that its capital, which waits as well, would not have cost.
    function test_transact_loopOfDepositsAndWithdrawalsFillsNothing() public {
        for (uint256 i; i < 20; ++i) {
            depositUsdc(800, 10 + i);
            _withdraw(alice, 800, 0);
        }
        assertEq(vault.delayedCount(USDC), 0);
        (, , uint64 available) = vault.outflowLimit(USDC);
        assertEq(available, 200);
        // With more than the burst: the loop's own money is stuck first.
        depositUsdc(5_000, 50);
        _withdraw(alice, 5_000, 0);
        assertEq(vault.delayedCount(USDC), 1);
        (, , uint256 readyAt) = vault.delayedWithdrawal(USDC, 0);
        _withdraw(bob, 100, 0);
        (, , uint256 bobsAt) = vault.delayedWithdrawal(USDC, 1);
        assertEq(bobsAt, readyAt + 1 hours);
        // And nothing that comes later moves a time that was given.
        _withdraw(alice, 5_000, 0);
        (, , uint256 still) = vault.delayedWithdrawal(USDC, 1);
        assertEq(still, bobsAt);
        vm.warp(bobsAt);
        vault.claimDelayed(USDC, 1); // not behind the first
        assertEq(usdc.balanceOf(bob), 100);
    }

    /// The owner, or a stolen key of it, can make anyone wait for MAX_WAIT, not longer.
    function testFuzz_transact_nobodyWaitsLongerThanMaxWait(
        uint64 burst,
        uint64 hourly,
        uint64 first,
        uint64 second
    ) public {
        hourly = uint64(bound(hourly, 1, CAP));
        burst = uint64(bound(burst, 0, hourly * 720 < CAP ? hourly * 720 : CAP));
        vault.setOutflowLimit(USDC, burst, hourly);
        first = uint64(bound(first, 1, 50_000));
        second = uint64(bound(second, 1, 50_000));
        uint256 t = vm.getBlockTimestamp();
        _withdraw(alice, first, 0);
        _withdraw(bob, second, 0);
        uint256 count = vault.delayedCount(USDC);
        uint256 paid = usdc.balanceOf(bob) + usdc.balanceOf(alice);
        // What 2^−24 s bring in: TokenBucket rounds to that.
        uint256 tick = hourly / (3600 << 24) + 1;
        assertLe(paid, burst + tick);
        uint256 last = t;
        for (uint256 i; i < count; ++i) {
            (, uint64 amount, uint256 readyAt) = vault.delayedWithdrawal(USDC, i);
            assertLe(readyAt, t + MAX_WAIT);
            assertGe(readyAt, last);
            last = readyAt;
            // Burst and refill, unless it would have waited too long; a unit for the second it is rounded to.
            paid += amount;
            if (readyAt < t + MAX_WAIT) assertLe(paid, burst + (hourly * (readyAt - t)) / 3600 + tick);
            vm.warp(readyAt);
            vault.claimDelayed(USDC, i);
        }
        assertEq(usdc.balanceOf(bob) + usdc.balanceOf(alice), uint256(first) + second);
        assertEq(vault.owed(USDC), 0);
    }

    /// A recipient that the token refuses holds up nobody, and takes it elsewhere.
    function test_claimDelayedTo_whereTheTokenRefuses() public {
        BlocklistToken token = new BlocklistToken();
        vault.listAsset(4, address(token), 6, CAP);
        token.mint(alice, 1_000);
        vm.startPrank(alice);
        token.approve(address(vault), 1_000);
        vault.deposit{value: ENTRY_FEE}(4, 1_000, 5, "");
        vm.stopPrank();
        vault.setOutflowLimit(4, 0, 100);
        _withdraw(4, bob, 100, 0);
        _withdraw(4, alice, 100, 0);
        token.setBlocked(bob, true);
        vm.warp(block.timestamp + 2 hours);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, bob));
        vault.claimDelayed(4, 0);
        vault.claimDelayed(4, 1);
        assertEq(token.balanceOf(alice), 100);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NotYourWithdrawal.selector, 4, 0, alice, bob));
        vault.claimDelayedTo(4, 0, alice);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.BadRecipient.selector, address(vault)));
        vault.claimDelayedTo(4, 0, address(vault));
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.BadRecipient.selector, address(0)));
        vault.claimDelayedTo(4, 0, address(0));
        vault.claimDelayedTo(4, 0, relayer);
        vm.stopPrank();
        assertEq(token.balanceOf(relayer), 100);
    }

    /// A callback out of the payment finds every door shut.
    function test_claimDelayed_cannotBeReentered() public {
        ReentrantToken token = new ReentrantToken();
        vault.listAsset(4, address(token), 8, CAP);
        token.mint(alice, 2_000e10);
        vm.startPrank(alice);
        token.approve(address(vault), 2_000e10);
        vault.deposit{value: ENTRY_FEE}(4, 2_000e10, 5, "");
        vm.stopPrank();
        vault.setOutflowLimit(4, 0, 100);
        _withdraw(4, bob, 100, 0);
        _withdraw(4, bob, 100, 0);
        vm.warp(block.timestamp + 2 hours);
        bytes[3] memory calls = [
            abi.encodeCall(ICollateralVault.claimDelayed, (4, 0)),
            abi.encodeCall(ICollateralVault.claimDelayed, (4, 1)),
            abi.encodeCall(ICollateralVault.claimDelayedTo, (4, 1, bob))
        ];
        for (uint256 i; i < calls.length; ++i) {
            token.callBack(address(vault), calls[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vault.claimDelayed(4, 0);
        }
    }

    /// What PUBLIC settlements seized leaves through the same gate (ORD-5).
    function test_payOut_isLimitedToo() public {
        settlePublic(77, 1e6, ROOT, 1_500, 0, 9);
        assertEq(vault.owed(USDC), 1_500);
        uint256 domain = _domain();
        vm.startPrank(address(recovery));
        vault.payOut(domain, 77, USDC, 900, bob);
        assertEq(usdc.balanceOf(bob), 900);
        vault.payOut(domain, 77, USDC, 600, bob);
        vm.stopPrank();
        assertEq(usdc.balanceOf(bob), 900);
        assertEq(vault.owed(USDC), 600);
        assertEq(vault.payoutTaken(domain, 77, USDC), 1_500);
        (, , uint256 readyAt) = vault.delayedWithdrawal(USDC, 0);
        assertEq(readyAt, block.timestamp + 5 hours);
        vm.warp(readyAt);
        vault.claimDelayed(USDC, 0);
        assertEq(usdc.balanceOf(bob), 1_500);
        assertEq(vault.owed(USDC), 0);
    }

    /// Settling is no outflow, whatever the limit.
    function test_settle_isNotLimited() public {
        vault.setOutflowLimit(USDC, 0, 1);
        settlePublic(78, 1e6, ROOT, 5_000, 0, 9);
        assertTrue(vault.isLockSpent(78));
        assertEq(vault.delayedCount(USDC), 0);
    }

    /// Conservation through all of it: VLT-HELD.
    function testFuzz_booksHold(uint256 seed) public {
        uint256 claimed;
        for (uint256 i; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint64 amount = uint64((seed >> 8) % 3_000) + 1;
            if (seed % 3 == 0) depositUsdc(amount, 100 + i);
            else if (seed % 3 == 1) _withdraw(bob, amount, (seed >> 64) % 2 == 0 ? 1 : 0);
            else vm.warp(vm.getBlockTimestamp() + ((seed >> 8) % 1 days));
            while (claimed < vault.delayedCount(USDC)) {
                (, , uint256 readyAt) = vault.delayedWithdrawal(USDC, claimed);
                if (readyAt > vm.getBlockTimestamp()) break;
                vault.claimDelayed(USDC, claimed++);
            }
            assertEq(usdc.balanceOf(address(vault)), vault.held(USDC) + vault.owed(USDC));
        }
    }

    function _withdraw(address to, uint64 amount, uint64 fee) private {
        _withdraw(USDC, to, amount, fee);
    }

    function _withdraw(uint8 slot, address to, uint64 amount, uint64 fee) private {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.nullifiers = [++nullifier, ++nullifier];
        (uint256 lo, uint256 hi) = slot < 4
            ? (uint256(amount) << (63 * slot), uint256(0))
            : (uint256(0), uint256(amount) << (63 * (slot - 4)));
        (params.withdrawLo, params.withdrawHi) = (lo, hi);
        (params.recipient, params.relayer, params.feeSlot, params.fee) = (payable(to), relayer, slot, fee);
        params.deadline = uint40(vm.getBlockTimestamp());
        vault.transact{value: FEES}(params, noProof());
    }

    function _domain() private view returns (uint256) {
        return uint256(keccak256(abi.encode("hypothec.domain", LOCAL_EID, address(vault), REMOTE_EID, engine))) >> 8;
    }
}
