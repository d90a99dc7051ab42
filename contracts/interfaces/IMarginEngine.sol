// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JubPoint, ZkProof} from "../types/Types.sol";

/// @title Accounts, locks, live coverage, liquidation (rules.md ACC, LIQ)
interface IMarginEngine {
    /// A vault a market accepts locks from. domain is computed (ACC-2).
    struct Source {
        uint32 eid;
        address vault;
        uint256 domain;
        address riskSet;
        uint32 setId; // of the PriceBoard
        uint32 maxRootAge; // seconds
        uint64 maxCoveragePerLock; // µUSD
        uint64 exposureCap; // µUSD of live locks' M
    }

    /// Market parameters. Bps of 10⁴.
    struct MarketConfig {
        address module; // IPositionModule
        JubPoint trusteeKey; // as submitted (R); the engine stores and exposes 8R
        uint32 graceSeconds;
        uint32 reflagWindowSeconds;
        uint32 auctionSeconds;
        uint32 maxProofAgeSeconds; // bound on expiry − now
        uint16 minBonusBps;
        uint16 maxBonusBps;
        uint16 bufferBps;
        uint64 flagFee; // debt token units, paid to flagger and starter
        uint64 minDebt; // debt token units
        uint8[] profiles; // named sets of relied-on slots, bit i = slot i
    }

    /// A margin proof and what it names (design §4). Everything is bound by the proof or by `ext`.
    struct MarginProof {
        uint32 sourceId;
        uint256 root;
        uint256 lockNullifier;
        uint8 coverageMantissa; // 10..99, or 0
        uint8 coverageExponent;
        uint32 snapshot;
        uint16 floorBps; // 10000, 9000, 7500, 5000
        uint8 profile; // index into the market's profiles
        uint32 riskVersion;
        uint40 expiry;
        uint40 deadline;
        JubPoint ephemeral;
        uint256[5] sealedOpening;
        ZkProof zk;
    }

    struct Lock {
        bytes32 account;
        uint32 sourceId;
        uint64 coverage; // M, µUSD
        uint64 cap; // largest M·(1 + maxBonus) announced to S
        uint32 snapshot;
        uint16 floorBps;
        uint8 reliedOn; // bit mask
        uint32 riskVersion;
        uint40 expiry;
        uint8 state; // 0 unknown, 1 active, 2 in auction, 3 retired
    }

    struct AccountView {
        bytes32 market;
        address controller;
        uint64 nonce;
        uint256[] locks; // lock nullifiers
        uint40 flaggedAt; // 0 = not flagged
        uint40 graceEndsAt;
        uint8 auctions; // running
    }

    struct AuctionView {
        bytes32 account;
        uint256 lockNullifier;
        uint40 startedAt;
        uint40 endsAt;
        uint64 guarantee; // G at the frozen prices, µUSD
        uint256 frozenDebtPriceX64;
        uint256[8] frozenPricesX64;
    }

    event MarketCreated(bytes32 indexed market, address module, uint256 trusteeX, uint256 trusteeY);
    event SourceAdded(bytes32 indexed market, uint32 indexed sourceId, uint256 domain, uint32 eid, address vault);
    event AccountOpened(bytes32 indexed account, bytes32 indexed market, address indexed controller, bytes32 salt);
    /// A proof was accepted: everything the trustee needs to open the lock when it is due.
    event ProofAccepted(
        bytes32 indexed account,
        uint256 indexed domain,
        uint256 indexed lockNullifier,
        uint8 action,
        uint64 coverage,
        uint32 snapshot,
        uint16 floorBps,
        uint8 reliedOn,
        uint32 riskVersion,
        uint40 expiry,
        uint256 root,
        uint256 ephemeralX,
        uint256 ephemeralY,
        uint256[5] sealedOpening
    );
    event LockRetired(bytes32 indexed account, uint256 indexed domain, uint256 indexed lockNullifier);
    event OperatorApproved(bytes32 indexed account, address indexed operator, bool approved);
    event Flagged(bytes32 indexed account, address indexed by, uint40 graceEndsAt);
    event FlagCleared(bytes32 indexed account);
    event AuctionStarted(bytes32 indexed account, uint256 indexed lockNullifier, uint64 guarantee, uint40 endsAt);
    event AuctionCancelled(bytes32 indexed account, uint256 indexed lockNullifier);
    event Sold(bytes32 indexed account, uint256 indexed lockNullifier, address indexed buyer, uint64 claim, uint256 debtAssets, uint96[8] seizurePricesX64);

    /// @notice Open an account on one lock and, if borrowAssets > 0, borrow in the same transaction to `receiver`. Caller = controller.
    function open(bytes32 market, bytes32 salt, MarginProof calldata proof, uint256 borrowAssets, address receiver) external returns (bytes32 account);
    function addLock(bytes32 account, MarginProof calldata proof) external;
    /// @notice Re-prove a lock of the account at new floors. Controller, or an approved operator that does not lower its G.
    function refresh(bytes32 account, MarginProof calldata proof) external;
    /// @notice ACC-7 (iii): with debt, remaining coverage ≥ initial requirement at fresh prices, no flag, no auction.
    function removeLock(bytes32 account, uint256 lockNullifier) external;
    /// @notice ACC-7 (ii): retire every lock of an account without debt; controller, or anyone once all its proofs expired.
    function release(bytes32 account) external;
    /// @notice ACC-7 (i): send home a lock that never backed an account. Proof with M = 0, floors 0; caller = controller of the lock.
    function releaseUnused(bytes32 market, MarginProof calldata proof) external;
    function approveOperator(bytes32 account, address operator, bool approved) external;

    function flag(bytes32 account) external;
    /// @notice Clear the flag, or cancel auctions, of an account that is covered (LIQ-1) or meets the initial requirement (LIQ-6).
    function clear(bytes32 account) external;
    /// @notice LIQ-2: start the auction(s) that the rules choose. Returns the locks put up.
    function startAuctions(bytes32 account) external returns (uint256[] memory lockNullifiers);
    /// @notice Buy the claim: repays X worth of debt from msg.sender; the claim becomes a note of (pkB, 8·key) on S. Reverts if more than maxDebtAssets is due.
    function buy(bytes32 account, uint256 lockNullifier, uint256 maxDebtAssets, uint256 pkB, JubPoint calldata key) external returns (uint64 claim, uint256 debtAssets);

    /// @dev PositionModule hooks.
    function requireInitial(bytes32 account, address caller) external view;

    function accountId(bytes32 market, address controller, bytes32 salt) external view returns (bytes32);
    function account(bytes32 id) external view returns (AccountView memory);
    function lock(uint256 domain, uint256 lockNullifier) external view returns (Lock memory);
    /// @notice The x a proof must be made for: the floors f of (snapshot, floorBps, profile), µUSD per shared unit · 2^64.
    function floors(bytes32 market, uint32 sourceId, uint32 snapshot, uint16 floorBps, uint8 profile) external view returns (uint256[8] memory floorsX64);
    /// @notice Σ G over counting locks, at live prices, µUSD (ACC-3).
    function liveCoverage(bytes32 account) external view returns (uint256);
    function guarantee(uint256 domain, uint256 lockNullifier) external view returns (uint256);
    function isCovered(bytes32 account) external view returns (bool);
    function auction(bytes32 account, uint256 lockNullifier) external view returns (AuctionView memory);
    /// @notice Seizure prices and X if bought in this block.
    function quoteBuy(bytes32 account, uint256 lockNullifier) external view returns (uint64 claim, uint256 debtAssets, uint96[8] memory seizurePricesX64);
    function market(bytes32 id) external view returns (MarketConfig memory config, uint256 trusteeX, uint256 trusteeY);
    function source(bytes32 market, uint32 sourceId) external view returns (Source memory);
    function sourceCount(bytes32 market) external view returns (uint32);
}
