pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/escalarmulfix.circom";
include "circomlib/circuits/poseidon.circom";
include "ranges.circom";
include "scalar.circom";

// An EdDSA-Poseidon signature (R8, S) by the key A over one field element, as circomlibjs makes it:
// S·Base8 = R8 + 8·h·A,  h = Poseidon(R8.x, R8.y, A.x, A.y, message) with initial state 0.
//
// Why it is sound:
// - A is the key inside the owner hash of the note that is spent, so a thief cannot choose it. It is on the curve, and
//   an A of small order, for which 8·h·A is the identity and anybody could sign, is refused: 4·A.x = 0 holds exactly
//   when 4·A is the identity or the point of order 2, that is, when 8·A is the identity.
// - R8 is on the curve, so every Edwards addition is complete, and R8 = S·Base8 − 8·h·A is in the prime-order subgroup.
// - h is taken in its canonical 254 bits: one challenge per (R8, A, message). One challenge in 2^126 is refused
//   (CanonicalBits); its signer signs something else.
// - S is any scalar below 2^251; S and S + l are the same signature. Nothing depends on its bytes being unique: what
//   is spent is marked by nullifiers.
// - h·8·A is right for every h and A, or the prover has the private key of A (MulByHash).
// Apart from S in [l, 2^251) and those challenges it accepts what circomlib's EdDSAPoseidonVerifier accepts, for A and R8
// on the curve.
template VerifySignature() {
    signal input keyX;
    signal input keyY;
    signal input message;
    signal input r8x;
    signal input r8y;
    signal input s;

    BabyCheck()(keyX, keyY);
    BabyCheck()(r8x, r8y);

    signal hash <== Poseidon(5)([r8x, r8y, keyX, keyY, message]);
    signal hashBit[254] <== CanonicalBits()(hash);

    component twice = BabyDbl();
    twice.x <== keyX;
    twice.y <== keyY;
    component four = BabyDbl();
    four.x <== twice.xout;
    four.y <== twice.yout;
    component eight = BabyDbl();
    eight.x <== four.xout;
    eight.y <== four.yout;
    NonZero()(four.xout);

    component right = MulByHash();
    right.bit <== hashBit;
    right.p <== [eight.xout, eight.yout];
    component sum = BabyAdd();
    sum.x1 <== r8x;
    sum.y1 <== r8y;
    sum.x2 <== right.out[0];
    sum.y2 <== right.out[1];

    component left = EscalarMulFix(251, [
        5299619240641551281634865583518297030282874472190772894086521144482721001553,
        16950150798460657717958625567821834550301663161624707787222815936182638968203
    ]);
    left.e <== Num2Bits(251)(s);
    sum.xout === left.out[0];
    sum.yout === left.out[1];
}
