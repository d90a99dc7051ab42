import { describe, expect, test } from "vitest";
import { baselineOf, evidenceEndingWith, snapshotDue, thinned, type BreakerRules, type Shot } from "./evidence.ts";

/** Slot 0 may move by 20 %, slot 1 is not watched. */
const rules: BreakerRules = { limitsBps: [2_000, 0, 0, 0, 0, 0, 0, 0], windowSeconds: 3_600, haltSeconds: 3_600 };
const shot = (id: number, time: number, price: bigint, other = 500n): Shot => ({
  id,
  time,
  prices: [price, other, 0n, 0n, 0n, 0n, 0n, 0n],
});
const ids = (shots: readonly Shot[] | undefined) => shots?.map(({ id }) => id);

describe("evidenceEndingWith", () => {
  const before = [shot(1, 0, 1_000n), shot(2, 60, 1_000n)];

  test("default: two before and two after, each a minute apart", () => {
    const shots = [...before, shot(3, 100, 799n), shot(4, 160, 799n)];
    expect(ids(evidenceEndingWith(shots[3]!, shots, rules))).toEqual([1, 2, 3, 4]);
    const rise = [...before, shot(3, 100, 1_201n), shot(4, 160, 1_201n)];
    expect(ids(evidenceEndingWith(rise[3]!, rise, rules))).toEqual([1, 2, 3, 4]);
  });

  test("behavior: not a unit or a second less", () => {
    for (const after of [
      [shot(3, 100, 800n), shot(4, 160, 799n)], // the limit itself
      [shot(3, 100, 799n), shot(4, 160, 800n)],
      [shot(3, 100, 799n), shot(4, 159, 799n)],
      [shot(3, 60, 799n), shot(4, 160, 799n)], // not after the second
      [shot(3, 3_500, 799n), shot(4, 3_601, 799n)], // the first is outside the window
      [shot(3, 100, 799n), shot(4, 160, 0n)], // no price shows nothing
      [shot(3, 100, 1_200n), shot(4, 160, 1_200n)],
      [shot(3, 100, 799n), shot(4, 160, 1_201n)], // two moves are none
    ]) {
      const shots = [...before, ...after];
      expect(ids(evidenceEndingWith(shots.at(-1)!, shots, rules))).toBeUndefined();
    }
    const close = [shot(1, 0, 1_000n), shot(2, 59, 1_000n), shot(3, 100, 799n), shot(4, 160, 799n)];
    expect(evidenceEndingWith(close[3]!, close, rules)).toBeUndefined();
  });

  test("behavior: one wild answer among others hides no move, and makes none", () => {
    const shots = [shot(1, 0, 1_000n), shot(2, 10, 100n), shot(3, 60, 1_000n), shot(4, 100, 799n), shot(5, 160, 799n)];
    expect(ids(evidenceEndingWith(shots[4]!, shots, rules))).toEqual([1, 3, 4, 5]);
    const wild = [shot(1, 0, 1_000n), shot(2, 60, 1_000n), shot(3, 100, 700n), shot(4, 160, 1_000n)];
    expect(evidenceEndingWith(wild[3]!, wild, rules)).toBeUndefined();
  });

  test("behavior: a slot that is not watched moves as it likes", () => {
    const shots = [shot(1, 0, 9n, 900n), shot(2, 60, 9n, 900n), shot(3, 100, 9n, 1n), shot(4, 160, 9n, 1n)];
    expect(evidenceEndingWith(shots[3]!, shots, rules)).toBeUndefined();
  });
});

describe("snapshotDue", () => {
  const calm = [shot(1, 0, 1_000n), shot(2, 1_000, 1_000n)];
  const due = (time: number, price: bigint, shots: Shot[]) => snapshotDue(shot(0, time, price), shots, rules, 1_160);

  test("default: one at the start, and one whenever the last is old", () => {
    expect(due(0, 1_000n, [])).toMatch(/before a move/);
    expect(due(2_159, 1_000n, calm)).toBeUndefined();
    expect(due(2_160, 1_000n, calm)).toMatch(/before a move/);
  });

  test("behavior: a move is shown at once and confirmed a minute later", () => {
    expect(due(1_010, 800n, calm)).toBeUndefined();
    expect(due(1_010, 799n, calm)).toMatch(/shows/);
    const shown = [...calm, shot(3, 1_010, 799n)];
    expect(due(1_069, 799n, shown)).toBeUndefined();
    expect(due(1_070, 799n, shown)).toMatch(/confirms/);
    expect(due(1_070, 900n, shown)).toBeUndefined(); // it came back
  });
});

test("baselineOf: two snapshots from before a move fit into every window", () => {
  for (const windowSeconds of [121, 600, 3_600, 86_400])
    expect(baselineOf({ windowSeconds })).toBeGreaterThanOrEqual(60);
  expect(2 * baselineOf({ windowSeconds: 3_600 })).toBeLessThan(3_600 - 120);
});

test("thinned: however many somebody takes, the search stays small, and the newest stays", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ id: i, time: i }));
  const kept = thinned(many, { windowSeconds: 3_600 });
  expect(kept.length).toBeLessThan(400);
  expect(kept.at(-1)).toEqual(many.at(-1));
  const few = [{ time: 0 }, { time: 60 }];
  expect(thinned(few, { windowSeconds: 3_600 })).toEqual(few);
});
