// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {InputDigest, PublicValueNotCanonical} from "../../../contracts/libraries/InputDigest.sol";
import {ProofCheck} from "../../../contracts/libraries/ProofCheck.sol";
import {Entry} from "../../../contracts/types/Types.sol";
import {Batch16Values, Batch64Values} from "../../../contracts/verifiers/PublicValues.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {NoteQueue} from "../../../contracts/vault/NoteQueue.sol";
import {Deploy} from "../support/Deploy.sol";
import {AlwaysFalseVerifier, AlwaysTrueVerifier} from "../support/AlwaysTrueVerifier.sol";
import {ExpectingVerifier} from "../support/ExpectingVerifier.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// What appendBatch checks when it is given four chunks. Real proofs: CollateralVault.test.ts.
contract AppendFourTest is VaultFixture {
    uint256 private constant ROOT = 777;
    uint8[4] private FULL = [16, 16, 16, 16];
    uint8[4] private PADDED = [3, 16, 1, 15];

    function test_appendBatch_fourChunks_movesTheRootOnceAndPaysForAll() public {
        _fill(FULL);
        vm.expectEmit(address(vault));
        emit ICollateralVault.RootAppended(0, 4, ROOT, batcher, 64 * ENTRY_FEE);
        vault.appendBatch(paddedEntries(FULL), ROOT, noProof(), batcher);
        assertEq(vault.currentRoot(), ROOT);
        assertTrue(vault.isKnownRoot(ROOT));
        assertEq(batcher.balance, 64 * ENTRY_FEE);
        assertEq(address(vault).balance, 0);
        (, , , uint64 appended) = vault.queueState();
        assertEq(appended, 4);
        for (uint64 chunk = 0; chunk < 4; chunk++) assertEq(vault.chunkHash(chunk), 0);
    }

    /// Each chunk by itself: 16 fees if its sealer paid, else what it holds.
    function test_appendBatch_fourChunks_paysWhatEachHolds() public {
        _fill(PADDED[0]);
        vault.seal{value: 13 * ENTRY_FEE}();
        _fill(PADDED[1]);
        _fill(PADDED[2]);
        _sealFree();
        _fill(PADDED[3]);
        _sealFree();
        vault.appendBatch(paddedEntries(PADDED), ROOT, noProof(), batcher);
        assertEq(batcher.balance, (16 + 16 + 1 + 15) * ENTRY_FEE);
        assertEq(address(vault).balance, 0);
    }

    /// The values that a proof has to be about: built here by hand, in the order of docs/encodings.md.
    function testFuzz_appendBatch_fourChunks_areTheCircuitsValues(uint8[4] memory counts) public {
        for (uint256 i = 0; i < 4; i++) counts[i] = uint8(bound(counts[i], 1, 16));
        ExpectingVerifier verifier = new ExpectingVerifier();
        vault = newVault(verifier);
        vault.listAsset(USDC, address(usdc), 6, CAP);
        _fill(counts);
        Entry[] memory entries = paddedEntries(counts);
        uint256[] memory values = new uint256[](131);
        values[0] = vault.currentRoot();
        values[1] = ROOT;
        values[2] = 0;
        for (uint256 i = 0; i < 64; i++) (values[3 + i], values[67 + i]) = (entries[i].value, entries[i].meta);
        (uint256 y, uint256 r) = InputDigest.digestFor(values, 0, batcher);
        verifier.expect(0, y, r);
        // The proof is for its batcher: a copy of the transaction with another one is worth nothing.
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ProofCheck.InvalidProof.selector, verifier));
        vault.appendBatch(entries, ROOT, noProof(), bob);
        vault.appendBatch(entries, ROOT, noProof(), batcher);
        assertEq(vault.currentRoot(), ROOT);
    }

    function test_values_ofBothCircuitsBeginAlike() public pure {
        assertEq(Batch64Values.OLD_ROOT, Batch16Values.OLD_ROOT);
        assertEq(Batch64Values.NEW_ROOT, Batch16Values.NEW_ROOT);
        assertEq(Batch64Values.CHUNK_INDEX, Batch16Values.CHUNK_INDEX);
        assertEq(Batch64Values.ENTRY_VALUE, Batch16Values.ENTRY_VALUE);
        assertEq(Batch16Values.ENTRY_META, Batch16Values.ENTRY_VALUE + 16);
        assertEq(Batch64Values.ENTRY_META, Batch64Values.ENTRY_VALUE + 64);
    }

    /// One verifier for each number of chunks: the other one's is not asked.
    function test_appendBatch_asksTheVerifierOfItsSize() public {
        CollateralVault.Config memory config = vaultConfig(new AlwaysTrueVerifier(), new AlwaysTrueVerifier());
        AlwaysFalseVerifier never = new AlwaysFalseVerifier();
        config.batch64Verifier = never;
        vault = Deploy.vault(config);
        vault.listAsset(USDC, address(usdc), 6, CAP);
        _fill(FULL);
        Entry[] memory entries = paddedEntries(FULL);
        vm.expectRevert(abi.encodeWithSelector(ProofCheck.InvalidProof.selector, never));
        vault.appendBatch(entries, ROOT, noProof(), batcher);
        vault.appendBatch(_chunkOf(entries, 0), ROOT, noProof(), batcher);
        assertEq(vault.currentRoot(), ROOT);
    }

    /// Whatever a batcher of four does, one chunk can be appended; three more and four are aligned again.
    function test_appendBatch_oneAndFourInTurns() public {
        _fill(FULL);
        Entry[] memory first = paddedEntries(FULL);
        _fill(FULL);
        Entry[] memory second = paddedEntries(FULL);
        for (uint64 chunk = 0; chunk < 4; chunk++) {
            if (chunk != 0) {
                vm.expectRevert(abi.encodeWithSelector(NoteQueue.ChunkNotAligned.selector, chunk));
                vault.appendBatch(second, ROOT, noProof(), batcher);
            }
            vault.appendBatch(_chunkOf(first, chunk), 1000 + chunk, noProof(), batcher);
        }
        vault.appendBatch(second, ROOT, noProof(), batcher);
        assertEq(vault.currentRoot(), ROOT);
        _fill(1);
        _sealFree();
        vault.appendBatch(paddedEntries(1), ROOT + 1, noProof(), batcher);
        (, , , uint64 appended) = vault.queueState();
        assertEq(appended, 9);
        assertEq(batcher.balance, (8 * 16 + 1) * ENTRY_FEE);
    }

    function test_appendBatch_rejectsFourOfWhichOneIsOpen() public {
        for (uint64 chunk = 0; chunk < 3; chunk++) {
            vm.expectRevert(abi.encodeWithSelector(NoteQueue.ChunkNotSealed.selector, chunk));
            vault.appendBatch(new Entry[](64), ROOT, noProof(), batcher);
            _fill(16);
        }
        _fill(15);
        Entry[] memory entries = paddedEntries([16, 16, 16, 15]);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.ChunkNotSealed.selector, 3));
        vault.appendBatch(entries, ROOT, noProof(), batcher);
        _sealFree();
        vault.appendBatch(entries, ROOT, noProof(), batcher);
    }

    /// A batcher must not be able to drop, add, change or swap entries, or move one from chunk to chunk.
    function testFuzz_appendBatch_rejectsOtherEntriesOfFour(uint8 which, uint256 change, bool isMeta) public {
        change = bound(change, 1, type(uint256).max);
        _fill(PADDED);
        Entry[] memory good = paddedEntries(PADDED);
        uint256 chunk = which % 4;
        uint256 last = 16 * chunk + PADDED[chunk] - 1;
        uint256 position = 16 * chunk + (which % PADDED[chunk]);

        Entry[] memory entries = paddedEntries(PADDED);
        if (isMeta) entries[position].meta ^= change;
        else entries[position].value ^= change;
        // A meta of 0 is padding: then the entry is one before a hole, or one less.
        if (entries[position].meta != 0) _expectRejected(entries, uint64(chunk));

        entries = paddedEntries(PADDED);
        entries[last] = Entry(0, 0);
        _expectRejected(entries, uint64(chunk));

        if (PADDED[chunk] > 1) {
            entries = paddedEntries(PADDED);
            (entries[last - 1], entries[last]) = (entries[last], entries[last - 1]);
            _expectRejected(entries, uint64(chunk));
        }
        if (PADDED[chunk] < 16) {
            entries = paddedEntries(PADDED);
            entries[last + 1] = good[0];
            _expectRejected(entries, uint64(chunk));
        }
        // From the end of one chunk to the end of another: all entries are there, in their order.
        entries = paddedEntries(PADDED);
        (entries[3], entries[16]) = (entries[16], Entry(0, 0));
        _expectRejected(entries, 0);
    }

    function test_appendBatch_rejectsAHoleInEveryChunk() public {
        _fill(PADDED);
        uint8[3] memory chunks = [0, 2, 3]; // those with padding
        for (uint256 k = 0; k < 3; k++) {
            uint256 last = 16 * chunks[k] + PADDED[chunks[k]] - 1;
            Entry[] memory entries = paddedEntries(PADDED);
            (entries[last], entries[last + 1]) = (entries[last + 1], entries[last]);
            vm.expectRevert(abi.encodeWithSelector(NoteQueue.BadPadding.selector, last + 1));
            vault.appendBatch(entries, ROOT, noProof(), batcher);

            entries = paddedEntries(PADDED);
            entries[last + 1].value = 1;
            vm.expectRevert(abi.encodeWithSelector(NoteQueue.BadPadding.selector, last + 1));
            vault.appendBatch(entries, ROOT, noProof(), batcher);
        }
        vault.appendBatch(paddedEntries(PADDED), ROOT, noProof(), batcher);
    }

    function test_appendBatch_rejectsFourChunksInAnotherOrder() public {
        _fill(FULL);
        Entry[] memory entries = paddedEntries(FULL);
        for (uint256 i = 0; i < 16; i++) (entries[16 + i], entries[32 + i]) = (entries[32 + i], entries[16 + i]);
        _expectRejected(entries, 1);
    }

    function testFuzz_appendBatch_rejectsARootOutsideTheFieldForFour(uint256 root) public {
        root = bound(root, Q, type(uint256).max);
        _fill(FULL);
        Entry[] memory entries = paddedEntries(FULL);
        vm.expectRevert(abi.encodeWithSelector(PublicValueNotCanonical.selector, 1, root));
        vault.appendBatch(entries, root, noProof(), batcher);
    }

    function _fill(uint8 count) private {
        for (uint64 i = 1; i <= count; i++) depositUsdc(i, 1000 + i);
    }

    function _fill(uint8[4] memory counts) private {
        for (uint256 chunk = 0; chunk < 4; chunk++) {
            for (uint64 i = 1; i <= counts[chunk]; i++) depositUsdc(i, 100 * (chunk + 1) + i);
            if (counts[chunk] < 16) _sealFree();
        }
    }

    function _sealFree() private {
        vm.warp(block.timestamp + SEAL_DELAY);
        vault.seal();
    }

    function _chunkOf(Entry[] memory entries, uint256 chunk) private pure returns (Entry[] memory part) {
        part = new Entry[](16);
        for (uint256 i = 0; i < 16; i++) part[i] = entries[16 * chunk + i];
    }

    /// What refuses them is the hash of `chunk`, and nothing has changed.
    function _expectRejected(Entry[] memory entries, uint64 chunk) private {
        (bool sent, bytes memory reason) = address(vault).call(
            abi.encodeCall(vault.appendBatch, (entries, ROOT, noProof(), batcher))
        );
        assertFalse(sent);
        assertEq(bytes4(reason), NoteQueue.WrongChunkHash.selector);
        uint64 named;
        assembly ("memory-safe") {
            named := mload(add(reason, 36))
        }
        assertEq(named, chunk);
    }
}
