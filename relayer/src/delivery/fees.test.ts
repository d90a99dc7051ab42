import { describe, expect, test } from "vitest";
import { escalatedFees, initialFees, type FeePolicy } from "./fees.ts";

const gwei = 1_000_000_000n;
const policy: FeePolicy = {
  maxFeePerGas: 500n * gwei,
  maxPriorityFeePerGas: 5n * gwei,
  escalatePercent: 13,
  capMultiple: 3,
};

describe("initialFees", () => {
  test("default: twice the base fee and the tip", () => {
    expect(initialFees({ baseFeePerGas: 10n * gwei, suggestedPriorityFee: gwei }, policy)).toEqual({
      maxFeePerGas: 21n * gwei,
      maxPriorityFeePerGas: gwei,
    });
  });
  test("behavior: never above the policy, and the tip never above the fee", () => {
    const tight = { ...policy, maxFeePerGas: 2n, maxPriorityFeePerGas: 5n * gwei };
    expect(initialFees({ baseFeePerGas: 10n * gwei, suggestedPriorityFee: 9n * gwei }, tight)).toEqual({
      maxFeePerGas: 2n,
      maxPriorityFeePerGas: 2n,
    });
  });
});

describe("escalatedFees", () => {
  const first = { maxFeePerGas: 21n * gwei, maxPriorityFeePerGas: gwei };
  const calm = { baseFeePerGas: 10n * gwei, suggestedPriorityFee: gwei };

  test("default: both fees rise by the percentage", () => {
    expect(escalatedFees(first, first, calm, policy)).toEqual({
      maxFeePerGas: (21n * gwei * 113n) / 100n,
      maxPriorityFeePerGas: (gwei * 113n) / 100n,
    });
  });
  test("behavior: follows a base-fee spike, up to the cap", () => {
    const spike = { baseFeePerGas: 25n * gwei, suggestedPriorityFee: gwei };
    expect(escalatedFees(first, first, spike, policy)?.maxFeePerGas).toBe(51_130_000_000n);
    const storm = { baseFeePerGas: 900n * gwei, suggestedPriorityFee: gwei };
    expect(escalatedFees(first, first, storm, policy)?.maxFeePerGas).toBe(63n * gwei); // 3 × the first
  });
  test("behavior: rises at least 10 % from 1 wei", () => {
    expect(
      escalatedFees(
        { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n },
        { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n },
        { baseFeePerGas: 0n, suggestedPriorityFee: 0n },
        policy,
      ),
    ).toEqual({
      maxFeePerGas: 12n,
      maxPriorityFeePerGas: 2n,
    });
  });
  test("behavior: stops at the cap instead of sending a raise that nodes refuse", () => {
    let last = first;
    let raises = 0;
    for (
      let next = escalatedFees(first, last, calm, policy);
      next !== undefined;
      next = escalatedFees(first, last, calm, policy)
    ) {
      expect(next.maxFeePerGas * 10n).toBeGreaterThanOrEqual(last.maxFeePerGas * 11n);
      expect(next.maxPriorityFeePerGas * 10n).toBeGreaterThanOrEqual(last.maxPriorityFeePerGas * 11n);
      expect(next.maxFeePerGas).toBeLessThanOrEqual(3n * first.maxFeePerGas);
      last = next;
      raises++;
    }
    expect(raises).toBe(8); // 1.13^8 < 3 < 1.13^9
  });
});
