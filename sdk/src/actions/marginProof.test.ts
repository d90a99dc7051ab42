import { describe, expect, test } from "vitest";

import { mostCoverage } from "./marginProof.ts";

/** µUSD. */
const usd = (dollars: number) => BigInt(dollars) * 1_000_000n;
const source = {
  maxCoveragePerLock: usd(500_000),
  exposureCap: usd(10_000_000),
  exposure: usd(1_000_000),
  coverageAvailable: usd(2_000_000),
};

describe("mostCoverage", () => {
  test("default: a lock's own limit", () => {
    expect(mostCoverage(source, 0n)).toBe(usd(500_000));
  });

  test("behavior: the room under the exposure cap, and in the bucket, on top of what the lock has", () => {
    expect(mostCoverage({ ...source, exposure: usd(9_900_000) }, usd(100_000))).toBe(usd(200_000));
    expect(mostCoverage({ ...source, coverageAvailable: usd(50_000) }, usd(100_000))).toBe(usd(150_000));
  });

  test("behavior: limits that were lowered let a lock keep what it has", () => {
    const closed = { maxCoveragePerLock: 0n, exposureCap: 0n, exposure: usd(1_000_000), coverageAvailable: 0n };
    expect(mostCoverage(closed, usd(100_000))).toBe(usd(100_000));
  });

  test("behavior: without any room the contract says when there will be", () => {
    expect(mostCoverage({ ...source, coverageAvailable: 9n }, 0n)).toBe(usd(500_000));
  });
});
