import { climb, note, treeNode } from "./lock.ts";
import { fits, judge } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** BATCH: public values in order. The hash of the queued entries, and amounts above 0, are the caller's to check. */
export interface BatchValues {
  readonly oldRoot: bigint;
  readonly newRoot: bigint;
  readonly chunkIndex: bigint;
  readonly entryValue: readonly bigint[];
  readonly entryMeta: readonly bigint[];
}

export interface BatchSecrets {
  readonly sibling: readonly (readonly bigint[])[];
}

export interface EntryReading {
  readonly isEntry: boolean;
  readonly leaf: bigint;
}

/** kind·2^66 + slot·2^63 + amount, and the leaf it makes of `value`. */
export function readEntry(value: bigint, meta: bigint): EntryReading {
  const kind = meta / 2n ** 66n;
  const slot = (meta / 2n ** 63n) % 8n;
  const amount = meta % 2n ** 63n;
  switch (kind) {
    case 0n:
      return { isEntry: meta === 0n && value === 0n, leaf: 0n };
    case 1n:
      return {
        isEntry: true,
        leaf: note(
          value,
          Array.from({ length: 8 }, (_, i) => (BigInt(i) === slot ? amount : 0n)),
        ),
      };
    case 2n:
      return { isEntry: slot === 0n && amount === 0n, leaf: value };
    default:
      return { isEntry: false, leaf: 0n };
  }
}

/** The root of a whole number of leaves, four to a node. */
export function subtree(leaves: readonly bigint[]): bigint {
  if (leaves.length === 1) return leaves[0]!;
  const parents = Array.from({ length: leaves.length / 4 }, (_, i) => treeNode(leaves.slice(4 * i, 4 * i + 4)));
  return subtree(parents);
}

/** Which clauses of the statement fail, for `chunks` (a power of 4) chunks of 16. */
export function judgeBatch(values: BatchValues, { sibling }: BatchSecrets): Verdict {
  const entries = values.entryValue.map((value, i) => readEntry(value, values.entryMeta[i]!));
  const chunks = BigInt(entries.length / 16);
  const depth = Math.log2(entries.length) / 2;
  const position = values.chunkIndex / chunks;
  return judge([
    [entries.every(({ isEntry }) => isEntry), "entry"],
    [values.chunkIndex % chunks === 0n && fits(values.chunkIndex, 2 * (depth + sibling.length) - 4), "chunkIndex"],
    [climb(subtree(entries.map(() => 0n)), position, sibling) === values.oldRoot, "oldRoot"],
    [climb(subtree(entries.map(({ leaf }) => leaf)), position, sibling) === values.newRoot, "newRoot"],
  ]);
}
