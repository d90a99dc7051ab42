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

    signal is3 <== bit0 * bit1;
    var is0 = 1 - bit0 - bit1 + is3;
    var is1 = bit0 - is3;
    var is2 = bit1 - is3;

    child[0] <== sibling[0] + is0 * (current - sibling[0]);
    child[3] <== sibling[2] + is3 * (current - sibling[2]);

    // digit 0: sibling 0, digit 1: current, digits 2 and 3: sibling 1.
    signal from0 <== is0 * (sibling[0] - sibling[1]);
    child[1] <== sibling[1] + from0 + is1 * (current - sibling[1]);

    // The four children are a permutation of the four values, so the last one is what is left of the sum.
    child[2] <== current + sibling[0] + sibling[1] + sibling[2] - child[0] - child[1] - child[3];
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
