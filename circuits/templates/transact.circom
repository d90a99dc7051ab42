pragma circom 2.2.0;

// TRANSACT: at most two own free notes become two notes and a public withdrawal.
//
// Public values (8), in order, with widths:
//   root 254 · nullifier[2] 254 · outCommitment[2] 254 · withdrawLo 252 · withdrawHi 252 · ext 248
//
// Statement:
//   1. Each input is a free note (domain = controller = 0 by construction of its commitment) of owner
//      pk_k = Poseidon(TAG_OWNER; A, nk_k): one spending key A for both, a nullifying key of its own for each.
//   2. An input with any amount is under `root` at leafIndex_k < 4^levels. An input without any amount is a dummy:
//      its membership, and nothing else, is not required. nullifier[k] is its spend nullifier either way.
//   3. outCommitment[k] commits to (outPre_k, amounts, domain, controller) where domain = 0 requires controller = 0
//      and domain ≠ 0 requires domain < 2^248 and 0 < controller < 2^160.
//   4. In every slot: inputs = outputs + withdrawal, each of the 40 amounts being below 2^63. withdrawLo and
//      withdrawHi pack the withdrawal.
//   5. A signed c, and c binds every public value. `ext` has no other meaning in the circuit.
//   6. c and y are the input digest of the public values.
//
// The caller must check: widths, and that the values are canonical (InputDigest); root is a root it has had; both
// nullifiers are new and differ from each other, and mark them; queue both commitments; pay exactly the withdrawal;
// ext is the hash of what binds this call (chain, vault, recipient, relayer, fee, memos, deadline).
//
// Who may know the witness: a proving relayer learns both openings and both nullifying keys, but cannot spend: the
// spending key never enters, only a signature over this one transaction.

include "circomlib/circuits/comparators.circom";
include "digest.circom";
include "note.circom";
include "path.circom";
include "ranges.circom";
include "signature.circom";

// A free note of this owner: its nullifier and its packed amounts. Membership is required unless it holds nothing.
template SpendInput(levels) {
    signal input keyX;
    signal input keyY;
    signal input root;
    signal input nullifyingKey;
    signal input blinding;
    signal input amount[8];
    signal input leafIndex;
    signal input sibling[levels][3];
    signal output nullifier;

    signal owner <== Owner()(keyX, keyY, nullifyingKey);
    signal pre <== Precommitment()(owner, blinding);
    component packed = PackedAmounts();
    packed.amount <== amount;
    signal commitment <== NoteCommitment()(pre, packed.lo, packed.hi, 0, 0);
    nullifier <== SpendNullifier()(nullifyingKey, commitment, leafIndex);

    // lo, hi < 2^252, so the sum does not wrap and is 0 exactly when all eight amounts are.
    signal isDummy <== IsZero()(packed.lo + packed.hi);
    signal found <== PathRoot(levels)(commitment, leafIndex, sibling);
    (1 - isDummy) * (found - root) === 0;
}

// A new note, free or locked.
template NewNote() {
    signal input pre;
    signal input amount[8];
    signal input domain;
    signal input controller;
    signal output commitment;

    Range(248)(domain);
    Range(160)(controller);
    // A domain and a controller come together or not at all.
    signal isFree <== IsZero()(domain);
    signal isUncontrolled <== IsZero()(controller);
    isFree === isUncontrolled;

    component packed = PackedAmounts();
    packed.amount <== amount;
    commitment <== NoteCommitment()(pre, packed.lo, packed.hi, domain, controller);
}

template Transact(levels, circuitId) {
    signal input root;
    signal input nullifier[2];
    signal input outCommitment[2];
    signal input withdrawLo;
    signal input withdrawHi;
    signal input ext;

    signal input spendingKeyX;
    signal input spendingKeyY;
    signal input inNullifyingKey[2];
    signal input inBlinding[2];
    signal input inAmount[2][8];
    signal input inLeafIndex[2];
    signal input inSibling[2][levels][3];
    signal input outPre[2];
    signal input outAmount[2][8];
    signal input outDomain[2];
    signal input outController[2];
    signal input withdrawAmount[8];
    signal input signatureR8x;
    signal input signatureR8y;
    signal input signatureS;

    signal output c;
    signal output y;
    signal input r;

    signal spent[2];
    signal created[2];
    for (var k = 0; k < 2; k++) {
        spent[k] <== SpendInput(levels)(
            spendingKeyX, spendingKeyY, root, inNullifyingKey[k], inBlinding[k], inAmount[k], inLeafIndex[k], inSibling[k]
        );
        nullifier[k] === spent[k];
        created[k] <== NewNote()(outPre[k], outAmount[k], outDomain[k], outController[k]);
        outCommitment[k] === created[k];
    }

    component withdrawn = PackedAmounts();
    withdrawn.amount <== withdrawAmount;
    withdrawLo === withdrawn.lo;
    withdrawHi === withdrawn.hi;

    // Three amounts below 2^63 cannot wrap.
    for (var i = 0; i < 8; i++) {
        inAmount[0][i] + inAmount[1][i] === outAmount[0][i] + outAmount[1][i] + withdrawAmount[i];
    }

    component digest = InputDigest(circuitId, 8);
    digest.x <== [root, nullifier[0], nullifier[1], outCommitment[0], outCommitment[1], withdrawLo, withdrawHi, ext];
    digest.r <== r;
    c <== digest.c;
    y <== digest.y;

    VerifySignature()(spendingKeyX, spendingKeyY, digest.c, signatureR8x, signatureR8y, signatureS);
}
