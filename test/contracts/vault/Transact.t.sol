// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {PublicValueNotCanonical} from "../../../contracts/libraries/InputDigest.sol";
import {ProofCheck} from "../../../contracts/libraries/ProofCheck.sol";
import {Entry} from "../../../contracts/types/Types.sol";
import {PublicValueTooWide} from "../../../contracts/verifiers/PublicValues.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {OutflowLimits} from "../../../contracts/vault/OutflowLimits.sol";
import {NoteQueue} from "../../../contracts/vault/NoteQueue.sol";
import {Deploy} from "../support/Deploy.sol";
import {AlwaysFalseVerifier} from "../support/AlwaysTrueVerifier.sol";
import {BlocklistToken, ReentrantToken} from "../support/HostileTokens.sol";
import {TestToken} from "../support/TestToken.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// What transact checks besides the proof. Real proofs: CollateralVault.test.ts.
contract TransactTest is VaultFixture {
    uint256 private constant ROOT = 555;
    uint256 private constant FEES = 2 * ENTRY_FEE;

    address payable private immutable relayer = payable(makeAddr("relayer"));

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
    }

    function test_transact_spendsAndQueuesTwoNotes() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.memo1[287] = 0x01;
        vm.expectEmit(address(vault));
        emit ICollateralVault.Queued(1, 0, 201, 2 << 66);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Queued(1, 1, 202, 2 << 66);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Transacted(101, 102, 201, 202, params.memo0, params.memo1);
        vault.transact{value: FEES}(params, noProof());
        assertTrue(vault.isSpent(101));
        assertTrue(vault.isSpent(102));
        bytes32 first = link(0, 201, 2 << 66);
        assertEq(vault.chunkHash(1), link(first, 202, 2 << 66));
        (uint64 openChunk, uint8 openCount, , ) = vault.queueState();
        assertEq(openChunk, 1);
        assertEq(openCount, 2);
    }

    /// Two notes where one place is left: the first ends a chunk, the second begins the next.
    function test_transact_crossesAChunkBoundary() public {
        for (uint64 i = 1; i <= 15; i++) depositUsdc(i, i);
        bytes32 before = vault.chunkHash(1);
        vault.transact{value: FEES}(emptyTransact(ROOT), noProof());
        assertEq(vault.chunkHash(1), link(before, 201, 2 << 66));
        assertEq(vault.chunkHash(2), link(0, 202, 2 << 66));
        (uint64 openChunk, uint8 openCount, uint64 openSince, ) = vault.queueState();
        assertEq(openChunk, 2);
        assertEq(openCount, 1);
        assertEq(openSince, block.timestamp);
    }

    function test_transact_paysTheWithdrawalAndTheRelayer() public {
        depositUsdc(100, 2);
        depositNative(50, 3);
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.withdrawLo = 60 | (50 << (63 * NATIVE));
        params.recipient = payable(makeAddr("fresh"));
        params.relayer = relayer;
        params.feeSlot = NATIVE;
        params.fee = 7;
        vm.expectEmit(address(vault));
        emit ICollateralVault.Withdrawn(params.recipient, USDC, 60);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Withdrawn(relayer, NATIVE, 7);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Withdrawn(params.recipient, NATIVE, 43);
        vault.transact{value: FEES}(params, noProof());
        assertEq(usdc.balanceOf(params.recipient), 60);
        assertEq(params.recipient.balance, 43 * NATIVE_UNIT);
        assertEq(relayer.balance, 7 * NATIVE_UNIT);
        assertEq(vault.held(USDC), 41); // 100, and 1 of knowRoot
        assertEq(vault.held(NATIVE), 0);
    }

    function testFuzz_transact_paysEachSlotInItsUnit(uint64 amount, uint64 fee) public {
        amount = uint64(bound(amount, 1, CAP));
        fee = uint64(bound(fee, 0, amount));
        dai.mint(alice, amount * DAI_UNIT);
        vm.startPrank(alice);
        dai.approve(address(vault), amount * DAI_UNIT);
        vault.deposit{value: ENTRY_FEE}(DAI, amount * DAI_UNIT, 9, "");
        vm.stopPrank();
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.withdrawLo = uint256(amount) << (63 * DAI);
        (params.recipient, params.relayer, params.feeSlot, params.fee) = (bob, relayer, DAI, fee);
        vault.transact{value: FEES}(params, noProof());
        assertEq(dai.balanceOf(bob), (amount - fee) * DAI_UNIT);
        assertEq(dai.balanceOf(relayer), fee * DAI_UNIT);
        assertEq(dai.balanceOf(address(vault)), 0);
    }

    function test_transact_rejectsALateCall() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.deadline = uint40(block.timestamp - 1);
        _expect(
            abi.encodeWithSelector(CollateralVault.DeadlinePassed.selector, block.timestamp - 1, block.timestamp),
            params
        );
    }

    function testFuzz_transact_rejectsAnyOtherFee(uint96 value) public {
        vm.assume(value != FEES);
        vm.deal(address(this), value);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.WrongEntryFee.selector, FEES, value));
        vault.transact{value: value}(emptyTransact(ROOT), noProof());
    }

    function test_transact_rejectsMemosOfAnotherSize() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.memo0 = new bytes(0);
        _expect(abi.encodeWithSelector(CollateralVault.BadMemoLength.selector, 288, 0), params);
        params = emptyTransact(ROOT);
        params.memo1 = new bytes(289);
        _expect(abi.encodeWithSelector(CollateralVault.BadMemoLength.selector, 288, 289), params);
    }

    function testFuzz_transact_rejectsARootItNeverHad(uint256 root) public {
        vm.assume(root != ROOT);
        _expect(abi.encodeWithSelector(CollateralVault.UnknownRoot.selector, root), emptyTransact(root));
    }

    function test_transact_takesAnOldRoot() public {
        depositUsdc(1, 4);
        vm.warp(block.timestamp + SEAL_DELAY);
        vault.seal();
        vault.appendBatch(paddedEntries(1), ROOT + 1, noProof(), batcher);
        vault.transact{value: FEES}(emptyTransact(ROOT), noProof());
    }

    function test_transact_rejectsANoteSpentBefore() public {
        vault.transact{value: FEES}(emptyTransact(ROOT), noProof());
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.nullifiers = [uint256(102), 103];
        _expect(abi.encodeWithSelector(CollateralVault.AlreadySpent.selector, 102), params);
        params.nullifiers = [uint256(103), 101];
        _expect(abi.encodeWithSelector(CollateralVault.AlreadySpent.selector, 101), params);
    }

    function test_transact_rejectsOneNoteTwice() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.nullifiers = [uint256(101), 101];
        _expect(abi.encodeWithSelector(CollateralVault.SameNullifier.selector, 101), params);
    }

    /// x and x + q are the same to the circuit: each public value that the caller gives must be below q.
    function test_transact_rejectsAliases() public {
        ICollateralVault.TransactParams memory params;
        for (uint256 i = 0; i < 4; i++) {
            params = emptyTransact(ROOT);
            uint256 aliased = 5 + Q;
            if (i < 2) params.nullifiers[i] = aliased;
            else params.outCommitments[i - 2] = aliased;
            _expect(abi.encodeWithSelector(PublicValueNotCanonical.selector, 1 + i, aliased), params);
        }
    }

    function testFuzz_transact_rejectsAWithdrawalWiderThanItsWords(uint256 extra) public {
        extra = bound(extra, 1, 15) << 252;
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.recipient = bob;
        params.withdrawLo = extra;
        _expect(abi.encodeWithSelector(PublicValueTooWide.selector, 5, extra, 252), params);
        (params.withdrawLo, params.withdrawHi) = (0, extra);
        _expect(abi.encodeWithSelector(PublicValueTooWide.selector, 6, extra, 252), params);
    }

    function test_transact_rejectsAFalseProof() public {
        AlwaysFalseVerifier verifier = new AlwaysFalseVerifier();
        vault = Deploy.vault(vaultConfig(vault.batch16Verifier(), verifier));
        vault.listAsset(USDC, address(usdc), 6, CAP);
        knowRoot(ROOT);
        _expect(abi.encodeWithSelector(ProofCheck.InvalidProof.selector, verifier), emptyTransact(ROOT));
        assertFalse(vault.isSpent(101));
    }

    function test_transact_rejectsAWithdrawalToNobodyOrToTheVault() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.withdrawLo = 1;
        _expect(abi.encodeWithSelector(CollateralVault.BadRecipient.selector, address(0)), params);
        params.recipient = payable(address(vault));
        _expect(abi.encodeWithSelector(CollateralVault.BadRecipient.selector, vault), params);
    }

    function test_transact_rejectsAFeeThatTheWithdrawalDoesNotCover() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        (params.withdrawLo, params.recipient, params.relayer, params.fee) = (1, bob, relayer, 2);
        _expect(abi.encodeWithSelector(CollateralVault.BadRelayerFee.selector, relayer, USDC, 2, 1), params);
        (params.fee, params.relayer) = (1, payable(0));
        _expect(abi.encodeWithSelector(CollateralVault.BadRelayerFee.selector, address(0), USDC, 1, 1), params);
        params.relayer = payable(address(vault));
        _expect(abi.encodeWithSelector(CollateralVault.BadRelayerFee.selector, vault, USDC, 1, 1), params);
        (params.relayer, params.feeSlot) = (relayer, 8);
        _expect(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8), params);
    }

    /// A proof that breaks conservation, were there one, cannot take more than the slot holds.
    function test_transact_cannotPayMoreThanASlotHolds() public {
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        (params.withdrawLo, params.recipient) = (2, bob);
        _expect(abi.encodeWithSelector(AssetLedger.HeldExceeded.selector, USDC, 2, 1), params);
        (params.withdrawLo, params.withdrawHi) = (0, 1);
        _expect(abi.encodeWithSelector(AssetLedger.HeldExceeded.selector, 4, 1, 0), params);
    }

    function test_transact_failsWhenTheRecipientRefusesCoin() public {
        depositNative(5, 3);
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        params.withdrawLo = 5 << (63 * NATIVE);
        params.recipient = payable(address(usdc));
        _expect(abi.encodeWithSelector(NoteQueue.NativeTransferFailed.selector, usdc, 5 * NATIVE_UNIT), params);
        assertFalse(vault.isSpent(101));
    }

    function test_transact_worksWhileDepositsArePaused() public {
        vault.pauseDeposits();
        vault.transact{value: FEES}(emptyTransact(ROOT), noProof());
    }

    /// A token that blocks the vault holds up its own withdrawal and no other.
    function test_transact_aBlockedTokenHoldsUpOnlyItself() public {
        BlocklistToken token = new BlocklistToken();
        _hold(token, 9);
        token.setBlocked(address(vault), true);
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        (params.withdrawHi, params.recipient) = (9, bob);
        _expect(abi.encodeWithSelector(BlocklistToken.Blocked.selector, vault), params);
        (params.withdrawLo, params.withdrawHi) = (1, 0);
        vault.transact{value: FEES}(params, noProof());
        assertEq(usdc.balanceOf(bob), 1);
    }

    function test_transact_cannotBeReentered() public {
        ReentrantToken token = new ReentrantToken();
        _hold(token, 2e18);
        ICollateralVault.TransactParams memory params = emptyTransact(ROOT);
        (params.withdrawHi, params.recipient) = (1e8, bob);
        token.callBack(address(vault), abi.encodeCall(ICollateralVault.transact, (params, noProof())));
        _expect(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector), params);
    }

    function _hold(TestToken token, uint256 amount) private {
        vault.listAsset(4, address(token), token.decimals() > 8 ? 8 : token.decimals(), CAP);
        token.mint(alice, amount);
        vm.startPrank(alice);
        token.approve(address(vault), amount);
        vault.deposit{value: ENTRY_FEE}(4, amount, 8, "");
        vm.stopPrank();
    }

    function _expect(bytes memory revertData, ICollateralVault.TransactParams memory params) private {
        vm.expectRevert(revertData);
        vault.transact{value: FEES}(params, noProof());
    }
}
