// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// addLock: cross-margin of up to eight locks, from any accepted vault
contract AddLockTest is MarginFixture {
    function test_addLock_coverageAddsUp() public {
        bytes32 id = openAccount(1, 10, 0);
        addLock(id, 2, 20, 9000, BTC_ONLY);
        assertEq(engine.liveCoverage(id), 300_000e6 - 16);
        assertEq(engine.account(id).nonce, 2);
        assertEq(engine.source(marketId, 0).exposure, 300_000e6);
    }

    function test_addLock_fromAnotherVault() public {
        bytes32 id = openAccount(1, 10, 0);
        IMarginTypes.SourceConfig memory c = sourceConfig();
        c.vault = address(0x2222);
        engine.addSource(marketId, c);
        attest(REMOTE_EID, c.vault, ROOT, uint64(block.timestamp));
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        p.sourceId = 1;
        vm.prank(alice);
        engine.addLock(id, p);
        IMarginTypes.AccountView memory a = engine.account(id);
        assertEq(a.domains[0], domain);
        assertEq(a.domains[1], engine.domainOf(REMOTE_EID, c.vault));
        assertEq(engine.liveCoverage(id), 200_000e6 - 16);
    }

    /// Two vaults may hold locks of one N; in one account N must name one of them, or `buy` could not.
    function test_addLock_sameNullifierOfAnotherVault() public {
        bytes32 id = openAccount(1, 10, 0);
        IMarginTypes.SourceConfig memory c = sourceConfig();
        c.vault = address(0x2222);
        engine.addSource(marketId, c);
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        p.sourceId = 1;
        uint256 other = engine.domainOf(REMOTE_EID, c.vault);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, other, 1));
        engine.addLock(id, p);
    }

    function test_addLock_atMostEight() public {
        bytes32 id = openAccount(1, 10, 0);
        for (uint256 n = 2; n <= 8; ++n) addLock(id, n, 10, 9000, MAJORS);
        IMarginTypes.MarginProof memory p = proofOf(9, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.TooManyLocks.selector, id));
        engine.addLock(id, p);
    }

    function test_addLock_onlyTheController() public {
        bytes32 id = openAccount(1, 10, 0);
        vm.prank(alice);
        engine.approveOperator(id, bob, true);
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotController.selector, id, bob, alice));
        engine.addLock(id, p);
    }

    function test_addLock_usedLocks() public {
        bytes32 id = openAccount(1, 10, 0);
        bytes32 other = openAccount(2, 10, 0);
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 2));
        engine.addLock(id, p);
        engine.release(other);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 2));
        engine.addLock(id, p);
        vm.stopPrank();
    }

    function test_addLock_unknownAccount() public {
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownAccount.selector, bytes32("x")));
        engine.addLock("x", p);
    }

    function test_addLock_clearsAFlag() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        refreshPrices(48_600, 2_430);
        flagged(id);
        addLock(id, 2, 10, 9000, MAJORS);
        assertEq(engine.account(id).flaggedAt, 0);
        assertTrue(engine.isCovered(id));
    }
}
