pragma circom 2.2.0;

// SETTLE: order N is executed on the note it belongs to; every output is fixed by the order.
//
// Public values (25), in order, with widths:
//   root 254 · lockNullifier 254 · domain 248 · claim 64 · seizurePriceX64[8] 96 each · isPublic 1 · buyerOwner 254
//   · buyerKeyX 254 · buyerKeyY 254 · payoutLo 252 · payoutHi 252 · buyerCommitment 254 · restCommitment 254
//   · ephemeralX 254 · ephemeralY 254 · sealed[3] 254 each
//
// Statement, for amounts a_i < 2^63, seizure prices s_i and the claim X:
//   1. The note (owner, blinding, a, domain, controller) is under root at leafIndex < 4^levels, domain ≠ 0, and
//      lockNullifier is its lock nullifier.
//   2. V = Σ ⌊a_i·s_i / 2^64⌋; (num, den) = (0, 1) if X = 0, else (1, 1) if X ≥ V, else (X, V);
//      seized_i = ⌈a_i·num / den⌉ where s_i > 0, else 0 (SET-1).
//   3. restCommitment is the free note of a_i − seized_i, owner unchanged, blinding Poseidon(TAG_REST; blinding).
//   4. isPublic = 1: payoutLo and payoutHi pack seized; else both are 0.
//   5. X > 0 and isPublic = 0: buyerCommitment is the free note of seized for buyerOwner with blinding
//      Poseidon(TAG_SEIZED; blinding), and (ephemeral, sealed) is its opening (lo, hi, blinding) sealed to the buyer's
//      key, e = the low 250 bits of Poseidon(TAG_SEIZED_EPHEMERAL; blinding). Else all of these are 0.
//   6. c and y are the input digest of the public values.
//
// There is a witness for every a < 2^63, s < 2^96, X < 2^64: no order is unprovable. (One blinding in 2^126 has an
// ephemeral that check 5 refuses; nobody finds one.)
//
// The caller must check: widths (prices below 2^96 keep a_i·s_i from wrapping), and that the values are canonical
// (InputDigest); root a root it has had; the order (domain, N, X, s, isPublic, buyer) recorded and not executed, and
// mark it; the buyer's key, unless there is no buyer note, on the curve, in the prime-order subgroup, not the identity;
// queue restCommitment, and buyerCommitment if X > 0 and isPublic = 0; pay exactly the payout if isPublic = 1.
//
// Who may know the witness: the opening of this one lock. Its holder cannot choose or take anything.

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "digest.circom";
include "note.circom";
include "path.circom";
include "ranges.circom";
include "seal.circom";

// The share num/den of the basket that a claim takes. total < 2^98 by its sum; the claim is range-checked here.
template ClaimShare() {
    signal input claim;
    signal input total;
    signal output num;
    signal output den;
    signal output isNone;

    Range(64)(claim);
    Range(98)(total);
    isNone <== IsZero()(claim);

    // claim − total + 2^98 is in (0, 2^98 + 2^64), and has bit 98 set exactly when claim ≥ total.
    component difference = Num2Bits(99);
    difference.in <== claim - total + (1 << 98);
    signal takesAll <== difference.out[98] * (1 - isNone);
    signal takesPart <== 1 - isNone - takesAll;

    signal partNum <== takesPart * claim;
    num <== takesAll + partNum;
    signal partDen <== takesPart * (total - 1);
    den <== 1 + partDen;
}

// seized = ⌈amount·num / den⌉ if the price is not 0, else 0.
//
// amount < 2^63, num ≤ den < 2^98 and den > 0 by the caller. seized < 2^63 is checked, so den·seized and amount·num + excess
// stay below 2^162 and the equation holds over the integers; 0 ≤ excess < den makes the rounding up exact.
// Because num ≤ den it follows that den·seized < den·(amount + 1), so seized ≤ amount: the rest is never negative.
template Seize() {
    signal input amount;
    signal input price;
    signal input num;
    signal input den;
    signal output seized;

    signal isUnpriced <== IsZero()(price);
    signal base <== amount * (1 - isUnpriced);
    signal product <== base * num;
    // The smallest multiple of den that reaches the product; pinned by the equation and the range of the excess.
    seized <-- (product + den - 1) \ den;
    Range(63)(seized);
    signal excess <== den * seized - product;
    Range(98)(excess);
    Range(98)(den - 1 - excess);
}

// The low 250 bits of a field element whose 254-bit form is canonical.
template CanonicalLow250() {
    signal input in;
    signal output bit[250];

    signal all[254] <== CanonicalBits()(in);
    for (var b = 0; b < 250; b++) {
        bit[b] <== all[b];
    }
}

template Settle(levels, circuitId) {
    signal input root;
    signal input lockNullifier;
    signal input domain;
    signal input claim;
    signal input seizurePriceX64[8];
    signal input isPublic;
    signal input buyerOwner;
    signal input buyerKeyX;
    signal input buyerKeyY;
    signal input payoutLo;
    signal input payoutHi;
    signal input buyerCommitment;
    signal input restCommitment;
    signal input ephemeralX;
    signal input ephemeralY;
    signal input sealed[3];

    signal input amount[8];
    signal input owner;
    signal input blinding;
    signal input controller;
    signal input leafIndex;
    signal input sibling[levels][3];

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

    // 2. What the claim takes. Each value is below 2^95, so the total is below 2^98.
    component share = ClaimShare();
    share.claim <== claim;
    var total = 0;
    signal value[8];
    for (var i = 0; i < 8; i++) {
        value[i] <== MulShift64(95)(amount[i], seizurePriceX64[i]);
        total += value[i];
    }
    share.total <== total;

    component seized = PackCheckedAmounts();
    component rest = PackCheckedAmounts();
    for (var i = 0; i < 8; i++) {
        seized.amount[i] <== Seize()(amount[i], seizurePriceX64[i], share.num, share.den);
        rest.amount[i] <== amount[i] - seized.amount[i];
    }

    // 3. The rest goes home.
    signal restBlinding <== TaggedHash(1, TAG_REST())([blinding]);
    signal restPre <== Precommitment()(owner, restBlinding);
    signal restNote <== NoteCommitment()(restPre, rest.lo, rest.hi, 0, 0);
    restCommitment === restNote;

    // 4. A public payout.
    isPublic * (1 - isPublic) === 0;
    payoutLo === isPublic * seized.lo;
    payoutHi === isPublic * seized.hi;

    // 5. The buyer's note and its sealed opening. Without one the key is replaced, so that any key is provable.
    signal hasBuyer <== (1 - share.isNone) * (1 - isPublic);
    signal seizedBlinding <== TaggedHash(1, TAG_SEIZED())([blinding]);
    signal buyerPre <== Precommitment()(buyerOwner, seizedBlinding);
    signal buyerNote <== NoteCommitment()(buyerPre, seized.lo, seized.hi, 0, 0);
    buyerCommitment === hasBuyer * buyerNote;

    signal ephemeralSeed <== TaggedHash(1, TAG_SEIZED_EPHEMERAL())([blinding]);
    var base8X = 5299619240641551281634865583518297030282874472190772894086521144482721001553;
    var base8Y = 16950150798460657717958625567821834550301663161624707787222815936182638968203;
    component seal = Seal(250, 3);
    seal.bit <== CanonicalLow250()(ephemeralSeed);
    seal.keyX <== base8X + hasBuyer * (buyerKeyX - base8X);
    seal.keyY <== base8Y + hasBuyer * (buyerKeyY - base8Y);
    seal.separator <== lockNullifier;
    seal.message <== [seized.lo, seized.hi, seizedBlinding];
    ephemeralX === hasBuyer * seal.ephemeralX;
    ephemeralY === hasBuyer * seal.ephemeralY;
    for (var j = 0; j < 3; j++) {
        sealed[j] === hasBuyer * seal.sealed[j];
    }

    // 6. The digest.
    component digest = InputDigest(circuitId, 25);
    digest.x <== [
        root, lockNullifier, domain, claim,
        seizurePriceX64[0], seizurePriceX64[1], seizurePriceX64[2], seizurePriceX64[3],
        seizurePriceX64[4], seizurePriceX64[5], seizurePriceX64[6], seizurePriceX64[7],
        isPublic, buyerOwner, buyerKeyX, buyerKeyY, payoutLo, payoutHi, buyerCommitment, restCommitment,
        ephemeralX, ephemeralY, sealed[0], sealed[1], sealed[2]
    ];
    digest.r <== r;
    c <== digest.c;
    y <== digest.y;
}
