import type { Mutant } from "../mutant.ts";

const file = "path.circom";

export const pathMutants: readonly Mutant[] = [
  {
    id: "path-child",
    tracker: "underConstrained",
    file,
    find: "child[k] <== carried + passes[k] * (sibling[k] - carried);",
    replace: "child[k] <-- carried + passes[k] * (sibling[k] - carried);",
    suite: "PlaceChild",
    says: "children are anything: membership of any node",
  },
  {
    id: "path-last-child",
    tracker: "underConstrained",
    ...{ file, find: "child[3] <== carried;", replace: "child[3] <-- carried;", suite: "PlaceChild" },
    says: "the last child is anything: membership of any node",
  },
  {
    id: "path-is-three",
    tracker: "underConstrained",
    ...{ file, find: "signal isThree <== bit0 * bit1;", replace: "signal isThree <-- bit0 * bit1;" },
    suite: "PlaceChild",
    says: "the place of the current node is anything",
  },
  {
    id: "path-passes",
    tracker: "underConstrained",
    ...{ file, find: "[bit0 + bit1 - isThree, bit1, isThree]", replace: "[bit0 + bit1 - isThree, bit0, isThree]" },
    suite: "PlaceChild",
    says: "children 1 and 2 swapped",
  },
  {
    id: "path-passes-or",
    tracker: "overflow",
    ...{ file, find: "[bit0 + bit1 - isThree, bit1, isThree]", replace: "[bit0 + bit1, bit1, isThree]" },
    suite: "PlaceChild",
    says: "digit 3 passes the first sibling twice",
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
];
