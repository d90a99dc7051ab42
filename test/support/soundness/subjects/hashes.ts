import { q } from "../../reference/field.ts";
import { cases } from "../subject.ts";
import type { Subject } from "../subject.ts";

const fields = (count: number, seed: bigint): bigint[] =>
  Array.from({ length: count }, (_, i) => (seed * (BigInt(i) + 1n) ** 3n) % q);

/** Hashes: what goes in determines what comes out, and every wire in between. */
const hash = (file: string, name: string, inputs: Readonly<Record<string, number>>): Subject => {
  const filled = (seed: bigint): Record<string, bigint | bigint[]> =>
    Object.fromEntries(
      Object.entries(inputs).map(([input, count], k) => {
        const values = fields(Math.max(count, 1), seed + BigInt(k) * seed);
        return [input, count === 0 ? values[0]! : values];
      }),
    );
  return {
    name,
    file,
    derived: [],
    free: [],
    accepted: cases({ zeros: filled(0n), random: filled(q / 7n + 12_345n), "q − 1": filled(q - 1n) }),
    refused: [],
  };
};

export const hashes: Subject[] = [
  ...[1, 2, 3, 4, 5, 16].map((n) => hash("poseidon.circom", `TaggedHash(${n}, 7)`, { in: n })),
  hash("poseidon.circom", "TaggedStream(5, 3, 7)", { in: 5 }),
  hash("poseidon.circom", "TaggedStream(5, 5, 7)", { in: 5 }),
  hash("note.circom", "Owner()", { keyX: 0, keyY: 0, nullifyingKey: 0 }),
  hash("note.circom", "Precommitment()", { owner: 0, blinding: 0 }),
  hash("note.circom", "NoteCommitment()", { pre: 0, lo: 0, hi: 0, domain: 0, controller: 0 }),
  hash("note.circom", "SpendNullifier()", { nullifyingKey: 0, commitment: 0, leafIndex: 0 }),
  hash("note.circom", "LockNullifier()", { blinding: 0, leafIndex: 0 }),
  hash("tree.circom", "TreeNode()", { child: 4 }),
  hash("tree.circom", "SubtreeRoot(2)", { leaf: 16 }),
  hash("digest.circom", "InputDigest(9, 3)", { x: 3, r: 0 }),
  hash("digest.circom", "InputDigest(9, 16)", { x: 16, r: 0 }),
];
