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
    /// One word. Entries arrive often and appends are dear, so both read and write nothing more than this and a chunk's hash.
    struct QueueState {
        uint64 openChunk;
        uint64 appendedChunks;
        uint64 openSince; // seconds, time of the open chunk's first entry; 0 when it is empty
        uint8 openCount;
        bool depositsPaused; // the vault's; here because a deposit reads this word anyway
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

    QueueState internal _queue;
    /// @inheritdoc ICollateralVault
    uint256 public currentRoot;
    mapping(uint64 chunk => bytes32) private _chunkHash;
    mapping(uint64 chunk => bool) private _sealPaid;
    mapping(uint256 root => bool) private _knownRoot;

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
        QueueState memory queue = _queue;
        if (queue.openCount == 0) revert NothingToSeal(queue.openChunk);
        uint256 missingFees = (QueueLib.CHUNK - queue.openCount) * entryFee;
        uint256 freeAt = queue.openSince + sealDelay;
        if (msg.value == missingFees) {
            _sealPaid[queue.openChunk] = true;
        } else if (msg.value != 0 || block.timestamp < freeAt) {
            revert WrongSealFee(missingFees, msg.value, freeAt);
        }
        _close(queue);
        _queue = queue;
    }

    /// @inheritdoc ICollateralVault
    function appendBatch(Entry[] calldata entries, uint256 newRoot, ZkProof calldata proof, address payable batcher)
        external
        override
        nonReentrant
    {
        QueueState memory queue = _queue;
        uint64 chunk = queue.appendedChunks;
        if (chunk >= queue.openChunk) revert ChunkNotSealed(chunk);

        uint256[] memory values = new uint256[](Batch16Values.COUNT);
        values[Batch16Values.OLD_ROOT] = currentRoot;
        values[Batch16Values.NEW_ROOT] = newRoot;
        values[Batch16Values.CHUNK_INDEX] = chunk;
        uint256 count = _checkEntries(entries, chunk, values);
        ProofCheck.requireProof(batchVerifier, values, proof);

        queue.appendedChunks = chunk + 1;
        _queue = queue;
        currentRoot = newRoot;
        _knownRoot[newRoot] = true;

        uint256 fee = entryFee * (count == QueueLib.CHUNK || !_sealPaid[chunk] ? count : QueueLib.CHUNK);
        emit RootAppended(chunk, newRoot, batcher, fee);
        // The caller chose the batcher: one that refuses coin holds up nobody else.
        _sendNative(batcher, fee);
    }

    // -- views --------------------------------------------------------------------------------------------------------

    /// @inheritdoc ICollateralVault
    function isKnownRoot(uint256 root) public view override returns (bool) {
        return _knownRoot[root];
    }

    /// @inheritdoc ICollateralVault
    function queueState()
        external
        view
        override
        returns (uint64 openChunk, uint8 openCount, uint64 openSince, uint64 appendedChunks)
    {
        QueueState memory queue = _queue;
        return (queue.openChunk, queue.openCount, queue.openSince, queue.appendedChunks);
    }

    /// @inheritdoc ICollateralVault
    function chunkHash(uint64 chunk) external view override returns (bytes32) {
        return _chunkHash[chunk];
    }

    // -- internals ----------------------------------------------------------------------------------------------------

    function _requireEntryFees(uint256 paid, uint256 entries) internal view {
        if (paid != entries * entryFee) revert WrongEntryFee(entries * entryFee, paid);
    }

    /// @dev `queue` is the stored state, read by the caller, written here.
    function _enqueue(QueueState memory queue, uint256 value, uint256 meta) internal {
        bytes32 hash = _push(queue, _openHash(queue), value, meta);
        if (queue.openCount != 0) _chunkHash[queue.openChunk] = hash;
        _queue = queue;
    }

    /// @dev Two notes for the price of one state write.
    function _enqueueNotes(uint256 commitment0, uint256 commitment1) internal {
        QueueState memory queue = _queue;
        bytes32 hash = _push(queue, _openHash(queue), commitment0, QueueLib.NOTE_META);
        hash = _push(queue, hash, commitment1, QueueLib.NOTE_META);
        if (queue.openCount != 0) _chunkHash[queue.openChunk] = hash;
        _queue = queue;
    }

    function _sendNative(address to, uint256 amount) internal {
        (bool sent,) = to.call{value: amount}("");
        if (!sent) revert NativeTransferFailed(to, amount);
    }

    function _openHash(QueueState memory queue) private view returns (bytes32) {
        return queue.openCount == 0 ? bytes32(0) : _chunkHash[queue.openChunk];
    }

    /// @return hash the open chunk's hash after the entry: 0 if the entry filled its chunk, whose hash is then stored.
    function _push(QueueState memory queue, bytes32 hash, uint256 value, uint256 meta) private returns (bytes32) {
        if (queue.openCount == 0) {
            if (queue.openChunk >= QueueLib.MAX_CHUNKS) revert TreeFull();
            queue.openSince = uint64(block.timestamp);
        }
        hash = QueueLib.link(hash, value, meta);
        emit Queued(queue.openChunk, queue.openCount, value, meta);
        queue.openCount++;
        if (queue.openCount < QueueLib.CHUNK) return hash;
        _chunkHash[queue.openChunk] = hash;
        _close(queue);
        return 0;
    }

    function _close(QueueState memory queue) private {
        emit ChunkSealed(queue.openChunk, queue.openCount);
        queue.openChunk++;
        queue.openCount = 0;
        queue.openSince = 0;
    }

    /// @dev Writes the entries into the circuit's values and checks them against the chunk's hash. The hash of a prefix or an extension is another
    ///      one, so `count` is how many were queued. Widths, kinds, slots and amounts need no check: what was queued was well formed.
    function _checkEntries(Entry[] calldata entries, uint64 chunk, uint256[] memory values)
        private
        view
        returns (uint256 count)
    {
        if (entries.length != QueueLib.CHUNK) revert WrongEntryCount(QueueLib.CHUNK, entries.length);
        bytes32 hash;
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
        bytes32 expected = _chunkHash[chunk];
        if (hash != expected) revert WrongChunkHash(chunk, expected, hash);
    }
}
