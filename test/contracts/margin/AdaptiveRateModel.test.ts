import fc from "fast-check";
import { network } from "hardhat";
import type { Address } from "viem";
import { describe, expect, test } from "vitest";

import { hardhatArtifact } from "../../../scripts/deploy/artifacts.ts";
import { AdaptiveRate, exp, toWad } from "../../support/reference/adaptiveRate.ts";

const seed = 50_490;
const YEAR = 365n * 86_400n;

/** Cash and debt of any size, at every utilisation, and times from a second to years. */
const step = fc.tuple(
  fc.oneof(fc.bigInt(0n, 1_000n), fc.bigInt(0n, 2n ** 112n)),
  fc.oneof(fc.constantFrom(0n, 1n), fc.bigInt(0n, 2n ** 112n)),
  fc.oneof(fc.bigInt(0n, 86_400n), fc.bigInt(0n, 20n * 86_400n), fc.bigInt(0n, 3n * YEAR)),
  fc.bigInt(0n, 10n ** 6n),
);

describe("AdaptiveRateModel", () => {
  test("default: the reference's exponential is e^x: e, and e^−3 to 30 digits", () => {
    expect(exp(10n ** 60n) / 10n ** 30n).toBe(2_718281828459045235360287471352n);
    expect(exp(-3n * 10n ** 60n) / 10n ** 30n).toBe(49787068367863942979342415650n);
  });

  test(`behavior: a history of rates is the specification's, up by its rounding alone, seed ${seed}`, async () => {
    const { viem } = await network.create();
    const reader = await viem.getPublicClient();
    const [pool] = await viem.getWalletClients();
    const { abi, bytecode } = hardhatArtifact("margin/AdaptiveRateModel");
    const deployment = await pool!.deployContract({ abi, bytecode });
    const address: Address = (await reader.waitForTransactionReceipt({ hash: deployment })).contractAddress!;
    const read = async (functionName: string, ...args: unknown[]) =>
      (await reader.readContract({ address, abi, functionName, args })) as bigint;

    const reference = new AdaptiveRate();
    const who = pool!.account.address;
    let moved = 0;
    for (const [cash, debt, elapsed, utilisation] of fc.sample(step, { seed, numRuns: 150 })) {
      // Half the time at a utilisation near which a pool lives, where the rate is between its bounds.
      const near = utilisation % 2n === 0n;
      const state = near ? [10n ** 17n + utilisation * 10n ** 9n, 9n * 10n ** 17n] : [cash, debt];
      const args = [...state, elapsed] as [bigint, bigint, bigint];
      const perSecond = await read("ratePerSecondWad", who, ...args);
      const hash = await pool!.writeContract({ address, abi, functionName: "advance", args });
      expect((await reader.waitForTransactionReceipt({ hash })).status).toBe("success");
      const { rate, exact } = reference.advance(...args);
      const atTarget = await read("rateAtTarget", who);

      // Every accrual rounds its state up by less than three units in the 18th digit; an error of utilisation in that digit counts 30-fold and with time.
      expect(closeUp(atTarget, toWad(reference.atTarget))).toBe(true);
      expect(closeUp(perSecond, (toWad(rate) + YEAR - 1n) / YEAR)).toBe(true);
      if (exact !== undefined) expect(perSecond * YEAR).toBeGreaterThanOrEqual(toWad(exact));
      if (atTarget > 10n ** 15n && atTarget < 2n * 10n ** 18n) moved += 1;
    }
    expect(moved).toBeGreaterThan(40);
  });
});

/** At most 10⁻¹² above, and not below by more than the reference's own last digit. */
const closeUp = (got: bigint, expected: bigint) => got + 1n >= expected && got <= expected + expected / 10n ** 12n + 2n;
