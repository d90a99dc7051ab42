// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {OAppCore, OAppReceiver} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {Wiring} from "./Wiring.sol";

/// @title An OApp that receives, and can say whether a pathway is configured by its owner
abstract contract WiredReceiver is OAppReceiver, Ownable2Step {
    constructor(address endpoint_, address owner_) OAppCore(endpoint_, owner_) Ownable(owner_) {}

    /// @notice Reverts with what is missing unless messages from `srcEid` are verified as the owner chose. For deployment and monitoring: a delivered message
    ///         was verified before it got here.
    function requireWired(uint32 srcEid) external view {
        _getPeerOrRevert(srcEid);
        Wiring.requireReceive(endpoint, srcEid);
    }

    function transferOwnership(address newOwner) public override(Ownable, Ownable2Step) {
        Ownable2Step.transferOwnership(newOwner);
    }

    function _transferOwnership(address newOwner) internal override(Ownable, Ownable2Step) {
        Ownable2Step._transferOwnership(newOwner);
    }
}
