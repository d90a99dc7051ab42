import { describe, expect, test } from "vitest";
import { decideSingle, planBatches, type SealedQueue } from "./batchPolicy.ts";

const queue = (appended: number, sealed: number, ...alone: number[]): SealedQueue => ({
  appended,
  sealed,
  alone: new Set(alone),
});
const plan = (given: SealedQueue, most = 4): string =>
  planBatches(given, most)
    .map(({ first, chunks }) => `${first}+${chunks}`)
    .join(" ");

describe("planBatches", () => {
  test("default: four from a multiple of four on, one by one up to it", () => {
    expect(plan(queue(0, 4))).toBe("0+4");
    expect(plan(queue(2, 8))).toBe("2+1 3+1 4+4");
    expect(plan(queue(8, 17), 9)).toBe("8+4 12+4 16+1");
    expect(plan(queue(3, 3))).toBe("");
  });
  test("behavior: of an incomplete four only the first, until that is begun by itself", () => {
    expect(plan(queue(4, 7))).toBe("4+1");
    expect(plan(queue(4, 7, 4))).toBe("4+1 5+1 6+1");
    expect(plan(queue(4, 8, 4))).toBe("4+1 5+1 6+1 7+1");
  });
  test("behavior: no more than may be under way", () => {
    expect(plan(queue(1, 40), 4)).toBe("1+1 2+1 3+1 4+4");
    expect(plan(queue(1, 40), 1)).toBe("1+1");
  });
  test("behavior: whatever waits, the next chunk is always in the plan, and batches neither overlap nor leave a gap", () => {
    for (let appended = 0; appended < 9; appended++)
      for (let sealed = appended + 1; sealed < 18; sealed++)
        for (const alone of [[], [appended], [4], [8], [4, 8]]) {
          const batches = planBatches(queue(appended, sealed, ...alone), 16);
          let next = appended;
          for (const { first, chunks } of batches) {
            expect(first).toBe(next);
            next += chunks;
          }
          expect(next).toBeGreaterThan(appended);
          expect(next).toBeLessThanOrEqual(sealed);
        }
  });
});

describe("decideSingle", () => {
  const policy = { maxWaitMs: 60_000, minBaseFee: 20n };
  const dear = { waitedMs: 0, baseFee: 20n };

  test("default: while gas is dear the first of four waits for the others, so long", () => {
    expect(decideSingle(4, queue(4, 5), dear, policy)).toMatchObject({ type: "wait", forMs: 60_000 });
    expect(decideSingle(4, queue(4, 7), { ...dear, waitedMs: 59_999 }, policy)).toMatchObject({
      type: "wait",
      reason: "1 more chunks to go with it",
      forMs: 1,
    });
    expect(decideSingle(4, queue(4, 7), { ...dear, waitedMs: 60_000 }, policy)).toEqual({ type: "begin" });
  });
  test("behavior: at once when gas is cheap, or waiting is switched off", () => {
    expect(decideSingle(4, queue(4, 5), { ...dear, baseFee: 19n }, policy)).toEqual({ type: "begin" });
    expect(decideSingle(4, queue(4, 5), dear, { ...policy, maxWaitMs: 0 })).toEqual({ type: "begin" });
  });
  test("behavior: a chunk in the middle of four never waits: it cannot go with others", () => {
    for (const chunk of [5, 6, 7]) expect(decideSingle(chunk, queue(5, 12), dear, policy)).toEqual({ type: "begin" });
  });
  test("behavior: goes with the others once they are there, even if gas is cheap", () => {
    expect(decideSingle(4, queue(4, 8), { waitedMs: 90_000, baseFee: 0n }, policy)).toEqual({ type: "together" });
  });
  test("behavior: begins when all four were given up", () => {
    expect(decideSingle(4, queue(4, 8, 4), dear, policy)).toEqual({ type: "begin" });
  });
  test("behavior: leaves it open how it goes while others are before it", () => {
    expect(decideSingle(4, queue(3, 5), { waitedMs: 90_000, baseFee: 0n }, policy)).toEqual({
      type: "wait",
      reason: "chunk 3 to be appended first",
    });
  });
});
