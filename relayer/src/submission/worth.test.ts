import { describe, expect, test } from "vitest";
import { costOf, feeWorth, leastWorth, raised, worthOf } from "./worth.ts";

// $3,000 a coin of 10^8 shared units of 10^10 wei: 3·10^9 µUSD / 10^8 = 30 µUSD a unit.
const coin = { priceX64: 30n << 64n, weiPerUnit: 10n ** 10n };

describe("fees against gas", () => {
  test("default: 600,000 gas at 1 gwei are $1.80, as docs/fees.md has it", () => {
    expect(costOf(600_000n * 10n ** 9n, coin)).toBe(1_800_000n);
  });

  test("behavior: costs are rounded up, worth is rounded down", () => {
    expect(costOf(1n, coin)).toBe(1n);
    expect(costOf(0n, coin)).toBe(0n);
    expect(worthOf(1n, 1n << 63n)).toBe(0n);
    expect(worthOf(3n, 1n << 63n)).toBe(1n);
  });

  test("behavior: the smallest fee that is worth so much is worth it, and one unit less is not", () => {
    const priceX64 = (7n << 64n) / 3n;
    const fee = feeWorth(1_000n, priceX64);
    expect(worthOf(fee, priceX64)).toBeGreaterThanOrEqual(1_000n);
    expect(worthOf(fee - 1n, priceX64)).toBeLessThan(1_000n);
  });

  test("behavior: a margin on top; a negative one lets the operator pay", () => {
    expect(leastWorth(1_000n, 1_000n)).toBe(1_100n);
    expect(leastWorth(1_000n, -10_000n)).toBe(0n);
    expect(raised(1_001n, 2_500n)).toBe(1_252n);
  });
});
