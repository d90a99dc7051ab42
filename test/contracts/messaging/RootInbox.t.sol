// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {Origin, OAppReceiver} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IRootInbox} from "../../../contracts/interfaces/IRootInbox.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {DomainReport, MessageCodec, RecoveredMessage, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {RootInbox} from "../../../contracts/messaging/RootInbox.sol";
import {Wiring} from "../../../contracts/messaging/Wiring.sol";
import {Deploy} from "../support/Deploy.sol";
import {LayerZeroFixture} from "../support/LayerZeroFixture.sol";

/// The endpoint is LayerZero's; a delivery is the endpoint pranked as the caller.
contract RootInboxTest is LayerZeroFixture {
    address private immutable messenger = makeAddr("messenger");
    address private immutable vault = makeAddr("vault");
    address private immutable attestor = makeAddr("attestor");
    RootInbox private inbox;

    function setUp() public {
        vm.warp(1_700_000_000);
        deployLayerZero();
        inbox = Deploy.rootInbox(address(endpoint), address(this));
        inbox.setPeer(REMOTE_EID, bytes32(uint256(uint160(messenger))));
    }

    function test_lzReceive_recordsARoot() public {
        uint64 sent = uint64(block.timestamp - 20);
        vm.expectEmit(address(inbox));
        emit IRootInbox.RootReceived(REMOTE_EID, vault, 5, 7, sent, attestor);
        _deliver(_root(5, 7, sent));
        assertEq(inbox.rootTime(REMOTE_EID, vault, 5), sent);
        (uint256 root, uint64 chunks, uint64 time, address by) = inbox.latest(REMOTE_EID, vault);
        assertEq(root, 5);
        assertEq(chunks, 7);
        assertEq(time, sent);
        assertEq(by, attestor);
        assertEq(inbox.rootTime(REMOTE_EID, vault, 6), 0);
        assertEq(inbox.rootTime(LOCAL_EID, vault, 5), 0);
        assertEq(inbox.rootTime(REMOTE_EID, attestor, 5), 0);
    }

    /// Unordered and repeated: any order of three roots leaves the same state.
    function test_lzReceive_ordersAndRepeatsDoNotMatter() public {
        uint8[3][6] memory permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        uint64 now_ = uint64(block.timestamp);
        for (uint256 p = 0; p < 6; p++) {
            inbox = Deploy.rootInbox(address(endpoint), address(this));
            inbox.setPeer(REMOTE_EID, bytes32(uint256(uint160(messenger))));
            for (uint256 i = 0; i < 6; i++) {
                uint64 k = permutations[p][i % 3];
                _deliver(_root(50 + k, 1 + k, now_ - 100 + k));
            }
            (uint256 root, uint64 chunks, uint64 time, ) = inbox.latest(REMOTE_EID, vault);
            assertEq(root, 52);
            assertEq(chunks, 3);
            assertEq(time, now_ - 98);
            for (uint64 k = 0; k < 3; k++) assertEq(inbox.rootTime(REMOTE_EID, vault, 50 + k), now_ - 100 + k);
        }
    }

    function test_lzReceive_theFirstAttestorStaysAndTimeOnlyGrows() public {
        uint64 now_ = uint64(block.timestamp);
        _deliver(_root(5, 7, now_ - 10));
        RootMessage memory again = _root(5, 7, now_ - 5);
        again.attestor = address(1);
        _deliver(again);
        assertEq(inbox.rootTime(REMOTE_EID, vault, 5), now_ - 5);
        _deliver(_root(5, 7, now_ - 10));
        assertEq(inbox.rootTime(REMOTE_EID, vault, 5), now_ - 5);
        (address by, uint64 chunks) = inbox.rootOrigin(REMOTE_EID, vault, 5);
        assertEq(by, attestor);
        assertEq(chunks, 7);
    }

    /// A clock that runs ahead on S must not make a root younger than new.
    function test_lzReceive_neverDatesARootInTheFuture() public {
        _deliver(_root(5, 7, type(uint64).max));
        assertEq(inbox.rootTime(REMOTE_EID, vault, 5), block.timestamp);
    }

    function test_lzReceive_recordsDomains() public {
        RootMessage memory message = _root(5, 7, 1);
        message.domains = new DomainReport[](2);
        message.domains[0] = DomainReport(11, 100, false);
        message.domains[1] = DomainReport(12, 0, true);
        vm.expectEmit(address(inbox));
        emit RootInbox.DomainReported(REMOTE_EID, vault, 11, 1, 100, false);
        _deliver(message);
        // Older and un-retiring reports change nothing.
        message.domains[0] = DomainReport(11, 99, false);
        message.domains[1] = DomainReport(12, 5, false);
        _deliver(message);
        (uint64 reportedAt, uint64 lastSeen, bool retired) = inbox.domainState(REMOTE_EID, vault, 11);
        assertEq(reportedAt, 1);
        assertEq(lastSeen, 100);
        assertFalse(retired);
        (, lastSeen, retired) = inbox.domainState(REMOTE_EID, vault, 12);
        assertEq(lastSeen, 5);
        assertTrue(retired);
    }

    /// ORD-7: the same without a root, in any order.
    function test_lzReceive_aStatusReportsWithoutARoot() public {
        uint64 nowAt = uint64(block.timestamp);
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(11, 100, false);
        _deliverBytes(MessageCodec.encodeStatus(vault, nowAt - 5, reports));
        (uint64 reportedAt, uint64 lastSeen, bool retired) = inbox.domainState(REMOTE_EID, vault, 11);
        assertEq(reportedAt, nowAt - 5);
        assertEq(lastSeen, 100);
        assertFalse(retired);
        (uint256 root, uint64 chunks, , ) = inbox.latest(REMOTE_EID, vault);
        assertEq(root, 0);
        assertEq(chunks, 0);
        reports[0] = DomainReport(11, 90, true);
        _deliverBytes(MessageCodec.encodeStatus(vault, nowAt - 9, reports));
        (reportedAt, lastSeen, retired) = inbox.domainState(REMOTE_EID, vault, 11);
        assertEq(reportedAt, nowAt - 5);
        assertEq(lastSeen, 100);
        assertTrue(retired);
    }

    /// A report from the future would stay fresh for ever.
    function test_lzReceive_neverDatesAReportInTheFuture() public {
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(11, 100, false);
        _deliverBytes(MessageCodec.encodeStatus(vault, type(uint64).max, reports));
        (uint64 reportedAt, , ) = inbox.domainState(REMOTE_EID, vault, 11);
        assertEq(reportedAt, block.timestamp);
    }

    /// ... and a sign of life from the future would count for ever.
    function test_lzReceive_neverDatesASignOfLifeInTheFuture() public {
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(11, type(uint64).max, false);
        _deliverBytes(MessageCodec.encodeStatus(vault, uint64(block.timestamp), reports));
        (, uint64 lastSeen, ) = inbox.domainState(REMOTE_EID, vault, 11);
        assertEq(lastSeen, block.timestamp);
        vm.warp(block.timestamp + 10);
        reports[0] = DomainReport(11, uint64(block.timestamp) - 3, false);
        _deliverBytes(MessageCodec.encodeStatus(vault, uint64(block.timestamp), reports));
        (, lastSeen, ) = inbox.domainState(REMOTE_EID, vault, 11);
        assertEq(lastSeen, block.timestamp - 3);
    }

    /// ORD-5: the first RECOVERED of a lock is the truth; the vault sends no other.
    function test_lzReceive_recordsRecoveriesOnce() public {
        address engine = makeAddr("engine");
        uint256 domain = DomainLib.compute(REMOTE_EID, vault, LOCAL_EID, engine);
        vm.expectEmit(address(inbox));
        emit RootInbox.RecoveredReceived(domain, 42, 7, 8);
        _deliverBytes(MessageCodec.encodeRecovered(RecoveredMessage(vault, engine, 42, 7, 8)));
        _deliverBytes(MessageCodec.encodeRecovered(RecoveredMessage(vault, engine, 42, 9, 9)));
        (bool known, uint256 lo, uint256 hi) = inbox.recovered(REMOTE_EID, vault, engine, 42);
        assertTrue(known);
        assertEq(lo, 7);
        assertEq(hi, 8);
        (known, , ) = inbox.recovered(REMOTE_EID, vault, engine, 43);
        assertFalse(known);
    }

    /// A recovery of nothing is known all the same.
    function test_lzReceive_knowsARecoveryOfNothing() public {
        _deliverBytes(MessageCodec.encodeRecovered(RecoveredMessage(vault, attestor, 42, 0, 0)));
        (bool known, uint256 lo, uint256 hi) = inbox.recovered(REMOTE_EID, vault, attestor, 42);
        assertTrue(known);
        assertEq(lo | hi, 0);
    }

    function testFuzz_lzReceive_rejectsImpossibleChunkCounts(uint64 chunks) public {
        vm.assume(chunks == 0 || chunks > type(uint32).max);
        _expect(abi.encodeWithSelector(RootInbox.BadChunkCount.selector, chunks), _root(5, chunks, 1));
        _expect(abi.encodeWithSelector(RootInbox.BadChunkCount.selector, 0), _root(5, 0, 1));
    }

    function test_lzReceive_takesOnlyTheEndpointAndThePeer() public {
        bytes memory message = MessageCodec.encodeRoot(_root(5, 7, 1));
        Origin memory origin = Origin(REMOTE_EID, bytes32(uint256(uint160(messenger))), 1);
        vm.expectRevert(abi.encodeWithSelector(OAppReceiver.OnlyEndpoint.selector, address(this)));
        inbox.lzReceive(origin, 0, message, address(0), "");
        origin.sender = bytes32(uint256(1));
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.OnlyPeer.selector, REMOTE_EID, bytes32(uint256(1))));
        inbox.lzReceive(origin, 0, message, address(0), "");
        origin.srcEid = 9;
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.NoPeer.selector, 9));
        inbox.lzReceive(origin, 0, message, address(0), "");
    }

    function test_lzReceive_rejectsAnOrdersMessage() public {
        bytes memory orders = bytes.concat(hex"030101", new bytes(100));
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.UnexpectedMessage.selector, 3, 1));
        inbox.lzReceive(Origin(REMOTE_EID, bytes32(uint256(uint160(messenger))), 1), 0, orders, address(0), "");
    }

    function test_requireWired_saysWhatIsMissing() public {
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.NoPeer.selector, 9));
        inbox.requireWired(9);
        vm.expectRevert(abi.encodeWithSelector(Wiring.DefaultLibrary.selector, REMOTE_EID, receiveUln));
        inbox.requireWired(REMOTE_EID);
        wireReceive(address(inbox), ulnConfig(1, CONFIRMATIONS));
        vm.expectRevert(abi.encodeWithSelector(Wiring.TooFewRequiredDVNs.selector, REMOTE_EID, 1));
        inbox.requireWired(REMOTE_EID);
    }

    function test_requireWired_passesWithTwoDVNsOfItsOwn() public {
        wireReceive(address(inbox), ulnConfig(2, CONFIRMATIONS));
        inbox.requireWired(REMOTE_EID);
    }

    function test_owner_changesInTwoSteps() public {
        inbox.transferOwnership(attestor);
        assertEq(inbox.owner(), address(this));
        vm.prank(attestor);
        inbox.acceptOwnership();
        assertEq(inbox.owner(), attestor);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        inbox.setPeer(REMOTE_EID, 0);
    }

    function _root(uint256 root, uint64 chunks, uint64 time) private view returns (RootMessage memory) {
        return RootMessage(vault, root, chunks, time, attestor, new DomainReport[](0));
    }

    function _deliver(RootMessage memory message) private {
        _deliverBytes(MessageCodec.encodeRoot(message));
    }

    function _deliverBytes(bytes memory message) private {
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(REMOTE_EID, bytes32(uint256(uint160(messenger))), 1), 0, message, address(0), "");
    }

    function _expect(bytes memory revertData, RootMessage memory message) private {
        bytes memory encoded = MessageCodec.encodeRoot(message);
        vm.prank(address(endpoint));
        vm.expectRevert(revertData);
        inbox.lzReceive(Origin(REMOTE_EID, bytes32(uint256(uint160(messenger))), 1), 0, encoded, address(0), "");
    }
}
