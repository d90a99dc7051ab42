pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "tree.circom";

// The four children of a node in order: `current` at position digit = bit0 + 2·bit1, the three siblings around it.
// The bits are boolean by the caller.
template PlaceChild() {
    signal input bit0;
    signal input bit1;
    signal input current;
    signal input sibling[3];
    signal output child[4];

    // `current` is carried past as many siblings as its digit says; from there on each sibling moves up by one place.
    signal isThree <== bit0 * bit1;
    var passes[3] = [bit0 + bit1 - isThree, bit1, isThree];
    var carried = current;
    for (var k = 0; k < 3; k++) {
        child[k] <== carried + passes[k] * (sibling[k] - carried);
        // The other one of the two.
        carried = carried + sibling[k] - child[k];
    }
    child[3] <== carried;
}

// The root that `node` leads to at position `index` (base-4 digits, lowest first) with these siblings.
// Checks index < 4^levels.
template PathRoot(levels) {
    signal input node;
    signal input index;
    signal input sibling[levels][3];
    signal output root;

    component bits = Num2Bits(2 * levels);
    bits.in <== index;

    component climb = Climb(levels);
    climb.node <== node;
    climb.bit <== bits.out;
    climb.sibling <== sibling;
    root <== climb.root;
}

// As PathRoot, with the position as boolean bits, two per level.
template Climb(levels) {
    signal input node;
    signal input bit[2 * levels];
    signal input sibling[levels][3];
    signal output root;

    component place[levels];
    component parent[levels];
    for (var k = 0; k < levels; k++) {
        place[k] = PlaceChild();
        place[k].bit0 <== bit[2 * k];
        place[k].bit1 <== bit[2 * k + 1];
        if (k == 0) {
            place[k].current <== node;
        } else {
            place[k].current <== parent[k - 1].out;
        }
        place[k].sibling <== sibling[k];

        parent[k] = TreeNode();
        parent[k].child <== place[k].child;
    }
    root <== parent[levels - 1].out;
}
