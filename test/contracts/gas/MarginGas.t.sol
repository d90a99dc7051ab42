// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {SignedFixture} from "../support/SignedFixture.sol";

/// What the margin chain's operations cost, for `npm run snapshot:check`: the call by itself, without the transaction's 21,000 and calldata, and without
/// the verifier (its verdict is taken on trust here; 204,000). Whole transactions with real proofs: `npm run bench -- gas`.
contract MarginGasTest is SignedFixture {
    function setUp() public override {
        super.setUp();
        fund(keeper, 10_000_000e6);
        fund(alice, 10_000_000e6);
        openAccount(90, 10, 10_000e6); // markets in use: nothing is the first of its kind
    }

    function test_gas_openAndBorrow() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.open(marketId, SALT, p, 50_000e6, alice);
        vm.snapshotGasLastCall("margin", "open and borrow");
    }

    function test_gas_openFor() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        IMarginAccounts.Opening memory o = IMarginAccounts.Opening(marketId, SALT, carol, 50_000e6, alice, FEE);
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        vm.prank(keeper);
        engine.openFor(o, p, signature);
        vm.snapshotGasLastCall("margin", "open for a controller");
    }

    function test_gas_addLock() public {
        bytes32 id = openAccount(1, 10, 50_000e6);
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.addLock(id, p);
        vm.snapshotGasLastCall("margin", "add a lock");
    }

    function test_gas_refresh() public {
        bytes32 id = openAccount(1, 10, 50_000e6);
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
        vm.snapshotGasLastCall("margin", "refresh, same coverage");
        p = proofOf(1, 11, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
        vm.snapshotGasLastCall("margin", "refresh, higher coverage");
    }

    function test_gas_borrowRepayRelease() public {
        bytes32 id = openAccount(1, 10, 50_000e6);
        later(1 hours - 1);
        vm.startPrank(alice);
        pool.borrow(id, 1_000e6, alice);
        vm.snapshotGasLastCall("margin", "borrow more");
        pool.repay(id, 1_000e6);
        vm.snapshotGasLastCall("margin", "repay a part");
        pool.repay(id, type(uint256).max);
        vm.snapshotGasLastCall("margin", "repay all");
        engine.release(id);
        vm.snapshotGasLastCall("margin", "release");
        vm.stopPrank();
    }

    function test_gas_liquidation() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(48_600, 2_430);
        vm.prank(keeper);
        engine.flag(id);
        vm.snapshotGasLastCall("margin", "flag");
        later(GRACE);
        vm.prank(keeper);
        engine.startAuctions(id);
        vm.snapshotGasLastCall("margin", "start an auction");
        later(60);
        vm.prank(keeper);
        engine.buy(id, 1, type(uint256).max, 7, base8());
        vm.snapshotGasLastCall("margin", "buy");
    }

    function test_gas_takeOver() public {
        bytes32 id = inAuction(48_000, 2_400);
        later(AUCTION);
        engine.takeOver(id, 1);
        vm.snapshotGasLastCall("margin", "take over");
    }

    function test_gas_lend() public {
        usdc.mint(lender, 2_000e6);
        vm.startPrank(lender);
        usdc.approve(address(pool), type(uint256).max);
        later(1);
        pool.deposit(1_000e6, lender);
        vm.snapshotGasLastCall("margin", "lend");
        later(1);
        pool.withdraw(1_000e6, lender, lender);
        vm.snapshotGasLastCall("margin", "withdraw what was lent");
        vm.stopPrank();
    }

    function test_gas_root() public {
        attest(REMOTE_EID, VAULT, 0x1234, uint64(vm.getBlockTimestamp()));
        vm.snapshotGasLastCall("margin", "receive a root");
    }
}
