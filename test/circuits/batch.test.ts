import { describe, expect, test } from "vitest";

import { expectAccepted, expectPinned, expectRejected } from "../support/circuits/expect.ts";
import { loadCircuit } from "../support/circuits/harness.ts";
import {
  batch64Id,
  batchId,
  batchPublic,
  batchSample,
  emptyEntry,
  leafOf,
  replace,
} from "../support/circuits/samples.ts";
import type { Entry, Sample } from "../support/circuits/samples.ts";
import { q } from "../support/reference/field.ts";
import { entryMeta } from "../support/reference/notes.ts";

const largest = 2n ** 63n - 1n;
const deposit = (slot: number, amount: bigint, value = 1000n + BigInt(slot)): Entry => ({
  value,
  meta: entryMeta(1, slot, amount),
});
const note = (value: bigint): Entry => ({ value, meta: entryMeta(2, 0, 0n) });
/** A chunk: these entries and padding. */
const chunk = (...entries: Entry[]): Entry[] => Array.from({ length: 16 }, (_, i) => entries[i] ?? emptyEntry);

interface Size {
  readonly name: string;
  readonly id: number;
  readonly chunks: 1 | 4;
}

describe.each<Size>([
  { name: "batch16", id: batchId, chunks: 1 },
  { name: "batch64", id: batch64Id, chunks: 4 },
])("$name", ({ name, id, chunks }) => {
  const circuit = loadCircuit(name);
  const size = 16 * chunks;
  const sampleOf = (entries: readonly Entry[], chunkIndex: number, before?: ReadonlyMap<number, bigint>): Sample =>
    batchSample(entries, chunkIndex, before, chunks);

  test("default: a deposit in every slot, notes, and padding in each chunk", async () => {
    const deposits = Array.from({ length: 8 }, (_, slot) => deposit(slot, BigInt(slot) * 10n ** 15n + 1n));
    const entries = [
      ...chunk(...deposits, note(77n), note(78n)),
      ...chunk(note(79n)),
      ...chunk(deposit(7, largest), note(80n), deposit(0, 1n)),
      ...chunk(...deposits.map(({ meta }) => ({ value: 3n, meta })), ...deposits),
    ].slice(0, size);
    const before = new Map([
      [0, 5n],
      [191, 6n],
      [256, 7n],
    ]);
    const witness = await expectAccepted(circuit, sampleOf(entries, 12, before));
    expectPinned(circuit, witness, []);
  });

  test("behavior: boundaries of the index, the amount and the field", async () => {
    const full = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? deposit(i % 8, largest, q - 1n) : note(q - 1n)));
    await expectAccepted(circuit, sampleOf(full, 0));
    await expectAccepted(circuit, sampleOf([deposit(7, 1n)], 2 ** 28 - chunks, new Map([[3, 9n]])));
    await expectAccepted(circuit, sampleOf([], 8));
  });

  test("behavior: what only the contract refuses: a deposit of nothing, an entry behind a hole", async () => {
    await expectAccepted(circuit, sampleOf([deposit(0, 0n)], 4));
    await expectAccepted(circuit, sampleOf([deposit(2, 40n), emptyEntry, note(77n)], 4));
  });

  const first = 12;
  const before = new Map([[1, 5n]]);
  const good = sampleOf([deposit(2, 40n), note(77n), ...Array<Entry>(size - 2).fill(emptyEntry)], first, before);
  const lie = (change: Parameters<typeof replace>[3]): Sample => replace(id, good, batchPublic, change);
  const entries = (change: Readonly<Record<number, Entry>>): Sample => {
    const value = [...(good.inputs.entryValue as bigint[])];
    const meta = [...(good.inputs.entryMeta as bigint[])];
    for (const [i, entry] of Object.entries(change)) [value[Number(i)], meta[Number(i)]] = [entry.value, entry.meta];
    return lie({ entryValue: value, entryMeta: meta });
  };
  const last = size - 1;

  test.each<[string, () => Sample]>([
    ["entries in another order", () => entries({ 0: note(77n), 1: deposit(2, 40n) })],
    ["an entry left out", () => entries({ 1: emptyEntry })],
    ["an entry that leaves a hole before it", () => entries({ 1: emptyEntry, 2: note(77n) })],
    ["an entry too many, the last", () => entries({ [last]: note(77n) })],
    ["an empty entry with a value", () => entries({ [last]: { value: 1n, meta: 0n } })],
    ["another old root", () => lie({ oldRoot: 1n })],
    ["a stale root: before the last chunk was appended", () => lie({ oldRoot: sampleOf([], first).inputs.oldRoot! })],
    ["another new root", () => lie({ newRoot: (good.inputs.newRoot as bigint) + 1n })],
    ["a start before", () => lie({ chunkIndex: BigInt(first - chunks) })],
    ["a start later", () => lie({ chunkIndex: BigInt(first + chunks) })],
    ["a start beyond the tree", () => lie({ chunkIndex: 2n ** 28n + BigInt(first) })],
    ["a place that is not empty", () => sampleOf([note(77n)], first, new Map([[16 * first + last, 5n]]))],
    ["a tree changed elsewhere", () => lie({ oldRoot: sampleOf([], first, new Map([[1, 6n]])).inputs.oldRoot! })],
  ])("error: %s", async (_, sample) => {
    await expectRejected(circuit, sample());
  });

  if (chunks === 1) {
    // What one entry may be is one template; four chunks have more of it, not another one.
    test.each<[string, () => Sample]>([
      ["another amount", () => entries({ 0: deposit(2, 41n) })],
      ["another slot", () => entries({ 0: deposit(3, 40n) })],
      ["a deposit called a note", () => entries({ 0: note(1002n) })],
      ["an empty entry with an amount", () => entries({ 5: { value: 0n, meta: 1n } })],
      ["a note with an amount", () => entries({ 1: { value: 77n, meta: entryMeta(2, 0, 1n) } })],
      ["a note with a slot", () => entries({ 1: { value: 77n, meta: entryMeta(2, 1, 0n) } })],
      ["kind 3", () => entries({ 1: { value: 77n, meta: 3n * 2n ** 66n } })],
      ["meta of 69 bits", () => entries({ 1: { value: 77n, meta: entryMeta(2, 0, 0n) + 2n ** 68n } })],
      ["meta of q − 1", () => entries({ 5: { value: 0n, meta: q - 1n } })],
    ])("error: %s", async (_, sample) => {
      await expectRejected(circuit, sample());
    });
  }

  if (chunks === 4) {
    test.each([1, 2, 3])("error: four chunks that start %i after a multiple of four", async (offset) => {
      // The subtree is the one that holds the chunk: everything but the index is true.
      await expectRejected(circuit, lie({ chunkIndex: BigInt(first + offset) }));
    });

    test("error: two chunks in each other's place", async () => {
      const [a, b] = [chunk(deposit(2, 40n)), chunk(note(77n))];
      const { inputs } = sampleOf([...a, ...b], first, before);
      const swapped = sampleOf([...b, ...a], first, before);
      await expectRejected(circuit, replace(id, swapped, batchPublic, { newRoot: inputs.newRoot! }));
    });
  }
});

test("behavior: the reference's leaves are not all alike", () => {
  expect(new Set([deposit(0, 1n), deposit(4, 1n), deposit(0, 2n), note(1000n)].map(leafOf)).size).toBe(4);
});

test("behavior: four chunks at once and one after the other make the same tree", () => {
  const entries = [...chunk(deposit(2, 40n)), ...chunk(note(77n)), ...chunk(note(78n)), ...chunk(deposit(0, 1n))];
  const leaves = new Map<number, bigint>();
  let root: unknown;
  for (let i = 0; i < 4; i++) {
    const part = entries.slice(16 * i, 16 * i + 16);
    root = batchSample(part, 8 + i, leaves).inputs.newRoot;
    part.forEach((entry, k) => leafOf(entry) !== 0n && leaves.set(16 * (8 + i) + k, leafOf(entry)));
  }
  expect(batchSample(entries, 8, new Map(), 4).inputs.newRoot).toBe(root);
});
