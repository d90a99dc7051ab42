import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AMOUNT_LIMIT, toAmounts } from "./amounts.ts";
import { divideBasket } from "./settlement.ts";

const X64 = 1n << 64n;
const prices = (...values: bigint[]) => Array.from({ length: 8 }, (_, i) => (values[i] ?? 0n) * X64);

describe("divideBasket", () => {
  test("default: seizes the same share of every priced slot, rounded up", () => {
    // 10 at 3 and 7 at 5 are worth 65; a claim of 20 takes ⌈10·20/65⌉ = 4 and ⌈7·20/65⌉ = 3.
    const basket = toAmounts([10n, 7n, 9n, 0n, 0n, 0n, 0n, 0n]);
    expect(divideBasket({ amounts: basket, claim: 20n, seizurePricesX64: prices(3n, 5n) })).toEqual({
      seized: [4n, 3n, 0n, 0n, 0n, 0n, 0n, 0n],
      rest: [6n, 4n, 9n, 0n, 0n, 0n, 0n, 0n],
      value: 65n,
    });
  });

  test("behavior: nothing for a claim of 0, even when the basket is worth nothing", () => {
    const amounts = toAmounts({ 0: 5n });
    expect(divideBasket({ amounts, claim: 0n, seizurePricesX64: prices(9n) }).rest).toEqual(amounts);
    expect(divideBasket({ amounts, claim: 0n, seizurePricesX64: [] }).rest).toEqual(amounts);
  });

  test("behavior: everything priced for a claim of the value or more, or when the value rounds to 0", () => {
    const amounts = toAmounts({ 0: 5n, 1: 6n });
    expect(divideBasket({ amounts, claim: 15n, seizurePricesX64: prices(3n) }).seized).toEqual(toAmounts({ 0: 5n }));
    expect(divideBasket({ amounts, claim: 1n, seizurePricesX64: [1n] }).seized).toEqual(toAmounts({ 0: 5n }));
  });

  test("behavior: total, exact and never below the claim", () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: AMOUNT_LIMIT - 1n }), { minLength: 8, maxLength: 8 });
    const priceList = fc.array(fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(amounts, priceList, fc.bigInt({ min: 0n, max: X64 - 1n }), (basket, seizurePricesX64, claim) => {
        const { seized, rest, value } = divideBasket({ amounts: basket, claim, seizurePricesX64 });
        basket.forEach((amount, i) => {
          expect(seized[i]! + rest[i]!).toBe(amount);
          expect(seized[i]! >= 0n && rest[i]! >= 0n).toBe(true);
        });
        // What the buyer gets is worth the claim, but for one µUSD a slot lost to rounding down.
        const paid = seized.reduce((sum, amount, i) => sum + ((amount * seizurePricesX64[i]!) >> 64n), 0n);
        expect(paid + 8n >= (claim < value ? claim : value)).toBe(true);
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});
