// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";
import {QueueLib} from "../../../contracts/libraries/QueueLib.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {Entry, SettleOrder, ZkProof} from "../../../contracts/types/Types.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {RecoveryVault} from "../../../contracts/vault/RecoveryVault.sol";
import {Deploy} from "./Deploy.sol";
import {AlwaysTrueVerifier} from "./AlwaysTrueVerifier.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {TestToken} from "./TestToken.sol";

/// A vault with USDC (6 decimals, 6 shared), WBTC (8, 8), DAI (18, 6) and the native asset (18, 8) in slots 0 to 3. The verifier accepts everything:
/// what real proofs show is tested in TypeScript.
abstract contract VaultFixture is LayerZeroFixture {
    uint8 internal constant USDC = 0;
    uint8 internal constant WBTC = 1;
    uint8 internal constant DAI = 2;
    uint8 internal constant NATIVE = 3;
    uint64 internal constant CAP = 1e15;
    uint256 internal constant ENTRY_FEE = 0.0001 ether;
    uint256 internal constant SEAL_DELAY = 60;
    uint256 internal constant DAI_UNIT = 1e12;
    uint256 internal constant NATIVE_UNIT = 1e10;
    uint256 internal constant MEMO_BYTES = 288;
    /// Order of BN254's scalar field, from EIP-197.
    uint256 internal constant Q = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    address internal immutable guardian = makeAddr("guardian");
    address internal immutable alice = makeAddr("alice");
    address payable internal immutable bob = payable(makeAddr("bob"));
    address payable internal immutable batcher = payable(makeAddr("batcher"));
    address internal immutable orderQueue = makeAddr("orderQueue");
    address internal immutable engine = makeAddr("engine");

    OrderInbox internal inbox;
    RecoveryVault internal recovery;
    CollateralVault internal vault;
    TestToken internal usdc;
    TestToken internal wbtc;
    TestToken internal dai;

    Entry[] private _entries; // queued by the helpers below, in order

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        deployLayerZero();
        inbox = Deploy.orderInbox(address(endpoint), address(this));
        inbox.setPeer(REMOTE_EID, bytes32(uint256(uint160(orderQueue))));
        recovery = Deploy.recoveryVault(address(this), guardian, inbox);
        vault = newVault(new AlwaysTrueVerifier());
        usdc = new TestToken("USD Coin", "USDC", 6);
        wbtc = new TestToken("Wrapped BTC", "WBTC", 8);
        dai = new TestToken("Dai", "DAI", 18);
        vault.listAsset(USDC, address(usdc), 6, CAP);
        vault.listAsset(WBTC, address(wbtc), 8, CAP);
        vault.listAsset(DAI, address(dai), 6, CAP);
        vault.listAsset(NATIVE, address(0), 8, CAP);
        vm.deal(alice, 1000 ether);
        vm.deal(bob, 1000 ether);
    }

    function newVault(IProofVerifier verifier) internal returns (CollateralVault) {
        return Deploy.vault(vaultConfig(verifier, verifier));
    }

    /// @param batch verifier of batch16 and batch64
    /// @param others verifier of transact and settle
    function vaultConfig(
        IProofVerifier batch,
        IProofVerifier others
    ) internal view returns (CollateralVault.Config memory) {
        return
            CollateralVault.Config({
                owner: address(this),
                guardian: guardian,
                orderInbox: inbox,
                recoveryVault: address(recovery),
                batch16Verifier: batch,
                batch64Verifier: batch,
                transactVerifier: others,
                settleVerifier: others,
                entryFee: ENTRY_FEE,
                sealDelay: SEAL_DELAY
            });
    }

    function depositUsdc(uint64 shared, uint256 pre) internal {
        usdc.mint(alice, shared);
        vm.startPrank(alice);
        usdc.approve(address(vault), shared);
        vault.deposit{value: ENTRY_FEE}(USDC, shared, pre, "");
        vm.stopPrank();
        _entries.push(Entry(pre, QueueLib.depositMeta(USDC, shared)));
    }

    function depositNative(uint64 shared, uint256 pre) internal {
        uint256 amount = shared * NATIVE_UNIT;
        vm.prank(alice);
        vault.deposit{value: amount + ENTRY_FEE}(NATIVE, amount, pre, "");
        _entries.push(Entry(pre, QueueLib.depositMeta(NATIVE, shared)));
    }

    /// The entries of the last chunk, padded to 16, given that all were queued by the helpers.
    function paddedEntries(uint256 count) internal view returns (Entry[] memory entries) {
        entries = new Entry[](16);
        for (uint256 i = 0; i < count; i++) entries[i] = _entries[_entries.length - count + i];
    }

    /// The entries of the last four chunks, each padded to 16.
    function paddedEntries(uint8[4] memory counts) internal view returns (Entry[] memory entries) {
        entries = new Entry[](64);
        uint256 from = _entries.length - counts[0] - counts[1] - counts[2] - counts[3];
        for (uint256 chunk = 0; chunk < 4; chunk++) {
            for (uint256 i = 0; i < counts[chunk]; i++) entries[16 * chunk + i] = _entries[from++];
        }
    }

    /// One deposit, sealed after the delay and appended: `root` is known.
    function knowRoot(uint256 root) internal {
        depositUsdc(1, 1);
        vm.warp(block.timestamp + SEAL_DELAY);
        vault.seal();
        vault.appendBatch(paddedEntries(1), root, noProof(), batcher);
    }

    /// The rolling hash as docs/encodings.md has it.
    function link(bytes32 hash, uint256 value, uint256 meta) internal pure returns (bytes32) {
        return bytes32((uint256(keccak256(abi.encode(hash, value, meta))) >> 48) << 48);
    }

    function noProof() internal pure returns (ZkProof memory proof) {}

    function memo() internal pure returns (bytes memory) {
        return new bytes(MEMO_BYTES);
    }

    /// Withdraws nothing.
    function emptyTransact(uint256 root) internal view returns (ICollateralVault.TransactParams memory params) {
        params.root = root;
        params.nullifiers = [uint256(101), 102];
        params.outCommitments = [uint256(201), 202];
        params.deadline = uint40(block.timestamp);
        params.memo0 = memo();
        params.memo1 = memo();
    }

    /// A PUBLIC order as the engine gives it.
    function publicOrder(uint256 lockNullifier, uint64 claim) internal view returns (SettleOrder memory order) {
        (order.vault, order.engine, order.lockNullifier) = (address(vault), engine, lockNullifier);
        (order.claim, order.isPublic) = (claim, true);
        for (uint96 i = 0; i < 8; i++) order.seizurePricesX64[i] = (i + 1) << 64;
    }

    /// Records OPENED and a PUBLIC SETTLE for `claim` µUSD, and settles: `lo`, `hi` are what the proof says was seized.
    function settlePublic(
        uint256 lockNullifier,
        uint64 claim,
        uint256 root,
        uint256 lo,
        uint256 hi,
        uint256 restCommitment
    ) internal {
        deliverOrder(
            MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, lockNullifier, claim, bytes32(uint256(1))))
        );
        SettleOrder memory order = publicOrder(lockNullifier, claim);
        deliverOrder(MessageCodec.encodeSettle(order));
        settleAs(order, root, lo, hi, restCommitment);
    }

    function settleAs(SettleOrder memory order, uint256 root, uint256 lo, uint256 hi, uint256 restCommitment) internal {
        ICollateralVault.SettleParams memory params;
        (params.root, params.payoutLo, params.payoutHi, params.restCommitment) = (root, lo, hi, restCommitment);
        vm.prank(alice);
        vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, params, noProof());
    }

    /// One order of the engine's chain.
    function deliverOrder(bytes memory order) internal {
        bytes memory message = abi.encodePacked(uint8(3), uint8(1), uint8(1), uint16(order.length), order);
        deliver(address(inbox), orderQueue, message);
    }

    /// The engine was alive at `time`.
    function deliverHeartbeat(uint64 time) internal {
        deliverOrder(MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), engine, time)));
    }

    /// As LayerZero's endpoint: a message of the peer on REMOTE_EID.
    function deliver(address receiver, address sender, bytes memory message) internal {
        vm.prank(address(endpoint));
        OrderInbox(receiver).lzReceive(
            Origin(REMOTE_EID, bytes32(uint256(uint160(sender))), 1),
            bytes32(0),
            message,
            address(0),
            ""
        );
    }
}
