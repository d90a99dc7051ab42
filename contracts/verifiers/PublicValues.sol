// SPDX-License-Identifier: MIT
// Generated from circuits/instances.json by circuits/codegen/generate.ts.
pragma solidity ^0.8.28;

/// Thrown when public value `index` does not fit the `bits` its circuit gives it.
error PublicValueTooWide(uint256 index, uint256 value, uint256 bits);

/// Thrown when a circuit is given another number of public values than it has.
error PublicValueCount(uint256 got, uint256 expected);

/// @title Public values of the circuit `batch16`, by index
library Batch16Values {
    uint256 internal constant CIRCUIT_ID = 1;
    uint256 internal constant COUNT = 35;

    // 254 bits
    uint256 internal constant OLD_ROOT = 0;
    // 254 bits
    uint256 internal constant NEW_ROOT = 1;
    // 28 bits
    uint256 internal constant CHUNK_INDEX = 2;
    // 16 values, 254 bits each
    uint256 internal constant ENTRY_VALUE = 3;
    // 16 values, 68 bits each
    uint256 internal constant ENTRY_META = 19;

    /// @dev Reverts unless there are exactly COUNT values and each fits its width. Values of 254 bits need only be below
    /// q, which InputDigest checks. The values are ORed together, each without its low bits, and examined one by one
    /// only if something is left.
    function checkWidths(uint256[] memory x) internal pure {
        if (x.length != COUNT) revert PublicValueCount(x.length, COUNT);
        uint256 excess;
        assembly ("memory-safe") {
            excess := or(excess, shr(28, mload(add(x, 0x60))))
            excess := or(excess, shr(68, mload(add(x, 0x280))))
            excess := or(excess, shr(68, mload(add(x, 0x2a0))))
            excess := or(excess, shr(68, mload(add(x, 0x2c0))))
            excess := or(excess, shr(68, mload(add(x, 0x2e0))))
            excess := or(excess, shr(68, mload(add(x, 0x300))))
            excess := or(excess, shr(68, mload(add(x, 0x320))))
            excess := or(excess, shr(68, mload(add(x, 0x340))))
            excess := or(excess, shr(68, mload(add(x, 0x360))))
            excess := or(excess, shr(68, mload(add(x, 0x380))))
            excess := or(excess, shr(68, mload(add(x, 0x3a0))))
            excess := or(excess, shr(68, mload(add(x, 0x3c0))))
            excess := or(excess, shr(68, mload(add(x, 0x3e0))))
            excess := or(excess, shr(68, mload(add(x, 0x400))))
            excess := or(excess, shr(68, mload(add(x, 0x420))))
            excess := or(excess, shr(68, mload(add(x, 0x440))))
            excess := or(excess, shr(68, mload(add(x, 0x460))))
        }
        if (excess != 0) _revertTooWide(x);
    }

    function _revertTooWide(uint256[] memory x) private pure {
        if (x[2] >> 28 != 0) revert PublicValueTooWide(2, x[2], 28);
        for (uint256 i = 19; i < 35; ++i) {
            if (x[i] >> 68 != 0) revert PublicValueTooWide(i, x[i], 68);
        }
    }
}

/// @title Public values of the circuit `batch64`, by index
library Batch64Values {
    uint256 internal constant CIRCUIT_ID = 2;
    uint256 internal constant COUNT = 131;

    // 254 bits
    uint256 internal constant OLD_ROOT = 0;
    // 254 bits
    uint256 internal constant NEW_ROOT = 1;
    // 28 bits
    uint256 internal constant CHUNK_INDEX = 2;
    // 64 values, 254 bits each
    uint256 internal constant ENTRY_VALUE = 3;
    // 64 values, 68 bits each
    uint256 internal constant ENTRY_META = 67;

    /// @dev Reverts unless there are exactly COUNT values and each fits its width. Values of 254 bits need only be below
    /// q, which InputDigest checks. The values are ORed together, each without its low bits, and examined one by one
    /// only if something is left.
    function checkWidths(uint256[] memory x) internal pure {
        if (x.length != COUNT) revert PublicValueCount(x.length, COUNT);
        uint256 excess;
        assembly ("memory-safe") {
            excess := or(excess, shr(28, mload(add(x, 0x60))))
            excess := or(excess, shr(68, mload(add(x, 0x880))))
            excess := or(excess, shr(68, mload(add(x, 0x8a0))))
            excess := or(excess, shr(68, mload(add(x, 0x8c0))))
            excess := or(excess, shr(68, mload(add(x, 0x8e0))))
            excess := or(excess, shr(68, mload(add(x, 0x900))))
            excess := or(excess, shr(68, mload(add(x, 0x920))))
            excess := or(excess, shr(68, mload(add(x, 0x940))))
            excess := or(excess, shr(68, mload(add(x, 0x960))))
            excess := or(excess, shr(68, mload(add(x, 0x980))))
            excess := or(excess, shr(68, mload(add(x, 0x9a0))))
            excess := or(excess, shr(68, mload(add(x, 0x9c0))))
            excess := or(excess, shr(68, mload(add(x, 0x9e0))))
            excess := or(excess, shr(68, mload(add(x, 0xa00))))
            excess := or(excess, shr(68, mload(add(x, 0xa20))))
            excess := or(excess, shr(68, mload(add(x, 0xa40))))
            excess := or(excess, shr(68, mload(add(x, 0xa60))))
            excess := or(excess, shr(68, mload(add(x, 0xa80))))
            excess := or(excess, shr(68, mload(add(x, 0xaa0))))
            excess := or(excess, shr(68, mload(add(x, 0xac0))))
            excess := or(excess, shr(68, mload(add(x, 0xae0))))
            excess := or(excess, shr(68, mload(add(x, 0xb00))))
            excess := or(excess, shr(68, mload(add(x, 0xb20))))
            excess := or(excess, shr(68, mload(add(x, 0xb40))))
            excess := or(excess, shr(68, mload(add(x, 0xb60))))
            excess := or(excess, shr(68, mload(add(x, 0xb80))))
            excess := or(excess, shr(68, mload(add(x, 0xba0))))
            excess := or(excess, shr(68, mload(add(x, 0xbc0))))
            excess := or(excess, shr(68, mload(add(x, 0xbe0))))
            excess := or(excess, shr(68, mload(add(x, 0xc00))))
            excess := or(excess, shr(68, mload(add(x, 0xc20))))
            excess := or(excess, shr(68, mload(add(x, 0xc40))))
            excess := or(excess, shr(68, mload(add(x, 0xc60))))
            excess := or(excess, shr(68, mload(add(x, 0xc80))))
            excess := or(excess, shr(68, mload(add(x, 0xca0))))
            excess := or(excess, shr(68, mload(add(x, 0xcc0))))
            excess := or(excess, shr(68, mload(add(x, 0xce0))))
            excess := or(excess, shr(68, mload(add(x, 0xd00))))
            excess := or(excess, shr(68, mload(add(x, 0xd20))))
            excess := or(excess, shr(68, mload(add(x, 0xd40))))
            excess := or(excess, shr(68, mload(add(x, 0xd60))))
            excess := or(excess, shr(68, mload(add(x, 0xd80))))
            excess := or(excess, shr(68, mload(add(x, 0xda0))))
            excess := or(excess, shr(68, mload(add(x, 0xdc0))))
            excess := or(excess, shr(68, mload(add(x, 0xde0))))
            excess := or(excess, shr(68, mload(add(x, 0xe00))))
            excess := or(excess, shr(68, mload(add(x, 0xe20))))
            excess := or(excess, shr(68, mload(add(x, 0xe40))))
            excess := or(excess, shr(68, mload(add(x, 0xe60))))
            excess := or(excess, shr(68, mload(add(x, 0xe80))))
            excess := or(excess, shr(68, mload(add(x, 0xea0))))
            excess := or(excess, shr(68, mload(add(x, 0xec0))))
            excess := or(excess, shr(68, mload(add(x, 0xee0))))
            excess := or(excess, shr(68, mload(add(x, 0xf00))))
            excess := or(excess, shr(68, mload(add(x, 0xf20))))
            excess := or(excess, shr(68, mload(add(x, 0xf40))))
            excess := or(excess, shr(68, mload(add(x, 0xf60))))
            excess := or(excess, shr(68, mload(add(x, 0xf80))))
            excess := or(excess, shr(68, mload(add(x, 0xfa0))))
            excess := or(excess, shr(68, mload(add(x, 0xfc0))))
            excess := or(excess, shr(68, mload(add(x, 0xfe0))))
            excess := or(excess, shr(68, mload(add(x, 0x1000))))
            excess := or(excess, shr(68, mload(add(x, 0x1020))))
            excess := or(excess, shr(68, mload(add(x, 0x1040))))
            excess := or(excess, shr(68, mload(add(x, 0x1060))))
        }
        if (excess != 0) _revertTooWide(x);
    }

    function _revertTooWide(uint256[] memory x) private pure {
        if (x[2] >> 28 != 0) revert PublicValueTooWide(2, x[2], 28);
        for (uint256 i = 67; i < 131; ++i) {
            if (x[i] >> 68 != 0) revert PublicValueTooWide(i, x[i], 68);
        }
    }
}

/// @title Public values of the circuit `transact`, by index
library TransactValues {
    uint256 internal constant CIRCUIT_ID = 3;
    uint256 internal constant COUNT = 8;

    // 254 bits
    uint256 internal constant ROOT = 0;
    // 2 values, 254 bits each
    uint256 internal constant NULLIFIER = 1;
    // 2 values, 254 bits each
    uint256 internal constant OUT_COMMITMENT = 3;
    // 252 bits
    uint256 internal constant WITHDRAW_LO = 5;
    // 252 bits
    uint256 internal constant WITHDRAW_HI = 6;
    // 248 bits
    uint256 internal constant EXT = 7;

    /// @dev Reverts unless there are exactly COUNT values and each fits its width. Values of 254 bits need only be below
    /// q, which InputDigest checks. The values are ORed together, each without its low bits, and examined one by one
    /// only if something is left.
    function checkWidths(uint256[] memory x) internal pure {
        if (x.length != COUNT) revert PublicValueCount(x.length, COUNT);
        uint256 excess;
        assembly ("memory-safe") {
            excess := or(excess, shr(252, mload(add(x, 0xc0))))
            excess := or(excess, shr(252, mload(add(x, 0xe0))))
            excess := or(excess, shr(248, mload(add(x, 0x100))))
        }
        if (excess != 0) _revertTooWide(x);
    }

    function _revertTooWide(uint256[] memory x) private pure {
        if (x[5] >> 252 != 0) revert PublicValueTooWide(5, x[5], 252);
        if (x[6] >> 252 != 0) revert PublicValueTooWide(6, x[6], 252);
        if (x[7] >> 248 != 0) revert PublicValueTooWide(7, x[7], 248);
    }
}

/// @title Public values of the circuit `margin`, by index
library MarginValues {
    uint256 internal constant CIRCUIT_ID = 4;
    uint256 internal constant COUNT = 28;

    // 254 bits
    uint256 internal constant ROOT = 0;
    // 254 bits
    uint256 internal constant LOCK_NULLIFIER = 1;
    // 248 bits
    uint256 internal constant DOMAIN = 2;
    // 160 bits
    uint256 internal constant CONTROLLER = 3;
    // 64 bits
    uint256 internal constant COVERAGE = 4;
    // 8 values, 96 bits each
    uint256 internal constant FLOOR_X64 = 5;
    // 128 bits
    uint256 internal constant HAIRCUTS_PACKED = 13;
    // 4 values, 252 bits each
    uint256 internal constant RISK_PACKED = 14;
    // 254 bits
    uint256 internal constant TRUSTEE_X = 18;
    // 254 bits
    uint256 internal constant TRUSTEE_Y = 19;
    // 254 bits
    uint256 internal constant EPHEMERAL_X = 20;
    // 254 bits
    uint256 internal constant EPHEMERAL_Y = 21;
    // 5 values, 254 bits each
    uint256 internal constant SEALED = 22;
    // 248 bits
    uint256 internal constant EXT = 27;

    /// @dev Reverts unless there are exactly COUNT values and each fits its width. Values of 254 bits need only be below
    /// q, which InputDigest checks. The values are ORed together, each without its low bits, and examined one by one
    /// only if something is left.
    function checkWidths(uint256[] memory x) internal pure {
        if (x.length != COUNT) revert PublicValueCount(x.length, COUNT);
        uint256 excess;
        assembly ("memory-safe") {
            excess := or(excess, shr(248, mload(add(x, 0x60))))
            excess := or(excess, shr(160, mload(add(x, 0x80))))
            excess := or(excess, shr(64, mload(add(x, 0xa0))))
            excess := or(excess, shr(96, mload(add(x, 0xc0))))
            excess := or(excess, shr(96, mload(add(x, 0xe0))))
            excess := or(excess, shr(96, mload(add(x, 0x100))))
            excess := or(excess, shr(96, mload(add(x, 0x120))))
            excess := or(excess, shr(96, mload(add(x, 0x140))))
            excess := or(excess, shr(96, mload(add(x, 0x160))))
            excess := or(excess, shr(96, mload(add(x, 0x180))))
            excess := or(excess, shr(96, mload(add(x, 0x1a0))))
            excess := or(excess, shr(128, mload(add(x, 0x1c0))))
            excess := or(excess, shr(252, mload(add(x, 0x1e0))))
            excess := or(excess, shr(252, mload(add(x, 0x200))))
            excess := or(excess, shr(252, mload(add(x, 0x220))))
            excess := or(excess, shr(252, mload(add(x, 0x240))))
            excess := or(excess, shr(248, mload(add(x, 0x380))))
        }
        if (excess != 0) _revertTooWide(x);
    }

    function _revertTooWide(uint256[] memory x) private pure {
        if (x[2] >> 248 != 0) revert PublicValueTooWide(2, x[2], 248);
        if (x[3] >> 160 != 0) revert PublicValueTooWide(3, x[3], 160);
        if (x[4] >> 64 != 0) revert PublicValueTooWide(4, x[4], 64);
        for (uint256 i = 5; i < 13; ++i) {
            if (x[i] >> 96 != 0) revert PublicValueTooWide(i, x[i], 96);
        }
        if (x[13] >> 128 != 0) revert PublicValueTooWide(13, x[13], 128);
        for (uint256 i = 14; i < 18; ++i) {
            if (x[i] >> 252 != 0) revert PublicValueTooWide(i, x[i], 252);
        }
        if (x[27] >> 248 != 0) revert PublicValueTooWide(27, x[27], 248);
    }
}

/// @title Public values of the circuit `settle`, by index
library SettleValues {
    uint256 internal constant CIRCUIT_ID = 5;
    uint256 internal constant COUNT = 25;

    // 254 bits
    uint256 internal constant ROOT = 0;
    // 254 bits
    uint256 internal constant LOCK_NULLIFIER = 1;
    // 248 bits
    uint256 internal constant DOMAIN = 2;
    // 64 bits
    uint256 internal constant CLAIM = 3;
    // 8 values, 96 bits each
    uint256 internal constant SEIZURE_PRICE_X64 = 4;
    // 1 bits
    uint256 internal constant IS_PUBLIC = 12;
    // 254 bits
    uint256 internal constant BUYER_OWNER = 13;
    // 254 bits
    uint256 internal constant BUYER_KEY_X = 14;
    // 254 bits
    uint256 internal constant BUYER_KEY_Y = 15;
    // 252 bits
    uint256 internal constant PAYOUT_LO = 16;
    // 252 bits
    uint256 internal constant PAYOUT_HI = 17;
    // 254 bits
    uint256 internal constant BUYER_COMMITMENT = 18;
    // 254 bits
    uint256 internal constant REST_COMMITMENT = 19;
    // 254 bits
    uint256 internal constant EPHEMERAL_X = 20;
    // 254 bits
    uint256 internal constant EPHEMERAL_Y = 21;
    // 3 values, 254 bits each
    uint256 internal constant SEALED = 22;

    /// @dev Reverts unless there are exactly COUNT values and each fits its width. Values of 254 bits need only be below
    /// q, which InputDigest checks. The values are ORed together, each without its low bits, and examined one by one
    /// only if something is left.
    function checkWidths(uint256[] memory x) internal pure {
        if (x.length != COUNT) revert PublicValueCount(x.length, COUNT);
        uint256 excess;
        assembly ("memory-safe") {
            excess := or(excess, shr(248, mload(add(x, 0x60))))
            excess := or(excess, shr(64, mload(add(x, 0x80))))
            excess := or(excess, shr(96, mload(add(x, 0xa0))))
            excess := or(excess, shr(96, mload(add(x, 0xc0))))
            excess := or(excess, shr(96, mload(add(x, 0xe0))))
            excess := or(excess, shr(96, mload(add(x, 0x100))))
            excess := or(excess, shr(96, mload(add(x, 0x120))))
            excess := or(excess, shr(96, mload(add(x, 0x140))))
            excess := or(excess, shr(96, mload(add(x, 0x160))))
            excess := or(excess, shr(96, mload(add(x, 0x180))))
            excess := or(excess, shr(1, mload(add(x, 0x1a0))))
            excess := or(excess, shr(252, mload(add(x, 0x220))))
            excess := or(excess, shr(252, mload(add(x, 0x240))))
        }
        if (excess != 0) _revertTooWide(x);
    }

    function _revertTooWide(uint256[] memory x) private pure {
        if (x[2] >> 248 != 0) revert PublicValueTooWide(2, x[2], 248);
        if (x[3] >> 64 != 0) revert PublicValueTooWide(3, x[3], 64);
        for (uint256 i = 4; i < 12; ++i) {
            if (x[i] >> 96 != 0) revert PublicValueTooWide(i, x[i], 96);
        }
        if (x[12] >> 1 != 0) revert PublicValueTooWide(12, x[12], 1);
        if (x[16] >> 252 != 0) revert PublicValueTooWide(16, x[16], 252);
        if (x[17] >> 252 != 0) revert PublicValueTooWide(17, x[17], 252);
    }
}
