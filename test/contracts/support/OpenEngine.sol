// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CreditPool} from "../../../contracts/margin/CreditPool.sol";

/// An engine that lets every account borrow what it likes: for tests of what a pool does by itself.
contract OpenEngine {
    function bind(CreditPool pool) external {
        pool.bindMarket("market", 500, 100, 0);
    }

    function chargeFee(CreditPool pool, bytes32 account, uint256 assets, address to) external returns (uint256) {
        return pool.chargeFee(account, assets, to);
    }

    function closeOut(CreditPool pool, bytes32 account, uint256 debt, uint256 fee, address payer) external {
        pool.closeOut(account, debt, fee, payer);
    }

    function takeOver(
        CreditPool pool,
        bytes32 account,
        bytes32 key,
        uint256 debt,
        uint256 carried
    ) external returns (uint256) {
        return pool.takeOver(account, key, debt, carried);
    }

    function receiveLot(CreditPool pool, bytes32 key, uint256 assets, address payer) external {
        pool.receiveLot(key, assets, payer);
    }

    function writeDown(CreditPool pool, bytes32 key) external {
        pool.writeDown(key);
    }

    function provision(CreditPool pool, bytes32 account, uint256 assets) external {
        pool.provision(account, assets);
    }

    function requireInitial(bytes32, address) external pure {}

    function onRepaid(bytes32) external pure {}
}
