// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ProofCheck} from "../libraries/ProofCheck.sol";
import {QueueLib} from "../libraries/QueueLib.sol";
import {Entry, ZkProof} from "../types/Types.sol";
import {Batch16Values, Batch64Values} from "../verifiers/PublicValues.sol";

/// @title The queue of deposits and notes, and the note tree it is appended to by proof
/// @dev A chunk of 16 entries is open, then sealed, then appended; chunks are appended in order, one by one or four aligned ones at once (ADR
///      0010). Its rolling keccak fixes content and boundary, so an entry that arrives while a batch is being proven never invalidates the proof.
///      What a chunk's fees are follows from its entries, which the hash pins: entryFee each, and 16 fees if its sealer paid for the missing ones.
abstract contract NoteQueue is ICollateralVault, ReentrancyGuardTransient {
    /// The open chunk: one full word, all that an entry reads and writes. `hash` is the rolling keccak cut to 208 bits (ADR 0005): finding two
    /// chunks with one hash takes 2^104 tries, no less than breaking the curve under the proofs.
    struct OpenChunk {
        bytes26 hash;
        uint32 index; // < 2^28
        uint8 count;
        bool depositsPaused; // the vault's; here because a deposit reads this word anyway
    }

    struct SealedChunk {
        bytes26 hash;
        bool isPaid; // its sealer paid the missing entries' fees, or none is missing
    }

    /// What changes once a chunk.
    struct Progress {
        uint64 openSince; // seconds, time of the open chunk's first entry; meaningless while it is empty
        uint64 appendedChunks;
    }

    /// Root of the tree of 16 levels without a leaf: z ↦ Poseidon(TAG_TREE; z, z, z, z) sixteen times from 0.
    uint256 internal constant EMPTY_ROOT = 0x203341ddf080d4b87531b585ed413be1bab7441998811363cd9d17d81f6e3273;

    /// Thrown when the fees sent with a call are not what its queue entries cost.
    error WrongEntryFee(uint256 expected, uint256 got);
    /// Thrown by `seal` when the open chunk has no entry.
    error NothingToSeal(uint64 chunk);
    /// Thrown by `seal` when msg.value neither pays the missing entries' fees nor is 0 at or after `freeAt`.
    error WrongSealFee(uint256 expected, uint256 got, uint256 freeAt);
    /// Thrown when the tree has no place left: 2^28 chunks. New deposits belong in a new vault.
    error TreeFull();
    /// Thrown by `appendBatch` when one of the chunks is still open. Seal it first.
    error ChunkNotSealed(uint64 chunk);
    /// Thrown by `appendBatch` when four chunks are given and the next one, this, is not a multiple of four. Append it by itself.
    error ChunkNotAligned(uint64 chunk);
    /// Thrown by `appendBatch` when the entries, padding included, are neither 16 nor 64.
    error WrongEntryCount(uint256 got);
    /// Thrown by `appendBatch` when an entry follows an empty one of its chunk, or an empty one has a value. `position` in the list.
    error BadPadding(uint256 position);
    /// Thrown by `appendBatch` when entries are not those of the chunk.
    error WrongChunkHash(uint64 chunk, bytes32 expected, bytes32 got);
    /// Thrown when a constructor argument would switch the rule off that it sets.
    error ZeroFeeOrDelay();
    /// Thrown when native coin could not be sent.
    error NativeTransferFailed(address to, uint256 amount);

    /// @notice Verifies that one chunk is appended.
    IProofVerifier public immutable batch16Verifier;
    /// @notice Verifies that four chunks are.
    IProofVerifier public immutable batch64Verifier;
    /// @inheritdoc ICollateralVault
    uint256 public immutable entryFee;
    /// @notice Seconds since its first entry after which a chunk may be sealed for free.
    uint256 public immutable sealDelay;

    OpenChunk internal _open;
    Progress private _progress;
    /// @inheritdoc ICollateralVault
    uint256 public currentRoot;
    mapping(uint256 chunk => SealedChunk) private _sealed;
    mapping(uint256 root => uint256) private _knownRoot; // 1 = known

    constructor(
        IProofVerifier batch16Verifier_,
        IProofVerifier batch64Verifier_,
        uint256 entryFee_,
        uint256 sealDelay_
    ) {
        if (entryFee_ == 0 || sealDelay_ == 0) revert ZeroFeeOrDelay();
        batch16Verifier = batch16Verifier_;
        batch64Verifier = batch64Verifier_;
        entryFee = entryFee_;
        sealDelay = sealDelay_;
        currentRoot = EMPTY_ROOT;
    }

    // -- actions ------------------------------------------------------------------------------------------------------

    /// @inheritdoc ICollateralVault
    function seal() external payable override nonReentrant {
        OpenChunk memory open = _open;
        if (open.count == 0) revert NothingToSeal(open.index);
        uint256 missingFees = (QueueLib.CHUNK - open.count) * entryFee;
        uint256 freeAt = _progress.openSince + sealDelay;
        bool isPaid = msg.value == missingFees;
        if (!isPaid && (msg.value != 0 || block.timestamp < freeAt)) {
            revert WrongSealFee(missingFees, msg.value, freeAt);
        }
        _close(open, isPaid);
        _open = open;
    }

    /// @inheritdoc ICollateralVault
    function appendBatch(
        Entry[] calldata entries,
        uint256 newRoot,
        ZkProof calldata proof,
        address payable batcher
    ) external override nonReentrant {
        uint64 first = _progress.appendedChunks;
        bool isOne = entries.length == QueueLib.CHUNK;
        if (!isOne) _requireFour(entries.length, first);
        uint64 next = isOne ? first + 1 : first + QueueLib.BATCH_CHUNKS;
        uint64 openChunk = _open.index;
        if (next > openChunk) revert ChunkNotSealed(openChunk);

        // Both circuits' values begin alike; where the metas begin, and where they end, tells them apart.
        uint256[] memory values = new uint256[](isOne ? Batch16Values.COUNT : Batch64Values.COUNT);
        values[Batch16Values.OLD_ROOT] = currentRoot;
        values[Batch16Values.NEW_ROOT] = newRoot;
        values[Batch16Values.CHUNK_INDEX] = first;
        uint256 paidEntries;
        for (uint64 chunk = first; chunk < next; chunk++) paidEntries += _takeChunk(entries, first, chunk, values);
        // Made for its batcher: whoever copies the transaction cannot take the fees.
        ProofCheck.requireProofFor(isOne ? batch16Verifier : batch64Verifier, values, proof, batcher);

        _progress.appendedChunks = next;
        currentRoot = newRoot;
        _knownRoot[newRoot] = 1;

        uint256 fee = entryFee * paidEntries;
        emit RootAppended(first, next - first, newRoot, batcher, fee);
        // The caller chose the batcher: one that refuses coin holds up nobody else.
        _sendNative(batcher, fee);
    }

    // -- views --------------------------------------------------------------------------------------------------------

    /// @inheritdoc ICollateralVault
    function isKnownRoot(uint256 root) public view override returns (bool) {
        return _knownRoot[root] != 0;
    }

    /// @inheritdoc ICollateralVault
    function queueState()
        external
        view
        override
        returns (uint64 openChunk, uint8 openCount, uint64 openSince, uint64 appendedChunks)
    {
        OpenChunk memory open = _open;
        Progress memory progress = _progress;
        openSince = open.count == 0 ? 0 : progress.openSince;
        return (open.index, open.count, openSince, progress.appendedChunks);
    }

    /// @inheritdoc ICollateralVault
    function chunkHash(uint64 chunk) external view override returns (bytes32) {
        OpenChunk memory open = _open;
        return chunk == open.index ? open.hash : _sealed[chunk].hash;
    }

    // -- internals ----------------------------------------------------------------------------------------------------

    function _requireEntryFees(uint256 paid, uint256 entries) internal view {
        if (paid != entries * entryFee) revert WrongEntryFee(entries * entryFee, paid);
    }

    /// @dev `open` is the stored word, read by the caller, written here.
    function _enqueue(OpenChunk memory open, uint256 value, uint256 meta) internal {
        _push(open, value, meta);
        _open = open;
    }

    function _enqueueNotes(uint256 commitment0, uint256 commitment1) internal {
        OpenChunk memory open = _open;
        _push(open, commitment0, QueueLib.NOTE_META);
        _push(open, commitment1, QueueLib.NOTE_META);
        _open = open;
    }

    function _sendNative(address to, uint256 amount) internal {
        (bool sent, ) = to.call{value: amount}("");
        if (!sent) revert NativeTransferFailed(to, amount);
    }

    function _push(OpenChunk memory open, uint256 value, uint256 meta) private {
        if (open.count == 0) {
            if (open.index >= QueueLib.MAX_CHUNKS) revert TreeFull();
            _progress.openSince = uint64(block.timestamp);
        }
        emit Queued(open.index, open.count, value, meta);
        open.hash = QueueLib.link(open.hash, value, meta);
        open.count++;
        if (open.count == QueueLib.CHUNK) _close(open, true);
    }

    function _close(OpenChunk memory open, bool isPaid) private {
        emit ChunkSealed(open.index, open.count);
        _sealed[open.index] = SealedChunk({hash: open.hash, isPaid: isPaid});
        open.index++;
        open.count = 0;
        open.hash = 0;
    }

    /// @dev The four leaves of a node of the tree: the circuit fills a whole subtree.
    function _requireFour(uint256 entries, uint64 first) private pure {
        if (entries != QueueLib.BATCH_CHUNKS * QueueLib.CHUNK) revert WrongEntryCount(entries);
        if (first % QueueLib.BATCH_CHUNKS != 0) revert ChunkNotAligned(first);
    }

    function _requirePadding(Entry[] calldata entries, uint256 from, uint256 end) private pure {
        for (uint256 i = from; i < end; i++) {
            if (entries[i].value | entries[i].meta != 0) revert BadPadding(i);
        }
    }

    /// @dev Writes a chunk's entries into the circuit's values and checks them against its hash, which nobody needs any more. The hash of a prefix
    ///      or an extension is another one, so `count` is how many were queued. Widths, kinds, slots and amounts need no check: what was queued
    ///      was well formed.
    /// @param first chunk of entries[0]
    /// @return paidEntries fees that were paid for the chunk
    function _takeChunk(
        Entry[] calldata entries,
        uint64 first,
        uint64 chunk,
        uint256[] memory values
    ) private returns (uint256 paidEntries) {
        SealedChunk memory expected = _sealed[chunk];
        delete _sealed[chunk];

        uint256 start = (chunk - first) * QueueLib.CHUNK;
        (bytes26 hash, uint256 count) = QueueLib.linkChunk(entries, start, values, Batch16Values.ENTRY_VALUE);
        _requirePadding(entries, start + count, start + QueueLib.CHUNK);
        if (hash != expected.hash) revert WrongChunkHash(chunk, expected.hash, hash);
        return expected.isPaid ? QueueLib.CHUNK : count;
    }
}
