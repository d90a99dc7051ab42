import { describe, expect, test } from "vitest";
import { backoffMs, turnDelayMs } from "./backoff.ts";

describe("backoffMs", () => {
  test("default: doubles to the cap, within half jitter", () => {
    const policy = { baseMs: 1_000, capMs: 10_000 };
    expect([1, 2, 3, 4, 5, 60].map((attempt) => backoffMs(attempt, 0, policy))).toEqual([
      500, 1_000, 2_000, 4_000, 5_000, 5_000,
    ]);
    expect(backoffMs(60, 0.999, policy)).toBeLessThan(10_000);
  });
});

describe("turnDelayMs", () => {
  const delays = (key: string, of: number) =>
    Array.from({ length: of }, (_, index) => turnDelayMs(key, { index, of, handoverMs: 100 }));

  test("default: every relayer has its own place in the row", () => {
    for (const key of ["batch:0:0xaa", "batch:1:0xab", "commit:0x11", "z"])
      expect([...delays(key, 3)].sort((a, b) => a - b)).toEqual([0, 100, 200]);
  });

  test("behavior: the first differs from key to key", () => {
    const firsts = new Set(Array.from({ length: 64 }, (_, n) => delays(`batch:${n}`, 2).indexOf(0)));
    expect(firsts).toEqual(new Set([0, 1]));
  });
});
