pragma circom 2.2.0;

include "poseidon.circom";
include "tags.circom";

// Notes, their owners and their nullifiers (docs/encodings.md, Notes). None of these templates checks a range:
// lo and hi come from PackedAmounts, the rest are field elements.

// pk = Poseidon(TAG_OWNER; A.x, A.y, nk)
template Owner() {
    signal input keyX;
    signal input keyY;
    signal input nullifyingKey;
    signal output out;
    out <== TaggedHash(3, TAG_OWNER())([keyX, keyY, nullifyingKey]);
}

// pre = Poseidon(TAG_PRE; pk, blinding)
template Precommitment() {
    signal input owner;
    signal input blinding;
    signal output out;
    out <== TaggedHash(2, TAG_PRE())([owner, blinding]);
}

// cm = Poseidon(TAG_NOTE; pre, lo, hi, domain, controller)
template NoteCommitment() {
    signal input pre;
    signal input lo;
    signal input hi;
    signal input domain;
    signal input controller;
    signal output out;
    out <== TaggedHash(5, TAG_NOTE())([pre, lo, hi, domain, controller]);
}

// Poseidon(TAG_SPEND; nk, cm, leafIndex): one per note and position, only its owner can compute it.
template SpendNullifier() {
    signal input nullifyingKey;
    signal input commitment;
    signal input leafIndex;
    signal output out;
    out <== TaggedHash(3, TAG_SPEND())([nullifyingKey, commitment, leafIndex]);
}

// N = Poseidon(TAG_LOCK; blinding, leafIndex): one per lock, anyone who holds the opening can compute it.
template LockNullifier() {
    signal input blinding;
    signal input leafIndex;
    signal output out;
    out <== TaggedHash(2, TAG_LOCK())([blinding, leafIndex]);
}
