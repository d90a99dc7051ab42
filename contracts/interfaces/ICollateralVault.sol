// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Entry, SettleOrder, ZkProof} from "../types/Types.sol";

/// @title The only holder of user funds on the vault chain: deposits, queue, note roots, spends and settlements
interface ICollateralVault {
    /// A listed asset. token = address(0): the native asset. scale = 10^(decimals − sharedDecimals).
    struct Asset {
        address token;
        uint8 decimals;
        uint8 sharedDecimals;
        uint64 cap; // shared units that the vault accepts in total; 0 = slot unused
    }

    struct TransactParams {
        uint256 root;
        uint256[2] nullifiers;
        uint256[2] outCommitments;
        uint256 withdrawLo;
        uint256 withdrawHi;
        address payable recipient;
        address payable relayer; // paid `fee` shared units of slot `feeSlot` out of the withdrawal; address(0) = no one
        uint8 feeSlot;
        uint64 fee;
        uint40 deadline;
        bytes memo0;
        bytes memo1;
    }

    /// Everything of a settlement that the order does not fix.
    struct SettleParams {
        uint256 root;
        uint256 payoutLo;
        uint256 payoutHi;
        uint256 buyerCommitment;
        uint256 restCommitment;
        uint256 ephemeralX;
        uint256 ephemeralY;
        uint256[3] sealedOpening;
    }

    /// @param value pre-commitment of a deposit, or commitment of a note.
    event Queued(uint64 indexed chunk, uint8 position, uint256 value, uint256 meta);
    /// A deposit: who, which slot, how many shared units; `memo` lets the owner find it again (may be empty).
    event Deposited(address indexed depositor, uint256 indexed pre, uint8 slot, uint64 amount, bytes memo);
    event ChunkSealed(uint64 indexed chunk, uint8 entries);
    /// `chunks` chunks (1 or 4) from `chunk` on are in the tree. The roots between them are none that the vault ever had.
    event RootAppended(uint64 indexed chunk, uint64 chunks, uint256 newRoot, address batcher, uint256 feePaid);
    event Transacted(
        uint256 indexed nullifier0,
        uint256 indexed nullifier1,
        uint256 commitment0,
        uint256 commitment1,
        bytes memo0,
        bytes memo1
    );
    event Withdrawn(address indexed recipient, uint8 slot, uint64 amount);
    event Settled(
        uint256 indexed domain,
        uint256 indexed lockNullifier,
        uint64 claim,
        uint256 buyerCommitment,
        uint256 restCommitment,
        uint256 ephemeralX,
        uint256 ephemeralY,
        uint256[3] sealedOpening
    );

    /// @notice Queue a deposit of `amount` token units of `slot` under `pre`. Native asset: msg.value = amount + entryFee; else msg.value = entryFee.
    function deposit(uint8 slot, uint256 amount, uint256 pre, bytes calldata memo) external payable;
    /// @notice Seal the open chunk early. Pays the missing entries' fees as msg.value, or msg.value = 0 after `sealDelay` since its first entry.
    function seal() external payable;
    /// @notice Append the next sealed chunk (16 entries, padding included), or the next four if the first of them is a multiple of four (64). Pays
    ///         their entry fees to `batcher`. Anyone may.
    function appendBatch(
        Entry[] calldata entries,
        uint256 newRoot,
        ZkProof calldata proof,
        address payable batcher
    ) external;
    /// @notice Spend ≤ 2 free notes, make 2, withdraw. msg.value = 2·entryFee. What exceeds a slot's outflow limit is delayed, the relayer's fee in that slot with it.
    function transact(TransactParams calldata params, ZkProof calldata proof) external payable;
    /// @notice Carry out a recorded SETTLE order. msg.value = entryFee per queued note (1 or 2). Anyone who knows the opening may.
    function settle(
        SettleOrder calldata order,
        uint32 marginEid,
        SettleParams calldata params,
        ZkProof calldata proof
    ) external payable;

    function assets(uint8 slot) external view returns (Asset memory);
    function entryFee() external view returns (uint256);
    function localEid() external view returns (uint32);
    function currentRoot() external view returns (uint256);
    function isKnownRoot(uint256 root) external view returns (bool);
    function isSpent(uint256 nullifier) external view returns (bool);
    function isLockSpent(uint256 lockNullifier) external view returns (bool);
    /// @return openChunk index of the chunk being filled. @return openCount entries in it. @return openSince time of its first entry. @return appendedChunks chunks in the tree.
    function queueState()
        external
        view
        returns (uint64 openChunk, uint8 openCount, uint64 openSince, uint64 appendedChunks);
    /// @notice Rolling hash of a chunk's entries so far, 208 bits in the high end of the word (docs/encodings.md, Queue). 0 once it is in the tree.
    function chunkHash(uint64 chunk) external view returns (bytes32);
    /// @notice Shared units of `slot` that the vault owes to notes. Conservation: token balance ≥ held · scale.
    function held(uint8 slot) external view returns (uint256);
    /// @notice Shared units of `slot` that PUBLIC settlements seized and nobody took yet, and that withdrawals wait for.
    function owed(uint8 slot) external view returns (uint256);

    // Net outflow limits: what exceeds them waits.

    event OutflowLimitSet(uint8 indexed slot, uint64 burst, uint64 hourly);
    /// A withdrawal exceeds what may leave now: `index` may be claimed from `readyAt` on, seconds.
    event WithdrawalDelayed(
        address indexed recipient,
        uint8 indexed slot,
        uint256 indexed index,
        uint64 amount,
        uint256 readyAt
    );
    event WithdrawalClaimed(uint8 indexed slot, uint256 indexed index);

    /// @notice Shared units of a slot's asset that may leave at once, net of deposits; that come back an hour; and that may leave now. No limit: 0, 0, 2^64 − 1.
    function outflowLimit(uint8 slot) external view returns (uint64 burst, uint64 hourly, uint64 available);
    /// @notice A delayed withdrawal, shared units. amount = 0: never was, or is claimed.
    function delayedWithdrawal(
        uint8 slot,
        uint256 index
    ) external view returns (address to, uint64 amount, uint256 readyAt);
    /// @notice How many withdrawals of a slot were ever delayed.
    function delayedCount(uint8 slot) external view returns (uint256);
    /// @notice Pay a delayed withdrawal that is due to its recipient. Anyone.
    function claimDelayed(uint8 slot, uint256 index) external;
    /// @notice The same to another address, where the token refuses the recipient. The recipient only.
    function claimDelayedTo(uint8 slot, uint256 index, address to) external;

    // PUBLIC settlements (ORD-5).

    /// A PUBLIC settlement seized these amounts (PackedAmounts, shared units).
    event PublicSettled(uint256 indexed domain, uint256 indexed lockNullifier, uint256 lo, uint256 hi);
    /// Part of them was paid out, or became a note again.
    event PayoutTaken(uint256 indexed domain, uint256 indexed lockNullifier, uint8 slot, uint64 amount, address to);

    /// @notice Who decides where seized amounts go.
    function recoveryVault() external view returns (address);
    /// @notice What a PUBLIC settlement seized, once and for all. PackedAmounts, shared units.
    function payoutOf(
        uint256 domain,
        uint256 lockNullifier
    ) external view returns (bool settled, uint256 lo, uint256 hi);
    /// @return claim µUSD.
    /// @return restCommitment of the note that the rest became.
    /// @return worth what was seized is worth at the order's prices, µUSD, down; at most the claim.
    /// @return settledAt seconds.
    function payoutTerms(
        uint256 domain,
        uint256 lockNullifier
    ) external view returns (uint64 claim, uint256 restCommitment, uint64 worth, uint40 settledAt);
    /// @notice Shared units of a slot of it that were taken.
    function payoutTaken(uint256 domain, uint256 lockNullifier, uint8 slot) external view returns (uint64);
    /// @notice Pay seized units of one slot to `to`. RecoveryVault only; never more than was seized.
    function payOut(uint256 domain, uint256 lockNullifier, uint8 slot, uint64 amount, address to) external;
    /// @notice Make seized units of one slot a free note under `pre` again. RecoveryVault only. msg.value = entryFee.
    function payBack(uint256 domain, uint256 lockNullifier, uint8 slot, uint64 amount, uint256 pre) external payable;
}
