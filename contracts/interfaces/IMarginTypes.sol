// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOrderQueue} from "./IOrderQueue.sol";
import {IPriceBoard} from "./IPriceBoard.sol";
import {IProofVerifier} from "./IProofVerifier.sol";
import {IRootInbox} from "./IRootInbox.sol";
import {JubPoint, ZkProof} from "../types/Types.sol";

/// @title Structs, events, errors and wiring of the margin engine
/// @dev Coverage M, guarantee G, claim X, cap, requirement: µUSD. Prices: µUSD per shared unit · 2^64, 0 = no valid price. Bps of 10⁴.
interface IMarginTypes {
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
        uint64 coverageBurst; // µUSD of new coverage that may come at once
        uint64 coveragePerHour; // µUSD; how fast that comes back
        uint64 coverageAvailable; // µUSD of it now
        uint8 revocations; // LIQ-9
        uint32 revokedAt; // seconds; roots attested up to then are revoked. 0 = none
    }

    /// What an owner and a guardian may change of a source (design §5).
    struct SourceLimits {
        uint32 maxRootAge; // seconds, > 0, below 2^24
        uint64 maxCoveragePerLock; // µUSD
        uint64 exposureCap; // µUSD
        uint64 coverageBurst; // µUSD, whole USD below 2^32
        uint64 coveragePerHour; // µUSD, whole USD below 2^32, > 0; the burst comes back within 30 days
    }

    /// What the owner says about a source.
    struct SourceConfig {
        uint32 eid;
        address vault;
        address riskSet;
        uint32 setId;
        uint32 maxRootAge; // as in SourceLimits, like what follows
        uint64 maxCoveragePerLock;
        uint64 exposureCap;
        uint64 coverageBurst;
        uint64 coveragePerHour;
    }

    /// Market parameters. Bps of 10⁴.
    struct MarketConfig {
        address module; // IPositionModule; serves this market alone
        JubPoint trusteeKey; // as submitted (R); the engine also stores and uses 8R
        uint32 graceSeconds;
        uint32 reflagWindowSeconds;
        uint32 auctionSeconds; // below 2^24
        uint32 maxProofAgeSeconds; // bound on expiry − now; below 2^24
        uint32 maxSnapshotAgeSeconds; // of the snapshot that a proof names
        uint16 minBonusBps;
        uint16 maxBonusBps;
        uint16 bufferBps;
        uint128 flagFee; // debt token units, paid to flagger and starter; ≤ minDebt / 20
        uint128 minDebt; // debt token units
        uint8 fundFeeBps; // what a purchase within the guarantee adds to the debt it repays, for the insurance fund; ≤ bufferBps
        uint64 attestationFee; // wei a new lock pays who attested its root (FEE-2); whole 10^12 wei, below 2^16 of them
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
    event SourceLimitsSet(bytes32 indexed market, uint32 indexed sourceId, SourceLimits limits);
    /// LIQ-9: every root of the source that was attested up to `revokedAt` is revoked.
    event RootsRevoked(
        bytes32 indexed market,
        uint32 indexed sourceId,
        uint8 revocations,
        uint32 revokedAt,
        address indexed by
    );
    event GuardianSet(address indexed guardian);
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
    event Sold(
        bytes32 indexed account,
        uint256 indexed lockNullifier,
        address indexed buyer,
        uint64 claim,
        uint256 debtAssets,
        uint96[8] seizurePricesX64
    );

    // Markets.
    error UnknownMarket(bytes32 market);
    error UnknownSource(bytes32 market, uint32 sourceId);
    error TooManyMarkets();
    error TooManySources(bytes32 market);
    error SourceExists(bytes32 market, uint256 domain);
    /// Thrown when something that only tightens is asked for by someone who is neither guardian nor owner.
    error NotGuardian(address caller);
    /// Thrown when the guardian revokes roots again while accounts still have time to prove anew: that takes the owner.
    error RevokedAlready(bytes32 market, uint32 sourceId, uint256 reproveUntil);
    /// Thrown when a source's roots were revoked 255 times: it needs a new market.
    error TooManyRevocations(bytes32 market, uint32 sourceId);
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
    /// S has executed an escape of this domain: nothing new is opened or borrowed against its locks (ESC-1).
    error DomainRetired(uint256 domain);
    /// What S last said about this domain is too old; a ROOT or a STATUS, which anyone can send, brings news (ORD-7).
    error ReportTooOld(uint256 domain, uint64 reportedAt, uint256 oldest);
    /// S has not heard of this engine for too long; a heartbeat, which anyone can send, and then a STATUS mend that.
    error DomainSilent(uint256 domain, uint64 lastSeen, uint64 reportedAt);
    /// Prices of a collateral set have moved too far too fast: nothing is opened or borrowed against it for a while (LIQ-10).
    error SetHalted(uint32 setId, uint40 until);
    error SnapshotTooOld(uint32 snapshot, uint64 snapshotTime, uint256 oldest);
    error RiskVersionNotOpenable(address riskSet, uint32 version);
    error BadCoverage(uint8 mantissa, uint8 exponent);
    error BadFloor(uint16 floorBps);
    error UnknownProfile(uint8 profile);
    /// A lock covers too little to be worth selling. µUSD.
    error CoverageBelowMinimum(uint64 coverage, uint64 minimum);
    error CoverageAboveMaximum(uint64 coverage, uint64 maximum);
    error ExposureCapExceeded(bytes32 market, uint32 sourceId, uint256 exposure, uint64 cap);
    /// More new coverage than a source ever takes at once.
    error CoverageAboveBurst(bytes32 market, uint32 sourceId, uint64 added, uint256 burst);
    /// More new coverage than a source takes now. `fitsAt`: when it will, if none comes before, seconds.
    error CoverageRateExceeded(bytes32 market, uint32 sourceId, uint64 added, uint256 fitsAt);
    /// The root was attested before the source's roots were last revoked (LIQ-9). A proof under a newer one is welcome.
    error RootRevoked(uint256 root, uint64 rootTime, uint64 revokedAt);
    /// The lock was proven under a root that was revoked: nobody can buy its claim (LIQ-9).
    error LockRevoked(bytes32 account, uint256 lockNullifier);
    /// The lock has backed an account, or was released: no second use, ever.
    error LockUsed(uint256 domain, uint256 lockNullifier);
    error LockNotInAccount(bytes32 account, uint256 lockNullifier);
    error WrongSource(uint256 lockNullifier, uint32 expected, uint32 got);
    /// A feed of a relied-on slot gives no valid price. `missing`: bit mask of the slots.
    error PriceMissing(uint32 setId, uint8 missing);
    /// The proof does not verify for the values that the engine computed: root, N, domain, controller, M, floors, risk set, trustee key, sealed opening, ext.
    error InvalidProof(uint256 lockNullifier);
    error OperatorLowersGuarantee(uint256 lockNullifier, uint64 was, uint64 now_);
    /// An operator's proof would guarantee less than the one before it once the price of `slot` falls.
    error OperatorRaisesFloor(uint256 lockNullifier, uint8 slot);
    /// An expired proof counts 0, so an operator may not bring that nearer.
    error OperatorShortensExpiry(uint256 lockNullifier, uint40 was, uint40 now_);

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
    /// While a set of its collateral is halted, a solvent account has more time (LIQ-10).
    error LiquidationSlowed(bytes32 account, uint256 startsAt);
    error AuctionRunning(bytes32 account);
    error NothingToAuction(bytes32 account);
    error NotInAuction(bytes32 account, uint256 lockNullifier);
    error NothingOwed(bytes32 account);
    /// `buyWithCallback` without data: `buy` is meant.
    error EmptyCallbackData();
    error DebtAboveMaximum(uint256 debtAssets, uint256 maxDebtAssets);

    // What the engine is wired to, for ever.

    function localEid() external view returns (uint32);
    /// @notice Of the circuit `margin`.
    function verifier() external view returns (IProofVerifier);
    function rootInbox() external view returns (IRootInbox);
    function orderQueue() external view returns (IOrderQueue);
    function priceBoard() external view returns (IPriceBoard);
    function marketCount() external view returns (uint16);
    /// @notice May lower limits and revoke roots, and nothing else.
    function guardian() external view returns (address);
}
