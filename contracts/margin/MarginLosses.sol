// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LotSale} from "./LotSale.sol";
import {MarginStorage} from "./MarginStorage.sol";
import {Takeover} from "./Takeover.sol";
import {Valuation} from "./Valuation.sol";

/// @title The last part of the margin engine: what becomes of claims that nobody buys
/// @dev Runs only by delegatecall, from MarginMarkets as the engine. Called directly it has no market, and an owner that nobody is.
contract MarginLosses is Valuation, Takeover, LotSale {
    constructor(Wiring memory wiring) MarginStorage(NOBODY, wiring) {}
}
