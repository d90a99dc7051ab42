// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {OAppCore, OAppSender} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";
import {OAppOptionsType3} from "@layerzerolabs/oapp-evm/contracts/oapp/libs/OAppOptionsType3.sol";
import {Wiring} from "./Wiring.sol";

/// @title An OApp that sends only over pathways its owner configured, with the options its owner enforces
abstract contract WiredSender is OAppSender, OAppOptionsType3, Ownable2Step {
    /// Thrown when no minimum options are set towards `dstEid`: without them the sender would choose how much gas lzReceive gets.
    error EnforcedOptionsMissing(uint32 dstEid, uint16 msgType);

    constructor(address endpoint_, address owner_) OAppCore(endpoint_, owner_) Ownable(owner_) {}

    /// @notice Reverts with what is missing unless messages of `msgType` may be sent to `dstEid`. Every send checks it.
    function requireWired(uint32 dstEid, uint16 msgType) public view {
        _getPeerOrRevert(dstEid);
        if (enforcedOptions[dstEid][msgType].length == 0) revert EnforcedOptionsMissing(dstEid, msgType);
        Wiring.requireSend(endpoint, dstEid);
    }

    function transferOwnership(address newOwner) public override(Ownable, Ownable2Step) {
        Ownable2Step.transferOwnership(newOwner);
    }

    function _transferOwnership(address newOwner) internal override(Ownable, Ownable2Step) {
        Ownable2Step._transferOwnership(newOwner);
    }
}
