// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Units: docs/units.md. Encodings: docs/encodings.md.

/// A Groth16 proof and the circuit's own commitment `c` to its public values.
struct ZkProof {
    uint256[8] points;
    uint256 commitment;
}

/// An entry of the vault's queue. meta = kind·2^66 + slot·2^63 + amount.
struct Entry {
    uint256 value;
    uint256 meta;
}

/// A point of BabyJubJub in affine coordinates.
struct JubPoint {
    uint256 x;
    uint256 y;
}

/// A settlement order as sent by a margin chain (ORD-2). `seizurePricesX64` are µUSD per shared unit · 2^64.
struct SettleOrder {
    address vault;
    address engine;
    uint256 lockNullifier;
    uint64 claim; // µUSD
    uint96[8] seizurePricesX64;
    bool isPublic;
    uint256 buyerOwner; // pk_b < q; 0 when claim = 0 or isPublic
    JubPoint buyerKey; // in the prime-order subgroup; (0, 0) when claim = 0 or isPublic
}
