import { describe, expect, test } from "vitest";
import { answered, badness, failed, lied, ranking, sawHead, unknownHealth } from "./rpcHealth.ts";

const good = sawHead(answered(unknownHealth, 50), 100);

describe("ranking", () => {
  test("default: the one that was read from stays while no other is much better", () => {
    const slower = answered(unknownHealth, 300);
    expect(ranking([slower, good], 0, 0)).toEqual([0, 1]);
    expect(ranking([answered(unknownHealth, 3_000), good], 0, 0)).toEqual([1, 0]);
  });
  test("behavior: a liar comes last, and is forgiven in time", () => {
    const liar = lied(good, 0);
    expect(ranking([liar, answered(good, 2_000)], 0, 0)).toEqual([1, 0]);
    expect(badness(liar, 100, 0)).toBeGreaterThan(60_000);
    expect(badness(liar, 100, 6_000_000)).toBeLessThan(200);
  });
  test("behavior: one block behind is no lag, ten are", () => {
    const head = (number: number) => sawHead(answered(unknownHealth, 50), number);
    expect(ranking([head(99), head(100)], 0, 0)).toEqual([0, 1]);
    expect(ranking([head(90), head(100)], 0, 0)).toEqual([1, 0]);
  });
  test("behavior: one that fails again is left alone, longer each time, until it answers", () => {
    const once = failed(good, 0, 0.5);
    const twice = failed(once, 0, 0.5);
    const thrice = failed(twice, 0, 0.5);
    expect(once.suspendedUntil).toBe(0);
    expect(twice.suspendedUntil).toBeGreaterThan(0);
    expect(thrice.suspendedUntil).toBeGreaterThan(twice.suspendedUntil);
    expect(ranking([thrice, lied(good, 0)], 0, 0)).toEqual([1, 0]);
    expect(answered(thrice, 50)).toMatchObject({ failures: 0, suspendedUntil: 0 });
  });
});
