// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {JubPoint} from "../types/Types.sol";
import {FIELD_ORDER as Q} from "./Field.sol";

/// @title BabyJubJub: a·x² + y² = 1 + d·x²·y² over the BN254 scalar field, a = 168700, d = 168696 (ERC-2494)
/// @dev The curve has order 8·l, l prime. 8R lies in the subgroup of order l, so a key 8R ≠ identity has order l (ORD-6).
/// a is a square and d is not: the addition law is complete, and no denominator below is ever 0.
library BabyJubJub {
    uint256 internal constant A = 168700;
    uint256 internal constant D = 168696;

    /// Thrown for coordinates that are not canonical or not on the curve.
    error NotOnCurve(uint256 x, uint256 y);
    /// Thrown for a point whose order divides 8: 8R would be the identity.
    error LowOrderPoint(uint256 x, uint256 y);

    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= Q || y >= Q) return false;
        uint256 xx = mulmod(x, x, Q);
        uint256 yy = mulmod(y, y, Q);
        return addmod(mulmod(A, xx, Q), yy, Q) == addmod(1, mulmod(D, mulmod(xx, yy, Q), Q), Q);
    }

    /// @notice 8R, checked to generate the prime-order subgroup.
    function key(JubPoint memory r) internal view returns (JubPoint memory k) {
        if (!isOnCurve(r.x, r.y)) revert NotOnCurve(r.x, r.y);
        (uint256 x, uint256 y, uint256 z) = (r.x, r.y, 1);
        for (uint256 i; i < 3; ++i) (x, y, z) = _double(x, y, z);
        uint256 inverse = Math.invModPrime(z, Q);
        k = JubPoint({x: mulmod(x, inverse, Q), y: mulmod(y, inverse, Q)});
        if (k.x == 0 && k.y == 1) revert LowOrderPoint(r.x, r.y);
    }

    /// @dev 2·(X : Y : Z) from x' = 2xy / (a·x² + y²), y' = (y² − a·x²) / (2 − a·x² − y²), both over the curve equation.
    function _double(uint256 x, uint256 y, uint256 z) private pure returns (uint256, uint256, uint256) {
        uint256 axx = mulmod(A, mulmod(x, x, Q), Q);
        uint256 yy = mulmod(y, y, Q);
        uint256 f = addmod(axx, yy, Q); // a·X² + Y²
        uint256 zz = mulmod(z, z, Q);
        uint256 g = addmod(addmod(zz, zz, Q), Q - f, Q); // 2·Z² − a·X² − Y²
        uint256 xy = mulmod(x, y, Q);
        return (mulmod(addmod(xy, xy, Q), g, Q), mulmod(f, addmod(yy, Q - axx, Q), Q), mulmod(f, g, Q));
    }
}
