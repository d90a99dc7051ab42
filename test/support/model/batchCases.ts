import fc from "fast-check";
import type { Arbitrary } from "fast-check";

import { q } from "../reference/field.ts";
import { below, change, changes, element, seldom, siblings } from "./arbitraries.ts";
import type { Change } from "./arbitraries.ts";
import { readEntry, subtree } from "./batch.ts";
import type { BatchSecrets, BatchValues } from "./batch.ts";
import { climb } from "./lock.ts";

export interface BatchClaim {
  readonly values: BatchValues;
  readonly secrets: BatchSecrets;
}

interface Entry {
  readonly value: bigint;
  readonly meta: bigint;
}

const metaOf = (kind: bigint, slot: bigint, amount: bigint): bigint => kind * 2n ** 66n + slot * 2n ** 63n + amount;
const amount = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 62n, 2n ** 63n - 1n), below(63));
const empty: Entry = { value: 0n, meta: 0n };
const deposit = fc
  .tuple(element, fc.bigInt({ min: 0n, max: 7n }), amount)
  .map(([value, slot, a]): Entry => ({ value, meta: metaOf(1n, slot, a) }));
const note = element.map((value): Entry => ({ value, meta: metaOf(2n, 0n, 0n) }));

/** What a vault never writes. */
const malformed = fc.oneof(
  element.map((value): Entry => ({ value: value === 0n ? 1n : value, meta: 0n })),
  fc
    .tuple(element, below(66))
    .map(([value, rest]): Entry => ({ value, meta: metaOf(2n, 0n, rest === 0n ? 1n : rest) })),
  below(66).map((rest): Entry => ({ value: 0n, meta: rest === 0n ? 1n : rest })),
  fc.tuple(element, below(66)).map(([value, rest]): Entry => ({ value, meta: metaOf(3n, 0n, rest) })),
  fc
    .tuple(element, fc.constantFrom(2n ** 68n, 2n ** 68n + metaOf(1n, 2n, 5n), q - 1n, q - 2n ** 63n))
    .map(([value, meta]): Entry => ({ value, meta })),
);

const chunk: Arbitrary<readonly Entry[]> = fc.oneof(
  // A full chunk, a padded one, one with holes (which the caller refuses, not the circuit), an empty one.
  { weight: 2, arbitrary: fc.array(fc.oneof(deposit, note), { minLength: 16, maxLength: 16 }) },
  { weight: 3, arbitrary: fc.array(fc.oneof(deposit, note), { minLength: 1, maxLength: 15 }) },
  { weight: 2, arbitrary: fc.array(fc.oneof(deposit, note, fc.constant(empty)), { minLength: 16, maxLength: 16 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);

type Edit = "swap" | "drop" | "stale" | "same" | "index";
const names = ["oldRoot", "newRoot", "chunkIndex", "entryValue", "entryMeta", "sibling"];

/** A claimed statement of `chunks` chunks: about half are true, the others mostly fail in one clause. */
export function batchClaims(levels: number, chunks = 1): Arbitrary<BatchClaim> {
  const depth = Math.log2(16 * chunks) / 2;
  const last = 4n ** BigInt(levels - depth) - 1n;
  const chosen = fc.record({
    entries: fc.array(chunk, { minLength: chunks, maxLength: chunks }),
    bad: seldom<readonly [number, Entry] | null>(fc.constant(null), fc.tuple(fc.nat(16 * chunks - 1), malformed), 5),
    position: fc.oneof(fc.constantFrom(0n, last), fc.bigInt({ min: 0n, max: last })),
    beyond: seldom(fc.constant(0n), fc.constantFrom(1n, 2n ** 28n, 2n ** 64n), 20),
    sibling: siblings(levels - depth),
    edit: seldom<readonly [Edit, number, number, bigint] | null>(
      fc.constant(null),
      fc.tuple(
        fc.constantFrom<Edit>("swap", "drop", "stale", "same", "index"),
        fc.nat(16 * chunks - 1),
        fc.nat(16 * chunks - 1),
        element,
      ),
      5,
    ),
    changed: seldom<Change | null>(fc.constant(null), changes(names), 6),
  });
  return chosen.map(({ entries: lists, bad, position, beyond, sibling, edit, changed }) => {
    const entries = lists.flatMap((list) => Array.from({ length: 16 }, (_, i) => list[i] ?? empty));
    if (bad !== null) entries[bad[0]] = bad[1];
    const leaves = entries.map(({ value, meta }) => readEntry(value, meta).leaf);
    // Beyond the tree: the same digits below, one more above.
    const chunkIndex = BigInt(chunks) * (position + beyond * (last + 1n));
    const before = leaves.map(() => 0n);
    const claim: BatchClaim = {
      values: {
        oldRoot: climb(subtree(before), position, sibling),
        newRoot: climb(subtree(leaves), position, sibling),
        chunkIndex,
        entryValue: entries.map(({ value }) => value),
        entryMeta: entries.map(({ meta }) => meta),
      },
      secrets: { sibling },
    };
    const edited = edit === null ? claim : editedClaim(claim, edit, position, before);
    if (changed === null) return edited;
    return changed.name === "sibling"
      ? { ...edited, secrets: change(edited.secrets, changed) }
      : { ...edited, values: change(edited.values, changed) };
  });
}

function editedClaim(
  claim: BatchClaim,
  [edit, i, j, word]: readonly [Edit, number, number, bigint],
  position: bigint,
  before: readonly bigint[],
): BatchClaim {
  const { values, secrets } = claim;
  const put = (list: readonly bigint[], at: number, value: bigint): bigint[] => list.with(at, value);
  const swap = (list: readonly bigint[]): bigint[] => put(put(list, i, list[j]!), j, list[i]!);
  switch (edit) {
    case "swap":
      return {
        ...claim,
        values: { ...values, entryValue: swap(values.entryValue), entryMeta: swap(values.entryMeta) },
      };
    case "drop":
      return {
        ...claim,
        values: { ...values, entryValue: put(values.entryValue, i, 0n), entryMeta: put(values.entryMeta, i, 0n) },
      };
    case "stale":
      // The chunk held something before.
      return {
        ...claim,
        values: { ...values, oldRoot: climb(subtree(put(before, i, word)), position, secrets.sibling) },
      };
    case "same":
      return { ...claim, values: { ...values, newRoot: values.oldRoot } };
    case "index":
      return { ...claim, values: { ...values, chunkIndex: values.chunkIndex + 1n } };
  }
}
