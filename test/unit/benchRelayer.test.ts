import { describe, expect, test } from "vitest";

import { parseMetrics } from "../bench/relayer/processSample.ts";
import { stageTimes } from "../bench/relayer/stages.ts";
import { fitLine, percentiles } from "../bench/relayer/statistics.ts";

describe("percentiles", () => {
  test("default: by nearest rank", () => {
    // The example of the nearest-rank method that everybody copies: 15, 20, 35, 40, 50 → p50 is 35, p95 is 50.
    expect(percentiles([40, 15, 50, 35, 20])).toEqual({ count: 5, p50: 35, p95: 50, p99: 50, max: 50 });
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentiles(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  });

  test("error: nothing has no percentiles", () => {
    expect(() => percentiles([])).toThrow(RangeError);
  });
});

describe("fitLine", () => {
  /** Park and Miller's generator, to (−0.5, 0.5). */
  function noise(seed: number): () => number {
    let state = seed;
    return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  }

  test("default: slope and error of Anscombe's first set", () => {
    // Anscombe 1973: y = 3.00 + 0.500·x, standard error of the slope 0.118, 11 points; Student's t at 97.5 % and 9 degrees is 2.262.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const line = fitLine(x.map((each, i) => ({ x: each, y: y[i]! })));
    expect(line.slope).toBeCloseTo(0.5001, 4);
    expect(line.intercept).toBeCloseTo(3.0001, 3);
    expect(line.autocorrelation).toBe(0); // its residuals alternate
    expect(line.halfWidth).toBeCloseTo(2.262 * 0.1179, 2);
    expect(line.isSignificant).toBe(true);
  });

  test("behavior: a level with noise has no slope, a slope in the same noise is found", () => {
    const random = noise(7);
    const flat = Array.from({ length: 60 }, (_, i) => ({ x: i / 60, y: 700 + 10 * random() }));
    expect(fitLine(flat).isSignificant).toBe(false);
    const rising = flat.map(({ x, y }) => ({ x, y: y + 12 * x }));
    const line = fitLine(rising);
    expect(line.isSignificant).toBe(true);
    expect(Math.abs(line.slope - 12 - fitLine(flat).slope)).toBeLessThan(1e-9);
  });

  test("behavior: in 400 levels of independent noise about one in twenty looks like a slope", () => {
    let found = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = noise(seed * 7_919);
      if (fitLine(Array.from({ length: 45 }, (_, i) => ({ x: i, y: random() }))).isSignificant) found++;
    }
    expect(found / 400).toBeLessThan(0.08);
    expect(found / 400).toBeGreaterThan(0.005);
  });

  test("behavior: a wandering level is told from a trend more reluctantly than its points alone would", () => {
    const random = noise(3);
    let level = 0;
    const wandering = Array.from({ length: 60 }, (_, i) => ({ x: i, y: (level = 0.9 * level + random()) }));
    expect(fitLine(wandering).autocorrelation).toBeGreaterThan(0.5);
  });

  test("error: too few points", () => {
    expect(() => fitLine([{ x: 0, y: 0 }])).toThrow(RangeError);
  });
});

test("parseMetrics: names with their labels", () => {
  const text = '# HELP a b\na{kind="x",state="dead"} 3\nnodejs_heap 1.5e+6\n';
  expect([...parseMetrics(text)]).toEqual([
    ['a{kind="x",state="dead"}', 3],
    ["nodejs_heap", 1_500_000],
  ]);
});

test("stageTimes: first sending and done of each message, by kind", () => {
  const moved = (message: string, state: string, ageMs: number) =>
    ({ time: "", level: "info", msg: "moved", message, state, ageMs }) as const;
  const log = [
    moved("dvn:0x1", "sending", 500),
    moved("dvn:0x1", "sending", 900), // sent again
    moved("dvn:0x1", "done", 3_500),
    moved("commit:0x1", "done", 4_000), // another relayer did it
  ];
  expect(stageTimes(log)).toMatchObject({
    dvn: { submitted: { count: 1, p50: 0.5 }, final: { p50: 3 }, whole: { p50: 3.5 } },
    commit: { whole: { p50: 4 } },
  });
  expect(stageTimes(log).commit).not.toHaveProperty("submitted");
});
