import { describe, expect, test } from "vitest";

import { toAmounts, type AmountsInput } from "./amounts.ts";
import type { Note } from "./note.ts";
import { balanceOf, selectNotes } from "./select.ts";

let leaf = 0;
const note = (amounts: AmountsInput, more: Partial<Note> = {}): Note => ({
  amounts: toAmounts(amounts),
  owner: 1n,
  blinding: 1n,
  domain: 0n,
  controller: 0n,
  commitment: 1n,
  leafIndex: leaf++,
  nkIndex: 0,
  origin: "transact",
  status: "available",
  nullifier: 1n,
  ...more,
});

describe("selectNotes", () => {
  test("default: one note if one suffices, the one that leaves least", () => {
    const notes = [note({ 0: 100n }), note({ 0: 6n }), note({ 0: 5n })];
    expect(selectNotes({ notes, amounts: { 0: 6n } })).toEqual({ inputs: [notes[1]], merges: [] });
  });

  test("behavior: two when one does not, also over several slots", () => {
    const notes = [note({ 0: 4n }), note({ 0: 4n, 1: 9n }), note({ 0: 50n })];
    expect(selectNotes({ notes, amounts: { 0: 8n, 1: 1n } }).inputs).toEqual([notes[0], notes[1]]);
  });

  test("behavior: merges when more than two are needed, as few notes as possible", () => {
    const notes = [1n, 5n, 4n, 5n, 5n].map((amount) => note({ 0: amount }));
    const { inputs, merges } = selectNotes({ notes, amounts: { 0: 18n } });
    expect(inputs).toEqual([]);
    expect(
      merges
        .flat()
        .map((n) => n.amounts[0])
        .sort(),
    ).toEqual([4n, 5n, 5n, 5n]);
  });

  test("behavior: locks, spent and queued notes do not count", () => {
    const notes = [
      note({ 0: 9n }, { domain: 1n }),
      note({ 0: 9n }, { status: "spent" }),
      note({ 0: 7n }, { status: "queued" }),
      note({ 0: 1n }),
    ];
    expect(balanceOf(notes)).toEqual(toAmounts({ 0: 1n }));
    expect(() => selectNotes({ notes, amounts: { 0: 2n } })).toThrow(/needs 2 .* hold 1\n.*7 more are queued/s);
  });

  test("error: more than there is", () => {
    expect(() => selectNotes({ notes: [note({ 0: 1n })], amounts: { 3: 1n } })).toThrow(/Slot 3 needs 1 .* hold 0/);
  });
});
