// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The owner of every contract of a chain, and LayerZero's delegate of its OApps (ADR 0017)
/// @dev OpenZeppelin's AccessManager as it is: roles per function, delays per role, operations that are announced, and can be cancelled. `scripts/deploy/powers.ts` says
/// who may do what after which delay; docs/governance.md what the worst of it is.
contract ChainAuthority is AccessManager {
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
