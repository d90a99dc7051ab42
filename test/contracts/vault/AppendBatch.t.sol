// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {IOrderInbox} from "../../../contracts/interfaces/IOrderInbox.sol";
import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";
import {PublicValueNotCanonical} from "../../../contracts/libraries/InputDigest.sol";
import {ProofCheck} from "../../../contracts/libraries/ProofCheck.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {Entry} from "../../../contracts/types/Types.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {NoteQueue} from "../../../contracts/vault/NoteQueue.sol";
import {Deploy} from "../support/Deploy.sol";
import {AlwaysFalseVerifier} from "../support/AlwaysTrueVerifier.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// A vault whose tree is nearly full.
contract FullVault is CollateralVault {
    constructor(Config memory config) CollateralVault(config) {
        _open.index = (1 << 28) - 1;
    }
}

/// What appendBatch checks besides the proof. Real proofs: CollateralVault.test.ts.
contract AppendBatchTest is VaultFixture {
    uint256 private constant ROOT = 777;

    function test_appendBatch_movesTheRootAndPaysTheBatcher() public {
        _fill(16);
        vm.expectEmit(address(vault));
        emit ICollateralVault.RootAppended(0, 1, ROOT, batcher, 16 * ENTRY_FEE);
        vault.appendBatch(paddedEntries(16), ROOT, noProof(), batcher);
        assertEq(vault.currentRoot(), ROOT);
        assertTrue(vault.isKnownRoot(ROOT));
        assertEq(batcher.balance, 16 * ENTRY_FEE);
        (, , , uint64 appended) = vault.queueState();
        assertEq(appended, 1);
    }

    function test_appendBatch_paysOnlyWhatAChunkSealedForFreeHolds() public {
        _fill(5);
        _sealFree();
        vault.appendBatch(paddedEntries(5), ROOT, noProof(), batcher);
        assertEq(batcher.balance, 5 * ENTRY_FEE);
    }

    function test_appendBatch_takesChunksInOrder() public {
        _fill(16);
        Entry[] memory first = paddedEntries(16);
        depositUsdc(5, 5);
        _fill(15);
        Entry[] memory second = paddedEntries(16);
        vm.expectPartialRevert(NoteQueue.WrongChunkHash.selector);
        vault.appendBatch(second, ROOT, noProof(), batcher);
        vault.appendBatch(first, ROOT, noProof(), batcher);
        vault.appendBatch(second, ROOT + 1, noProof(), batcher);
        assertTrue(vault.isKnownRoot(ROOT));
        assertTrue(vault.isKnownRoot(ROOT + 1));
    }

    function test_appendBatch_rejectsAnOpenChunk() public {
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.ChunkNotSealed.selector, 0));
        vault.appendBatch(paddedEntries(0), ROOT, noProof(), batcher);
        _fill(3);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.ChunkNotSealed.selector, 0));
        vault.appendBatch(paddedEntries(3), ROOT, noProof(), batcher);
        _sealFree();
        vault.appendBatch(paddedEntries(3), ROOT, noProof(), batcher);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.ChunkNotSealed.selector, 1));
        vault.appendBatch(paddedEntries(3), ROOT, noProof(), batcher);
    }

    function testFuzz_appendBatch_rejectsAnotherNumberOfEntries(uint8 count) public {
        vm.assume(count != 16 && count != 64);
        _fill(64);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.WrongEntryCount.selector, count));
        vault.appendBatch(new Entry[](count), ROOT, noProof(), batcher);
    }

    /// A batcher must not be able to drop, add, change or swap entries.
    function testFuzz_appendBatch_rejectsOtherEntries(uint8 count, uint8 position, uint256 change) public {
        count = uint8(bound(count, 2, 16));
        position = uint8(bound(position, 0, count - 1));
        change = bound(change, 1, type(uint256).max);
        _fill(count);
        if (count < 16) _sealFree();
        bytes4 wrong = NoteQueue.WrongChunkHash.selector;

        Entry[] memory entries = paddedEntries(count);
        entries[position].value ^= change;
        _expectRejected(entries, wrong);

        entries = paddedEntries(count);
        uint256 meta = entries[position].meta;
        if (meta ^ change != 0) {
            entries[position].meta = meta ^ change;
            _expectRejected(entries, wrong);
        }

        entries = paddedEntries(count);
        entries[count - 1] = Entry(0, 0);
        _expectRejected(entries, wrong);

        entries = paddedEntries(count);
        (entries[0], entries[1]) = (entries[1], entries[0]);
        _expectRejected(entries, wrong);

        if (count < 16) {
            entries = paddedEntries(count);
            entries[count] = entries[0];
            _expectRejected(entries, wrong);
        }
    }

    function test_appendBatch_rejectsBadPadding() public {
        _fill(2);
        _sealFree();
        Entry[] memory entries = paddedEntries(2);
        entries[5].value = 1;
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.BadPadding.selector, 5));
        vault.appendBatch(entries, ROOT, noProof(), batcher);
        // The right entries with a hole between them hash alike, and would be other leaves.
        entries = paddedEntries(2);
        (entries[1], entries[2]) = (entries[2], entries[1]);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.BadPadding.selector, 2));
        vault.appendBatch(entries, ROOT, noProof(), batcher);
    }

    function testFuzz_appendBatch_rejectsARootOutsideTheField(uint256 root) public {
        root = bound(root, Q, type(uint256).max);
        _fill(16);
        vm.expectRevert(abi.encodeWithSelector(PublicValueNotCanonical.selector, 1, root));
        vault.appendBatch(paddedEntries(16), root, noProof(), batcher);
    }

    function test_appendBatch_rejectsAFalseProof() public {
        AlwaysFalseVerifier verifier = new AlwaysFalseVerifier();
        vault = newVault(verifier);
        vault.listAsset(USDC, address(usdc), 6, CAP);
        _fill(16);
        vm.expectRevert(abi.encodeWithSelector(ProofCheck.InvalidProof.selector, verifier));
        vault.appendBatch(paddedEntries(16), ROOT, noProof(), batcher);
    }

    /// The caller names the batcher; one that takes no coin fails that call and nobody else's.
    function test_appendBatch_aRefusingBatcherBlocksOnlyItself() public {
        _fill(16);
        address payable refusing = payable(address(usdc));
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.NativeTransferFailed.selector, refusing, 16 * ENTRY_FEE));
        vault.appendBatch(paddedEntries(16), ROOT, noProof(), refusing);
        vault.appendBatch(paddedEntries(16), ROOT, noProof(), batcher);
    }

    function test_constructor_startsFromTheEmptyTree() public view {
        // circomlibjs: z = poseidon([z, z, z, z], "hyp.tree") sixteen times from 0.
        assertEq(vault.currentRoot(), 14564574951956924830706397633071137098393306174427001800925010128823489802867);
        assertFalse(vault.isKnownRoot(vault.currentRoot()));
        assertEq(vault.localEid(), LOCAL_EID);
    }

    function test_constructor_rejectsNoFeeOrNoDelay() public {
        CollateralVault.Config memory config = _config();
        config.entryFee = 0;
        vm.expectRevert(NoteQueue.ZeroFeeOrDelay.selector);
        Deploy.vault(config);
        config = _config();
        config.sealDelay = 0;
        vm.expectRevert(NoteQueue.ZeroFeeOrDelay.selector);
        Deploy.vault(config);
    }

    /// All of them are for ever: an address without code, or a recovery vault that listens elsewhere, is a stuck vault.
    function test_constructor_rejectsWhatIsNoContract() public {
        address empty = makeAddr("empty");
        for (uint256 i = 0; i < 6; i++) {
            CollateralVault.Config memory config = _config();
            if (i == 0) config.orderInbox = IOrderInbox(empty);
            if (i == 1) config.recoveryVault = empty;
            if (i == 2) config.batch16Verifier = IProofVerifier(empty);
            if (i == 3) config.batch64Verifier = IProofVerifier(empty);
            if (i == 4) config.transactVerifier = IProofVerifier(empty);
            if (i == 5) config.settleVerifier = IProofVerifier(empty);
            vm.expectRevert(abi.encodeWithSelector(AssetLedger.NotAContract.selector, empty));
            Deploy.vault(config);
        }
    }

    function test_constructor_rejectsARecoveryVaultOfAnotherInbox() public {
        OrderInbox other = Deploy.orderInbox(address(endpoint), address(this));
        CollateralVault.Config memory config = _config();
        config.recoveryVault = address(Deploy.recoveryVault(address(this), guardian, other));
        vm.expectRevert(
            abi.encodeWithSelector(CollateralVault.WrongRecoveryVault.selector, address(inbox), address(other))
        );
        Deploy.vault(config);
    }

    /// The last chunk fills; after it there is no leaf to give.
    function test_deposit_rejectsWhatTheTreeHasNoPlaceFor() public {
        vault = new FullVault(_config());
        vault.listAsset(USDC, address(usdc), 6, CAP);
        _fill(16);
        usdc.mint(alice, 1);
        vm.startPrank(alice);
        usdc.approve(address(vault), 1);
        vm.expectRevert(NoteQueue.TreeFull.selector);
        vault.deposit{value: ENTRY_FEE}(USDC, 1, 1, "");
    }

    function _config() private view returns (CollateralVault.Config memory) {
        return vaultConfig(vault.batch16Verifier(), vault.transactVerifier());
    }

    function _fill(uint8 count) private {
        for (uint64 i = 1; i <= count; i++) depositUsdc(i, 1000 + i);
    }

    function _sealFree() private {
        vm.warp(block.timestamp + SEAL_DELAY);
        vault.seal();
    }

    function _expectRejected(Entry[] memory entries, bytes4 selector) private {
        vm.expectPartialRevert(selector);
        vault.appendBatch(entries, ROOT, noProof(), batcher);
    }
}
