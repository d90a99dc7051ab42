// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {IRiskSet} from "../../../contracts/interfaces/IRiskSet.sol";
import {DomainReport, MessageCodec, RecoveredMessage, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {KinkedRateModel} from "../../../contracts/margin/KinkedRateModel.sol";
import {MarginEngine} from "../../../contracts/margin/MarginEngine.sol";
import {MarginStorage} from "../../../contracts/margin/MarginStorage.sol";
import {OrderQueue} from "../../../contracts/messaging/OrderQueue.sol";
import {RootInbox} from "../../../contracts/messaging/RootInbox.sol";
import {PriceBoard} from "../../../contracts/risk/PriceBoard.sol";
import {RiskSet} from "../../../contracts/risk/RiskSet.sol";
import {JubPoint, ZkProof} from "../../../contracts/types/Types.sol";
import {Deploy} from "./Deploy.sol";
import {ExpectingVerifier} from "./ExpectingVerifier.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {ReplayAggregator} from "./ReplayAggregator.sol";
import {TestToken} from "./TestToken.sol";

/// A margin chain with the real messaging, oracle, risk and pool contracts; only the proofs are taken on trust (ExpectingVerifier).
/// Slots: 0 BTC $60,000, 1 ETH $3,000, 2 DAI $1, 3 junk $1 with h = 0 elsewhere listed at 0.2; 4 to 7 unused. Debt: USDC at $1.
abstract contract MarginFixture is LayerZeroFixture {
    uint256 internal constant X64 = 1 << 64;
    bytes32 internal constant USDC_ID = "USDC";
    bytes32 internal constant SALT = "salt";
    uint256 internal constant ROOT = 0xbeef;
    address internal constant VAULT = address(0x7a017);
    bytes32 internal constant MESSENGER = bytes32(uint256(0x3e55));

    uint32 internal constant GRACE = 1 hours;
    uint32 internal constant REFLAG = 2 hours;
    uint32 internal constant AUCTION = 30 minutes;
    uint32 internal constant MAX_PROOF_AGE = 7 days;
    uint32 internal constant MAX_SNAPSHOT_AGE = 1 hours;
    uint32 internal constant MAX_ROOT_AGE = 1 days;
    uint16 internal constant MIN_BONUS = 200;
    uint16 internal constant MAX_BONUS = 500;
    uint16 internal constant BUFFER = 100;
    uint16 internal constant DEBT_HAIRCUT = 50;
    uint16 internal constant INITIAL_EXTRA = 500;
    uint128 internal constant FLAG_FEE = 5e6;
    uint128 internal constant MIN_DEBT = 100e6;
    uint64 internal constant MAX_COVERAGE = 10_000_000e6;
    uint64 internal constant EXPOSURE_CAP = 20_000_000e6;
    uint64 internal constant BURST = 40_000_000e6;
    uint64 internal constant PER_HOUR = 5_000_000e6;

    // Profiles by index.
    uint8 internal constant MAJORS = 0; // BTC + ETH
    uint8 internal constant BTC_ONLY = 1;
    uint8 internal constant DAI_ONLY = 2;
    uint8 internal constant JUNK_ONLY = 3;

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal keeper = makeAddr("keeper");
    address internal lender = makeAddr("lender");

    TestToken internal usdc;
    ReplayAggregator internal btc;
    ReplayAggregator internal eth;
    ReplayAggregator internal dai;
    ReplayAggregator internal junk;
    ReplayAggregator internal usdcFeed;
    PriceBoard internal board;
    RiskSet internal riskSet;
    ExpectingVerifier internal verifier;
    OrderQueue internal queue;
    RootInbox internal inbox;
    IMarginEngine internal engine;
    CreditPool internal pool;
    bytes32 internal marketId;
    uint32 internal setId;
    uint256 internal domain;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        deployLayerZero();
        queue = Deploy.orderQueue(address(endpoint), address(this));
        inbox = Deploy.rootInbox(address(endpoint), address(this));
        inbox.setPeer(REMOTE_EID, MESSENGER);
        verifier = new ExpectingVerifier();
        verifier.acceptAny(true);
        _deployOracle();
        _deployRisk();
        engine = IMarginEngine(
            address(Deploy.marginEngine(address(this), MarginStorage.Wiring(LOCAL_EID, verifier, inbox, queue, board)))
        );
        pool = newPool();
        marketId = engine.createMarket(marketConfig(address(pool)));
        engine.addSource(marketId, sourceConfig());
        domain = engine.source(marketId, 0).domain;
        attest(REMOTE_EID, VAULT, ROOT, uint64(block.timestamp));
        supply(1_000_000e6);
    }

    /// The margin proof's context as docs/encodings.md has it; the twelve words after the tag in one array, for a shallow stack.
    function contextOf(
        IMarginTypes.MarginProof memory p,
        bytes32 id,
        uint64 nonce,
        uint8 action,
        address caller
    ) internal view returns (uint256) {
        return contextOf(p, id, nonce, action, caller, 0);
    }

    function contextOf(
        IMarginTypes.MarginProof memory p,
        bytes32 id,
        uint64 nonce,
        uint8 action,
        address caller,
        uint256 fee
    ) internal view returns (uint256) {
        uint256[12] memory words;
        (words[0], words[1], words[2]) = (block.chainid, uint160(address(engine)), uint256(marketId));
        (words[3], words[4], words[5], words[6]) = (action, uint256(id), nonce, uint160(caller));
        words[7] = fee;
        (words[8], words[9], words[10], words[11]) = (p.snapshot, p.riskVersion, p.expiry, p.deadline);
        return uint256(keccak256(abi.encode("hypothec.margin", words))) >> 8;
    }

    function newPool() internal returns (CreditPool) {
        KinkedRateModel model = new KinkedRateModel(0.01e18, 0.05e18, 1e18, 0.9e18);
        return Deploy.creditPool(usdc, address(engine), board, USDC_ID, model, DEBT_HAIRCUT, INITIAL_EXTRA);
    }

    function marketConfig(address module) internal pure returns (IMarginTypes.MarketConfig memory c) {
        c.module = module;
        c.trusteeKey = base8();
        c.graceSeconds = GRACE;
        c.reflagWindowSeconds = REFLAG;
        c.auctionSeconds = AUCTION;
        c.maxProofAgeSeconds = MAX_PROOF_AGE;
        c.maxSnapshotAgeSeconds = MAX_SNAPSHOT_AGE;
        c.minBonusBps = MIN_BONUS;
        c.maxBonusBps = MAX_BONUS;
        c.bufferBps = BUFFER;
        c.flagFee = FLAG_FEE;
        c.minDebt = MIN_DEBT;
        c.profiles = new uint8[](4);
        (c.profiles[0], c.profiles[1], c.profiles[2], c.profiles[3]) = (3, 1, 4, 8);
    }

    function sourceConfig() internal view returns (IMarginTypes.SourceConfig memory) {
        return
            IMarginTypes.SourceConfig(
                REMOTE_EID,
                VAULT,
                address(riskSet),
                setId,
                MAX_ROOT_AGE,
                MAX_COVERAGE,
                EXPOSURE_CAP,
                BURST,
                PER_HOUR
            );
    }

    function haircuts() internal pure returns (uint16[8] memory) {
        return [uint16(8000), 7500, 9500, 2000, 0, 0, 0, 0];
    }

    function riskModel() internal pure returns (IRiskSet.Model memory model) {
        model.haircutFactors = haircuts();
        model.loadings = new int64[8][](1);
        model.loadings[0] = [int64(0.03e9), 0.04e9, 0, -0.01e9, 0, 0, 0, 0];
        model.specificVariance = [uint64(0.0001e18), 0.0002e18, 0.000001e18, 0.0003e18, 0, 0, 0, 0];
        model.zE4 = 23_300;
    }

    // Prices.

    function push(ReplayAggregator feed, uint256 usd) internal {
        feed.push(int256(usd * 1e8));
    }

    function prices(uint256 btcUsd, uint256 ethUsd) internal {
        push(btc, btcUsd);
        push(eth, ethUsd);
        push(dai, 1);
        push(junk, 1);
        push(usdcFeed, 1);
    }

    /// Prices of now, pushed again after the clock moved, and a snapshot of them.
    function refreshPrices(uint256 btcUsd, uint256 ethUsd) internal returns (uint32) {
        prices(btcUsd, ethUsd);
        return board.takeSnapshot(setId);
    }

    function later(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }

    // Roots, liquidity.

    function attest(uint32 eid, address vault, uint256 root, uint64 sourceTime) internal {
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(engine.domainOf(eid, vault), sourceTime, false);
        RootMessage memory message = RootMessage(vault, root, 1, sourceTime, keeper, reports);
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(eid, MESSENGER, 1), bytes32(0), encode(message), address(0), "");
    }

    /// S says what the PUBLIC settlement of lock n seized.
    function recover(uint256 n, uint256 lo, uint256 hi) internal {
        bytes memory message = MessageCodec.encodeRecovered(RecoveredMessage(VAULT, address(engine), n, lo, hi));
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(REMOTE_EID, MESSENGER, 2), bytes32(0), message, address(0), "");
    }

    function encode(RootMessage memory message) internal pure returns (bytes memory) {
        return MessageCodec.encodeRoot(message);
    }

    function supply(uint256 assets) internal {
        usdc.mint(lender, assets);
        vm.startPrank(lender);
        usdc.approve(address(pool), assets);
        pool.deposit(assets, lender);
        vm.stopPrank();
    }

    // Accounts.

    /// A margin proof of lock N for M = mantissa·10^exponent at the latest snapshot.
    function proofOf(
        uint256 n,
        uint8 mantissa,
        uint8 exponent,
        uint16 floorBps,
        uint8 profile
    ) internal view returns (IMarginTypes.MarginProof memory p) {
        p.root = ROOT;
        p.lockNullifier = n;
        p.coverageMantissa = mantissa;
        p.coverageExponent = exponent;
        p.snapshot = board.latestSnapshot(setId);
        p.floorBps = floorBps;
        p.profile = profile;
        p.riskVersion = riskSet.currentVersion();
        p.expiry = uint40(vm.getBlockTimestamp() + MAX_PROOF_AGE);
        p.deadline = uint40(vm.getBlockTimestamp() + 600);
        p.ephemeral = JubPoint(1, 2);
        p.sealedOpening = [uint256(11), 12, 13, 14, 15];
        p.zk = ZkProof([uint256(1), 2, 3, 4, 5, 6, 7, 8], 99);
    }

    /// Alice's account on lock n, M = mantissa·$10,000 relying on BTC and ETH with floors at 0.9, owing `borrow`.
    function openAccount(uint256 n, uint8 mantissa, uint256 borrow) internal returns (bytes32 id) {
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, 10, 9000, MAJORS);
        vm.prank(alice);
        return engine.open(marketId, bytes32(n), p, borrow, alice);
    }

    function addLock(bytes32 id, uint256 n, uint8 mantissa, uint16 floorBps, uint8 profile) internal {
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, 10, floorBps, profile);
        vm.prank(alice);
        engine.addLock(id, p);
    }

    function fund(address who, uint256 assets) internal {
        usdc.mint(who, assets);
        vm.prank(who);
        usdc.approve(address(pool), type(uint256).max);
    }

    function flagged(bytes32 id) internal {
        vm.prank(keeper);
        engine.flag(id);
    }

    /// Alice's account on lock 1, owing 85,000, in auction at these prices.
    function inAuction(uint256 btcUsd, uint256 ethUsd) internal returns (bytes32 id) {
        id = openAccount(1, 10, 85_000e6);
        prices(btcUsd, ethUsd);
        flagged(id);
        vm.warp(engine.account(id).graceEndsAt);
        started(id);
    }

    function started(bytes32 id) internal returns (uint256[] memory) {
        vm.prank(keeper);
        return engine.startAuctions(id);
    }

    /// The base point of BabyJubJub's prime-order subgroup (ERC-2494).
    function base8() internal pure returns (JubPoint memory) {
        return
            JubPoint(
                5299619240641551281634865583518297030282874472190772894086521144482721001553,
                16950150798460657717958625567821834550301663161624707787222815936182638968203
            );
    }

    /// The text of the last order queued in these logs.
    function lastOrder(Vm.Log[] memory logs) internal pure returns (bytes memory order) {
        bytes32 topic = keccak256("OrderQueued(uint32,uint256,address,uint256,bytes)");
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) (, order) = abi.decode(logs[i].data, (uint256, bytes));
        }
    }

    function feedConfig(
        ReplayAggregator feed,
        uint8 assetDecimals
    ) internal pure returns (IPriceBoard.FeedConfig memory) {
        return IPriceBoard.FeedConfig(address(feed), assetDecimals, 1 days, 1, 1e8 * 1e8);
    }

    function _deployOracle() private {
        usdc = new TestToken("USD Coin", "USDC", 6);
        btc = new ReplayAggregator(8, "BTC / USD", 60_000e8);
        eth = new ReplayAggregator(8, "ETH / USD", 3_000e8);
        dai = new ReplayAggregator(8, "DAI / USD", 1e8);
        junk = new ReplayAggregator(8, "JUNK / USD", 1e8);
        usdcFeed = new ReplayAggregator(8, "USDC / USD", 1e8);
        board = Deploy.priceBoard(address(this));
        IPriceBoard.FeedConfig[8] memory feeds;
        feeds[0] = feedConfig(btc, 8);
        feeds[1] = feedConfig(eth, 8);
        feeds[2] = feedConfig(dai, 6);
        feeds[3] = feedConfig(junk, 6);
        setId = board.addSet(feeds);
        board.addAsset(USDC_ID, feedConfig(usdcFeed, 6));
        board.takeSnapshot(setId);
    }

    function _deployRisk() private {
        riskSet = new RiskSet(address(this), MIN_BONUS);
        riskSet.addVersion(riskModel());
    }
}
