pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/montgomery.circom";

// accumulator → 2·accumulator + digit on the Montgomery form of BabyJubJub (B·v² = u³ + A·u² + u, A = 168698, B = 1),
// as (accumulator + digit) + accumulator without the v of the sum in the middle: 5 constraints.
//
// Incomplete: it is a point doubling-and-adding only if accumulator ≠ ±digit and 2·accumulator ≠ −digit. The caller
// argues why the other cases have no witness or are out of reach.
template DoubleAndAdd() {
    signal input accumulator[2];
    signal input digit[2];
    signal output out[2];

    var a = 168698;

    // Chord through accumulator and digit; where the two u differ (the caller's argument) the product pins the slope.
    signal slope <-- (accumulator[1] - digit[1]) / (accumulator[0] - digit[0]);
    slope * (accumulator[0] - digit[0]) === accumulator[1] - digit[1];
    signal middle <== slope * slope - a - accumulator[0] - digit[0];

    // Chord through the sum and accumulator: its slope is 2·v/(u − middle) − slope, pinned likewise.
    signal second <-- 2 * accumulator[1] / (accumulator[0] - middle) - slope;
    (second + slope) * (accumulator[0] - middle) === 2 * accumulator[1];
    out[0] <== second * second - a - middle - accumulator[0];
    out[1] <== second * (accumulator[0] - out[0]) - accumulator[1];
}

// hash·P for 254 bits and a point P ≠ O of prime order that is somebody's public key: 7 constraints a bit against 9 for
// circomlib's EscalarMulAny.
//
// From the highest bit down, accumulator ← 2·accumulator + (bit ? P + H : H), starting at G. H = Base8 and
// G = −(1 − 2^-254)·Base8, so that 2^254·G + (2^254 − 1)·H = O: what is left at the end is hash·P.
//
// Soundness of the incomplete additions. P = p·Base8, and every point here is in the group of prime order l, so no v is 0.
// P + H = O has no Montgomery form and no witness. Before bit b of step j (0 … 253), with t the bits above it as a number,
// accumulator = (2^(j−254) − 1 + t·p)·Base8. A denominator is 0 in three cases:
// - accumulator = −digit, or 2·accumulator = −digit: the equation asks that 0 = −2·v. No witness.
// - accumulator = digit, that is 2^(j−254) − 2 + (t − b)·p = 0 modulo l: the slope is free. 2^(255−j) ≠ 1 modulo l for
//   these j, so t − b is not 0 and p = (2 − 2^(j−254)) / (t − b): whoever finds such a challenge has the private key and
//   needs no forgery. That holds for every hash and every key, also against a prover who searches for hashes.
// Somebody who makes a key from a small t on purpose publishes its secret; only notes of that key's owner are at risk.
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
