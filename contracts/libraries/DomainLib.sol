// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The name of the only place that may use a lock (ACC-2): one vault on one chain, one engine on another
library DomainLib {
    function compute(uint32 srcEid, address vault, uint32 marginEid, address engine) internal pure returns (uint256) {
        // 248 bits: a domain is a canonical field element by construction.
        return uint256(keccak256(abi.encode("hypothec.domain", srcEid, vault, marginEid, engine))) >> 8;
    }
}
