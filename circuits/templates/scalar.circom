pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/montgomery.circom";

// accumulator → 2·accumulator + digit on the Montgomery form of BabyJubJub (B·v² = u³ + A·u² + u, A = 168698, B = 1),
// as (accumulator + digit) + accumulator without the v of the sum in the middle: 5 constraints.
//
// Incomplete: it is a point doubling-and-adding only if accumulator ≠ ±digit and 2·accumulator ≠ −digit. The caller
// argues why that never happens.
template DoubleAndAdd() {
    signal input accumulator[2];
    signal input digit[2];
    signal output out[2];

    var a = 168698;

    // Chord through accumulator and digit; the two u differ by the caller's argument, so the product pins the slope.
    signal slope <-- (accumulator[1] - digit[1]) / (accumulator[0] - digit[0]);
    slope * (accumulator[0] - digit[0]) === accumulator[1] - digit[1];
    signal middle <== slope * slope - a - accumulator[0] - digit[0];

    // Chord through the sum and accumulator: its slope is 2·v/(u − middle) − slope, pinned likewise.
    signal second <-- 2 * accumulator[1] / (accumulator[0] - middle) - slope;
    (second + slope) * (accumulator[0] - middle) === 2 * accumulator[1];
    out[0] <== second * second - a - middle - accumulator[0];
    out[1] <== second * (accumulator[0] - out[0]) - accumulator[1];
}

// hash·P for 254 bits that the prover cannot choose (a hash) and a point P ≠ O of prime order: 7 constraints a bit
// against 9 for circomlib's EscalarMulAny.
//
// From the highest bit down, accumulator ← 2·accumulator + (bit ? P + H : H), starting at G. H = Base8 and
// G = −(1 − 2^-254)·Base8, so that 2^254·G + (2^254 − 1)·H = O: what is left at the end is hash·P.
//
// Soundness of the incomplete additions: an exception needs (2^j·g + (2^j − 1) + p·top_j) ≡ 0, ±1 or ±(1 + p) (and the
// like for the second addition) modulo the group order l ≈ 2^251, where top_j are the leading j bits of the hash and
// P = p·Base8. That is one residue out of l for each of the 254 steps: for a secret p nobody can aim at it, and even
// whoever knows p would have to find a hash with given leading bits; for small j, where that could be searched, p
// would have to be one of fewer than 2^(j+3) values. A key chosen so costs nobody but its owner.
template MulByHash() {
    signal input bit[254];
    signal input p[2];
    signal output out[2];

    var base8[2] = [
        5299619240641551281634865583518297030282874472190772894086521144482721001553,
        16950150798460657717958625567821834550301663161624707787222815936182638968203
    ];
    var h[2] = [
        7117928050407583618111176421555214756675765419608405867398403713213306743542,
        14577268218881899420966779687690205425227431577728659819975198491127179315626
    ];
    var g[2] = [
        7406472383300254582198813604789941742096109451090083066256851687431190437161,
        9942221907828911857603399738432139404484729576923315050190631456560851620143
    ];

    component shifted = BabyAdd();
    shifted.x1 <== p[0];
    shifted.y1 <== p[1];
    shifted.x2 <== base8[0];
    shifted.y2 <== base8[1];
    component one = Edwards2Montgomery();
    one.in <== [shifted.xout, shifted.yout];

    component step[254];
    for (var k = 0; k < 254; k++) {
        step[k] = DoubleAndAdd();
        if (k == 0) {
            step[k].accumulator <== g;
        } else {
            step[k].accumulator <== step[k - 1].out;
        }
        for (var i = 0; i < 2; i++) {
            step[k].digit[i] <== h[i] + bit[253 - k] * (one.out[i] - h[i]);
        }
    }

    component back = Montgomery2Edwards();
    back.in <== step[253].out;
    out <== back.out;
}
