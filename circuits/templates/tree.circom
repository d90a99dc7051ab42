pragma circom 2.2.0;

include "poseidon.circom";
include "tags.circom";

// One node of the note tree: Poseidon(TAG_TREE; child0, child1, child2, child3).
template TreeNode() {
    signal input child[4];
    signal output out;

    out <== TaggedHash(4, TAG_TREE())(child);
}

// The root of a full subtree of 4^depth leaves.
template SubtreeRoot(depth) {
    var leaves = 4 ** depth;
    signal input leaf[leaves];
    signal output root;

    // Nodes level by level: those over the leaves first, the root last.
    var inner = (leaves - 1) \ 3;
    component node[inner];

    var first = 0;
    var width = leaves \ 4;
    for (var level = 0; level < depth; level++) {
        for (var i = 0; i < width; i++) {
            node[first + i] = TreeNode();
            for (var k = 0; k < 4; k++) {
                if (level == 0) {
                    node[first + i].child[k] <== leaf[4 * i + k];
                } else {
                    node[first + i].child[k] <== node[first - 4 * width + 4 * i + k].out;
                }
            }
        }
        first += width;
        width = width \ 4;
    }
    root <== node[inner - 1].out;
}
