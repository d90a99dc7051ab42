import { beforeAll, describe, expect, test } from "vitest";

import { loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem, Inputs } from "../support/circuits/harness.ts";
import { readVectors } from "../support/vectors/read.ts";

// The templates against test/vectors, which contracts and SDK are held to as well.

type Words = readonly bigint[];
interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const components = new Map<string, ConstraintSystem>();
beforeAll(async () => {
  const load = async (file: string, call: string, ...inputs: string[]): Promise<void> => {
    components.set(call, await loadComponent(file, call, inputs));
  };
  await load("ranges.circom", "PackedAmounts()", "amount");
  for (const call of ["MulShift64(64)", "MulShift64(95)"]) await load("ranges.circom", call, "a", "b");
  await load("settle.circom", "ClaimShare()", "claim", "total");
  await load("settle.circom", "Seize()", "amount", "price", "num", "den");
  await load("margin.circom", "Covers()", "value", "haircutsPacked", "riskPacked", "coverage");
  await load("batch.circom", "EntryLeaf()", "value", "meta");
  await load("note.circom", "NoteCommitment()");
  await load("digest.circom", "InputDigest(3, 8)");
  await load("signature.circom", "VerifySignature()");
});

/** Outputs if the constraints hold. */
async function outputs(call: string, inputs: Inputs, count: number): Promise<readonly bigint[] | "refused"> {
  const { publicSignals, violations } = await components.get(call)!.attempt(inputs);
  return violations.length === 0 ? publicSignals.slice(0, count) : "refused";
}

describe("templates against the vectors", () => {
  test("behavior: packed amounts and commitments", async () => {
    const { notes } = readVectors<{ notes: (Record<string, bigint> & { amount: Words })[] }>("notes");
    for (const { amount, pre, lo, hi, domain, controller, commitment } of notes) {
      expect(await outputs("PackedAmounts()", { amount }, 2)).toEqual([lo, hi]);
      const opening = { pre: pre!, lo: lo!, hi: hi!, domain: domain!, controller: controller! };
      expect(await outputs("NoteCommitment()", opening, 1)).toEqual([commitment]);
    }
  });

  test("behavior: the input digest", async () => {
    const { cases } = readVectors<{ cases: { circuit: string; values: Words; c: bigint; r: bigint; y: bigint }[] }>(
      "digest",
    );
    const transacts = cases.filter(({ circuit }) => circuit === "transact");
    expect(transacts).toHaveLength(3);
    for (const { values, c, r, y } of transacts)
      expect(await outputs("InputDigest(3, 8)", { x: values, r }, 2)).toEqual([c, y]);
  });

  test("behavior: queue entries", async () => {
    const { entries, malformedMeta } = readVectors<{
      entries: Record<"value" | "meta" | "leaf", bigint>[];
      malformedMeta: Words;
    }>("queue");
    for (const { value, meta, leaf } of entries)
      expect(await outputs("EntryLeaf()", { value, meta }, 1)).toEqual([leaf]);
    for (const meta of malformedMeta) expect(await outputs("EntryLeaf()", { value: 5n, meta }, 1)).toBe("refused");
  });

  test("behavior: the largest coverage holds, one more does not", async () => {
    const { cases } = readVectors<{
      cases: (Record<"amounts" | "floorsX64" | "riskPacked" | "values", Words> &
        Record<"haircutsPacked" | "coverage" | "haircutValue" | "variance", bigint>)[];
    }>("margin");
    for (const given of cases) {
      const { amounts, floorsX64, values, haircutsPacked, riskPacked, coverage, haircutValue, variance } = given;
      for (const [i, value] of values.entries()) {
        expect(await outputs("MulShift64(64)", { a: amounts[i]!, b: floorsX64[i]! }, 1)).toEqual([value]);
      }
      const covers = (M: bigint) => outputs("Covers()", { value: values, haircutsPacked, riskPacked, coverage: M }, 0);
      // Where even M = 0 fails, 0 stands for "none".
      expect(await covers(coverage)).toEqual(haircutValue ** 2n >= variance ? [] : "refused");
      expect(await covers(coverage + 1n)).toBe("refused");
    }
  });

  test("behavior: what a claim takes", async () => {
    const { cases } = readVectors<{
      cases: (Record<"amounts" | "prices" | "seized", Words> & Record<"claim" | "total", bigint>)[];
    }>("settlement");
    for (const { amounts, prices, claim, total, seized } of cases) {
      const values = await Promise.all(amounts.map((a, i) => outputs("MulShift64(95)", { a, b: prices[i]! }, 1)));
      expect(values.reduce((sum, [value]) => sum + (value as bigint), 0n)).toBe(total);
      const [num, den] = (await outputs("ClaimShare()", { claim, total }, 2)) as Words;
      for (const [i, amount] of amounts.entries()) {
        expect(await outputs("Seize()", { amount, price: prices[i]!, num: num!, den: den! }, 1)).toEqual([seized[i]]);
      }
    }
  });

  test("behavior: signatures", async () => {
    interface Signed {
      readonly message: bigint;
      readonly key: Point;
      readonly r8: Point;
      readonly s: bigint;
    }
    const { accepted, refused } = readVectors<{ accepted: Signed[]; refused: Signed[] }>("eddsa");
    const verify = ({ message, key, r8, s }: Signed) =>
      outputs("VerifySignature()", { keyX: key.x, keyY: key.y, message, r8x: r8.x, r8y: r8.y, s }, 0);
    for (const signed of accepted) expect(await verify(signed)).toEqual([]);
    for (const signed of refused) expect(await verify(signed)).toBe("refused");
  });
});
