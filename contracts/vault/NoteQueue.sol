// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ProofCheck} from "../libraries/ProofCheck.sol";
import {QueueLib} from "../libraries/QueueLib.sol";
import {Entry, ZkProof} from "../types/Types.sol";
import {Batch16Values} from "../verifiers/PublicValues.sol";

/// @title The queue of deposits and notes, and the note tree it is appended to by proof
/// @dev A chunk of 16 entries is open, then sealed, then appended; chunks are appended in order. Its rolling keccak fixes content and
///      boundary, so an entry that arrives while a batch is being proven never invalidates the proof. What a chunk's fees are follows from its
///      entries, which the hash pins: entryFee each, and 16 fees if its sealer paid for the missing ones.
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
    /// Thrown by `appendBatch` when the next chunk is still open. Seal it first.
    error ChunkNotSealed(uint64 chunk);
    /// Thrown by `appendBatch` when the list of entries, padding included, does not have this length.
    error WrongEntryCount(uint256 expected, uint256 got);
    /// Thrown by `appendBatch` when an entry follows an empty one, or an empty one has a value.
    error BadPadding(uint256 position);
    /// Thrown by `appendBatch` when the entries are not those of the chunk.
    error WrongChunkHash(uint64 chunk, bytes32 expected, bytes32 got);
    /// Thrown when a constructor argument would switch the rule off that it sets.
    error ZeroFeeOrDelay();
    /// Thrown when native coin could not be sent.
    error NativeTransferFailed(address to, uint256 amount);

    /// @notice Verifier of batch16.
    IProofVerifier public immutable batchVerifier;
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

    constructor(IProofVerifier batchVerifier_, uint256 entryFee_, uint256 sealDelay_) {
        if (entryFee_ == 0 || sealDelay_ == 0) revert ZeroFeeOrDelay();
        batchVerifier = batchVerifier_;
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
        uint64 chunk = _progress.appendedChunks;
        if (chunk >= _open.index) revert ChunkNotSealed(chunk);
        SealedChunk memory sealed_ = _sealed[chunk];

        uint256[] memory values = new uint256[](Batch16Values.COUNT);
        values[Batch16Values.OLD_ROOT] = currentRoot;
        values[Batch16Values.NEW_ROOT] = newRoot;
        values[Batch16Values.CHUNK_INDEX] = chunk;
        uint256 count = _checkEntries(entries, chunk, sealed_.hash, values);
        ProofCheck.requireProof(batchVerifier, values, proof);

        _progress.appendedChunks = chunk + 1;
        currentRoot = newRoot;
        _knownRoot[newRoot] = 1;

        uint256 fee = entryFee * (sealed_.isPaid ? QueueLib.CHUNK : count);
        emit RootAppended(chunk, newRoot, batcher, fee);
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

    /// @dev Writes the entries into the circuit's values and checks them against the chunk's hash. The hash of a prefix or an extension is another
    ///      one, so `count` is how many were queued. Widths, kinds, slots and amounts need no check: what was queued was well formed.
    function _checkEntries(
        Entry[] calldata entries,
        uint64 chunk,
        bytes26 expected,
        uint256[] memory values
    ) private pure returns (uint256 count) {
        if (entries.length != QueueLib.CHUNK) revert WrongEntryCount(QueueLib.CHUNK, entries.length);
        bytes26 hash;
        for (uint256 i = 0; i < QueueLib.CHUNK; i++) {
            (uint256 value, uint256 meta) = (entries[i].value, entries[i].meta);
            if (meta != 0) {
                if (count != i) revert BadPadding(i);
                hash = QueueLib.link(hash, value, meta);
                values[Batch16Values.ENTRY_VALUE + i] = value;
                values[Batch16Values.ENTRY_META + i] = meta;
                count = i + 1;
            } else if (value != 0) {
                revert BadPadding(i);
            }
        }
        if (hash != expected) revert WrongChunkHash(chunk, expected, hash);
    }
}
