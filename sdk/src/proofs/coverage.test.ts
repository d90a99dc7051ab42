import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { toAmounts } from "../notes/amounts.ts";
import { covers, maxCoverage, packRisk, parseCoverage, roundCoverageDown, slotValues, unpackRisk } from "./coverage.ts";

const X64 = 1n << 64n;
const none = new Array<bigint>(36).fill(0n);
const h = (value: bigint) => new Array<bigint>(8).fill(value);
const floors = (...values: bigint[]) => Array.from({ length: 8 }, (_, i) => (values[i] ?? 0n) * X64);
/** Place of (i, j), i ≤ j, in the upper triangle: 8 + 7 + … entries before row i. */
const at = (i: number, j: number) => i * 8 - (i * (i - 1)) / 2 + (j - i);

describe("packRisk", () => {
  test("default: 16-bit and 28-bit lanes, nine a word", () => {
    const haircuts = [1n, 2n, 0n, 0n, 0n, 0n, 0n, 10_000n];
    const risk = none.map((_, k) => BigInt(k));
    const packed = packRisk({ haircuts, risk });
    expect(packed.haircutsPacked).toBe(1n + 2n * 2n ** 16n + 10_000n * 2n ** 112n);
    expect(packed.riskPacked[1]! & 0xfff_ffffn).toBe(9n);
    expect(packed.riskPacked[3]! >> 224n).toBe(35n);
    expect(unpackRisk(packed)).toEqual({ haircuts, risk });
  });

  test("error: entries out of range or missing", () => {
    expect(() => packRisk({ haircuts: h(10_001n), risk: none })).toThrow(/8 haircut factors/);
    expect(() => packRisk({ haircuts: h(1n), risk: none.slice(1) })).toThrow(/36 risk entries/);
    expect(() => packRisk({ haircuts: h(1n), risk: none.map(() => 100_000_001n) })).toThrow(/\[0, 10⁸\]/);
  });
});

describe("maxCoverage", () => {
  test("default: without risk it is the haircut value, two digits, rounded down", () => {
    // 100 units at 12,345 µUSD are 1,234,500 µUSD; 90 % of it is 1,111,050.
    const basket = { amounts: toAmounts({ 0: 100n }), floorsX64: floors(12_345n), haircuts: h(9_000n), risk: none };
    expect(maxCoverage(basket)).toEqual({ mantissa: 11, exponent: 5, value: 1_100_000n });
    expect(slotValues(basket.amounts, basket.floorsX64)[0]).toBe(1_234_500n);
  });

  test("behavior: one asset with variance: V − 10⁻⁴·√Q·v", () => {
    // v = 10^9, h = 1, Q = 0.3²·10⁸: the move is 0.3·10^9, so 0.7·10^9 remain.
    const risk = [...none];
    risk[0] = 9_000_000n;
    const basket = { amounts: toAmounts({ 0: 10n ** 9n }), floorsX64: floors(1n), haircuts: h(10_000n), risk };
    expect(maxCoverage(basket).value).toBe(700_000_000n);
    expect(covers(basket, 700_000_000n)).toBe(true);
    expect(covers(basket, 700_000_001n)).toBe(false);
  });

  test("behavior: correlation counts twice off the diagonal", () => {
    // Two equal assets, fully correlated: σ adds up; uncorrelated: 0.3·√2.
    const risk = [...none];
    risk[at(0, 0)] = risk[at(1, 1)] = 9_000_000n;
    const basket = {
      amounts: toAmounts({ 0: 10n ** 9n, 1: 10n ** 9n }),
      floorsX64: floors(1n, 1n),
      haircuts: h(10_000n),
    };
    expect(maxCoverage({ ...basket, risk }).value).toBe(1_500_000_000n); // 2 − 0.424 = 1.576
    const correlated = [...risk];
    correlated[at(0, 1)] = 9_000_000n;
    expect(maxCoverage({ ...basket, risk: correlated }).value).toBe(1_400_000_000n);
  });

  test("behavior: it is provable, and the next two-digit coverage is not", () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 2n ** 40n }), { minLength: 8, maxLength: 8 });
    const prices = fc.array(fc.bigInt({ min: 0n, max: 2n ** 80n }), { minLength: 8, maxLength: 8 });
    const haircuts = fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 8, maxLength: 8 });
    const risk = fc.array(fc.bigInt({ min: 0n, max: 2_000_000n }), { minLength: 36, maxLength: 36 });
    fc.assert(
      fc.property(amounts, prices, haircuts, risk, (a, f, hs, q) => {
        const basket = { amounts: a, floorsX64: f, haircuts: hs, risk: q };
        const { mantissa, exponent, value } = maxCoverage(basket);
        const step = value === 0n ? 10n : 10n ** BigInt(exponent);
        if (value > 0n) expect(covers(basket, value)).toBe(true);
        if (value + step < X64) expect(covers(basket, value + step)).toBe(false);
        expect(value === 0n || (mantissa >= 10 && mantissa <= 99)).toBe(true);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  test("behavior: 0 when the risk eats everything", () => {
    const basket = {
      amounts: toAmounts({ 0: 100n }),
      floorsX64: floors(5n),
      haircuts: h(1_000n),
      risk: none.map(() => 10n ** 8n),
    };
    expect(maxCoverage(basket).value).toBe(0n);
  });

  test("error: a slot worth more than 64 bits", () => {
    const basket = {
      amounts: toAmounts({ 3: 2n ** 62n }),
      floorsX64: floors(0n, 0n, 0n, 8n),
      haircuts: h(1n),
      risk: none,
    };
    expect(() => maxCoverage(basket)).toThrow(/Slot 3 .* more than the 64 bits/);
  });
});

describe("parseCoverage", () => {
  test("default: two digits and an exponent", () => {
    expect(parseCoverage(42_000_000n)).toEqual({ mantissa: 42, exponent: 6, value: 42_000_000n });
    expect(parseCoverage(10n)).toEqual({ mantissa: 10, exponent: 0, value: 10n });
    expect(parseCoverage(0n).value).toBe(0n);
    expect(roundCoverageDown(2n ** 70n).value).toBe(18n * 10n ** 18n);
  });

  test("error: a third digit; says what would do", () => {
    expect(() => parseCoverage(423n)).toThrow(/two significant digits\n.*use 420 µUSD/s);
    expect(() => parseCoverage(9n)).toThrow(/use 0 µUSD/);
    expect(() => parseCoverage(-5n)).toThrow(/two significant digits/);
  });
});
