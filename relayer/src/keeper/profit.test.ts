import { describe, expect, test } from "vitest";
import { earnedWei, leastProfitBps } from "./profit.ts";

const x64 = 1n << 64n;
const eight = (...prices: bigint[]) => Array.from({ length: 8 }, (_, slot) => prices[slot] ?? 0n);
// A claim of $1,000 for 1,000 tokens of $1 (6 decimals: 1 µUSD a unit).
const offer = { claim: 1_000_000_000n, guarantee: 1_000_000_000n, debtAssets: 1_000_000_000n, debtPriceX64: x64 };

describe("leastProfitBps", () => {
  test("default: seized at 95 % of the market is 526 bps, rounded down", () => {
    expect(leastProfitBps({ ...offer, seizurePricesX64: eight(95n * x64), livePricesX64: eight(100n * x64) })).toBe(
      526n,
    );
  });
  test("behavior: the worst slot counts, because the basket is hidden", () => {
    expect(
      leastProfitBps({
        ...offer,
        seizurePricesX64: eight(90n * x64, 99n * x64),
        livePricesX64: eight(100n * x64, 100n * x64),
      }),
    ).toBe(101n);
    expect(
      leastProfitBps({
        ...offer,
        seizurePricesX64: eight(90n * x64, 102n * x64),
        livePricesX64: eight(100n * x64, 100n * x64),
      }),
    ).toBe(-197n);
  });
  test("behavior: beyond the guarantee nothing is assured", () => {
    expect(
      leastProfitBps({ ...offer, guarantee: 500_000_000n, seizurePricesX64: eight(x64), livePricesX64: eight(x64) }),
    ).toBe(-5_000n);
  });
  test("behavior: unknown without a price for what is seized, or with nothing to seize or pay", () => {
    expect(leastProfitBps({ ...offer, seizurePricesX64: eight(x64), livePricesX64: eight() })).toBeUndefined();
    expect(leastProfitBps({ ...offer, seizurePricesX64: eight(), livePricesX64: eight(x64) })).toBeUndefined();
    expect(
      leastProfitBps({ ...offer, debtAssets: 0n, seizurePricesX64: eight(x64), livePricesX64: eight(x64) }),
    ).toBeUndefined();
  });
});

test("behavior: a profit in wei: 10 USD at 2,000 USD a coin of 8 shared decimals are 0.005 of it; a loss is rounded down; no price, no profit", () => {
  // 1,000 units at 1 USD each, 100 bps of it: 10 USD. A shared unit of the coin, 10^10 wei, is 20 µUSD.
  const paid = { debtAssets: 1_000n, debtPriceX64: 1_000_000n << 64n };
  const coin = { priceX64: 20n << 64n, weiPerShared: 10n ** 10n };
  expect(earnedWei(paid, 100n, coin)).toBe(5n * 10n ** 15n);
  expect(earnedWei(paid, -100n, coin)).toBe(-5n * 10n ** 15n);
  expect(earnedWei({ debtAssets: 1n, debtPriceX64: 1n }, -1n, coin)).toBe(-1n);
  expect(earnedWei(paid, 100n, { ...coin, priceX64: 0n })).toBe(0n);
});
