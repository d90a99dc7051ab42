import { buildPoseidonReference } from "circomlibjs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import { initCrypto, type Crypto } from "../crypto/crypto.ts";
import { TAG_NOTE, TAG_TREE } from "../crypto/generated/tags.ts";
import { rootOfPath } from "../proofs/membership.ts";
import { depositMeta, leafOfEntry, NOTE_META, parseMeta } from "./leaf.ts";
import { NoteTree } from "./noteTree.ts";

let crypto: Crypto;
let hash: (inputs: bigint[], tag: bigint) => bigint;
let empty: bigint[];

beforeAll(async () => {
  crypto = await initCrypto();
  const poseidon: any = await buildPoseidonReference();
  hash = (inputs, tag) => poseidon.F.toObject(poseidon(inputs, poseidon.F.e(tag)));
  empty = [0n];
  for (let level = 0; level < 16; level++) empty.push(hash(new Array(4).fill(empty[level]), TAG_TREE));
});

/** The root by hashing every level whole, with the reference Poseidon. */
function naiveRoot(leaves: bigint[]): bigint {
  let level = leaves;
  for (let depth = 0; depth < 16; depth++) {
    const next: bigint[] = [];
    for (let i = 0; i < level.length; i += 4) {
      next.push(
        hash(
          [0, 1, 2, 3].map((k) => level[i + k] ?? empty[depth]!),
          TAG_TREE,
        ),
      );
    }
    level = next.length === 0 ? [empty[depth + 1]!] : next;
  }
  return level[0]!;
}

const padded = (chunks: bigint[][]) => chunks.flatMap((chunk) => Array.from({ length: 16 }, (_, i) => chunk[i] ?? 0n));
const built = (chunks: bigint[][]) => {
  const tree = NoteTree.create(crypto);
  for (const chunk of chunks) tree.appendChunk(chunk);
  return tree;
};

describe("NoteTree", () => {
  test("default: the root is that of the whole tree hashed anew", () => {
    expect(NoteTree.create(crypto).root).toBe(empty[16]);
    const chunks = [[1n, 2n, 3n], Array.from({ length: 16 }, (_, i) => BigInt(100 + i)), [], [7n], [8n, 9n]];
    const tree = built(chunks);
    expect(tree.root).toBe(naiveRoot(padded(chunks)));
    expect([tree.chunks, tree.leafCount, tree.leaf(2), tree.leaf(80)]).toEqual([5, 80, 3n, undefined]);
  });

  test("behavior: every path leads to the root, in this state and all earlier ones", () => {
    const chunk = fc.array(fc.bigInt({ min: 0n, max: 2n ** 250n }), { maxLength: 16 });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 9 }), fc.nat(), fc.nat(), (chunks, a, b) => {
        const tree = built(chunks);
        const upTo = 1 + (a % chunks.length);
        const leafIndex = b % (16 * upTo);
        const path = tree.path(leafIndex, { chunks: upTo });
        expect(path.root).toBe(built(chunks.slice(0, upTo)).root);
        expect(rootOfPath(tree.leaf(leafIndex)!, path)).toBe(path.root);
      }),
      { numRuns: 15, seed: 10 },
    );
  });

  test("behavior: the siblings of the next chunks lead from empty leaves to the root", () => {
    const tree = built([[1n], [2n], [3n], [4n], [5n]]);
    const siblings = tree.batchSiblings(5, 1);
    expect(rootOfPath(empty[2]!, { leafIndex: 5, siblings })).toBe(tree.root);
    const four = built([[1n], [2n], [3n], [4n]]);
    expect(rootOfPath(empty[3]!, { leafIndex: 1, siblings: four.batchSiblings(4, 4) })).toBe(four.root);
  });

  test("behavior: a clone goes its own way; stored leaves give the same tree", () => {
    const tree = built([[1n], [2n]]);
    const clone = tree.clone();
    clone.appendChunk([3n]);
    expect([tree.chunks, clone.chunks]).toEqual([2, 3]);
    expect(clone.rootAt(2)).toBe(tree.root);
    expect(NoteTree.deserialise(crypto, clone.serialise()).root).toBe(clone.root);
  });

  test("behavior: 4,096 leaves in well under five seconds", () => {
    const started = performance.now();
    built(Array.from({ length: 256 }, (_, i) => Array.from({ length: 16 }, (_, k) => BigInt(16 * i + k + 1))));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("error: too many leaves, a leaf that is not there, a state that never was", () => {
    const tree = built([[1n]]);
    expect(() => tree.appendChunk(new Array(17).fill(1n))).toThrow(/at most 16 leaves, got 17/);
    expect(() => tree.appendChunk([1n, -1n])).toThrow(/value is -1/);
    expect(tree.chunks).toBe(1);
    expect(() => tree.path(16)).toThrow(/Leaf 16 is not in the note tree, which has 16 leaves/);
    expect(() => tree.rootAt(2)).toThrow(/has 1 chunks, asked for its state after 2/);
    expect(() => tree.batchSiblings(2, 1)).toThrow(/cannot follow/);
    expect(() => tree.batchSiblings(1, 4)).toThrow(/4 chunks from 1 on are no whole subtree/);
    expect(() => tree.batchSiblings(0, 2)).toThrow(/2 chunks from 0 on are no whole subtree/);
    expect(() => NoteTree.deserialise(crypto, new Uint8Array(33))).toThrow(/whole chunks/);
  });
});

describe("leafOfEntry", () => {
  test("default: a deposit's free note in its slot, a note as it is, padding as 0", () => {
    expect(leafOfEntry(crypto, { value: 77n, meta: depositMeta(6, 5n) })).toBe(
      hash([77n, 0n, 5n << 126n, 0n, 0n], TAG_NOTE),
    );
    expect(leafOfEntry(crypto, { value: 77n, meta: depositMeta(1, 5n) })).toBe(
      hash([77n, 5n << 63n, 0n, 0n, 0n], TAG_NOTE),
    );
    expect(leafOfEntry(crypto, { value: 9n, meta: NOTE_META })).toBe(9n);
    expect(leafOfEntry(crypto, { value: 0n, meta: 0n })).toBe(0n);
  });

  test("behavior: parseMeta reads what depositMeta writes", () => {
    expect(parseMeta(depositMeta(7, (1n << 63n) - 1n))).toEqual({ kind: "deposit", slot: 7, amount: (1n << 63n) - 1n });
  });

  test("error: a word that no vault writes", () => {
    for (const meta of [1n, 1n << 66n, NOTE_META + 1n, 3n << 66n, depositMeta(0, 0n)]) {
      expect(() => parseMeta(meta)).toThrow(/none that a vault writes/);
    }
  });
});
