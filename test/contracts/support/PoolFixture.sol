// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IInterestRateModel} from "../../../contracts/interfaces/IInterestRateModel.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {AdaptiveRateModel} from "../../../contracts/margin/AdaptiveRateModel.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {Deploy} from "./Deploy.sol";
import {OpenEngine} from "./OpenEngine.sol";
import {TestToken} from "./TestToken.sol";

/// A pool on the adaptive rate model whose engine lets every account borrow, owned by the test, without caps or reserve.
abstract contract PoolFixture is Test {
    bytes32 internal constant ACCOUNT = "account";

    address internal lender = makeAddr("lender");
    address internal bob = makeAddr("bob");
    address internal guardian = makeAddr("guardian");
    address internal fund = makeAddr("insurance fund");

    TestToken internal token;
    OpenEngine internal engine;
    AdaptiveRateModel internal model;
    CreditPool internal pool;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        token = new TestToken("USD Coin", "USDC", 6);
        engine = new OpenEngine();
        model = AdaptiveRateModel(Deploy.create(Deploy.code("margin/AdaptiveRateModel"), ""));
        pool = newPool(model);
    }

    function newPool(IInterestRateModel rateModel) internal returns (CreditPool made) {
        made = Deploy.creditPool(token, address(engine), IPriceBoard(address(0)), "USDC", rateModel, 0, 1);
        engine.bind(made);
    }

    function lend(address who, uint256 assets) internal returns (uint256 shares) {
        give(who, assets);
        vm.prank(who);
        return pool.deposit(assets, who);
    }

    function owe(uint256 assets) internal {
        pool.borrow(ACCOUNT, assets, address(this));
    }

    function give(address who, uint256 assets) internal {
        token.mint(who, assets);
        vm.prank(who);
        token.approve(address(pool), type(uint256).max);
    }

    function later(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }

    /// Books what accrued, and nothing else.
    function accrue() internal {
        pool.deposit(0, address(this));
    }
}
