import { poseidon, tag } from "../../reference/crypto.ts";
import { createRandom, q } from "../../reference/field.ts";
import { createTree } from "../../reference/tree.ts";
import { fails, holds } from "../suite.ts";
import type { Suite } from "../suite.ts";

const random = createRandom(6403);
const elements = (count: number): bigint[] => Array.from({ length: count }, () => random(253));
const node = elements(1)[0]!;
const siblings = [elements(3), elements(3)];

/** Two levels, from the digits of the index. */
const rootOf = (index: number): bigint =>
  [index % 4, index >> 2].reduce(
    (below, digit, level) => poseidon(tag.tree, ...siblings[level]!.toSpliced(digit, 0, below)),
    node,
  );
const leaves = elements(16);

export const treeSuites: readonly Suite[] = [
  {
    name: "PlaceChild",
    component: { file: "path.circom", call: "PlaceChild()" },
    statements: () =>
      [0, 1, 2, 3].map((digit) =>
        holds(
          `digit ${digit}`,
          { bit0: BigInt(digit & 1), bit1: BigInt(digit >> 1), current: node, sibling: siblings[0]! },
          siblings[0]!.toSpliced(digit, 0, node),
        ),
      ),
  },
  {
    name: "PathRoot",
    component: { file: "path.circom", call: "PathRoot(2)" },
    statements: () => [
      ...Array.from({ length: 16 }, (_, index) =>
        holds(`position ${index}`, { node, index: BigInt(index), sibling: siblings }, [rootOf(index)]),
      ),
      ...[16n, 17n, 31n, 32n, 2n ** 32n, q - 1n].map((index) =>
        fails(`position ${index}`, { node, index, sibling: siblings }),
      ),
    ],
  },
  {
    name: "TreeNode",
    component: { file: "tree.circom", call: "TreeNode()" },
    statements: () =>
      [leaves.slice(0, 4), leaves.slice(4, 8), [0n, 0n, 0n, 0n], [1n, 0n, 0n, 0n], [0n, 0n, 0n, 1n]].map((child) =>
        holds(`over ${child.join(", ")}`, { child }, [poseidon(tag.tree, ...child)]),
      ),
  },
  {
    name: "SubtreeRoot",
    component: { file: "tree.circom", call: "SubtreeRoot(2)" },
    statements: () =>
      [leaves, leaves.toReversed(), leaves.with(15, 0n), leaves.with(5, 0n), leaves.map(() => 0n)].map((leaf) =>
        holds("sixteen leaves", { leaf }, [createTree(new Map(leaf.entries()), 2).root]),
      ),
  },
];
