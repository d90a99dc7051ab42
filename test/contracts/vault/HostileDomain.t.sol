// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {OAppReceiver, Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder, ReleaseOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {ProofCheck} from "../../../contracts/libraries/ProofCheck.sol";
import {JubPoint, SettleOrder} from "../../../contracts/types/Types.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {Deploy} from "../support/Deploy.sol";
import {AlwaysTrueVerifier} from "../support/AlwaysTrueVerifier.sol";
import {ExpectingVerifier} from "../support/ExpectingVerifier.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// A compromised domain sends the vault chain every message it can: an engine that nobody registered on a good chain, a margin chain that is hostile as a whole, and
/// strangers. The lock of another domain is as it was, and goes home.
contract HostileDomainTest is VaultFixture {
    uint256 private constant ROOT = 444;
    uint256 private constant N = 33;
    uint64 private constant CAP_USD = 1_000e6;
    uint32 private constant EVIL_EID = 666;
    address private immutable evilQueue = makeAddr("evil queue");
    address private immutable evilEngine = makeAddr("evil engine");
    address private immutable thief = makeAddr("thief");

    ExpectingVerifier private settleVerifier;
    uint256 private good;

    function setUp() public override {
        super.setUp();
        settleVerifier = new ExpectingVerifier();
        vault = Deploy.vault(vaultConfig(new AlwaysTrueVerifier(), settleVerifier));
        vault.listAsset(USDC, address(usdc), 6, CAP);
        knowRoot(ROOT);
        inbox.setPeer(EVIL_EID, bytes32(uint256(uint160(evilQueue))));
        inbox.registerEngine(REMOTE_EID, engine);
        good = _domainOf(REMOTE_EID, engine);
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, N, CAP_USD, bytes32(uint256(7)))));
        deliverHeartbeat(uint64(block.timestamp));
    }

    /// An order carries the engine that its queue vouches for, so an engine on a good chain speaks for itself only.
    function test_orders_engineThatNobodyRegistered() public {
        bytes32 before = _state();
        _everyOrder(REMOTE_EID, orderQueue, evilEngine);
        assertEq(_state(), before);
        _goesHome();
    }

    /// A hostile chain can name the good engine's address: its domain is another all the same.
    function test_orders_hostileMarginChain() public {
        bytes32 before = _state();
        _everyOrder(EVIL_EID, evilQueue, engine);
        _everyOrder(EVIL_EID, evilQueue, evilEngine);
        assertEq(_state(), before);
        _goesHome();
    }

    /// Garbage in a batch spoils neither the batch nor the inbox.
    function test_orders_garbageOfAHostileChain() public {
        bytes32 before = _state();
        for (uint256 kind; kind < 8; ++kind) {
            bytes memory order = abi.encodePacked(uint8(kind), address(vault), engine, N);
            _send(EVIL_EID, evilQueue, order);
        }
        assertEq(_state(), before);
        _goesHome();
    }

    /// What a hostile order recorded asks for a proof of the hostile domain, which no note of another can give.
    function test_settle_byAHostileOrderAsksForItsOwnDomain() public {
        _everyOrder(REMOTE_EID, orderQueue, evilEngine);
        SettleOrder memory order = _theft(evilEngine, false);
        ICollateralVault.SettleParams memory params = _params();
        // A proof for the good domain, whatever else it says.
        _expectStatement(good, order, params);
        vm.expectRevert(abi.encodeWithSelector(ProofCheck.InvalidProof.selector, settleVerifier));
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID, params, noProof());
        // It would take one for the thief's, which exists only for the thief's own locks.
        _expectStatement(_domainOf(REMOTE_EID, evilEngine), order, params);
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID, params, noProof());
    }

    /// Nor is there an order for the good domain to settle by.
    function test_settle_hostileOrderInTheGoodOnesName() public {
        _everyOrder(EVIL_EID, evilQueue, engine);
        SettleOrder memory order = _theft(engine, false);
        settleVerifier.acceptAny(true);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralVault.OrderNotExecutable.selector,
                good,
                N,
                bytes32(0),
                keccak256(abi.encode(order))
            )
        );
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID, _params(), noProof());
    }

    function test_lzReceive_strangers() public {
        bytes memory message = _message(
            MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), engine, type(uint64).max))
        );
        Origin memory origin = Origin(REMOTE_EID, bytes32(uint256(uint160(orderQueue))), 1);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(OAppReceiver.OnlyEndpoint.selector, thief));
        inbox.lzReceive(origin, 0, message, address(0), "");
        origin.sender = bytes32(uint256(uint160(thief)));
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.OnlyPeer.selector, REMOTE_EID, origin.sender));
        inbox.lzReceive(origin, 0, message, address(0), "");
        origin.srcEid = 12345;
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.NoPeer.selector, 12345));
        inbox.lzReceive(origin, 0, message, address(0), "");
    }

    /// A silent hostile domain arms its own hatch only; and whoever says it is a vault speaks for its own domains.
    function test_escape_ofAHostileDomain() public {
        vm.warp(block.timestamp + 100 days);
        deliverHeartbeat(uint64(block.timestamp));
        uint96[8] memory none;
        inbox.announceEscape(address(vault), EVIL_EID, engine, N, none);
        vm.expectPartialRevert(bytes4(keccak256("NotArmed(uint256,uint256)")));
        inbox.announceEscape(address(vault), REMOTE_EID, engine, N, none);
        vm.warp(block.timestamp + 60 days);
        deliverHeartbeat(uint64(block.timestamp));
        uint256 hostile = uint256(keccak256(abi.encode("hypothec.domain", LOCAL_EID, thief, REMOTE_EID, engine))) >> 8;
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(bytes4(keccak256("NoEscape(uint256,uint256)")), hostile, N));
        inbox.markEscaped(REMOTE_EID, engine, N);
        vm.prank(address(vault));
        inbox.markEscaped(EVIL_EID, engine, N);
        assertTrue(inbox.isRetired(_domainOf(EVIL_EID, engine)));
        assertFalse(inbox.isRetired(good));
        _goesHome();
    }

    function _everyOrder(uint32 eid, address queue, address eng) private {
        _send(
            eid,
            queue,
            MessageCodec.encodeOpened(OpenedOrder(address(vault), eng, N, type(uint64).max, bytes32(uint256(1))))
        );
        _send(eid, queue, MessageCodec.encodeSettle(_theft(eng, false)));
        _send(eid, queue, MessageCodec.encodeSettle(_theft(eng, true)));
        SettleOrder memory release;
        (release.vault, release.engine, release.lockNullifier) = (address(vault), eng, N);
        _send(eid, queue, MessageCodec.encodeSettle(release));
        _send(eid, queue, MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), eng, type(uint64).max)));
        _send(eid, queue, MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), eng, 1)));
        _send(eid, queue, MessageCodec.encodeRelease(ReleaseOrder(address(vault), eng, N, thief)));
    }

    function _theft(address eng, bool isPublic) private view returns (SettleOrder memory order) {
        (order.vault, order.engine, order.lockNullifier) = (address(vault), eng, N);
        (order.claim, order.isPublic) = (CAP_USD, isPublic);
        for (uint96 i = 0; i < 8; i++) order.seizurePricesX64[i] = 1;
        if (!isPublic) (order.buyerOwner, order.buyerKey) = (9, JubPoint(3, 4));
    }

    function _params() private pure returns (ICollateralVault.SettleParams memory params) {
        (params.root, params.restCommitment, params.buyerCommitment) = (ROOT, 71, 72);
    }

    /// All that is known of the good domain and its lock.
    function _state() private view returns (bytes32) {
        (bytes32 orderHash, uint64 opened, uint64 claim) = inbox.orders(good, N);
        (bytes32 due, bool isEscape) = inbox.executable(good, N);
        return
            keccak256(
                abi.encode(
                    orderHash,
                    opened,
                    claim,
                    due,
                    isEscape,
                    inbox.openedPricesHash(good, N),
                    inbox.lastSeen(good),
                    inbox.recipientOf(good, N),
                    inbox.isRetired(good),
                    inbox.isEscaped(good, N),
                    vault.isLockSpent(N)
                )
            );
    }

    /// The good engine's release is still the first SETTLE of its lock, and is carried out.
    function _goesHome() private {
        SettleOrder memory release;
        (release.vault, release.engine, release.lockNullifier) = (address(vault), engine, N);
        deliverOrder(MessageCodec.encodeSettle(release));
        ICollateralVault.SettleParams memory params;
        (params.root, params.restCommitment) = (ROOT, 71);
        _expectStatement(good, release, params);
        vault.settle{value: ENTRY_FEE}(release, REMOTE_EID, params, noProof());
        assertTrue(vault.isLockSpent(N));
    }

    /// The settle circuit's public values as docs/encodings.md lists them; y as a sum of powers.
    function _expectStatement(
        uint256 domain_,
        SettleOrder memory order,
        ICollateralVault.SettleParams memory params
    ) private {
        uint256[] memory x = new uint256[](25);
        (x[0], x[1], x[2], x[3]) = (params.root, order.lockNullifier, domain_, order.claim);
        for (uint256 i; i < 8; ++i) x[4 + i] = order.seizurePricesX64[i];
        (x[12], x[13], x[14], x[15]) = (order.isPublic ? 1 : 0, order.buyerOwner, order.buyerKey.x, order.buyerKey.y);
        (x[18], x[19]) = (params.buyerCommitment, params.restCommitment);
        uint256 r = uint256(keccak256(abi.encodePacked(x, uint256(0)))) % Q;
        uint256 y;
        uint256 power = 1;
        for (uint256 i = x.length; i > 0; --i) {
            y = addmod(y, mulmod(x[i - 1], power, Q), Q);
            power = mulmod(power, r, Q);
        }
        settleVerifier.expect(0, y, r);
    }

    function _send(uint32 eid, address queue, bytes memory order) private {
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(eid, bytes32(uint256(uint160(queue))), 1), 0, _message(order), address(0), "");
    }

    function _message(bytes memory order) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(3), uint8(1), uint8(1), uint16(order.length), order);
    }

    function _domainOf(uint32 eid, address eng) private view returns (uint256) {
        return uint256(keccak256(abi.encode("hypothec.domain", LOCAL_EID, address(vault), eid, eng))) >> 8;
    }
}
