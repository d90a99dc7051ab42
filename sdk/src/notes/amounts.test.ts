import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AMOUNT_LIMIT, packAmounts, subtractAmounts, toAmounts, unpackAmounts } from "./amounts.ts";
import { assertBalance, formatShared, parseShared, sharedFromToken, tokenFromShared } from "./units.ts";

const weth = { symbol: "WETH", decimals: 18, sharedDecimals: 8 };
const usdc = { symbol: "USDC", decimals: 6, sharedDecimals: 6 };
const amount = fc.bigInt({ min: 0n, max: AMOUNT_LIMIT - 1n });

describe("packAmounts", () => {
  test("default: four 63-bit lanes a word, the lowest first", () => {
    expect(packAmounts([1n, 2n, 0n, 0n, 0n, 0n, 0n, 3n])).toEqual({ lo: 1n + (2n << 63n), hi: 3n << 189n });
  });

  test("behavior: round trip, boundaries included", () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 8, maxLength: 8 }), (amounts) => {
        expect(unpackAmounts(packAmounts(amounts))).toEqual(amounts);
      }),
      { seed: 6, examples: [[new Array(8).fill(AMOUNT_LIMIT - 1n)]] },
    );
  });

  test("error: above 63 bits, negative, a slot that does not exist, a wrong number", () => {
    expect(() => packAmounts([AMOUNT_LIMIT, 0n, 0n, 0n, 0n, 0n, 0n, 0n])).toThrow(/slot 0 .* 0 to 2\^63 − 1/);
    expect(() => toAmounts({ 3: -1n })).toThrow(/slot 3 is -1/);
    expect(() => toAmounts({ 8: 1n })).toThrow(/no slot 8/);
    expect(() => toAmounts([1n])).toThrow(/Got 1 amounts, expected 8/);
    expect(() => unpackAmounts({ lo: 1n << 252n, hi: 0n })).toThrow(/more than 252 bits/);
  });

  test("error: taking out more than is there", () => {
    expect(() => subtractAmounts(toAmounts({ 2: 5n }), toAmounts({ 2: 6n }))).toThrow(/Slot 2 needs 6 .* there are 5/);
  });
});

describe("parseShared", () => {
  test("default: whole tokens as text to shared units", () => {
    expect(parseShared("1.5", weth)).toBe(150_000_000n);
    expect(parseShared(" 0.000001 ", usdc)).toBe(1n);
    expect(parseShared("3.1000000000", usdc)).toBe(3_100_000n);
    expect(parseShared("0", usdc, { allowZero: true })).toBe(0n);
  });

  test("behavior: formatShared is its inverse", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: AMOUNT_LIMIT - 1n }), (shared) => {
        expect(parseShared(formatShared(shared, weth), weth)).toBe(shared);
      }),
      { seed: 7 },
    );
    expect(formatShared(150_000_000n, weth)).toBe("1.5");
    expect(formatShared(1n, weth)).toBe("0.00000001");
    expect(formatShared(0n, usdc)).toBe("0");
  });

  test("error: zero, dust, above 63 bits, no number", () => {
    expect(() => parseShared("0.0", weth)).toThrow(/expected more than 0/);
    expect(() => parseShared("0.000000001", weth)).toThrow(/more than the 8 decimals/);
    expect(() => parseShared("92233720368.54775808", weth)).toThrow(
      /does not fit a note: at most 92233720368.54775807/,
    );
    for (const text of ["", "-1", "1e18", "1,5", ".5", "0x10"])
      expect(() => parseShared(text, weth)).toThrow(/is not an amount of WETH/);
  });
});

describe("sharedFromToken", () => {
  test("default: divides by 10^(decimals − sharedDecimals)", () => {
    expect(sharedFromToken(1_500_000_000_000_000_000n, weth)).toBe(150_000_000n);
    expect(tokenFromShared(150_000_000n, weth)).toBe(1_500_000_000_000_000_000n);
    expect(sharedFromToken(7n, usdc)).toBe(7n);
  });

  test("error: dust says which amounts would do; zero", () => {
    expect(() => sharedFromToken(10_000_000_001n, weth)).toThrow(/leave 1 below .*\n.*10000000000 or 20000000000/s);
    expect(() => sharedFromToken(0n, weth)).toThrow(/more than 0/);
  });
});

describe("assertBalance", () => {
  test("error: names both amounts in whole tokens", () => {
    expect(() => assertBalance(2_000_000n, 1_500_000n, usdc)).toThrow(/Needs 2 USDC, there are 1.5/);
    expect(() => assertBalance(1n, 1n, usdc)).not.toThrow();
  });
});
