// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {DomainReport, MessageCodec, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// ORD-7, ESC-1: nothing new is opened or borrowed unless S's last word shows the escape hatch far from arming. Everything else goes on.
contract AliveTest is MarginFixture {
    uint64 private start;

    function setUp() public override {
        super.setUp();
        start = uint64(block.timestamp);
    }

    function test_open_needsAReport() public {
        uint256 unknown = engine.domainOf(REMOTE_EID, address(0xabc));
        IMarginTypes.SourceConfig memory config = sourceConfig();
        config.vault = address(0xabc);
        uint32 sourceId = engine.addSource(marketId, config);
        _deliver(encode(RootMessage(address(0xabc), ROOT, 1, start, keeper, new DomainReport[](0))));
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        p.sourceId = sourceId;
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.ReportTooOld.selector, unknown, 0, block.timestamp - 7 days)
        );
        engine.open(marketId, SALT, p, 0, alice);
    }

    function test_open_isRefusedByARetiredDomain() public {
        _status(start, start, true);
        _expectOpen(abi.encodeWithSelector(IMarginTypes.DomainRetired.selector, domain));
        // Retired is for ever, whatever comes later.
        _status(start, start, false);
        _expectOpen(abi.encodeWithSelector(IMarginTypes.DomainRetired.selector, domain));
    }

    function test_open_isRefusedWhenSHasNotHeardOfUs() public {
        _status(start, start, false);
        vm.warp(start + 15 days + 1);
        _status(start + 15 days, start, false);
        refreshPrices(60_000, 3_000);
        _deliver(encode(RootMessage(VAULT, ROOT, 1, start + 15 days, keeper, _report(start, false))));
        openAccount(1, 10, 0);
        _status(start + 15 days + 1, start, false);
        _expectOpen(abi.encodeWithSelector(IMarginTypes.DomainSilent.selector, domain, start, start + 15 days + 1));
        _status(start + 15 days + 1, start + 1, false);
        openAccount(2, 10, 0);
    }

    function test_borrow_isRefusedAlike() public {
        bytes32 id = openAccount(1, 10, 0);
        vm.warp(start + 7 days);
        refreshPrices(60_000, 3_000);
        _refresh(id);
        vm.prank(alice);
        pool.borrow(id, MIN_DEBT, alice);
        vm.warp(start + 7 days + 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.ReportTooOld.selector, domain, start, start + 1));
        pool.borrow(id, MIN_DEBT, alice);
        _status(start + 1, start, true);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.DomainRetired.selector, domain));
        pool.borrow(id, MIN_DEBT, alice);
        // What protects the lenders, and what lets the borrower go, is as before.
        _refresh(id);
        fund(alice, 2 * MIN_DEBT);
        vm.prank(alice);
        pool.repay(id, type(uint256).max);
        vm.prank(alice);
        engine.release(id);
    }

    function test_addLock_isRefusedAlike() public {
        bytes32 id = openAccount(1, 10, 0);
        _status(start, start, true);
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.DomainRetired.selector, domain));
        engine.addLock(id, p);
    }

    /// The sum of the two margins and the escape's delay: a lock that D opens under the oldest, most silent report it takes cannot go home before its OPENED had 15 days.
    function test_margins_leaveTheOpenedFifteenDays() public pure {
        uint256 arming = 30 days;
        uint256 escapeDelay = 7 days;
        assertEq(arming + escapeDelay - 15 days - 7 days, 15 days);
    }

    function test_heartbeat_isQueuedByAnyoneForASource() public {
        vm.recordLogs();
        vm.prank(bob);
        uint256 orderId = engine.heartbeat(marketId, 0);
        bytes memory order = lastOrder(vm.getRecordedLogs());
        assertEq(order, abi.encodePacked(uint8(3), VAULT, address(engine), uint64(block.timestamp)));
        assertEq(queue.orderHash(REMOTE_EID, orderId), keccak256(order));
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownSource.selector, marketId, 1));
        engine.heartbeat(marketId, 1);
    }

    function _refresh(bytes32 id) private {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
    }

    function _expectOpen(bytes memory revertData) private {
        IMarginTypes.MarginProof memory p = proofOf(3, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(revertData);
        engine.open(marketId, bytes32(uint256(3)), p, 0, alice);
    }

    function _status(uint64 reportedAt, uint64 lastSeen, bool retired) private {
        _deliver(MessageCodec.encodeStatus(VAULT, reportedAt, _report(lastSeen, retired)));
    }

    function _deliver(bytes memory message) private {
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(REMOTE_EID, MESSENGER, 1), bytes32(0), message, address(0), "");
    }

    function _report(uint64 lastSeen, bool retired) private view returns (DomainReport[] memory reports) {
        reports = new DomainReport[](1);
        reports[0] = DomainReport(domain, lastSeen, retired);
    }
}
