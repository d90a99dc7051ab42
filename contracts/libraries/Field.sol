// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Order q of the scalar field of BN254. Every public value of a circuit, every commitment and nullifier is below it.
uint256 constant FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
