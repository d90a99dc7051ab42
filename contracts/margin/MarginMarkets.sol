// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Delegating} from "./Delegating.sol";
import {Holdings} from "./Holdings.sol";
import {MarginStorage} from "./MarginStorage.sol";
import {MarketRegistry} from "./MarketRegistry.sol";

/// @title The third part of the margin engine: markets and the vaults they accept, leaving, and accounts to look at
/// @dev Runs only by delegatecall, from MarginExtension as the engine. Called directly it has an owner that nobody is.
contract MarginMarkets is MarketRegistry, Holdings, Delegating {
    constructor(Wiring memory wiring, address extension_) MarginStorage(NOBODY, wiring) Delegating(extension_) {}
}
