// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JubPoint, ZkProof} from "../types/Types.sol";

/// @title Accounts, locks, live coverage, liquidation (rules.md ACC, LIQ)
/// @notice A lock is a note on a vault chain that only this engine's orders can move. Its owner shows by a margin proof that it covers at least M µUSD at
/// named floors; the engine scales M down with prices (λ) and lends against the sum over an account's locks. It never learns what a lock holds.
/// @dev Coverage M, guarantee G, claim X, cap, requirement: µUSD. Prices: µUSD per shared unit · 2^64, 0 = no valid price. Bps of 10⁴.
/// Never blocked by a price, a risk set or a pause: `release`, `releaseUnused`, and repaying at the module.
interface IMarginEngine {
    /// A vault a market accepts locks from. domain is computed (ACC-2).
    struct Source {
        uint32 eid;
        address vault;
        uint256 domain;
        address riskSet;
        uint32 setId; // of the PriceBoard
        uint32 maxRootAge; // seconds, for a new lock
        uint64 maxCoveragePerLock; // µUSD
        uint64 exposureCap; // µUSD of live locks' M
        uint64 exposure; // µUSD of live locks' M now
    }

    /// What the owner says about a source.
    struct SourceConfig {
        uint32 eid;
        address vault;
        address riskSet;
        uint32 setId;
        uint32 maxRootAge; // seconds
        uint64 maxCoveragePerLock; // µUSD
        uint64 exposureCap; // µUSD
    }

    /// Market parameters. Bps of 10⁴.
    struct MarketConfig {
        address module; // IPositionModule; serves this market alone
        JubPoint trusteeKey; // as submitted (R); the engine also stores and uses 8R
        uint32 graceSeconds;
        uint32 reflagWindowSeconds;
        uint32 auctionSeconds;
        uint32 maxProofAgeSeconds; // bound on expiry − now
        uint32 maxSnapshotAgeSeconds; // of the snapshot that a proof names
        uint16 minBonusBps;
        uint16 maxBonusBps;
        uint16 bufferBps;
        uint128 flagFee; // debt token units, paid to flagger and starter; ≤ minDebt / 20
        uint128 minDebt; // debt token units
        uint8[] profiles; // named sets of relied-on slots, bit i = slot i; at most 16
    }

    /// A margin proof and what it names (design §4). Everything is bound by the proof or by `ext`.
    struct MarginProof {
        uint32 sourceId;
        uint256 root;
        uint256 lockNullifier;
        uint8 coverageMantissa; // 10..99; 0 for releaseUnused
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
        uint256[] domains; // of the locks, same order
        uint40 flaggedAt; // 0 = not flagged
        uint40 graceEndsAt;
        uint8 auctions; // running
    }

    struct AuctionView {
        bytes32 account;
        uint256 lockNullifier;
        uint40 startedAt; // 0 = no auction
        uint40 endsAt; // seizure prices stay where they are from then on; the claim stays for sale
        uint64 guarantee; // G at the frozen prices, µUSD
        uint256 frozenDebtPriceX64;
        uint256[8] frozenPricesX64; // 0 where there was no valid price
        uint32 riskVersion; // whose haircuts end the fall of the prices
        uint8 reliedOn;
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
    /// (domain, N) is spent for ever on this chain. account = 0: the lock never backed one.
    event LockRetired(bytes32 indexed account, uint256 indexed domain, uint256 indexed lockNullifier);
    event OperatorApproved(bytes32 indexed account, address indexed operator, bool approved);
    event Flagged(bytes32 indexed account, address indexed by, uint40 graceEndsAt);
    event FlagCleared(bytes32 indexed account);
    event AuctionStarted(bytes32 indexed account, uint256 indexed lockNullifier, uint64 guarantee, uint40 endsAt);
    event AuctionCancelled(bytes32 indexed account, uint256 indexed lockNullifier);
    event Sold(bytes32 indexed account, uint256 indexed lockNullifier, address indexed buyer, uint64 claim, uint256 debtAssets, uint96[8] seizurePricesX64);

    // Markets.
    error UnknownMarket(bytes32 market);
    error UnknownSource(bytes32 market, uint32 sourceId);
    error TooManyMarkets();
    error TooManySources(bytes32 market);
    error SourceExists(bytes32 market, uint256 domain);
    /// A parameter is outside what the rules allow. `name`: the parameter, as a short ASCII string.
    error BadParameter(bytes32 name, uint256 value);
    /// The risk set allows haircut factors above 1 − the market's minimum bonus (LIQ-4).
    error RiskSetBonusTooLow(address riskSet, uint16 riskSetMinBonusBps, uint16 marketMinBonusBps);

    // Proofs.
    error AccountExists(bytes32 account);
    error UnknownAccount(bytes32 account);
    error NotController(bytes32 account, address caller, address controller);
    error NotAuthorised(bytes32 account, address caller);
    error TooManyLocks(bytes32 account);
    error DeadlinePassed(uint40 deadline, uint256 time);
    /// expiry must lie in (time, latest].
    error BadExpiry(uint40 expiry, uint256 time, uint256 latest);
    error UnknownRoot(uint32 srcEid, address vault, uint256 root);
    error RootTooOld(uint256 root, uint64 rootTime, uint256 oldest);
    error SnapshotTooOld(uint32 snapshot, uint64 snapshotTime, uint256 oldest);
    error RiskVersionNotOpenable(address riskSet, uint32 version);
    error BadCoverage(uint8 mantissa, uint8 exponent);
    error BadFloor(uint16 floorBps);
    error UnknownProfile(uint8 profile);
    error CoverageAboveMaximum(uint64 coverage, uint64 maximum);
    error ExposureCapExceeded(bytes32 market, uint32 sourceId, uint256 exposure, uint64 cap);
    /// The lock has backed an account, or was released: no second use, ever.
    error LockUsed(uint256 domain, uint256 lockNullifier);
    error LockNotInAccount(bytes32 account, uint256 lockNullifier);
    error WrongSource(uint256 lockNullifier, uint32 expected, uint32 got);
    /// A feed of a relied-on slot gives no valid price. `missing`: bit mask of the slots.
    error PriceMissing(uint32 setId, uint8 missing);
    /// The proof does not verify for the values that the engine computed: root, N, domain, controller, M, floors, risk set, trustee key, sealed opening, ext.
    error InvalidProof(uint256 lockNullifier);
    error OperatorLowersGuarantee(uint256 lockNullifier, uint64 was, uint64 now_);

    // Requirements.
    error CoverageTooLow(bytes32 account, uint256 requirement, uint256 coverage);
    error NotModule(bytes32 account, address caller);
    error AccountFlagged(bytes32 account);
    error DebtOutstanding(bytes32 account, uint256 debtAssets);
    error ProofsNotExpired(bytes32 account, address caller, uint256 lastExpiry);

    // Liquidation.
    error AlreadyFlagged(bytes32 account);
    error NotFlagged(bytes32 account);
    error AccountCovered(bytes32 account, uint256 requirement, uint256 coverage);
    /// Not covered only because feeds give no price: no evidence against the account.
    error EvidenceMissing(bytes32 account, uint256 requirement, uint256 coverageAtMost);
    error StillUncovered(bytes32 account, uint256 requirement, uint256 coverage);
    error GraceRunning(bytes32 account, uint40 graceEndsAt);
    error AuctionRunning(bytes32 account);
    error NothingToAuction(bytes32 account);
    error NotInAuction(bytes32 account, uint256 lockNullifier);
    error NothingOwed(bytes32 account);
    error DebtAboveMaximum(uint256 debtAssets, uint256 maxDebtAssets);

    // The owner.

    /// @notice Create a market. `config.module` is bound to it for ever. Owner only.
    /// @dev Trustee key: on the curve, and 8R is not the identity (ORD-6). bufferBps > 0, minBonus ≤ maxBonus (ACC-4, LIQ-4).
    function createMarket(MarketConfig calldata config) external returns (bytes32 id);
    /// @notice Accept locks of a vault. Owner only.
    function addSource(bytes32 marketId, SourceConfig calldata config) external returns (uint32 sourceId);

    // The controller.

    /// @notice Open an account on one lock and, if borrowAssets > 0, borrow in the same transaction to `receiver`. Caller = controller.
    function open(bytes32 marketId, bytes32 salt, MarginProof calldata proof, uint256 borrowAssets, address receiver) external returns (bytes32 id);
    /// @notice Add a lock of the same controller. Clears a flag, or cancels auctions, if that suffices (LIQ-1, LIQ-6).
    function addLock(bytes32 id, MarginProof calldata proof) external;
    /// @notice Re-prove a lock of the account at new floors. Controller, or an approved operator that does not lower its G (ACC-5).
    /// @dev The controller may lower the live coverage only while the account stays covered. The root must be attested, of any age.
    /// Sends an OPENED when M·(1 + maxBonus) exceeds what was announced. Clears and cancels like `addLock`.
    function refresh(bytes32 id, MarginProof calldata proof) external;
    /// @notice ACC-7 (iii): with debt, remaining coverage ≥ initial requirement at fresh prices, no flag, no auction. Controller.
    function removeLock(bytes32 id, uint256 lockNullifier) external;
    /// @notice ACC-7 (ii): retire every lock of an account without debt; controller, or anyone once all its proofs expired.
    function release(bytes32 id) external;
    /// @notice ACC-7 (i): send home a lock that never backed an account. Proof with M = 0, floors 0; caller = controller of the lock.
    /// @dev Public values: coverage, floors, haircutsPacked, riskPacked are 0, the trustee key is the market's, ext has account = 0 and nonce = 0.
    /// Root attested, of any age; snapshot, floorBps, profile and riskVersion are only bound, expiry only too. Nothing goes to the trustee.
    function releaseUnused(bytes32 marketId, MarginProof calldata proof) external;
    function approveOperator(bytes32 id, address operator, bool approved) external;

    // Anyone.

    /// @notice Flag an account that is uncovered at live prices (LIQ-1); pays the fee for the first flag of an episode.
    /// @dev A slot without a valid price is no evidence: its lock counts as if that slot had not fallen.
    function flag(bytes32 id) external;
    /// @notice Clear the flag, or cancel auctions, of an account that is covered (LIQ-1) or meets the initial requirement (LIQ-6).
    /// @dev Here a lock with a relied-on slot without a price counts 0. Needs no price when nothing is owed.
    function clear(bytes32 id) external;
    /// @notice LIQ-2: start the auction(s) that the rules choose, of locks with valid prices on all relied-on slots (LIQ-4). Returns the locks put up; pays the fee.
    /// @dev An auction that ends unsold stays open at its end prices until someone buys or it is cancelled.
    /// No throttle slows auctions down (LIQ-10 holds trivially).
    function startAuctions(bytes32 id) external returns (uint256[] memory lockNullifiers);
    /// @notice Buy the claim: repays X worth of debt from msg.sender; the claim becomes a note of (pkB, 8·key) on S. Reverts if more than maxDebtAssets is due.
    /// @dev The buyer approves the module for the debt token first.
    function buy(bytes32 id, uint256 lockNullifier, uint256 maxDebtAssets, uint256 pkB, JubPoint calldata key) external returns (uint64 claim, uint256 debtAssets);

    // The module.

    /// @notice Reverts unless the caller is the account's module, `caller` its controller, no flag is up, and initialRequirement ≤ live coverage at
    /// min(latest snapshot, live) prices.
    function requireInitial(bytes32 id, address caller) external view;
    /// @notice The module says that debt was repaid: clears the flag, or cancels auctions, if that suffices. Never decides whether one may repay.
    function onRepaid(bytes32 id) external;

    // Views.

    function localEid() external view returns (uint32);
    function domainOf(uint32 srcEid, address vault) external view returns (uint256);
    function accountId(bytes32 marketId, address controller, bytes32 salt) external view returns (bytes32);
    function account(bytes32 id) external view returns (AccountView memory);
    function lock(uint256 domain, uint256 lockNullifier) external view returns (Lock memory);
    function isOperator(bytes32 id, address operator) external view returns (bool);
    /// @notice The x a proof must be made for: the floors f of (snapshot, floorBps, profile), µUSD per shared unit · 2^64. 0 on a relied-on slot: not provable.
    function floors(bytes32 marketId, uint32 sourceId, uint32 snapshot, uint16 floorBps, uint8 profile) external view returns (uint256[8] memory floorsX64);
    /// @notice Σ G over counting locks, at live prices, µUSD (ACC-3). A lock without a valid price counts 0.
    function liveCoverage(bytes32 id) external view returns (uint256);
    /// @notice Σ G over counting locks at min(latest snapshot, live): what borrowing is checked against.
    function borrowCoverage(bytes32 id) external view returns (uint256);
    /// @notice G of a lock at live prices, whether its proof still counts or not; 0 without valid prices.
    function guarantee(bytes32 id, uint256 lockNullifier) external view returns (uint256);
    function isCovered(bytes32 id) external view returns (bool);
    function auction(bytes32 id, uint256 lockNullifier) external view returns (AuctionView memory);
    /// @notice Seizure prices and X if bought in this block.
    function quoteBuy(bytes32 id, uint256 lockNullifier) external view returns (uint64 claim, uint256 debtAssets, uint96[8] memory seizurePricesX64);
    function market(bytes32 marketId) external view returns (MarketConfig memory config, uint256 trusteeX, uint256 trusteeY);
    function source(bytes32 marketId, uint32 sourceId) external view returns (Source memory);
    function sourceCount(bytes32 marketId) external view returns (uint32);
}
