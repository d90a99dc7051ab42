// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {PublicValueNotCanonical} from "../../../contracts/libraries/InputDigest.sol";
import {MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {ProofCheck} from "../../../contracts/libraries/ProofCheck.sol";
import {JubPoint, SettleOrder} from "../../../contracts/types/Types.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {NoteQueue} from "../../../contracts/vault/NoteQueue.sol";
import {Deploy} from "../support/Deploy.sol";
import {AlwaysFalseVerifier} from "../support/AlwaysTrueVerifier.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// What settle checks besides the proof; orders arrive at the real OrderInbox. Real proofs: CollateralVault.test.ts.
contract SettleTest is VaultFixture {
    uint256 private constant ROOT = 444;
    uint256 private constant N = 33;

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
    }

    /// SET-3: anybody, whoever the order names. (The caller here is neither owner, buyer nor trustee.)
    function test_settle_queuesTheRestAndTheBuyersNote() public {
        SettleOrder memory order = _order(1000);
        _record(order, 1000);
        uint256 domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Queued(1, 0, 71, 2 << 66);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Queued(1, 1, 72, 2 << 66);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Settled(domain, N, 1000, 72, 71, 73, 74, [uint256(75), 76, 77]);
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID, _params(true), noProof());
        assertTrue(vault.isLockSpent(N));
        assertFalse(vault.isSpent(N));
    }

    function test_settle_aReleaseQueuesTheRestAlone() public {
        SettleOrder memory order = _release();
        _record(order, 0);
        vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, _params(false), noProof());
        (, uint8 openCount, , ) = vault.queueState();
        assertEq(openCount, 1);
        assertEq(vault.chunkHash(1), link(0, 71, 2 << 66));
    }

    function test_settle_happensOnce() public {
        SettleOrder memory order = _release();
        _record(order, 0);
        vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, _params(false), noProof());
        _expect(abi.encodeWithSelector(CollateralVault.AlreadySettled.selector, N), order, ENTRY_FEE);
    }

    function test_settle_rejectsAnOrderThatNeverCame() public {
        SettleOrder memory order = _release();
        _expect(_notExecutable(order, 0, REMOTE_EID), order, ENTRY_FEE);
    }

    function test_settle_waitsForAnOpenedThatCoversTheClaim() public {
        SettleOrder memory order = _order(1000);
        _record(order, 0);
        _expect(_notExecutable(order, 0, REMOTE_EID), order, 2 * ENTRY_FEE);
        _open(999);
        _expect(_notExecutable(order, 0, REMOTE_EID), order, 2 * ENTRY_FEE);
        _open(1000);
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID, _params(true), noProof());
    }

    /// Every field of an order counts.
    function test_settle_rejectsAnOrderThatDiffers() public {
        SettleOrder memory good = _order(1000);
        _record(good, 1000);
        bytes32 expected = keccak256(abi.encode(good));
        SettleOrder memory order = _order(999);
        _expect(_notExecutable(order, expected, REMOTE_EID), order, 2 * ENTRY_FEE);
        order = _order(1000);
        order.seizurePricesX64[7]++;
        _expect(_notExecutable(order, expected, REMOTE_EID), order, 2 * ENTRY_FEE);
        order = _order(1000);
        order.buyerOwner++;
        _expect(_notExecutable(order, expected, REMOTE_EID), order, 2 * ENTRY_FEE);
        order = _order(1000);
        order.buyerKey.y++;
        _expect(_notExecutable(order, expected, REMOTE_EID), order, 2 * ENTRY_FEE);
        order = _order(1000);
        order.engine = alice;
        _expect(_notExecutable(order, 0, REMOTE_EID), order, 2 * ENTRY_FEE);
        order = _order(1000);
        order.lockNullifier++;
        _expect(_notExecutable(order, 0, REMOTE_EID), order, 2 * ENTRY_FEE);
        order = _order(1000);
        bytes memory elsewhere = _notExecutable(order, 0, REMOTE_EID + 1);
        vm.expectRevert(elsewhere);
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID + 1, _params(true), noProof());
    }

    function test_settle_rejectsAnOrderOfAnotherVault() public {
        SettleOrder memory order = _release();
        order.vault = alice;
        _expect(abi.encodeWithSelector(CollateralVault.OrderOfAnotherVault.selector, alice), order, ENTRY_FEE);
    }

    function test_settle_aPrivateOrderPaysNoTokens() public {
        SettleOrder memory order = _release();
        _record(order, 0);
        ICollateralVault.SettleParams memory params = _params(false);
        params.payoutHi = 1;
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.UnexpectedPayout.selector, N));
        vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, params, noProof());
    }

    /// SET-3: the fees of the notes that it queues.
    function test_settle_rejectsAnyOtherFee() public {
        SettleOrder memory order = _order(1000);
        _record(order, 1000);
        bytes memory wrong = abi.encodeWithSelector(NoteQueue.WrongEntryFee.selector, 2 * ENTRY_FEE, ENTRY_FEE);
        _expect(wrong, order, ENTRY_FEE);
        order = _release();
        order.lockNullifier = N + 1;
        _record(order, 0);
        _expect(abi.encodeWithSelector(NoteQueue.WrongEntryFee.selector, ENTRY_FEE, 0), order, 0);
    }

    function test_settle_rejectsARootItNeverHad() public {
        SettleOrder memory order = _release();
        _record(order, 0);
        ICollateralVault.SettleParams memory params = _params(false);
        params.root = ROOT + 1;
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.UnknownRoot.selector, ROOT + 1));
        vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, params, noProof());
    }

    function test_settle_rejectsAliases() public {
        SettleOrder memory order = _release();
        _record(order, 0);
        for (uint256 i = 18; i < 25; i++) {
            ICollateralVault.SettleParams memory params = _params(false);
            uint256 aliased = i + Q;
            if (i == 18) params.buyerCommitment = aliased;
            else if (i == 19) params.restCommitment = aliased;
            else if (i == 20) params.ephemeralX = aliased;
            else if (i == 21) params.ephemeralY = aliased;
            else params.sealedOpening[i - 22] = aliased;
            vm.expectRevert(abi.encodeWithSelector(PublicValueNotCanonical.selector, i, aliased));
            vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, params, noProof());
        }
    }

    function test_settle_rejectsAFalseProof() public {
        AlwaysFalseVerifier verifier = new AlwaysFalseVerifier();
        vault = Deploy.vault(vaultConfig(vault.batch16Verifier(), verifier));
        vault.listAsset(USDC, address(usdc), 6, CAP);
        knowRoot(ROOT);
        SettleOrder memory order = _release();
        _record(order, 0);
        _expect(abi.encodeWithSelector(ProofCheck.InvalidProof.selector, verifier), order, ENTRY_FEE);
        assertFalse(vault.isLockSpent(N));
    }

    function test_settle_worksWhileDepositsArePaused() public {
        vault.pauseDeposits();
        SettleOrder memory order = _release();
        _record(order, 0);
        vault.settle{value: ENTRY_FEE}(order, REMOTE_EID, _params(false), noProof());
    }

    function _order(uint64 claim) private view returns (SettleOrder memory order) {
        order = _release();
        order.claim = claim;
        for (uint96 i = 0; i < 8; i++) order.seizurePricesX64[i] = (i + 1) << 64;
        order.buyerOwner = 61;
        order.buyerKey = JubPoint(62, 63);
    }

    function _release() private view returns (SettleOrder memory order) {
        order.vault = address(vault);
        order.engine = engine;
        order.lockNullifier = N;
    }

    function _params(bool buyer) private pure returns (ICollateralVault.SettleParams memory params) {
        params.root = ROOT;
        params.restCommitment = 71;
        if (!buyer) return params;
        params.buyerCommitment = 72;
        params.ephemeralX = 73;
        params.ephemeralY = 74;
        params.sealedOpening = [uint256(75), 76, 77];
    }

    /// As the engine's chain: the SETTLE and, if cap > 0, its OPENED.
    function _record(SettleOrder memory order, uint64 cap) private {
        if (cap > 0) _open(cap);
        _deliverOrder(MessageCodec.encodeSettle(order));
    }

    function _open(uint64 cap) private {
        _deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, N, cap, bytes32(uint256(1)))));
    }

    function _deliverOrder(bytes memory order) private {
        deliver(
            address(inbox),
            orderQueue,
            abi.encodePacked(uint8(3), uint8(1), uint8(1), uint16(order.length), order)
        );
    }

    function _notExecutable(
        SettleOrder memory order,
        bytes32 expected,
        uint32 marginEid
    ) private view returns (bytes memory) {
        uint256 domain = DomainLib.compute(LOCAL_EID, address(vault), marginEid, order.engine);
        return
            abi.encodeWithSelector(
                CollateralVault.OrderNotExecutable.selector,
                domain,
                order.lockNullifier,
                expected,
                keccak256(abi.encode(order))
            );
    }

    function _expect(bytes memory revertData, SettleOrder memory order, uint256 value) private {
        ICollateralVault.SettleParams memory params = _params(order.claim > 0);
        vm.expectRevert(revertData);
        vault.settle{value: value}(order, REMOTE_EID, params, noProof());
    }
}
