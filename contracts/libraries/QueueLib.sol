// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Entry} from "../types/Types.sol";

/// @title Queue entries: their meta word and the rolling hash of a chunk (docs/encodings.md, Queue)
/// @dev meta, from bit 0: amount (63) | slot (3) | kind (2). kind 0 = empty, 1 = deposit, 2 = note.
library QueueLib {
    uint256 internal constant CHUNK = 16; // entries, the leaves of one subtree
    uint64 internal constant BATCH_CHUNKS = 4; // that batch64 appends at once
    uint256 internal constant MAX_CHUNKS = 1 << 28; // 4^16 leaves
    uint256 internal constant NOTE_META = 2 << 66;

    function depositMeta(uint8 slot, uint64 amount) internal pure returns (uint256) {
        return (1 << 66) | (uint256(slot) << 63) | amount;
    }

    /// @dev The upper 208 bits of keccak256(abi.encode(bytes32(hash), value, meta)). The third word lies over the free memory pointer, which is put back.
    function link(bytes26 hash, uint256 value, uint256 meta) internal pure returns (bytes26 next) {
        bytes32 wide;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(0x00, hash)
            mstore(0x20, value)
            mstore(0x40, meta)
            wide := keccak256(0x00, 0x60)
            mstore(0x40, free)
        }
        return bytes26(wide);
    }

    /// @dev `link` over a chunk's entries, entries[start] to entries[start + 15] or the first without meta, in one go, copied into a circuit's
    ///      values: the values of all entries begin at `valuesAt`, their metas follow. It turns up to 64 times a batch; in Solidity
    ///      each turn costs 600 gas more. Warning: the caller has made sure of 16 entries from `start` on, and of the values' length.
    /// @return hash of the chunk if these are its entries
    /// @return count of them
    function linkChunk(
        Entry[] calldata entries,
        uint256 start,
        uint256[] memory values,
        uint256 valuesAt
    ) internal pure returns (bytes26 hash, uint256 count) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let from := add(entries.offset, shl(6, start))
            let valueTo := add(values, shl(5, add(add(valuesAt, start), 1)))
            let metaTo := add(valueTo, shl(5, entries.length))
            for {} lt(count, CHUNK) {
                count := add(count, 1)
            } {
                let meta := calldataload(add(from, 0x20))
                if iszero(meta) {
                    break
                }
                let value := calldataload(from)
                mstore(0x00, hash)
                mstore(0x20, value)
                mstore(0x40, meta)
                hash := and(keccak256(0x00, 0x60), not(0xffffffffffff))
                mstore(valueTo, value)
                mstore(metaTo, meta)
                from := add(from, 0x40)
                valueTo := add(valueTo, 0x20)
                metaTo := add(metaTo, 0x20)
            }
            mstore(0x40, free)
        }
    }
}
