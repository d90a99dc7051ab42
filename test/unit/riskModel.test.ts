import { describe, expect, test } from "vitest";

import { cholesky, estimateRiskModel, riskHorizonSeconds, type DailyClose } from "../../scripts/deploy/riskModel.ts";
import { bars, dayStart } from "../support/prices.ts";

const DAY = 86_400;
const START = dayStart("2021-01-01");

/** Closes whose log returns are the given ones, one a day. */
function closesOf(returns: readonly number[], start = START): DailyClose[] {
  let close = 100;
  return [
    { time: start, close },
    ...returns.map((r, i) => ({ time: start + (i + 1) * DAY, close: (close *= Math.exp(r)) })),
  ];
}

const alternating = (size: number) => Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? size : -size));
const base = { haircutFactors: [9_000, 9_000], horizonSeconds: DAY, z: 1, asOf: START + 200 * DAY };

/** Σ over the horizon, from the integers that the contract gets. */
function covariance(
  { loadings, specificVariance }: ReturnType<typeof estimateRiskModel>,
  i: number,
  j: number,
): number {
  const common = loadings.reduce((sum, factor) => sum + Number(factor[i]!) * Number(factor[j]!), 0) / 1e18;
  return common + (i === j ? Number(specificVariance[i]!) / 1e18 : 0);
}

describe("estimateRiskModel", () => {
  test("default: an asset that moves by 3 % every day has a daily volatility of 3 %", () => {
    const model = estimateRiskModel({ ...base, closes: [closesOf(alternating(0.03))] });
    expect(Math.sqrt(covariance(model, 0, 0))).toBeCloseTo(0.03, 8);
    expect(model.zE4).toBe(10_000);
  });

  test("behavior: volatility grows with the root of the horizon", () => {
    const closes = [closesOf(alternating(0.04))];
    const model = estimateRiskModel({ ...base, closes, horizonSeconds: DAY / 4 });
    expect(Math.sqrt(covariance(model, 0, 0))).toBeCloseTo(0.02, 8);
  });

  test("behavior: assets that move together are correlated by 1, against one another by −1", () => {
    const [up, down] = [closesOf(alternating(0.02)), closesOf(alternating(-0.05))];
    const together = estimateRiskModel({ ...base, closes: [up, closesOf(alternating(0.05))] });
    expect(covariance(together, 0, 1)).toBeCloseTo(0.001, 10);
    const opposed = estimateRiskModel({ ...base, closes: [up, down] });
    expect(covariance(opposed, 0, 1)).toBeCloseTo(-0.001, 10);
  });

  test("behavior: new days weigh more: a day weighs 0.97 of the next", () => {
    // 99 calm days, then one of 10 %: its weight is (1 − 0.97) / (1 − 0.97^100).
    const returns = Array.from({ length: 100 }, (_, i) => (i === 99 ? 0.1 : 0));
    const model = estimateRiskModel({ ...base, closes: [closesOf(returns)], minDailyVolatility: 0 });
    expect(covariance(model, 0, 0)).toBeCloseTo((0.01 * 0.03) / (1 - 0.97 ** 100), 10);
  });

  test("behavior: a peg that held gets the least volatility, on its own", () => {
    const model = estimateRiskModel({ ...base, closes: [closesOf(alternating(0.03)), closesOf(alternating(0))] });
    expect(covariance(model, 1, 1)).toBeCloseTo(0.0025 ** 2, 12);
    expect(covariance(model, 0, 1)).toBe(0);
  });

  test("behavior: what happens after the day is not known", () => {
    const calm = closesOf(alternating(0.01));
    const asOf = calm.at(-1)!.time + DAY;
    const crash = [...calm, { time: asOf, close: 1 }, { time: asOf + DAY, close: 90 }];
    const known = { ...base, asOf };
    expect(estimateRiskModel({ ...known, closes: [crash] })).toEqual(estimateRiskModel({ ...known, closes: [calm] }));
  });

  test("behavior: unused slots stay empty", () => {
    const closes = [closesOf(alternating(0.03)), undefined, closesOf(alternating(0.01))];
    const model = estimateRiskModel({ ...base, haircutFactors: [9_000, 0, 9_000], closes });
    expect(model.loadings).toHaveLength(2);
    expect(model.loadings.every((factor) => factor.length === 8 && factor[1] === 0n)).toBe(true);
    expect(model.haircutFactors).toEqual([9_000, 0, 9_000, 0, 0, 0, 0, 0]);
  });

  test("behavior: on real days, Q = z²·Σ·10⁸ is the sample's, and each asset keeps within its haircut", () => {
    const assets = (["ETH", "BTC", "LINK", "USDC"] as const).map((asset) => bars(asset, "daily"));
    const haircutFactors = [9_000, 9_000, 8_000, 9_700];
    const parameters = {
      closes: assets,
      asOf: dayStart("2021-05-18"),
      haircutFactors,
      horizonSeconds: 6 * 3_600,
      z: 3,
    };
    const model = estimateRiskModel(parameters);
    const q = (i: number, j: number) => 9e8 * covariance(model, i, j);
    for (let i = 0; i < 4; i++) expect(q(i, i)).toBeLessThan(haircutFactors[i]! ** 2);
    // ETH and BTC fell and rose together in May 2021; ETH moved by between 3 and 10 % a day.
    expect(q(0, 1) / Math.sqrt(q(0, 0) * q(1, 1))).toBeGreaterThan(0.5);
    const ethDaily = Math.sqrt(covariance(model, 0, 0) * 4);
    expect(ethDaily).toBeGreaterThan(0.03);
    expect(ethDaily).toBeLessThan(0.1);
  });

  test("error: an asset that can lose its whole haircut value", () => {
    const parameters = { ...base, z: 40, closes: [closesOf(alternating(0.03))] };
    expect(() => estimateRiskModel(parameters)).toThrow(/Slot 0 moves by 120.0 % at 40 sigma/);
  });

  test("error: too few days", () => {
    const parameters = { ...base, closes: [closesOf([0.01, 0.02])] };
    expect(() => estimateRiskModel(parameters)).toThrow(/2 common daily returns are too few/);
  });
});

test("cholesky: L·Lᵀ is the matrix, singular ones too", () => {
  expect(cholesky([[4, 2], [2, 5]])).toEqual([[2, 0], [1, 2]]); // prettier-ignore
  expect(cholesky([[1, 1], [1, 1]])).toEqual([[1, 0], [1, 0]]); // prettier-ignore
});

test("riskHorizonSeconds: counts two auctions", () => {
  const parts = { priceStaleness: 1, grace: 10, auction: 100, finality: 1_000, delivery: 10_000, settlement: 100_000 };
  expect(riskHorizonSeconds(parts)).toBe(111_211);
});
