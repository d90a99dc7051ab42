// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginHoldings} from "../../../contracts/interfaces/IMarginHoldings.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {SignedFixture} from "../support/SignedFixture.sol";

/// FEE-2: each lock added under a root pays who attested it, who collects it
contract AttestationFeesTest is SignedFixture {
    uint256 private constant WEI = 0.0003e18;

    function setUp() public override {
        super.setUp();
        IMarginTypes.MarketConfig memory config = marketConfig(address(pool = newPool()));
        config.attestationFee = uint64(WEI);
        marketId = engine.createMarket(config);
        engine.addSource(marketId, sourceConfig());
        supply(1_000_000e6);
        vm.deal(alice, 1 ether);
        vm.deal(carol, 1 ether);
        vm.deal(bob, 1 ether);
    }

    function test_everyNewLockPays() public {
        (IMarginTypes.MarketConfig memory config, , ) = engine.market(marketId);
        assertEq(config.attestationFee, WEI);
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open{value: WEI}(marketId, SALT, p, 0, alice);
        assertEq(engine.attestationFeesOf(keeper), WEI);
        p = proofOf(2, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.addLock{value: WEI}(id, p);
        // By another, who pays it and is paid for it.
        p = proofOf(3, 10, 10, 9000, MAJORS);
        IMarginAccounts.Opening memory o = IMarginAccounts.Opening(marketId, SALT, carol, 50_000e6, carol, FEE);
        bytes memory signature = signOpen(carolKey, o, p, bob);
        vm.prank(bob);
        engine.openFor{value: WEI}(o, p, signature);
        assertEq(engine.attestationFeesOf(keeper), 3 * WEI);
        assertEq(address(engine).balance, 3 * WEI);
    }

    /// No new lock, no fee.
    function test_refreshAndLeavingPayNothing() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.startPrank(alice);
        bytes32 id = engine.open{value: WEI}(marketId, SALT, p, 0, alice);
        p = proofOf(1, 12, 10, 9000, MAJORS);
        engine.refresh(id, p);
        engine.release(id);
        vm.stopPrank();
        assertEq(engine.attestationFeesOf(keeper), WEI);
    }

    function test_anotherValueIsRefused() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.WrongAttestationFee.selector, 0, WEI));
        engine.open(marketId, SALT, p, 0, alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.WrongAttestationFee.selector, WEI + 1, WEI));
        engine.open{value: WEI + 1}(marketId, SALT, p, 0, alice);
        vm.stopPrank();
    }

    /// Whose fee it is does not matter to the opening: nothing of the attestor's runs in it.
    function test_collect() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.open{value: WEI}(marketId, SALT, p, 0, alice);
        address payable to = payable(makeAddr("purse"));
        vm.prank(bob);
        assertEq(engine.collectAttestationFees(to), 0);
        vm.expectEmit(address(engine));
        emit IMarginHoldings.AttestationFeesCollected(keeper, to, WEI);
        vm.prank(keeper);
        assertEq(engine.collectAttestationFees(to), WEI);
        assertEq(to.balance, WEI);
        vm.prank(keeper);
        assertEq(engine.collectAttestationFees(to), 0);
        assertEq(address(engine).balance, 0);
    }

    /// A recipient that refuses loses nothing: another one can be named.
    function test_collect_refused() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.open{value: WEI}(marketId, SALT, p, 0, alice);
        vm.prank(keeper);
        vm.expectRevert(Errors.FailedCall.selector);
        engine.collectAttestationFees(payable(address(usdc)));
        assertEq(engine.attestationFeesOf(keeper), WEI);
    }

    function test_createMarket_feeOfOtherUnits() public {
        IMarginTypes.MarketConfig memory config = marketConfig(address(newPool()));
        uint64[2] memory bad = [uint64(WEI) + 1, 65_536e12];
        for (uint256 i; i < 2; ++i) {
            config.attestationFee = bad[i];
            vm.expectRevert(
                abi.encodeWithSelector(IMarginTypes.BadParameter.selector, bytes32("attestationFee"), bad[i])
            );
            engine.createMarket(config);
        }
    }

    /// Its gates are closed to money that no function takes.
    function test_engineTakesNoOtherEther() public {
        vm.prank(alice);
        (bool ok, ) = address(engine).call{value: 1}("");
        assertFalse(ok);
        vm.prank(alice);
        (ok, ) = address(engine).call{value: 1}(abi.encodeCall(engine.release, (bytes32("x"))));
        assertFalse(ok);
    }
}
