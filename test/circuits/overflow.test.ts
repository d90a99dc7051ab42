import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, test } from "vitest";

import { readInstances, valueCount } from "../../circuits/codegen/instances.ts";
import { loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem, Inputs } from "../support/circuits/harness.ts";
import { climb, note, ownerKey, pack, precommitment, spendNullifier } from "../support/model/lock.ts";
import { evaluate, readRows, renderTable, tablePath } from "../support/overflow/table.ts";
import { q } from "../support/reference/field.ts";

const rows = readRows();
const row = (template: string, quantity: string): bigint => {
  const found = rows.find((one) => one.template === template && one.quantity === quantity);
  if (found === undefined) throw new Error(`no row ${template}, ${quantity} in circuits/overflow.json`);
  return evaluate(found.maximum);
};
const ones = (bits: number): bigint => 2n ** BigInt(bits) - 1n;
const eight = (value: bigint): bigint[] => Array.from({ length: 8 }, () => value);
const sumOf = (count: number, term: (i: number) => bigint): bigint =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((sum, value) => sum + value, 0n);

/** Operands at their largest, added and multiplied as the template does. */
const derived: readonly (readonly [template: string, quantity: string, value: bigint])[] = (() => {
  const [amount, price, value, haircut, risk] = [ones(63), ones(96), ones(64), ones(16), ones(28)];
  const V = sumOf(8, () => value * haircut);
  const rowOf = (i: number): bigint => value * sumOf(8 - i, (k) => (k === 0 ? 1n : 2n) * risk * value);
  const quotient = (amount * price) >> 64n;
  const word = sumOf(4, (i) => amount << BigInt(63 * i));
  const den = ones(98);
  return [
    ["PackedAmounts", "lo, hi", word],
    ["PackCheckedAmounts", "lo, hi (settle)", word],
    ["EntryLeaf", "meta", ones(68)],
    ["EntryLeaf", "amount + slot·2^63", amount + 7n * 2n ** 63n],
    ["EntryLeaf", "placed", amount << 189n],
    ["Lanes(8, 16)", "word", sumOf(8, (k) => haircut << BigInt(16 * k))],
    ["Lanes(9, 28)", "word", sumOf(9, (k) => risk << BigInt(28 * k))],
    ["MulShift64(64)", "product", amount * price],
    ["MulShift64(64)", "quotient·2^64 + remainder", (value << 64n) + ones(64)],
    ["MulShift64(95)", "quotient", quotient],
    ["MulShift64(95)", "quotient·2^64 + remainder", (ones(95) << 64n) + ones(64)],
    ["Covers", "weighted", value * haircut],
    ["Covers", "V", V],
    ["Covers", "10^4·M", 10_000n * ones(64)],
    ["Covers", "headroom", V],
    ["Covers", "square", V * V],
    ["Covers", "term", risk * value],
    ["Covers", "row sum", rowOf(0) / value],
    ["Covers", "row", rowOf(0)],
    ["Covers", "variance", sumOf(8, rowOf)],
    ["ClaimShare", "total", sumOf(8, () => quotient)],
    ["ClaimShare", "difference", ones(64) + 2n ** 98n],
    ["Seize", "product", amount * den],
    ["Seize", "den·seized", den * amount],
    ["Seize", "amount·num + excess", amount * den + ones(98)],
    ["Transact", "inputs", amount + amount],
    ["Transact", "outputs and withdrawal", amount + amount + amount],
    ["SpendInput", "lo + hi", word + word],
    ["PathRoot(16)", "index", sumOf(16, (k) => 3n << BigInt(2 * k))],
    ["CanonicalLow250", "top", ones(126)],
    ["CanonicalLow250", "bits 0…249", sumOf(250, (b) => 1n << BigInt(b))],
  ];
})();

describe("overflow budget", () => {
  test("default: each maximum follows from the operands', has its bits, and stays below its limit", () => {
    expect(derived.map(([template, quantity]) => [template, quantity])).toEqual(
      rows.map(({ template, quantity }) => [template, quantity]),
    );
    for (const [template, quantity, value] of derived)
      expect(row(template, quantity), `${template}, ${quantity}`).toBe(value);
    for (const { maximum, bits, limit, template, quantity } of rows) {
      const value = evaluate(maximum);
      expect(value.toString(2).length, `bits of ${template}, ${quantity}`).toBe(bits);
      expect(value < evaluate(limit) && evaluate(limit) <= q, `${template}, ${quantity} below ${limit}`).toBe(true);
    }
  });

  test("behavior: the table beside the circuits is the data", () => {
    expect(readFileSync(tablePath, "utf8"), "run `node test/support/overflow/table.ts --write`").toBe(
      renderTable(rows),
    );
  });

  test("behavior: no two circuits share the first word of the digest", () => {
    const words = [...readInstances().values()].map((instance) => {
      const m = valueCount(instance);
      expect(m).toBeLessThan(2 ** 32);
      return BigInt(instance.circuitId) * 2n ** 32n + BigInt(m);
    });
    expect(new Set(words).size).toBe(words.length);
    expect(words.every((word) => word < 2n ** 36n)).toBe(true);
  });
});

/** Outputs and named wires of a template at these inputs, and whether its constraints hold. */
async function run(component: ConstraintSystem, inputs: Inputs, ...signals: string[]) {
  const witness = await component.lenientWitness(inputs);
  return {
    holds: component.violations(witness).length === 0,
    wires: signals.map((signal) => witness[component.wireOf(`main.${signal}`)!]),
  };
}

describe("templates at their extremes", () => {
  const components = new Map<string, ConstraintSystem>();
  const load = async (file: string, call: string, ...inputs: string[]): Promise<void> => {
    components.set(call, await loadComponent(file, call, inputs));
  };
  const at = (call: string): ConstraintSystem => components.get(call)!;
  beforeAll(async () => {
    await load("ranges.circom", "PackedAmounts()", "amount");
    for (const call of ["Lanes(8, 16)", "Lanes(9, 28)"]) await load("ranges.circom", call, "word");
    for (const call of ["MulShift64(64)", "MulShift64(95)"]) await load("ranges.circom", call, "a", "b");
    await load("settle.circom", "ClaimShare()", "claim", "total");
    await load("settle.circom", "Seize()", "amount", "price", "num", "den");
    await load("settle.circom", "CanonicalLow250()", "in");
    await load("margin.circom", "Covers()", "value", "haircutsPacked", "riskPacked", "coverage");
    await load("batch.circom", "EntryLeaf()", "value", "meta");
    await load("transact.circom", "SpendInput(1)", "root");
  });

  test("behavior: PackedAmounts", async () => {
    const word = row("PackedAmounts", "lo, hi");
    expect(await run(at("PackedAmounts()"), { amount: eight(ones(63)) }, "lo", "hi")).toEqual({
      holds: true,
      wires: [word, word],
    });
    for (let slot = 0; slot < 8; slot++) {
      const amount = eight(0n).with(slot, 2n ** 63n);
      expect((await run(at("PackedAmounts()"), { amount })).holds).toBe(false);
    }
  });

  test("behavior: Lanes", async () => {
    for (const [call, count, width] of [
      ["Lanes(8, 16)", 8, 16],
      ["Lanes(9, 28)", 9, 28],
    ] as const) {
      const lanes = Array.from({ length: count }, (_, k) => `lane[${k}]`);
      const widest = await run(at(call), { word: row(call, "word") }, ...lanes);
      expect(widest).toEqual({ holds: true, wires: lanes.map(() => ones(width)) });
      expect((await run(at(call), { word: row(call, "word") + 1n })).holds).toBe(false);
    }
  });

  test("behavior: EntryLeaf", async () => {
    const placed = row("EntryLeaf", "placed");
    for (const [slot, lo, hi] of [
      [3n, placed, 0n],
      [7n, 0n, placed],
    ] as const) {
      const meta = 2n ** 66n + slot * 2n ** 63n + ones(63);
      const amount = eight(0n).with(Number(slot), ones(63));
      expect(pack(amount)).toEqual([lo, hi]);
      expect(await run(at("EntryLeaf()"), { value: q - 1n, meta }, "leaf")).toEqual({
        holds: true,
        wires: [note(q - 1n, amount)],
      });
    }
    for (const meta of [row("EntryLeaf", "meta"), row("EntryLeaf", "meta") + 1n]) {
      expect((await run(at("EntryLeaf()"), { value: 1n, meta })).holds).toBe(false);
    }
  });

  test("behavior: MulShift64: the widest product, the widest quotient, one more", async () => {
    const widest = { a: ones(63), b: ones(96) };
    expect(await run(at("MulShift64(95)"), widest, "quotient")).toEqual({
      holds: true,
      wires: [row("MulShift64(95)", "quotient")],
    });
    expect((await run(at("MulShift64(64)"), widest)).holds).toBe(false);
    expect(await run(at("MulShift64(64)"), { a: ones(63), b: 2n ** 65n + 4n }, "quotient")).toEqual({
      holds: true,
      wires: [ones(64)],
    });
    expect((await run(at("MulShift64(64)"), { a: ones(63), b: 2n ** 65n + 5n })).holds).toBe(false);
  });

  test("behavior: Covers", async () => {
    const widest = {
      value: eight(ones(64)),
      haircutsPacked: ones(128),
      riskPacked: Array.from({ length: 4 }, () => ones(252)),
    };
    const reached = await run(at("Covers()"), { ...widest, coverage: 0n }, "square", "row[0]");
    expect(reached).toEqual({ holds: true, wires: [row("Covers", "square"), row("Covers", "row")] });
    const quiet = { ...widest, riskPacked: eight(0n).slice(4) };
    const left = row("Covers", "V") - row("Covers", "10^4·M");
    expect(await run(at("Covers()"), { ...quiet, coverage: ones(64) }, "square")).toEqual({
      holds: true,
      wires: [left * left],
    });
    const refused = [
      { ...quiet, coverage: 2n ** 64n },
      { ...widest, coverage: 0n, haircutsPacked: 2n ** 128n },
      ...[0, 1, 2, 3].map((w) => ({
        ...widest,
        coverage: 0n,
        riskPacked: eight(0n)
          .slice(4)
          .with(w, 2n ** 252n),
      })),
      // The most negative headroom, and the most negative difference of square and variance.
      { ...quiet, value: eight(0n), coverage: ones(64) },
      { ...widest, haircutsPacked: 0n, coverage: 0n },
    ];
    for (const inputs of refused) expect((await run(at("Covers()"), inputs)).holds).toBe(false);
  });

  test("behavior: ClaimShare", async () => {
    const share = (claim: bigint, total: bigint) => run(at("ClaimShare()"), { claim, total }, "num", "den");
    expect(await share(ones(64), ones(98))).toEqual({ holds: true, wires: [ones(64), ones(98)] });
    expect(await share(ones(64), row("ClaimShare", "total"))).toEqual({
      holds: true,
      wires: [ones(64), row("ClaimShare", "total")],
    });
    // The largest and the smallest difference.
    expect(await share(ones(64), 0n)).toEqual({ holds: true, wires: [1n, 1n] });
    expect(await share(1n, ones(98))).toEqual({ holds: true, wires: [1n, ones(98)] });
    expect((await share(2n ** 64n, 0n)).holds).toBe(false);
    expect((await share(1n, 2n ** 98n)).holds).toBe(false);
  });

  test("behavior: Seize", async () => {
    const seize = (amount: bigint, num: bigint, den: bigint) =>
      run(at("Seize()"), { amount, price: 1n, num, den }, "product", "seized");
    expect(await seize(ones(63), ones(98), ones(98))).toEqual({
      holds: true,
      wires: [row("Seize", "product"), ones(63)],
    });
    // The largest excess: one unit for almost nothing.
    expect(await seize(1n, 1n, ones(98))).toEqual({ holds: true, wires: [1n, 1n] });
    expect((await seize(2n ** 63n, ones(98), ones(98))).holds).toBe(false);
    expect((await seize(1n, 1n, 2n ** 98n + 1n)).holds).toBe(false);
  });

  test("behavior: the largest note does not pass for a dummy", async () => {
    const [keyX, keyY, nullifyingKey, blinding, leafIndex] = [1n, 2n, 3n, 4n, 3n];
    const amount = eight(ones(63));
    const commitment = note(precommitment(ownerKey(keyX, keyY, nullifyingKey), blinding), amount);
    const sibling = [[5n, 6n, 7n]];
    const inputs = {
      keyX,
      keyY,
      nullifyingKey,
      blinding,
      amount,
      leafIndex,
      sibling,
      root: climb(commitment, leafIndex, sibling),
    };
    const nullifier = spendNullifier(nullifyingKey, commitment, leafIndex);
    expect(await run(at("SpendInput(1)"), inputs, "nullifier")).toEqual({ holds: true, wires: [nullifier] });
    expect((await run(at("SpendInput(1)"), { ...inputs, root: 1n })).holds).toBe(false);
  });

  test("behavior: CanonicalLow250 takes what is below q's upper bits, and nothing from there", async () => {
    const upper = ((q - 1n) >> 128n) << 128n;
    const bits = Array.from({ length: 250 }, (_, b) => `bit[${b}]`);
    const { holds, wires } = await run(at("CanonicalLow250()"), { in: upper - 1n }, ...bits);
    expect(holds).toBe(true);
    expect(sumOf(250, (b) => wires[b]! << BigInt(b))).toBe((upper - 1n) % 2n ** 250n);
    for (const value of [upper, q - 1n]) expect((await run(at("CanonicalLow250()"), { in: value })).holds).toBe(false);
  });
});
