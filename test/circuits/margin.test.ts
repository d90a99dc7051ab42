import { describe, expect, test } from "vitest";

import { expectAccepted, expectPinned, expectRejected } from "../support/circuits/expect.ts";
import { loadCircuit } from "../support/circuits/harness.ts";
import type { Inputs } from "../support/circuits/harness.ts";
import {
  haircut,
  lock,
  marginCase,
  marginId,
  marginPublic,
  marginSample,
  matrix,
  prices,
  replace,
  trusteeSecret,
} from "../support/circuits/samples.ts";
import type { MarginCase, Sample } from "../support/circuits/samples.ts";
import { open, subgroupOrder } from "../support/reference/crypto.ts";
import { q } from "../support/reference/field.ts";
import * as notes from "../support/reference/notes.ts";
import { covers, largestCoverage, packHaircuts, packRisk } from "../support/reference/risk.ts";

const circuit = loadCircuit("margin");
const zero = Array.from({ length: 8 }, () => 0n);
const noRisk = Array.from({ length: 8 }, () => zero);
const full = Array.from({ length: 8 }, () => 10_000n);

const accept = (change: Partial<MarginCase>): Promise<bigint[]> =>
  expectAccepted(circuit, marginSample(marginCase(change)));
const reject = (change: Partial<MarginCase>): Promise<void> =>
  expectRejected(circuit, marginSample(marginCase(change)));

describe("margin", () => {
  test("default: a lock covers M under a full risk matrix, and every wire is pinned", async () => {
    const witness = await accept({});
    expectPinned(circuit, witness, [/\.zeropoint\.inv$/]);
  });

  test("behavior: the trustee reads the opening", () => {
    const { inputs } = marginSample(marginCase());
    const sealed = {
      ephemeral: { x: inputs.ephemeralX as bigint, y: inputs.ephemeralY as bigint },
      sealed: inputs.sealed as bigint[],
    };
    const [lo, hi] = notes.packAmounts(lock.amount);
    expect(open(trusteeSecret, sealed, inputs.lockNullifier as bigint)).toEqual([
      lo,
      hi,
      lock.blinding,
      lock.owner,
      BigInt(lock.leafIndex),
    ]);
  });

  const onlyTwo = prices.map((price, i) => (i < 2 ? price : 0n));
  const diagonal = matrix.map((row, i) => row.map((value, j) => (i === j ? value : 0n)));
  test.each([
    ["static ratio", prices, noRisk],
    ["dynamic VaR", prices, diagonal],
    ["portfolio margin", prices, matrix],
    ["two relied-on slots", onlyTwo, matrix],
  ])("behavior: the largest coverage passes, one more does not (%s)", async (_, floorX64, risk) => {
    const coverage = largestCoverage(lock.amount, floorX64, haircut, risk);
    expect(coverage).toBeGreaterThan(0n);
    await accept({ floorX64, riskPacked: packRisk(risk), coverage });
    await reject({ floorX64, riskPacked: packRisk(risk), coverage: coverage + 1n });
  });

  test("behavior: an off-diagonal entry counts twice, on every position", async () => {
    for (const [i, j] of [
      [0, 7],
      [3, 4],
      [6, 7],
    ] as const) {
      const risk = noRisk.map((row) => [...row]);
      risk[i]![j] = risk[j]![i] = 50_000_000n;
      const amount = zero.map((_, k) => (k === i || k === j ? 10n ** 9n : 0n));
      const given = {
        note: { ...lock, amount },
        floorX64: zero.map(() => 2n ** 64n),
        haircutsPacked: packHaircuts(full),
        riskPacked: packRisk(risk),
      };
      const coverage = largestCoverage(amount, given.floorX64, full, risk);
      expect(covers(amount, given.floorX64, full, risk, coverage + 1n)).toBe(false);
      await accept({ ...given, coverage });
      await reject({ ...given, coverage: coverage + 1n });
    }
  });

  test("behavior: M = 0 at no floors (a release needs no price)", async () => {
    await accept({ coverage: 0n, floorX64: zero, haircutsPacked: 0n, riskPacked: [0n, 0n, 0n, 0n] });
  });

  test("behavior: values round down to 64 bits and no further", async () => {
    const note = { ...lock, amount: zero.map(() => 2n ** 63n - 1n) };
    const given = { note, haircutsPacked: packHaircuts(full), riskPacked: packRisk(noRisk) };
    // (2^63 − 1)·(2^65 + 4) = 2^128 − 4, the last one below 2^64 after the shift.
    const fits = 2n ** 65n + 4n;
    const value = ((2n ** 63n - 1n) * fits) >> 64n;
    expect(value).toBe(2n ** 64n - 1n);
    await accept({ ...given, floorX64: zero.map(() => fits), coverage: 2n ** 64n - 1n });
    await reject({ ...given, floorX64: zero.map(() => 2n ** 65n + 5n), coverage: 1n });
    await reject({ ...given, floorX64: zero.map(() => 2n ** 96n - 1n), coverage: 1n });
  });

  test("behavior: the widest haircut and risk lanes", async () => {
    await accept({ haircutsPacked: 2n ** 128n - 1n, coverage: 1n, riskPacked: packRisk(noRisk) });
    await accept({ riskPacked: zero.slice(4).map(() => 2n ** 252n - 1n), floorX64: zero, coverage: 0n });
    await accept({ ephemeralSecret: 2n ** 251n - 1n });
    await accept({ ephemeralSecret: 1n });
    await accept({ ephemeralSecret: subgroupOrder + 1n });
  });

  const good = marginSample(marginCase());
  const lie = (change: Inputs): Sample => replace(marginId, good, marginPublic, change);
  const sealed = good.inputs.sealed as bigint[];
  const cases: [string, () => Sample][] = [
    ["M of 2^64", () => lie({ coverage: 2n ** 64n })],
    ["M of 10^-4 modulo q, which makes 10^4·M = 1", () => lie({ coverage: modularInverse(10_000n) })],
    ["M of q − 1", () => lie({ coverage: q - 1n })],
    ["another root", () => lie({ root: 1n })],
    ["another domain", () => lie({ domain: lock.domain + 1n })],
    ["another controller", () => lie({ controller: lock.controller + 1n })],
    ["a free note", () => marginSample(marginCase({ note: { ...lock, domain: 0n, controller: 0n } }))],
    ["another lock nullifier", () => lie({ lockNullifier: 1n })],
    [
      "a lock nullifier of a position beyond the tree",
      () => {
        const beyond = BigInt(lock.leafIndex) + 2n ** 32n;
        return lie({ lockNullifier: notes.lockNullifier(lock.blinding, beyond), leafIndex: beyond });
      },
    ],
    ["another position", () => lie({ leafIndex: BigInt(lock.leafIndex) ^ 1n })],
    ["another amount", () => lie({ amount: [lock.amount[0]! + 1n, ...lock.amount.slice(1)] })],
    [
      "a unit of one slot opened as 2^63 of the slot below",
      () => {
        const amount = [lock.amount[0]! + 2n ** 63n, lock.amount[1]! - 1n, ...lock.amount.slice(2)];
        return lie({ amount });
      },
    ],
    ["a haircut word of 129 bits", () => lie({ haircutsPacked: 2n ** 128n })],
    ["a risk word of 253 bits", () => lie({ riskPacked: [2n ** 252n, 0n, 0n, 0n] })],
    ["another owner", () => lie({ owner: 1n })],
    ["another blinding", () => lie({ blinding: 1n })],
    ...sealed.map((value, j): [string, () => Sample] => [
      `another sealed word ${j}`,
      () => lie({ sealed: sealed.map((word, k) => (k === j ? (value + 1n) % q : word)) }),
    ]),
    ["another ephemeral key", () => lie({ ephemeralX: 0n, ephemeralY: 1n })],
    ["the negated ephemeral key", () => lie({ ephemeralX: q - (good.inputs.ephemeralX as bigint) })],
    [
      "an opening sealed to another key",
      () =>
        lie({
          trusteeX: marginSample(marginCase({ ephemeralSecret: 7n })).inputs.ephemeralX!,
          trusteeY: marginSample(marginCase({ ephemeralSecret: 7n })).inputs.ephemeralY!,
        }),
    ],
    ["an ephemeral secret of 2^251", () => lie({ ephemeralSecret: 2n ** 251n })],
    // The seal is right, but under the identity: the trustee's software refuses to open it, so nobody could settle the lock.
    ["an ephemeral secret of 0", () => marginSample(marginCase({ ephemeralSecret: 0n }))],
    ["an ephemeral secret of the group order", () => marginSample(marginCase({ ephemeralSecret: subgroupOrder }))],
  ];

  test.each(cases)("error: %s", async (_, sample) => {
    await expectRejected(circuit, sample());
  });

  test("behavior: c does not depend on r, y does", async () => {
    const first = await circuit.witness(good.inputs);
    const second = await circuit.witness({ ...good.inputs, r: 5n });
    expect(second[1]).toBe(first[1]);
    expect(second[2]).not.toBe(first[2]);
  });
});

function modularInverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, value, q - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % q;
    base = (base * base) % q;
  }
  return result;
}
