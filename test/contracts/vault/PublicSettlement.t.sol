// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {MessageCodec, OpenedOrder, ReleaseOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {OutflowLimits} from "../../../contracts/vault/OutflowLimits.sol";
import {RecoveryVault} from "../../../contracts/vault/RecoveryVault.sol";
import {AlwaysTrueVerifier} from "../support/AlwaysTrueVerifier.sol";
import {BlocklistToken} from "../support/HostileTokens.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// ORD-5: amounts seized for the fund or the pool wait in the vault, per token, until the margin chain says who bought them.
contract PublicSettlementTest is VaultFixture {
    uint256 private constant ROOT = 444;
    uint256 private constant N = 33;

    uint256 private domain;
    RecoveryVault.LockRef private lock;

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
        depositUsdc(1000, 2);
        depositNative(500, 3);
        domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        lock = RecoveryVault.LockRef(vault, REMOTE_EID, engine, N);
    }

    function test_settle_booksWhatWasSeizedAsOwed() public {
        uint256 before = vault.held(USDC);
        deliverOpenedAndSettle();
        vm.expectEmit(address(vault));
        emit ICollateralVault.PublicSettled(domain, N, 700, 0);
        this.settleFor(700);
        assertEq(vault.held(USDC), before - 700);
        assertEq(vault.owed(USDC), 700);
        (bool settled, uint256 lo, uint256 hi) = vault.payoutOf(domain, N);
        assertTrue(settled);
        assertEq(lo, 700);
        assertEq(hi, 0);
        (uint64 claim, uint256 rest, uint64 worth, uint40 settledAt) = vault.payoutTerms(domain, N);
        assertEq(claim, 1000);
        assertEq(rest, 71);
        assertEq(worth, 700);
        assertEq(settledAt, block.timestamp);
    }

    /// Whatever the proof says, a slot cannot owe more than notes hold.
    function test_settle_neverOwesMoreThanIsHeld() public {
        uint64 held = uint64(vault.held(USDC));
        deliverOpenedAndSettle();
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.HeldExceeded.selector, USDC, held + 1, held));
        this.settleFor(held + 1);
    }

    function test_collect_paysTheRecipientOfTheRelease() public {
        settlePublic(N, 1000, ROOT, 700, 0, 71);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotReleased.selector, domain, N));
        recovery.collect(lock, USDC);
        _release(bob);
        vm.expectEmit(address(vault));
        emit ICollateralVault.PayoutTaken(domain, N, USDC, 700, bob);
        recovery.collect(lock, USDC);
        assertEq(usdc.balanceOf(bob), 700);
        assertEq(vault.owed(USDC), 0);
        assertEq(vault.payoutTaken(domain, N, USDC), 700);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NothingLeft.selector, domain, N, USDC));
        recovery.collect(lock, USDC);
    }

    function test_collect_paysTheNativeAsset() public {
        settlePublic(N, 1000, ROOT, 300 << (63 * 3), 0, 71);
        _release(bob);
        uint256 before = bob.balance;
        recovery.collect(lock, NATIVE);
        assertEq(bob.balance, before + 300 * NATIVE_UNIT);
    }

    function test_collect_knowsNoNinthSlotAndNoUnsettledLock() public {
        _release(bob);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotSettled.selector, domain, N));
        recovery.collect(lock, USDC);
        settlePublic(N, 1000, ROOT, 700, 0, 71);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NothingLeft.selector, domain, N, 8));
        recovery.collect(lock, 8);
    }

    /// threats.md: one blocklisting token must not make a lock unseizable.
    function test_collect_aTokenThatRefusesTheRecipientHoldsUpNoOther() public {
        BlocklistToken block_ = new BlocklistToken();
        vault.listAsset(4, address(block_), 6, CAP);
        block_.mint(alice, 90);
        vm.startPrank(alice);
        block_.approve(address(vault), 90);
        vault.deposit{value: ENTRY_FEE}(4, 90, 5, "");
        vm.stopPrank();
        settlePublic(N, 1000, ROOT, 700, 90, 71);
        _release(bob);
        block_.setBlocked(bob, true);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, bob));
        recovery.collect(lock, 4);
        recovery.collect(lock, USDC);
        assertEq(usdc.balanceOf(bob), 700);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotRecipient.selector, domain, N, address(this), bob));
        recovery.collectTo(lock, 4, alice);
        vm.prank(bob);
        recovery.collectTo(lock, 4, alice);
        assertEq(block_.balanceOf(alice), 90);
    }

    /// A vault of the caller's own names its own domain: nothing of another's moves.
    function test_collect_aForeignVaultReachesOnlyItsOwnDomain() public {
        settlePublic(N, 1000, ROOT, 700, 0, 71);
        _release(bob);
        CollateralVault other = newVault(new AlwaysTrueVerifier());
        lock.vault = other;
        uint256 otherDomain = DomainLib.compute(LOCAL_EID, address(other), REMOTE_EID, engine);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotReleased.selector, otherDomain, N));
        recovery.collect(lock, USDC);
    }

    function test_payOut_isTheRecoveryVaultsAlone() public {
        settlePublic(N, 1000, ROOT, 700, 0, 71);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.NotRecoveryVault.selector, address(this)));
        vault.payOut(domain, N, USDC, 700, bob);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.NotRecoveryVault.selector, address(this)));
        vault.payBack{value: ENTRY_FEE}(domain, N, USDC, 700, 9);
    }

    function test_payOut_neverExceedsWhatWasSeized() public {
        settlePublic(N, 1000, ROOT, 700, 0, 71);
        vm.startPrank(address(recovery));
        vault.payOut(domain, N, USDC, 699, bob);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.PayoutExceeded.selector, domain, N, USDC, 2, 1));
        vault.payOut(domain, N, USDC, 2, bob);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8));
        vault.payOut(domain, N, 8, 1, bob);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.BadRecipient.selector, address(0)));
        vault.payOut(domain, N, USDC, 1, address(0));
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.BadRecipient.selector, address(vault)));
        vault.payOut(domain, N, USDC, 1, address(vault));
        // Another lock's amounts are another lock's.
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.PayoutExceeded.selector, domain, N + 1, USDC, 1, 0));
        vault.payOut(domain, N + 1, USDC, 1, bob);
    }

    function test_payBack_makesADepositAgain() public {
        settlePublic(N, 1000, ROOT, 700, 0, 71);
        uint256 held = vault.held(USDC);
        vm.deal(address(recovery), 1 ether);
        vm.startPrank(address(recovery));
        vm.expectEmit(address(vault));
        emit ICollateralVault.Deposited(address(recovery), 9, USDC, 200, "");
        vault.payBack{value: ENTRY_FEE}(domain, N, USDC, 200, 9);
        assertEq(vault.held(USDC), held + 200);
        assertEq(vault.owed(USDC), 500);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.PayoutExceeded.selector, domain, N, USDC, 501, 500));
        vault.payBack{value: ENTRY_FEE}(domain, N, USDC, 501, 9);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.ZeroAmount.selector, USDC));
        vault.payBack{value: ENTRY_FEE}(domain, N, USDC, 0, 9);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.BadPrecommitment.selector, Q));
        vault.payBack{value: ENTRY_FEE}(domain, N, USDC, 1, Q);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.WrongValue.selector, ENTRY_FEE, 0));
        vault.payBack(domain, N, USDC, 1, 9);
    }

    function deliverOpenedAndSettle() private {
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, N, 1000, bytes32(uint256(1)))));
        deliverOrder(MessageCodec.encodeSettle(publicOrder(N, 1000)));
    }

    function settleFor(uint256 lo) external {
        settleAs(publicOrder(N, 1000), ROOT, lo, 0, 71);
    }

    function _release(address recipient) private {
        deliverOrder(MessageCodec.encodeRelease(ReleaseOrder(address(vault), engine, N, recipient)));
    }
}
