pragma circom 2.2.0;

// MARGIN: some note under root, locked to this domain and controller, covers M at these floors under this risk set.
//
// Public values (28), in order, with widths:
//   root 254 · lockNullifier 254 · domain 248 · controller 160 · coverage 64 · floorX64[8] 96 each · haircutsPacked 128
//   · riskPacked[4] 252 each · trusteeX 254 · trusteeY 254 · ephemeralX 254 · ephemeralY 254 · sealed[5] 254 each · ext 248
//
// Statement, for amounts a_i < 2^63, h_i the 16-bit lanes of haircutsPacked and Q_ij the 28-bit lanes of riskPacked:
//   1. The note (owner, blinding, a, domain, controller) is under root at leafIndex < 4^levels, domain ≠ 0, and
//      lockNullifier is its lock nullifier.
//   2. v_i = ⌊a_i·floorX64_i / 2^64⌋ < 2^64 (micro-USD);  V = Σ v_i·h_i;  coverage M < 2^64.
//   3. V ≥ 10^4·M  and  (V − 10^4·M)² ≥ Σ_ij v_i·v_j·Q_ij, the sum over the full symmetric matrix.
//   4. (ephemeral, sealed) is the sealed opening (lo, hi, blinding, owner, leafIndex) to the trustee's key,
//      separated by lockNullifier; the ephemeral key is not the identity.
//   5. c and y are the input digest of the public values. `ext` has no other meaning in the circuit.
//
// The caller must check: widths (floors below 2^96 are what keeps a_i·floor_i from wrapping), and that the values are
// canonical (InputDigest); root accepted and fresh; domain its own, controller the one it acts for; lockNullifier never
// used by another account; floors, haircuts and risk those of an accepted snapshot and risk set (h_i ≤ 10^4,
// Q_ij ≤ 10^8, the matrix from RiskSet: only then does coverage carry over to other prices); the trustee's key on the
// curve, in the prime-order subgroup, not the identity; ext the hash of what binds this call.
//
// Who may know the witness: the opening of this one lock. It gives no power to spend: neither A nor nk enters.

include "circomlib/circuits/bitify.circom";
include "digest.circom";
include "note.circom";
include "path.circom";
include "ranges.circom";
include "seal.circom";

// V ≥ 10^4·M and (V − 10^4·M)² ≥ vᵀQv.
// Inputs: value[i] < 2^64 by the caller's quotient range; everything else is checked or decomposed here.
template Covers() {
    signal input value[8];
    signal input haircutsPacked;
    signal input riskPacked[4];
    signal input coverage;

    Range(64)(coverage);
    signal haircut[8] <== Lanes(8, 16)(haircutsPacked);

    // V < 8·2^64·2^16 = 2^83.
    signal weighted[8];
    var haircutValue = 0;
    for (var i = 0; i < 8; i++) {
        weighted[i] <== value[i] * haircut[i];
        haircutValue += weighted[i];
    }
    // 10^4·M < 2^78, so a negative difference is a field element far above 2^83.
    signal headroom <== haircutValue - 10000 * coverage;
    Range(83)(headroom);

    signal risk[4][9];
    for (var w = 0; w < 4; w++) {
        risk[w] <== Lanes(9, 28)(riskPacked[w]);
    }

    // vᵀQv = Σ_i v_i·(Q_ii·v_i + 2·Σ_{j>i} Q_ij·v_j) < 64·2^64·2^64·2^28 = 2^162.
    signal term[36];
    signal row[8];
    var variance = 0;
    var k = 0;
    for (var i = 0; i < 8; i++) {
        var sum = 0;
        for (var j = i; j < 8; j++) {
            term[k] <== risk[k \ 9][k % 9] * value[j];
            sum += i == j ? term[k] : 2 * term[k];
            k++;
        }
        row[i] <== value[i] * sum;
        variance += row[i];
    }
    // headroom² < 2^166, the variance below 2^162: the difference is in range exactly when it is not negative.
    signal square <== headroom * headroom;
    Range(166)(square - variance);
}

template Margin(levels, circuitId) {
    signal input root;
    signal input lockNullifier;
    signal input domain;
    signal input controller;
    signal input coverage;
    signal input floorX64[8];
    signal input haircutsPacked;
    signal input riskPacked[4];
    signal input trusteeX;
    signal input trusteeY;
    signal input ephemeralX;
    signal input ephemeralY;
    signal input sealed[5];
    signal input ext;

    signal input amount[8];
    signal input owner;
    signal input blinding;
    signal input leafIndex;
    signal input sibling[levels][3];
    signal input ephemeralSecret;

    signal output c;
    signal output y;
    signal input r;

    // 1. The lock.
    NonZero()(domain);
    component packed = PackedAmounts();
    packed.amount <== amount;
    signal pre <== Precommitment()(owner, blinding);
    signal commitment <== NoteCommitment()(pre, packed.lo, packed.hi, domain, controller);
    signal pathRoot <== PathRoot(levels)(commitment, leafIndex, sibling);
    root === pathRoot;
    signal computedNullifier <== LockNullifier()(blinding, leafIndex);
    lockNullifier === computedNullifier;

    // 2. and 3. Its coverage.
    signal value[8];
    for (var i = 0; i < 8; i++) {
        value[i] <== MulShift64(64)(amount[i], floorX64[i]);
    }
    component covers = Covers();
    covers.value <== value;
    covers.haircutsPacked <== haircutsPacked;
    covers.riskPacked <== riskPacked;
    covers.coverage <== coverage;

    // 4. The opening for the trustee.
    component secretBits = Num2Bits(251);
    secretBits.in <== ephemeralSecret;
    component seal = Seal(251, 5);
    seal.bit <== secretBits.out;
    seal.keyX <== trusteeX;
    seal.keyY <== trusteeY;
    seal.separator <== lockNullifier;
    seal.message <== [packed.lo, packed.hi, blinding, owner, leafIndex];
    ephemeralX === seal.ephemeralX;
    ephemeralY === seal.ephemeralY;
    // e is not 0 modulo the group order: only the identity of the prime-order subgroup has x = 0. Readers refuse to open
    // under it, so a lock sealed so could be neither valued nor settled without its owner.
    NonZero()(ephemeralX);
    for (var j = 0; j < 5; j++) {
        sealed[j] === seal.sealed[j];
    }

    // 5. The digest.
    component digest = InputDigest(circuitId, 28);
    digest.x <== [
        root, lockNullifier, domain, controller, coverage,
        floorX64[0], floorX64[1], floorX64[2], floorX64[3], floorX64[4], floorX64[5], floorX64[6], floorX64[7],
        haircutsPacked, riskPacked[0], riskPacked[1], riskPacked[2], riskPacked[3],
        trusteeX, trusteeY, ephemeralX, ephemeralY,
        sealed[0], sealed[1], sealed[2], sealed[3], sealed[4], ext
    ];
    digest.r <== r;
    c <== digest.c;
    y <== digest.y;
}
