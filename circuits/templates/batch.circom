pragma circom 2.2.0;

// BATCH: appending these sealed queue chunks moves the note tree from oldRoot to newRoot.
//
// Public values (3 + 32·chunks), in order, with widths:
//   oldRoot 254 · newRoot 254 · chunkIndex 28 · entryValue[16·chunks] 254 each · entryMeta[16·chunks] 68 each
//
// Statement:
//   1. entryMeta[i] = kind·2^66 + slot·2^63 + amount with kind 0 (empty), 1 (deposit) or 2 (note). An empty entry has
//      value = meta = 0; a note has slot = amount = 0.
//   2. The leaf of a deposit is the free note Poseidon(TAG_NOTE; value, lo, hi, 0, 0) with only `slot` filled with
//      `amount`; the leaf of a note is its value; the leaf of an empty entry is 0.
//   3. With leaves 16·chunkIndex … 16·(chunkIndex + chunks) − 1 all 0 the tree has root oldRoot; with the leaves of
//      2. in their place, and nothing else changed, it has root newRoot.
//   4. c and y are the input digest of the public values.
//
// The caller must check: widths, and that the values are canonical (InputDigest); oldRoot is its current root and
// chunkIndex its next chunk (a multiple of `chunks`); the entries hash to the sealed chunkHash it holds, in order,
// the padding being empty entries; deposits were accepted with amount > 0; then set newRoot.
//
// Who may know the witness: anybody. It holds nothing but the public queue and the public tree.

include "circomlib/circuits/bitify.circom";
include "digest.circom";
include "note.circom";
include "path.circom";
include "tree.circom";

// One queue entry to one leaf.
template EntryLeaf() {
    signal input value;
    signal input meta;
    signal output leaf;

    component bits = Num2Bits(68);
    bits.in <== meta;
    var amount = 0;
    for (var b = 0; b < 63; b++) {
        amount += bits.out[b] * (1 << b);
    }
    var slot0 = bits.out[63];
    var slot1 = bits.out[64];
    var slot2 = bits.out[65];
    var isDeposit = bits.out[66];
    var isNote = bits.out[67];

    // kind 3 does not exist.
    isDeposit * isNote === 0;
    // Only a deposit has a slot and an amount, and an empty entry has no value.
    (1 - isDeposit) * (amount + (slot0 + 2 * slot1 + 4 * slot2) * (1 << 63)) === 0;
    (1 - isDeposit - isNote) * value === 0;

    // The slot's place within its word, one-hot over four lanes of 63 bits; slot2 chooses the word.
    signal lane3 <== slot0 * slot1;
    var place = (1 - slot0 - slot1 + lane3) + (slot0 - lane3) * (1 << 63) + (slot1 - lane3) * (1 << 126) + lane3 * (1 << 189);
    signal placed <== amount * place;
    signal hi <== placed * slot2;
    signal deposit <== NoteCommitment()(value, placed - hi, hi, 0, 0);

    signal fromDeposit <== isDeposit * deposit;
    leaf <== fromDeposit + isNote * value;
}

// `levels` is the depth of the tree, `chunks` a power of 4.
template Batch(levels, chunks, circuitId) {
    var entries = 16 * chunks;
    var depth = 2;
    while (4 ** depth < entries) {
        depth++;
    }
    var above = levels - depth;
    var m = 3 + 2 * entries;

    signal input oldRoot;
    signal input newRoot;
    signal input chunkIndex;
    signal input entryValue[entries];
    signal input entryMeta[entries];
    signal input sibling[above][3];
    signal output c;
    signal output y;
    signal input r;

    // The leaves are one aligned subtree, so the chunk index has log4(chunks) zero digits.
    component index = Num2Bits(2 * levels - 4);
    index.in <== chunkIndex;
    for (var b = 0; b < 2 * depth - 4; b++) {
        index.out[b] === 0;
    }

    component filled = SubtreeRoot(depth);
    component empty = SubtreeRoot(depth);
    for (var i = 0; i < entries; i++) {
        filled.leaf[i] <== EntryLeaf()(entryValue[i], entryMeta[i]);
        empty.leaf[i] <== 0;
    }

    component before = Climb(above);
    component after = Climb(above);
    before.node <== empty.root;
    after.node <== filled.root;
    for (var b = 0; b < 2 * above; b++) {
        before.bit[b] <== index.out[2 * depth - 4 + b];
        after.bit[b] <== index.out[2 * depth - 4 + b];
    }
    before.sibling <== sibling;
    after.sibling <== sibling;
    before.root === oldRoot;
    after.root === newRoot;

    component digest = InputDigest(circuitId, m);
    digest.x[0] <== oldRoot;
    digest.x[1] <== newRoot;
    digest.x[2] <== chunkIndex;
    for (var i = 0; i < entries; i++) {
        digest.x[3 + i] <== entryValue[i];
        digest.x[3 + entries + i] <== entryMeta[i];
    }
    digest.r <== r;
    c <== digest.c;
    y <== digest.y;
}
