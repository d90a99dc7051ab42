import { describe, expect, test } from "vitest";

import { expectAccepted, expectPinned, expectRejected } from "../support/circuits/expect.ts";
import { loadCircuit } from "../support/circuits/harness.ts";
import { batchId, batchPublic, batchSample, leafOf, replace } from "../support/circuits/samples.ts";
import type { Entry, Sample } from "../support/circuits/samples.ts";
import { q } from "../support/reference/field.ts";
import { entryMeta } from "../support/reference/notes.ts";

const circuit = loadCircuit("batch16");
const largest = 2n ** 63n - 1n;
const deposit = (slot: number, amount: bigint, value = 1000n + BigInt(slot)): Entry => ({
  value,
  meta: entryMeta(1, slot, amount),
});
const note = (value: bigint): Entry => ({ value, meta: entryMeta(2, 0, 0n) });

describe("batch16", () => {
  test("default: a deposit in every slot, notes, and padding", async () => {
    const entries = [
      ...Array.from({ length: 8 }, (_, slot) => deposit(slot, BigInt(slot) * 10n ** 15n + 1n)),
      note(77n),
      note(78n),
    ];
    const witness = await expectAccepted(
      circuit,
      batchSample(
        entries,
        3,
        new Map([
          [0, 5n],
          [47, 6n],
          [64, 7n],
        ]),
      ),
    );
    expectPinned(circuit, witness, []);
  });

  test("behavior: boundaries of the index, the amount and the field", async () => {
    const full = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? deposit(i % 8, largest, q - 1n) : note(q - 1n)));
    await expectAccepted(circuit, batchSample(full, 0));
    await expectAccepted(circuit, batchSample([deposit(7, 1n)], 2 ** 28 - 1, new Map([[3, 9n]])));
    await expectAccepted(circuit, batchSample([], 5));
    // The contract lets no such entry in; the circuit has an opinion only on what a leaf is.
    await expectAccepted(circuit, batchSample([deposit(0, 0n)], 1));
  });

  const good = batchSample([deposit(2, 40n), note(77n)], 3, new Map([[1, 5n]]));
  const lie = (change: Parameters<typeof replace>[3]): Sample => replace(batchId, good, batchPublic, change);
  const entries = (change: Partial<Record<number, Entry>>): Sample => {
    const value = [...(good.inputs.entryValue as bigint[])];
    const meta = [...(good.inputs.entryMeta as bigint[])];
    for (const [i, entry] of Object.entries(change)) [value[Number(i)], meta[Number(i)]] = [entry!.value, entry!.meta];
    return lie({ entryValue: value, entryMeta: meta });
  };

  test.each<[string, () => Sample]>([
    ["another amount", () => entries({ 0: deposit(2, 41n) })],
    ["another slot", () => entries({ 0: deposit(3, 40n) })],
    ["a deposit called a note", () => entries({ 0: note(1002n) })],
    ["an entry left out", () => entries({ 1: { value: 0n, meta: 0n } })],
    ["an empty entry with a value", () => entries({ 5: { value: 1n, meta: 0n } })],
    ["an empty entry with an amount", () => entries({ 5: { value: 0n, meta: 1n } })],
    ["a note with an amount", () => entries({ 1: { value: 77n, meta: entryMeta(2, 0, 1n) } })],
    ["a note with a slot", () => entries({ 1: { value: 77n, meta: entryMeta(2, 1, 0n) } })],
    ["kind 3", () => entries({ 1: { value: 77n, meta: 3n * 2n ** 66n } })],
    ["meta of 69 bits", () => entries({ 1: { value: 77n, meta: entryMeta(2, 0, 0n) + 2n ** 68n } })],
    ["meta of q − 1", () => entries({ 5: { value: 0n, meta: q - 1n } })],
    ["another old root", () => lie({ oldRoot: 1n })],
    ["another new root", () => lie({ newRoot: (good.inputs.newRoot as bigint) + 1n })],
    ["another chunk", () => lie({ chunkIndex: 2n })],
    ["a chunk beyond the tree", () => lie({ chunkIndex: 2n ** 28n + 3n })],
    ["a chunk that is not empty", () => batchSample([deposit(2, 40n)], 3, new Map([[16 * 3 + 9, 5n]]))],
    ["a tree changed elsewhere", () => lie({ oldRoot: batchSample([], 3, new Map([[1, 6n]])).inputs.oldRoot! })],
  ])("error: %s", async (_, sample) => {
    await expectRejected(circuit, sample());
  });

  test("behavior: the reference's leaves are not all alike", () => {
    expect(new Set([deposit(0, 1n), deposit(4, 1n), deposit(0, 2n), note(1000n)].map(leafOf)).size).toBe(4);
  });
});
