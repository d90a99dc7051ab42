// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginStorage} from "./MarginStorage.sol";
import {MarketRegistry} from "./MarketRegistry.sol";

/// @title The last part of the margin engine: markets and the vaults they accept
/// @dev Runs only by delegatecall, from MarginExtension as the engine. Called directly it has an owner that nobody is.
contract MarginMarkets is MarketRegistry {
    constructor(Wiring memory wiring) MarginStorage(NOBODY, wiring) {}
}
