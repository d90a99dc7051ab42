// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {TwoChainsActs} from "../support/TwoChainsActs.sol";

/// The runner knows the contracts of this file only.
contract TwoChainsHandler is TwoChainsActs {}

/// docs/invariants.md, INV-ALL
contract TwoChainsInvariants is Test {
    TwoChainsHandler internal handler;

    function setUp() public {
        vm.warp(1_700_000_000);
        handler = new TwoChainsHandler();
        handler.begin();
        targetContract(address(handler));
        bytes4[] memory selectors = _selectors();
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// None of these is true because nothing happens: random histories of the runner's length reach every kind of step.
    function test_handler_reachesEverything() public {
        bytes32[38] memory steps = [
            bytes32("deposit"),
            "withdraw",
            "lock",
            "settle",
            "settlePublic",
            "announce",
            "escape",
            "attest",
            "deliver",
            "heartbeat",
            "open",
            "addLock",
            "refresh",
            "borrow",
            "repay",
            "removeLock",
            "release",
            "flag",
            "start",
            "buy",
            "releaseUnused",
            "claimDelayed",
            "takeOver",
            "provision",
            "startLotSale",
            "buyLot",
            "writeDown",
            "setMood",
            "seal",
            "collect",
            "openFor",
            "refreshFor",
            "refreshByOperator",
            "clear",
            "collectFees",
            "buyWithCallback",
            "value",
            "pause"
        ];
        uint256[38] memory reached;
        bytes4[] memory selectors = _selectors();
        uint256 seed = 20_261_127;
        uint256 beginning = vm.snapshotState();
        for (uint256 run = 0; run < 32; run++) {
            for (uint256 i = 0; i < 100; i++) {
                seed = uint256(keccak256(abi.encode(seed)));
                bytes memory arguments = abi.encode(seed >> 8, seed >> 16, seed >> 24);
                (bool ok, ) = address(handler).call(bytes.concat(selectors[seed % selectors.length], arguments));
                assertTrue(ok, "the handler itself never reverts");
            }
            for (uint256 i = 0; i < steps.length; i++) reached[i] += handler.calls(steps[i]);
            vm.revertToState(beginning);
        }
        for (uint256 i = 0; i < steps.length; i++) {
            string memory name = string(abi.encodePacked(steps[i]));
            emit log_named_uint(name, reached[i]);
            assertGt(reached[i], 0, name);
        }
    }

    /// INV-ALL-01
    function invariant_theVaultHasWhatItOwes() public view {
        for (uint8 slot = 0; slot < 3; slot++) {
            uint256 held = handler.vault().held(slot);
            uint256 owed = handler.vault().owed(slot);
            // The sixteen units of the first chunk belong to nobody here.
            uint256 notes = handler.free(slot) + handler.lockedIn(slot) + (slot == 0 ? 16 : 0);
            assertEq(held, notes, "held");
            assertEq(owed, handler.publiclySeized(slot) + handler.delayed(slot), "owed");
            if (slot == 0) {
                assertEq(handler.tokens(slot).balanceOf(address(handler.vault())), held + owed, "tokens");
            } else if (slot == 1) {
                // The hostile one: it may keep what it says it paid out, and nothing else.
                assertGe(handler.tokens(slot).balanceOf(address(handler.vault())), held + owed, "hostile");
            } else {
                uint256 fees = handler.queued() * 0.0001 ether;
                assertEq(address(handler.vault()).balance, (held + owed) * 1e10 + fees, "native");
            }
        }
    }

    /// INV-ALL-02
    function invariant_thePoolHasWhatItOwes() public view {
        assertEq(handler.debtToken().balanceOf(address(handler.pool())), handler.pool().cash());
    }

    /// INV-ALL-11
    function invariant_whatIsStoppedDoesNotMove() public view {
        assertEq(handler.movedWhilePaused(), 0);
    }

    /// INV-ALL-10
    function invariant_theEngineHasWhatAttestorsEarned() public view {
        uint256 owed = handler.engine().attestationFeesOf(handler.attestor());
        assertEq(address(handler.engine()).balance, owed);
    }

    /// INV-ALL-03
    function invariant_noSettlementTakesMoreThanTheLockHeld() public view {
        assertEq(handler.seizedTooMuch(), 0);
    }

    /// INV-ALL-04
    function invariant_nothingIsUsedTwice() public view {
        assertEq(handler.spentTwice(), 0);
    }

    /// INV-ALL-05
    function invariant_whoTakesOnDebtIsCovered() public view {
        assertEq(handler.uncovered(), 0);
    }

    /// INV-ALL-06
    function invariant_claimsWithinTheGuaranteeArePaid() public view {
        assertEq(handler.underpaid(), 0);
    }

    /// INV-ALL-07
    function invariant_purchasesBringAccountsNearerToCover() public view {
        assertEq(handler.worsened(), 0);
    }

    /// INV-ALL-09
    function invariant_lossesAreInTheBooks() public view {
        assertEq(handler.miscounted(), 0);
        uint256 debts;
        uint256 provisions;
        for (uint256 i = 0; i < handler.accountCount(); i++) {
            bytes32 id = handler.accountAt(i);
            debts += handler.pool().debtOf(id);
            provisions += handler.pool().provisionOf(id);
            assertLe(handler.pool().provisionOf(id), handler.pool().debtOf(id));
        }
        assertEq(provisions, handler.pool().provisions());
        uint256 face = handler.pool().cash() + handler.pool().totalDebt() + handler.pool().carriedClaims();
        uint256 hidden = handler.pool().lockedGain() + provisions;
        assertEq(handler.pool().totalAssets(), face > hidden ? face - hidden : 0);
        assertEq(handler.pool().carriedClaims(), handler.carriedInAll());
    }

    /// INV-ALL-08
    function invariant_leavingIsNeverRefused() public view {
        assertEq(handler.refused(), 0);
    }

    function _selectors() private view returns (bytes4[] memory selectors) {
        selectors = new bytes4[](39);
        selectors[38] = handler.pause.selector;
        selectors[32] = handler.setMood.selector;
        selectors[33] = handler.seal.selector;
        selectors[34] = handler.collect.selector;
        selectors[35] = handler.recover.selector;
        selectors[36] = handler.collectFees.selector;
        selectors[37] = handler.value.selector;
        selectors[28] = handler.takeOver.selector;
        selectors[29] = handler.workOut.selector;
        selectors[30] = handler.sellLot.selector;
        selectors[31] = handler.book.selector;
        selectors[27] = handler.claimDelayed.selector;
        selectors[0] = handler.deposit.selector;
        selectors[1] = handler.withdraw.selector;
        selectors[2] = handler.lock.selector;
        selectors[3] = handler.spendAgain.selector;
        selectors[4] = handler.settle.selector;
        selectors[5] = handler.escape.selector;
        selectors[6] = handler.attest.selector;
        selectors[7] = handler.deliver.selector;
        selectors[8] = handler.deliverAll.selector;
        selectors[9] = handler.heartbeat.selector;
        selectors[10] = handler.open.selector;
        selectors[11] = handler.addLock.selector;
        selectors[12] = handler.refresh.selector;
        selectors[13] = handler.borrow.selector;
        selectors[14] = handler.repay.selector;
        selectors[15] = handler.removeLock.selector;
        selectors[16] = handler.release.selector;
        selectors[17] = handler.flag.selector;
        selectors[18] = handler.startAuctions.selector;
        selectors[19] = handler.buy.selector;
        selectors[20] = handler.releaseUnused.selector;
        selectors[21] = handler.openAgain.selector;
        selectors[22] = handler.lend.selector;
        selectors[23] = handler.unlend.selector;
        selectors[24] = handler.movePrices.selector;
        selectors[25] = handler.passTime.selector;
        selectors[26] = handler.crash.selector;
    }
}
