// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The name of the only place that may use a lock (ACC-2): one vault on one chain, one engine on another
library DomainLib {
    function compute(uint32 srcEid, address vault, uint32 marginEid, address engine) internal pure returns (uint256) {
        bytes32 hash;
        // keccak256(abi.encode("hypothec.domain", srcEid, vault, marginEid, engine)), in memory that stays free: an engine takes it for every lock.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, 0xa0)
            mstore(add(free, 0x20), and(srcEid, 0xffffffff))
            mstore(add(free, 0x40), shr(96, shl(96, vault)))
            mstore(add(free, 0x60), and(marginEid, 0xffffffff))
            mstore(add(free, 0x80), shr(96, shl(96, engine)))
            mstore(add(free, 0xa0), 15)
            mstore(add(free, 0xc0), "hypothec.domain")
            hash := keccak256(free, 0xe0)
        }
        // 248 bits: a domain is a canonical field element by construction.
        return uint256(hash) >> 8;
    }
}
