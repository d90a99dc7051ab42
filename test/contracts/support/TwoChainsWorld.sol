// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {IRiskSet} from "../../../contracts/interfaces/IRiskSet.sol";
import {QueueLib} from "../../../contracts/libraries/QueueLib.sol";
import {DomainReport, MessageCodec, RecoveredMessage, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {InsuranceFund} from "../../../contracts/margin/InsuranceFund.sol";
import {KinkedRateModel} from "../../../contracts/margin/KinkedRateModel.sol";
import {MarginStorage} from "../../../contracts/margin/MarginStorage.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {OrderQueue} from "../../../contracts/messaging/OrderQueue.sol";
import {RootInbox} from "../../../contracts/messaging/RootInbox.sol";
import {PriceBoard} from "../../../contracts/risk/PriceBoard.sol";
import {RiskSet} from "../../../contracts/risk/RiskSet.sol";
import {Entry, JubPoint, SettleOrder, ZkProof} from "../../../contracts/types/Types.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {RecoveryVault} from "../../../contracts/vault/RecoveryVault.sol";
import {AlwaysTrueVerifier} from "./AlwaysTrueVerifier.sol";
import {Deploy} from "./Deploy.sol";
import {MoodyToken} from "./HostileTokens.sol";
import {ReplayAggregator} from "./ReplayAggregator.sol";
import {TestToken} from "./TestToken.sol";

/// A vault chain and a margin chain in one EVM, each with LayerZero's own endpoint and an eid of its own; messages go from one to the other when they are told to.
/// Proofs are taken on trust (AlwaysTrueVerifier): who uses this is an honest prover. Slots: 0 USDC (6 decimals) $1, 1 WBTC (8) $60,000, 2 the native asset (18, 8 shared) $3,000.
abstract contract TwoChainsWorld {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    string private constant PROTOCOL = "node_modules/@layerzerolabs/lz-evm-protocol-v2/artifacts/contracts/";

    uint32 internal constant S_EID = 30_101;
    uint32 internal constant D_EID = 30_202;
    uint256 internal constant ENTRY_FEE = 0.0001 ether;
    uint256 internal constant NATIVE_UNIT = 1e10;
    uint256 internal constant ROOT = 0xbeef;
    uint64 internal constant CAP = 1e15;
    uint16 internal constant MAX_BONUS = 500;
    uint128 internal constant MIN_DEBT = 100e6;
    uint256 internal constant ATTESTATION_FEE = 1e12;
    bytes32 private constant DEBT_ID = "USDC on D";
    bytes32 private constant MESSENGER = bytes32(uint256(0x3e55));

    uint256 internal constant USER_KEY = 0xa11ce;
    address internal constant user = 0xe05fcC23807536bEe418f142D19fa0d21BB0cfF7; // vm.addr(USER_KEY)
    address internal constant keeper = address(0x4ee9);
    address internal constant lender = address(0x1e4d);
    address internal constant recipient = address(0x4ec1);

    // S
    address private _endpointS;
    OrderInbox public inbox;
    CollateralVault public vault;
    TestToken[2] public tokens;
    /// The second of them, when it is in a mood.
    MoodyToken internal moody;
    RecoveryVault internal recovery;
    uint256 public nullifiers; // 1 … nullifiers are spent
    // D
    address private _endpointD;
    OrderQueue public queue;
    RootInbox public rootInbox;
    IMarginEngine public engine;
    CreditPool public pool;
    InsuranceFund public insuranceFund;
    PriceBoard public board;
    RiskSet public riskSet;
    TestToken public debtToken;
    ReplayAggregator[3] private _feeds;
    ReplayAggregator private _debtFeed;
    uint256[3] private _usdE8 = [uint256(1e8), 60_000e8, 3_000e8];

    uint32 public setId;
    bytes32 public marketId;
    uint256 public domain;

    bytes[] private _orders;
    mapping(bytes32 hash => SettleOrder) private _settles;
    mapping(uint256 lockNullifier => uint64) internal largestCap;
    mapping(uint256 lockNullifier => uint96[8]) internal openedPrices;

    receive() external payable {}

    function deployWorld() internal {
        bytes memory endpoint = Deploy.codeIn(PROTOCOL, "EndpointV2");
        _endpointS = Deploy.create(endpoint, abi.encode(S_EID, address(this)));
        _endpointD = Deploy.create(endpoint, abi.encode(D_EID, address(this)));
        vm.deal(user, 1e30);
        vm.deal(address(this), 1e30);
        queue = Deploy.orderQueue(_endpointD, address(this));
        rootInbox = Deploy.rootInbox(_endpointD, address(this));
        rootInbox.setPeer(S_EID, MESSENGER);
        _deployVault();
        _deployMargin();
        inbox.registerEngine(D_EID, address(engine));
        domain = engine.domainOf(S_EID, address(vault));
        deliverRoot();
    }

    // -- S ------------------------------------------------------------------------------------------------------------

    function depositLimit(uint256 slot) internal pure returns (uint256) {
        return [uint256(1_000_000e6), 20e8, 300e8][slot];
    }

    function depositAs(address who, uint8 slot, uint64 shared) internal {
        if (slot < 2) tokens[slot].mint(who, shared);
        uint256 amount = slot < 2 ? shared : shared * NATIVE_UNIT;
        vm.prank(who);
        vault.deposit{value: slot < 2 ? ENTRY_FEE : amount + ENTRY_FEE}(slot, amount, 1, "");
    }

    function emptyTransact() internal view returns (ICollateralVault.TransactParams memory params) {
        params.root = ROOT;
        params.outCommitments = [uint256(201), 202];
        params.deadline = uint40(vm.getBlockTimestamp());
        params.memo0 = new bytes(288);
        params.memo1 = new bytes(288);
    }

    function settleParams() internal pure returns (ICollateralVault.SettleParams memory params) {
        params.root = ROOT;
        params.restCommitment = 71;
    }

    // -- messages -----------------------------------------------------------------------------------------------------

    /// ROOT, with what S knows of the engine.
    function deliverRoot() internal {
        uint64 seen = inbox.lastSeen(domain);
        uint64 registered = inbox.registeredAt(D_EID, address(engine));
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(domain, seen > registered ? seen : registered, inbox.isRetired(domain));
        RootMessage memory message = RootMessage(
            address(vault),
            ROOT,
            1,
            uint64(vm.getBlockTimestamp()),
            keeper,
            reports
        );
        vm.prank(_endpointD);
        rootInbox.lzReceive(Origin(S_EID, MESSENGER, 1), 0, MessageCodec.encodeRoot(message), address(0), "");
    }

    /// RECOVERED, as S would send it.
    function deliverRecovered(uint256 lockNullifier, uint256 lo) internal {
        RecoveredMessage memory message = RecoveredMessage(address(vault), address(engine), lockNullifier, lo, 0);
        vm.prank(_endpointD);
        rootInbox.lzReceive(Origin(S_EID, MESSENGER, 2), 0, MessageCodec.encodeRecovered(message), address(0), "");
    }

    function orderCount() public view returns (uint256) {
        return _orders.length;
    }

    function deliverOrder(uint256 index) internal {
        bytes memory order = _orders[index];
        bytes memory message = abi.encodePacked(uint8(3), uint8(1), uint8(1), uint16(order.length), order);
        Origin memory origin = Origin(D_EID, bytes32(uint256(uint160(address(queue)))), 1);
        vm.prank(_endpointS);
        inbox.lzReceive(origin, 0, message, address(0), "");
    }

    function recordOrders() internal {
        vm.recordLogs();
    }

    /// What the queue took since `recordOrders`.
    function keepOrders() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != keccak256("OrderQueued(uint32,uint256,address,uint256,bytes)")) continue;
            (, bytes memory order) = abi.decode(logs[i].data, (uint256, bytes));
            _orders.push(order);
            if (order.length != 274) continue;
            SettleOrder memory decoded = this.decode(order);
            _settles[keccak256(abi.encode(decoded))] = decoded;
        }
    }

    function decode(bytes calldata order) external pure returns (SettleOrder memory) {
        return MessageCodec.decodeSettle(order);
    }

    /// The SETTLE of a hash.
    function orderOf(bytes32 hash) internal view returns (bool known, SettleOrder memory order) {
        order = _settles[hash];
        known = order.vault != address(0);
    }

    // -- D ------------------------------------------------------------------------------------------------------------

    function supply(uint256 assets) internal {
        debtToken.mint(lender, assets);
        vm.prank(lender);
        pool.deposit(assets, lender);
    }

    function movePrice(uint256 slot, int256 percent) internal {
        uint256 usd = (_usdE8[slot] * uint256(100 + percent)) / 100;
        uint256 base = [uint256(1e8), 60_000e8, 3_000e8][slot];
        // Within a factor of eight of where it began.
        _usdE8[slot] =
            usd < base / 8
                ? base / 8
                : usd > base * 8
                    ? base * 8
                    : usd;
        pushPrices();
    }

    function pushPrices() internal {
        for (uint256 i = 0; i < 3; i++) _feeds[i].push(int256(_usdE8[i]));
        _debtFeed.push(1e8);
    }

    /// Prices, snapshot and root of now.
    function fresh() internal {
        pushPrices();
        board.takeSnapshot(setId);
        deliverRoot();
    }

    function proofOf(
        uint256 lockNullifier,
        uint8 mantissa,
        uint8 exponent,
        uint16 floorBps
    ) internal view returns (IMarginTypes.MarginProof memory p) {
        (p.root, p.lockNullifier) = (ROOT, lockNullifier);
        (p.coverageMantissa, p.coverageExponent) = (mantissa, exponent);
        p.snapshot = board.latestSnapshot(setId);
        p.floorBps = floorBps;
        p.riskVersion = riskSet.currentVersion();
        p.expiry = uint40(vm.getBlockTimestamp() + 7 days);
        p.deadline = uint40(vm.getBlockTimestamp());
        p.ephemeral = JubPoint(1, 2);
    }

    function noProof() internal pure returns (ZkProof memory proof) {}

    /// The base point of BabyJubJub's prime-order subgroup (ERC-2494).
    function base8() internal pure returns (JubPoint memory) {
        return
            JubPoint(
                5299619240641551281634865583518297030282874472190772894086521144482721001553,
                16950150798460657717958625567821834550301663161624707787222815936182638968203
            );
    }

    function _deployVault() private {
        AlwaysTrueVerifier verifier = new AlwaysTrueVerifier();
        inbox = Deploy.orderInbox(_endpointS, address(this));
        inbox.setPeer(D_EID, bytes32(uint256(uint160(address(queue)))));
        recovery = Deploy.recoveryVault(address(this), address(this), inbox);
        vault = Deploy.vault(
            CollateralVault.Config({
                owner: address(this),
                guardian: address(this),
                orderInbox: inbox,
                recoveryVault: address(recovery),
                batch16Verifier: verifier,
                batch64Verifier: verifier,
                transactVerifier: verifier,
                settleVerifier: verifier,
                entryFee: ENTRY_FEE,
                sealDelay: 60
            })
        );
        tokens[0] = new TestToken("USD Coin", "USDC", 6);
        moody = new MoodyToken(vault);
        tokens[1] = moody;
        vault.listAsset(0, address(tokens[0]), 6, CAP);
        vault.listAsset(1, address(tokens[1]), 8, CAP);
        vault.listAsset(2, address(0), 8, CAP);
        // What exceeds these is delayed (ADR 0016).
        vault.setOutflowLimit(0, 100_000e6, 100_000e6);
        vault.setOutflowLimit(2, 0, 100e8);
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(user);
            tokens[i].approve(address(vault), type(uint256).max);
        }
        // One root that everything is proven under.
        Entry[] memory chunk = new Entry[](16);
        for (uint256 i = 0; i < 16; i++) {
            depositAs(user, 0, 1);
            chunk[i] = Entry(1, QueueLib.depositMeta(0, 1));
        }
        vault.appendBatch(chunk, ROOT, noProof(), payable(keeper));
    }

    function _deployMargin() private {
        debtToken = new TestToken("USD Coin", "USDC", 6);
        board = Deploy.priceBoard(address(this));
        uint8[3] memory decimals = [6, 8, 8];
        IPriceBoard.FeedConfig[8] memory feeds;
        for (uint256 i = 0; i < 3; i++) {
            _feeds[i] = new ReplayAggregator(8, "feed", int256(_usdE8[i]));
            feeds[i] = IPriceBoard.FeedConfig(address(_feeds[i]), decimals[i], 1 days, 1, 1e8 * 1e8);
        }
        _debtFeed = new ReplayAggregator(8, "debt", 1e8);
        setId = board.addSet(feeds);
        board.addAsset(DEBT_ID, IPriceBoard.FeedConfig(address(_debtFeed), 6, 1 days, 1, 1e8 * 1e8));
        board.takeSnapshot(setId);
        riskSet = RiskSet(Deploy.create(Deploy.code("risk/RiskSet"), abi.encode(address(this), 200)));
        IRiskSet.Model memory model;
        model.haircutFactors = [uint16(9_500), 8_000, 7_500, 0, 0, 0, 0, 0];
        riskSet.addVersion(model);
        engine = IMarginEngine(
            address(
                Deploy.marginEngine(
                    address(this),
                    MarginStorage.Wiring(D_EID, new AlwaysTrueVerifier(), rootInbox, queue, board)
                )
            )
        );
        pool = Deploy.creditPool(
            debtToken,
            address(engine),
            board,
            DEBT_ID,
            new KinkedRateModel(0.01e18, 0.05e18, 1e18, 0.9e18),
            50,
            500
        );
        insuranceFund = Deploy.insuranceFund(address(this), pool);
        pool.setInsuranceFund(address(insuranceFund));
        pool.setReserve(1_000, address(insuranceFund));
        IMarginTypes.MarketConfig memory c;
        c.module = address(pool);
        c.trusteeKey = base8();
        (c.graceSeconds, c.reflagWindowSeconds, c.auctionSeconds) = (1 hours, 2 hours, 30 minutes);
        (c.maxProofAgeSeconds, c.maxSnapshotAgeSeconds) = (7 days, 1 hours);
        (c.minBonusBps, c.maxBonusBps, c.bufferBps) = (200, MAX_BONUS, 100);
        (c.flagFee, c.minDebt) = (5e6, MIN_DEBT);
        c.attestationFee = uint64(ATTESTATION_FEE);
        c.profiles = new uint8[](1);
        c.profiles[0] = 7;
        marketId = engine.createMarket(c);
        engine.addSource(
            marketId,
            IMarginTypes.SourceConfig(
                S_EID,
                address(vault),
                address(riskSet),
                setId,
                1 days,
                10_000_000e6,
                100_000_000e6,
                100_000_000e6,
                10_000_000e6
            )
        );
        address[3] memory payers = [user, keeper, lender];
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(payers[i]);
            debtToken.approve(address(pool), type(uint256).max);
        }
        supply(5_000_000e6);
    }
}
