// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Words that never change, kept as the code of an account of their own
/// @dev Reading n of them costs one cold account, 2,600 gas, and three gas each; as storage they cost 2,100 each. The code starts with STOP: it can only be read.
library CodeStore {
    /// With the STOP, 767 words are the most that a code may have (EIP-170).
    uint256 private constant MAX_WORDS = 767;

    /// Thrown when there are too many words, or the account could not be created.
    error StoreFailed(uint256 words);

    /// @dev `data` is whole words. The init code returns what follows it:
    ///      PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN.
    function write(bytes memory data) internal returns (address store) {
        if (data.length > 32 * MAX_WORDS) revert StoreFailed(data.length / 32);
        bytes memory initCode = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            store := create(0, add(initCode, 0x20), mload(initCode))
        }
        if (store == address(0)) revert StoreFailed(data.length / 32);
    }

    /// @notice The first `count` words. Warning: zeros where `store` has none.
    function read(address store, uint256 count) internal view returns (uint256[] memory words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            let size := shl(5, count)
            mstore(words, count)
            extcodecopy(store, add(words, 0x20), 1, size)
            mstore(0x40, add(add(words, 0x20), size))
        }
    }
}
