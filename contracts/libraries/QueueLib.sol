// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

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
}
