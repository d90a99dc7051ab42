import type { Mutant } from "../mutant.ts";

const file = "path.circom";

export const pathMutants: readonly Mutant[] = [
  {
    id: "path-child-0",
    tracker: "underConstrained",
    file,
    find: "child[0] <== sibling[0] + is0 * (current - sibling[0]);",
    replace: "child[0] <-- sibling[0] + is0 * (current - sibling[0]);",
    suite: "PlaceChild",
    says: "the first child is anything",
  },
  {
    id: "path-is-3",
    tracker: "underConstrained",
    ...{ file, find: "signal is3 <== bit0 * bit1;", replace: "signal is3 <-- bit0 * bit1;", suite: "PlaceChild" },
    says: "the place of the current node is anything",
  },
  {
    id: "path-from-0",
    tracker: "underConstrained",
    file,
    find: "signal from0 <== is0 * (sibling[0] - sibling[1]);",
    replace: "signal from0 <-- is0 * (sibling[0] - sibling[1]);",
    suite: "PlaceChild",
    says: "the second child is anything",
  },
  {
    id: "path-swapped",
    tracker: "underConstrained",
    ...{ file, find: "from0 + is1 * (current", replace: "from0 + is2 * (current", suite: "PlaceChild" },
    says: "children 1 and 2 swapped",
  },
  {
    id: "path-last-child",
    tracker: "underConstrained",
    file,
    find: "child[2] <== current + sibling[0] + sibling[1] + sibling[2] - child[0] - child[1] - child[3];",
    replace: "child[2] <-- current + sibling[0] + sibling[1] + sibling[2] - child[0] - child[1] - child[3];",
    suite: "PlaceChild",
    says: "the third child is anything: membership of any node",
  },
  {
    id: "path-index-wide",
    tracker: "bitLengths",
    file,
    find: "component bits = Num2Bits(2 * levels);\n    bits.in <== index;\n\n    component climb = Climb(levels);\n    climb.node <== node;\n    climb.bit <== bits.out;",
    replace:
      "component bits = Num2Bits(2 * levels + 1);\n    bits.in <== index;\n\n    component climb = Climb(levels);\n    climb.node <== node;\n    for (var b = 0; b < 2 * levels; b++) { climb.bit[b] <== bits.out[b]; }",
    suite: "PathRoot",
    says: "a position beyond the tree: a second nullifier for the same note",
  },
  {
    id: "path-index-free",
    tracker: "nondeterministic",
    ...{ file, find: "bits.in <== index;", replace: "bits.in <-- index;", suite: "PathRoot" },
    says: "the path is not that of the position: any number of nullifiers",
  },
  {
    id: "path-digit-swapped",
    tracker: "underConstrained",
    file,
    find: "place[k].bit0 <== bit[2 * k];\n        place[k].bit1 <== bit[2 * k + 1];",
    replace: "place[k].bit0 <== bit[2 * k + 1];\n        place[k].bit1 <== bit[2 * k];",
    suite: "PathRoot",
    says: "positions 1 and 2 exchanged at each level",
  },
  {
    id: "path-node-free",
    tracker: "underConstrained",
    ...{ file, find: "place[k].current <== node;", replace: "place[k].current <-- node;", suite: "PathRoot" },
    says: "membership of another leaf",
  },
  {
    id: "path-parent-free",
    tracker: "underConstrained",
    file,
    find: "place[k].current <== parent[k - 1].out;",
    replace: "place[k].current <-- parent[k - 1].out;",
    suite: "PathRoot",
    says: "levels are not linked: any node of the upper level will do",
  },
  {
    id: "path-one-level",
    tracker: "underConstrained",
    ...{ file, find: "root <== parent[levels - 1].out;", replace: "root <== parent[0].out;", suite: "PathRoot" },
    says: "the root is that of the lowest level: a tree of the prover's own",
  },
  {
    id: "path-digit-bits",
    tracker: "underConstrained",
    ...{ file, find: "var is1 = bit0 - is3;", replace: "var is1 = bit0;", suite: "PlaceChild" },
    says: "digit 3 puts the node in two places",
  },
];
