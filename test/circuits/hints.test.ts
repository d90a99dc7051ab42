import { beforeAll, describe, expect, test } from "vitest";

import { expectOnlyRefusedBy } from "../support/circuits/expect.ts";
import { loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem } from "../support/circuits/harness.ts";
import type { Lie } from "../support/circuits/lenient.ts";
import { aliasOfBits, allIsZero } from "../support/circuits/lies.ts";
import { none } from "../support/circuits/samples.ts";
import { createRandom, q } from "../support/reference/field.ts";
import { single } from "../support/reference/notes.ts";

// Every hint (`<--`) of our own templates, given other values that are consistent with each other.

const quotient = "quotient <-- product >> 64;";
const remainder = "signal remainder <-- product & ((1 << 64) - 1);";
const seized = "seized <-- (product + den - 1) \\ den;";

describe("MulShift64", () => {
  let component: ConstraintSystem;
  beforeAll(async () => {
    component = await loadComponent("ranges.circom", "MulShift64(64)");
  });

  test.each<[string, Lie[]]>([
    [
      "one more",
      [
        [quotient, "quotient <-- (product >> 64) + 1;"],
        [remainder, "signal remainder <-- (product & ((1 << 64) - 1)) - (1 << 64);"],
      ],
    ],
    [
      "one less",
      [
        [quotient, "quotient <-- (product >> 64) - 1;"],
        [remainder, "signal remainder <-- (product & ((1 << 64) - 1)) + (1 << 64);"],
      ],
    ],
    [
      "the quotient in the field",
      [
        [quotient, "quotient <-- product / (1 << 64);"],
        [remainder, "signal remainder <-- 0;"],
      ],
    ],
    [
      "the largest quotient",
      [
        [quotient, "quotient <-- (1 << 64) - 1;"],
        [remainder, "signal remainder <-- product - ((1 << 64) - 1) * (1 << 64);"],
      ],
    ],
  ])("error: %s", async (_, lies) => {
    const inputs = { a: 2n ** 63n - 1n, b: 2n ** 64n + 12_345n };
    expect(component.violations(await component.lenientWitness(inputs))).toEqual([]);
    await expectOnlyRefusedBy(component, inputs, lies, /Range_\d\.bits/);
  });
});

describe("Seize", () => {
  let component: ConstraintSystem;
  beforeAll(async () => {
    component = await loadComponent("settle.circom", "Seize()");
  });
  const inputs = { amount: 1_000_003n, price: 1n, num: 77n, den: 2n ** 97n + 1n };
  const exact = { amount: 1000n, price: 1n, num: 77n, den: 100n };

  test.each<[string, string]>([
    ["one more", "seized <-- (product + den - 1) \\ den + 1;"],
    ["one less", "seized <-- (product + den - 1) \\ den - 1;"],
    ["nothing", "seized <-- 0;"],
    ["everything and more", "seized <-- (1 << 63) - 1;"],
  ])("error: %s", async (_, instead) => {
    for (const given of [inputs, exact]) {
      expect(component.violations(await component.lenientWitness(given))).toEqual([]);
      await expectOnlyRefusedBy(component, given, [[seized, instead]], /Range_\d\.bits/);
    }
  });

  test("error: the share in the field, without an excess", async () => {
    await expectOnlyRefusedBy(component, inputs, [[seized, "seized <-- product / den;"]], /Range_\d\.bits/);
  });

  test("error: something of a slot without a price", async () => {
    await expectOnlyRefusedBy(component, { ...inputs, price: 0n }, [[seized, "seized <-- 1;"]], /Range_\d\.bits/);
  });
});

describe("CanonicalLow250", () => {
  test("error: the bits of the hash plus q", async () => {
    const component = await loadComponent("settle.circom", "CanonicalLow250()");
    const random = createRandom(51);
    // 2^254 − q ≈ 0.32·q: up to there both forms have 254 bits.
    for (const hash of [0n, 1n, 2n ** 254n - q - 1n, random(252), random(252)]) {
      expect(component.violations(await component.lenientWitness({ in: hash }))).toEqual([]);
      await expectOnlyRefusedBy(component, { in: hash }, [aliasOfBits], /Range_0\.bits/);
    }
    for (const hash of [2n ** 128n - 1n, q - 1n - 2n ** 128n]) {
      expect(component.violations(await component.lenientWitness({ in: hash }))).toEqual([]);
    }
    // Refused for want of a comparison of the lower bits.
    expect(component.violations(await component.lenientWitness({ in: q - 1n }))).not.toEqual([]);
  });
});

describe("NonZero", () => {
  test.each(["1", "0", "in"])("error: 0 with the inverse %s", async (inverse) => {
    const component = await loadComponent("ranges.circom", "NonZero()");
    const lie: Lie = ["signal inverse <-- in != 0 ? 1 / in : 0;", `signal inverse <-- ${inverse};`];
    await expectOnlyRefusedBy(component, { in: 0n }, [lie], /inverse/);
  });
});

describe("SpendInput", () => {
  test("error: a note with amounts that calls itself a dummy and is in no tree", async () => {
    const component = await loadComponent("transact.circom", "SpendInput(1)");
    const given = {
      ...{ keyX: 1n, keyY: 2n, root: 3n, nullifyingKey: 4n, blinding: 5n, leafIndex: 2n },
      sibling: [[0n, 0n, 0n]],
    };
    const dummy = { ...given, amount: none };
    expect(component.violations(await component.lenientWitness(dummy))).toEqual([]);
    for (const amount of [single(0, 1n), single(7, 2n ** 63n - 1n)]) {
      await expectOnlyRefusedBy(component, { ...given, amount }, [allIsZero], /isDummy|IsZero_0/);
    }
  });
});
