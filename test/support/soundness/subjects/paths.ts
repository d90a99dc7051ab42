import { poseidon, tag } from "../../reference/crypto.ts";
import { q } from "../../reference/field.ts";
import { cases } from "../subject.ts";
import type { Subject } from "../subject.ts";

const file = "path.circom";
export const siblings = (levels: number): bigint[][] =>
  Array.from({ length: levels }, (_, k) => [100n + BigInt(k), 200n + BigInt(k), q - 1n - BigInt(k)]);

/** The root above a node, by docs/encodings.md. */
export function rootOf(node: bigint, index: bigint, path: readonly (readonly bigint[])[]): bigint {
  return path.reduce((below, family, level) => {
    const children = [...family];
    children.splice(Number((index >> BigInt(2 * level)) & 3n), 0, below);
    return poseidon(tag.tree, ...children);
  }, node);
}

const digits = [0n, 1n, 2n, 3n];
export const paths: Subject[] = [
  {
    name: "PlaceChild()",
    file,
    derived: [],
    free: [],
    accepted: digits.flatMap((digit) =>
      cases({
        [`digit ${digit}`]: { bit0: digit & 1n, bit1: digit >> 1n, current: 7n, sibling: [11n, 12n, 13n] },
        [`digit ${digit} among zeros`]: { bit0: digit & 1n, bit1: digit >> 1n, current: 0n, sibling: [0n, 0n, 0n] },
      }),
    ),
    refused: [],
  },
  {
    name: "PathRoot(2)",
    file,
    derived: [],
    free: [],
    accepted: cases(
      Object.fromEntries(
        [0n, 6n, 9n, 15n].map((index) => [`leaf ${index}`, { node: 7n, index, sibling: siblings(2) }]),
      ),
    ),
    refused: cases({
      "leaf 16": { node: 7n, index: 16n, sibling: siblings(2) },
      "leaf q − 1": { node: 7n, index: q - 1n, sibling: siblings(2) },
    }),
  },
  {
    name: "Climb(2)",
    file,
    derived: [],
    free: [],
    accepted: cases({ "leaf 9": { node: 7n, bit: [1n, 0n, 0n, 1n], sibling: siblings(2) } }),
    refused: [],
  },
];
