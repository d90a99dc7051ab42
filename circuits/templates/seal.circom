pragma circom 2.2.0;

include "circomlib/circuits/escalarmulany.circom";
include "circomlib/circuits/escalarmulfix.circom";
include "poseidon.circom";
include "tags.circom";

// ECDH-Poseidon on BabyJubJub: n ≤ 5 field elements sealed to the key K.
//
//   ephemeral R = e·Base8,  shared S = e·K,  sealed_j = message_j + stream_j
//   stream = Poseidon(TAG_SEAL; S.x, S.y, separator, 0, 0)
//
// `bit` are the boolean bits of e (the caller checks that they are bits). K must be in the subgroup of prime order
// and not its identity: the caller of the circuit checks it, once, when the key is registered. With such a K the
// incomplete Montgomery additions inside EscalarMulAny never meet equal or opposite points: in a segment of at most 148
// bits the accumulator and the doubled base are different multiples, both below 2^148 and far below the group order.
// R fixes e modulo the group order, so it fixes S: a prover cannot seal with a stream that K's holder cannot derive.
template Seal(nBits, n) {
    signal input bit[nBits];
    signal input keyX;
    signal input keyY;
    signal input separator;
    signal input message[n];
    signal output ephemeralX;
    signal output ephemeralY;
    signal output sealed[n];

    component ephemeral = EscalarMulFix(nBits, [
        5299619240641551281634865583518297030282874472190772894086521144482721001553,
        16950150798460657717958625567821834550301663161624707787222815936182638968203
    ]);
    ephemeral.e <== bit;
    ephemeralX <== ephemeral.out[0];
    ephemeralY <== ephemeral.out[1];

    component shared = EscalarMulAny(nBits);
    shared.e <== bit;
    shared.p <== [keyX, keyY];

    signal stream[n] <== TaggedStream(5, n, TAG_SEAL())([shared.out[0], shared.out[1], separator, 0, 0]);
    for (var j = 0; j < n; j++) {
        sealed[j] <== message[j] + stream[j];
    }
}
