import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { baskets, cases, models } from "../support/floorBox/arbitraries.ts";
import { climb, uniform } from "../support/floorBox/climb.ts";
import { historyCases } from "../support/floorBox/history.ts";
import { caseSearch, shapeSearch } from "../support/floorBox/searches.ts";
import {
  marginAt,
  provableCoverage,
  quadratic,
  reliedOn,
  rowSum,
  scaledCoverage,
  seizurePrice,
  settledValue,
} from "../support/floorBox/theorem.ts";
import type { Case } from "../support/floorBox/theorem.ts";
import { divideUp } from "../support/reference/field.ts";
import { covers } from "../support/reference/risk.ts";
import { exactRisk, riskMatrix, roundUp } from "../support/reference/riskMatrix.ts";
import type { Matrix } from "../support/reference/riskMatrix.ts";

// The theorems of docs/floor-box.md, over the integers of circuit and contracts: properties, then searches that climb towards
// a counterexample, then the same searches where a hypothesis is missing, which must find one.

const seed = Number(process.env.HYPOTHEC_SEED ?? 20_261);
const runs = Number(process.env.HYPOTHEC_PROPERTY_RUNS ?? 2_000);
const parameters = { seed, numRuns: runs };
const named = `seed ${seed}`;

/** Q_ii·vᵀQv − (Qv)_i², which Lemma 1 says is never negative. */
const lemma = (matrix: Matrix, v: readonly bigint[], i: number): bigint =>
  matrix[i]![i]! * quadratic(matrix, v) - rowSum(matrix, v, i) ** 2n;

/** What is left above Theorem 2's bound, µUSD·10⁻⁴. Baskets that cover nothing are far from it. */
function marginSlack(c: Case): bigint {
  const coverage = provableCoverage(c);
  if (coverage < 0n) return 10n ** 40n - coverage;
  return marginAt(c, c.priceX64) - 10_000n * (scaledCoverage(c, coverage) - 8n);
}

/** What is left above Theorem 3's bound, µUSD. */
function settlementSlack(c: Case): bigint {
  const coverage = provableCoverage(c);
  if (coverage < 0n) return 10n ** 40n - coverage;
  return settledValue(c) - (scaledCoverage(c, coverage) - (reliedOn(c) - 1n));
}

function expectTheorems(c: Case): void {
  const coverage = provableCoverage(c);
  if (coverage < 0n) return;
  // Another implementation of the circuit's statement says that M is the largest provable one.
  const matrix = c.matrix.map((row) => [...row]);
  expect(covers(c.amount, c.floorX64, c.haircut, matrix, coverage)).toBe(true);
  expect(covers(c.amount, c.floorX64, c.haircut, matrix, coverage + 1n)).toBe(false);

  expect(marginSlack(c)).toBeGreaterThanOrEqual(0n);
  const guarantee = scaledCoverage(c, coverage) - 8n;
  if (guarantee > 0n) {
    const pricesX64 = c.priceX64.map((p, i) => (c.floorX64[i] === 0n ? 0n : p));
    expect(covers(c.amount, pricesX64, c.haircut, matrix, guarantee)).toBe(true);
  }
  expect(settlementSlack(c)).toBeGreaterThanOrEqual(0n);
}

describe("the floor box", () => {
  test("default: Lemma 1: (Qv)_i² ≤ Q_ii·vᵀQv for every basket, for every matrix that RiskSet makes", () => {
    fc.assert(
      fc.property(models, baskets, (model, v) => {
        const matrix = riskMatrix(model);
        for (let i = 0; i < 8; i++) expect(lemma(matrix, v, i)).toBeGreaterThanOrEqual(0n);
      }),
      parameters,
    );
  });

  test("behavior: Theorem 1: a basket that is worth more in each slot has no smaller margin", () => {
    fc.assert(
      fc.property(models, baskets, baskets, (model, v, more) => {
        const one = 1n << 64n;
        const c = {
          amount: v,
          floorX64: v.map(() => one),
          priceX64: v.map(() => one),
          haircut: model.haircutFactors.map(BigInt),
          matrix: riskMatrix(model),
        };
        const larger = { ...c, amount: v.map((vi, i) => vi + more[i]!) };
        expect(marginAt(larger, one_(one))).toBeGreaterThanOrEqual(marginAt(c, one_(one)));
      }),
      parameters,
    );
  });

  test("behavior: Theorems 2 and 3: λM less 8 µUSD is provable and payable at any prices", () => {
    let proven = 0;
    fc.assert(
      fc.property(cases, (c) => {
        if (provableCoverage(c) > 0n) proven++;
        expectTheorems(c);
      }),
      parameters,
    );
    // Not vacuous: most baskets cover something.
    expect(proven).toBeGreaterThan(runs / 2);
  });

  test("behavior: a claim within V_s is paid in full by what is seized for it", () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), (c, part) => {
        const total = settledValue(c);
        const claim = BigInt(Math.floor(part * 2 ** 30)) * (total >> 30n);
        if (claim === 0n) return;
        // Exact value of ⌈a_i·X / V_s⌉ at s_i, in 2^-64 µUSD.
        const paid = c.amount.reduce((sum, a, i) => sum + divideUp(a * claim, total) * seizurePrice(c, i), 0n);
        expect(paid).toBeGreaterThanOrEqual(claim << 64n);
      }),
      parameters,
    );
  });

  test("behavior: real baskets through the falls of 2018 to 2022", () => {
    let falls = 0;
    let count = 0;
    for (const c of historyCases()) {
      count++;
      if (c.priceX64.some((p, i) => 2n * p < c.floorX64[i]!)) falls++;
      expectTheorems(c);
    }
    expect(count).toBeGreaterThan(1_000);
    expect(falls, "cases in which an asset lost more than half").toBeGreaterThan(5);
  });
});

describe(`searching for a counterexample, ${named}`, () => {
  test("behavior: Lemma 1 holds where the search ends", () => {
    const search = shapeSearch(uniform(seed), (matrix, v) => relative(matrix, v), riskMatrix);
    const { score } = climb({ starts: 6, steps: 600, ...search });
    // Cauchy–Schwarz is attained by one asset alone, so the search comes within rounding of 0.
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThan(1e-6);
  });

  test("behavior: Theorem 2 holds where the search ends, with less than 2 µUSD to spare", () => {
    const { score } = climb({ starts: 16, steps: 2_000, ...caseSearch(uniform(seed + 1), 0.75, marginSlack) });
    expect(score).toBeGreaterThanOrEqual(0n);
    expect(score).toBeLessThan(20_000n);
  });

  test("behavior: Theorem 3 holds where the search ends, with at most 1 µUSD to spare", () => {
    const { score } = climb({ starts: 16, steps: 1_000, ...caseSearch(uniform(seed + 2), 0.75, settlementSlack) });
    expect(score).toBeGreaterThanOrEqual(0n);
    expect(score).toBeLessThanOrEqual(1n);
  });

  test("behavior: entries rounded up one by one break Lemma 1, and the search finds it", () => {
    const rounded = (model: Parameters<typeof riskMatrix>[0]): Matrix =>
      exactRisk(model).map((row) => row.map((entry) => roundUp(entry)));
    const search = shapeSearch(uniform(seed + 3), (matrix, v) => relative(matrix, v), rounded);
    expect(climb({ starts: 6, steps: 600, ...search }).score).toBeLessThan(0);
  });

  test("behavior: Q_ii above h_i² breaks Theorem 2, and the search finds it", () => {
    // Amounts at which a micro-dollar does not matter.
    const less = (c: Case): Case => ({
      ...c,
      amount: c.amount.map((a) => a << 30n),
      haircut: c.haircut.map((h) => (h * 8n) / 10n),
    });
    const search = caseSearch(uniform(seed + 4), 0, (c) => marginSlack(less(c)));
    expect(climb({ starts: 6, steps: 1_500, ...search }).score).toBeLessThan(0n);
  });
});

describe("what the hypotheses are for", () => {
  const full = (entries: readonly (readonly bigint[])[]): Matrix =>
    Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (__, j) => entries[i]?.[j] ?? 0n));
  const whole = (...usd: bigint[]): bigint[] =>
    Array.from({ length: 8 }, (_, i) => (usd[i] ?? 0n) * 1_000_000n * 2n ** 64n);

  test("behavior: ρ₁₂ = ρ₁₃ = 0.9, ρ₂₃ = 0 is no RiskSet's matrix: a higher price lowers the margin", () => {
    const [h, d] = [8_000n, 64_000_000n];
    const matrix = full([[d, (d * 9n) / 10n, (d * 9n) / 10n], [(d * 9n) / 10n, d, 0n], [(d * 9n) / 10n, 0n, d]]); // prettier-ignore
    const c = {
      amount: [0n, 1_000n, 1_000n, 0n, 0n, 0n, 0n, 0n],
      floorX64: whole(1n, 1n, 1n),
      priceX64: whole(1n, 1n, 1n),
      haircut: [h, h, h, 0n, 0n, 0n, 0n, 0n],
      matrix,
    };
    const more = { ...c, amount: [100n, 1_000n, 1_000n, 0n, 0n, 0n, 0n, 0n] };
    expect(marginAt(more, c.priceX64)).toBeLessThan(marginAt(c, c.priceX64));
  });

  test("behavior: flooring loses semidefiniteness, so two locks can prove more than one lock of both", () => {
    // Four assets at 0°, 45°, 90° and 135° of two factors; σ = 0.1, z = 1.
    const cos = [1_000_000_000, 707_106_781, 0, -707_106_781].map((x) => BigInt(x) / 10n);
    const sin = [0, 707_106_781, 1_000_000_000, 707_106_781].map((x) => BigInt(x) / 10n);
    const nothing = [0n, 0n, 0n, 0n];
    const model = {
      haircutFactors: [9_000, 9_000, 9_000, 9_000, 0, 0, 0, 0],
      loadings: [[...cos, ...nothing], [...sin, ...nothing]],
      specificVariance: Array<bigint>(8).fill(0n),
      zE4: 10_000,
    }; // prettier-ignore
    const matrix = riskMatrix(model);
    const margin = (...amount: bigint[]): bigint =>
      marginAt(
        {
          amount: [...amount, ...nothing],
          floorX64: whole(1n, 1n, 1n, 1n),
          priceX64: whole(1n, 1n, 1n, 1n),
          haircut: model.haircutFactors.map(BigInt),
          matrix,
        },
        whole(1n, 1n, 1n, 1n),
      );
    const [one, other] = [margin(1_000n, 0n, 1_618n, 0n), margin(0n, 1_618n, 0n, 1_000n)];
    const both = margin(1_000n, 1_618n, 1_618n, 1_000n);
    expect(one + other).toBeGreaterThan(both);

    // Under the covariance itself, before flooring, the whole covers the sum of the parts.
    const signed = exactRisk(model).map((row) => row.map((entry) => entry / 10n ** 18n));
    const v = [1_000n, 1_618n, 1_618n, 1_000n, ...nothing].map((x) => x * 1_000_000n);
    const haircutValue = v.reduce((sum, vi) => sum + vi * 9_000n, 0n);
    const deviation = BigInt(Math.ceil(Math.sqrt(Number(quadratic(signed, v)))));
    expect(haircutValue - deviation).toBeGreaterThan(one + other);
  });

  test("behavior: 7 µUSD would not do for eight slots: M = 63 is provable, M = 55 is not once its prices fell by nothing", () => {
    // By hand: v_i = 9, h = 0.875, so 8·9·0.875 = 63 exactly. s_i = 0.875: ⌊7.875⌋ = 7 a slot, V_s = 56 = M − 7.
    const c = {
      amount: Array<bigint>(8).fill(9n),
      floorX64: Array<bigint>(8).fill(2n ** 64n),
      priceX64: Array<bigint>(8).fill(2n ** 64n),
      haircut: Array<bigint>(8).fill(8_750n),
      matrix: full([]),
    };
    expect(provableCoverage(c)).toBe(63n);
    expect(settledValue(c)).toBe(56n);
  });

  test("behavior: 8 µUSD is needed to prove again at other prices", () => {
    // By hand: 1,250 µUSD a slot at h = 0.98 are M = 9,800. At λ = x/9,800 each is worth 25x/196 µUSD; x = 9,753 leaves 195/196 of a
    // micro-dollar in each, and flooring all eight takes 7.8 off ⌊λM⌋ = 9,753.
    const x = [...Array(9_800).keys()].reverse().find((n) => (25 * n) % 196 === 195)!;
    const c = {
      amount: Array<bigint>(8).fill(1_250n),
      floorX64: Array<bigint>(8).fill(2n ** 64n),
      priceX64: Array<bigint>(8).fill(divideUp(2n ** 64n * BigInt(x), 9_800n)),
      haircut: Array<bigint>(8).fill(9_800n),
      matrix: full([]),
    };
    expect(provableCoverage(c)).toBe(9_800n);
    expect(scaledCoverage(c, 9_800n)).toBe(BigInt(x));
    const reproves = (coverage: bigint): boolean =>
      covers(c.amount, c.priceX64, c.haircut, c.matrix.map((row) => [...row]), coverage); // prettier-ignore
    expect(reproves(BigInt(x) - 8n)).toBe(true);
    expect(reproves(BigInt(x) - 7n)).toBe(false);
  });
});

/** The least of Lemma 1's differences over the slots, as a share of Q_ii·vᵀQv. */
function relative(matrix: Matrix, v: readonly bigint[]): number {
  const form = quadratic(matrix, v);
  let least = 1;
  for (let i = 0; i < 8; i++) {
    const bound = matrix[i]![i]! * form;
    if (bound === 0n) continue;
    const share = Number((lemma(matrix, v, i) * 10n ** 15n) / bound) / 1e15;
    // Division truncates towards 0: keep the sign of a difference that is smaller than that.
    const exact = lemma(matrix, v, i) < 0n && share === 0 ? -1e-16 : share;
    if (exact < least) least = exact;
  }
  return least;
}

function one_(one: bigint): bigint[] {
  return Array<bigint>(8).fill(one);
}
