import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { q } from "../../circuits/setup/field.ts";
import { loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem } from "../support/circuits/harness.ts";
import { rowsOf } from "../support/soundness/rows.ts";
import { twoValuedRows } from "../support/soundness/shapes.ts";
import { encode, number, pair } from "../support/soundness/smt/encode.ts";
import type { Encoded } from "../support/soundness/smt/encode.ts";
import { createProver } from "../support/soundness/smt/prover.ts";
import type { Condition, Int, Prover } from "../support/soundness/smt/prover.ts";

// For all inputs, where the solver of test/support/soundness speaks of one.

let prover: Prover;
beforeAll(async () => {
  prover = await createProver();
});
afterAll(() => prover.close());

const wire = (system: ConstraintSystem, { wires }: Encoded, name: string): Int => {
  const index = system.wireOf(`main.${name}`);
  if (index === undefined) throw new Error(`${system.name} has no wire ${name}`);
  return wires[index]!;
};

/** No two witnesses agree in the inputs and differ in any other wire, but for the free ones. */
async function isUnique(
  system: ConstraintSystem,
  inputs: readonly string[],
  free: readonly string[] = [],
): Promise<boolean> {
  const { z3 } = prover;
  const [first, second] = [encode(z3, system, "x"), encode(z3, system, "y")];
  const given = inputs.map((name) => system.wireOf(`main.${name}`)!);
  const others = first.wires.flatMap((_, i) =>
    i === 0 || given.includes(i) || free.includes(system.signalName(i).replace("main.", "")) ? [] : [i],
  );
  return prover.refutes([
    ...first.conditions,
    ...second.conditions,
    ...pair(z3, first, second),
    ...given.map((i) => first.wires[i]!.eq(second.wires[i]!)),
    z3.Or(...others.map((i) => first.wires[i]!.neq(second.wires[i]!))),
  ]);
}

/** The constraints imply it, whatever the witness. */
async function implies(system: ConstraintSystem, claim: (witness: Encoded) => Condition): Promise<boolean> {
  const witness = encode(prover.z3, system, "x");
  return prover.refutes([...witness.conditions, prover.z3.Not(claim(witness))]);
}

describe("read from the constraints", () => {
  test("behavior: NonZero has no witness for 0 and one for all else", async () => {
    const system = await loadComponent("ranges.circom", "NonZero()", ["in"]);
    expect(await implies(system, (witness) => wire(system, witness, "in").neq(0))).toBe(true);
    expect(await isUnique(system, ["in"])).toBe(true);
  });

  test("behavior: IsZero says whether its input is 0, and only the inverse of 0 is free", async () => {
    const system = await loadComponent("circomlib/circuits/comparators.circom", "IsZero()", ["in"]);
    const { z3 } = prover;
    const says = (witness: Encoded): Condition =>
      wire(system, witness, "out").eq(z3.If(wire(system, witness, "in").eq(0), number(z3, 1n), number(z3, 0n)));
    expect(await implies(system, says)).toBe(true);
    expect(await isUnique(system, ["in"], ["inv"])).toBe(true);
    expect(await isUnique(system, ["in"])).toBe(false);
  });

  test("behavior: PlaceChild inserts its node at its digit, for all nodes", async () => {
    const inputs = ["bit0", "bit1", "current", "sibling"];
    const system = await loadComponent("path.circom", "PlaceChild()", inputs);
    const { z3 } = prover;
    for (const digit of [0, 1, 2, 3]) {
      const says = (witness: Encoded): Condition => {
        const at = (name: string): Int => wire(system, witness, name);
        const children = [at("sibling[0]"), at("sibling[1]"), at("sibling[2]")];
        children.splice(digit, 0, at("current"));
        const isDigit = z3.And(at("bit0").eq(digit % 2), at("bit1").eq(digit >> 1));
        return z3.Implies(isDigit, z3.And(...children.map((child, k) => at(`child[${k}]`).eq(child))));
      };
      expect(await implies(system, says), `digit ${digit}`).toBe(true);
    }
  });

  // Fewer and narrower lanes than in the circuits: the argument is the same, z3's time is not.
  test("behavior: Lanes(2, 2) has one split, and each lane is in its range", async () => {
    const [n, width] = [2, 2];
    const system = await loadComponent("ranges.circom", `Lanes(${n}, ${width})`, ["word"]);
    expect(await isUnique(system, ["word"])).toBe(true);
    const inRange = (witness: Encoded): Condition =>
      prover.z3.And(
        ...Array.from({ length: n }, (_, k) => {
          const lane = wire(system, witness, `lane[${k}]`);
          return prover.z3.And(lane.ge(0), lane.lt(2 ** width));
        }),
      );
    expect(await implies(system, inRange)).toBe(true);
  });

  test("error: constraints that allow more are not called unique", async () => {
    const system = await loadComponent("ranges.circom", "NonZero()", ["in"]);
    const mutant = { ...system, r1cs: { ...system.r1cs, constraints: [] } };
    expect(await isUnique(mutant, ["in"])).toBe(false);
    expect(await implies(mutant, (witness) => wire(mutant, witness, "in").neq(0))).toBe(false);
  });
});

// Written by hand at the widths of the circuits: z3 needs more than a test may take for hundreds of bits. What ties each to
// its circuit is the number of bits that its constraints have.
describe("the arguments with whole numbers", () => {
  const bitsOf = async (file: string, call: string, inputs: readonly string[]): Promise<number> =>
    twoValuedRows(rowsOf((await loadComponent(file, call, inputs)).r1cs)).length;
  const big = (value: bigint): Int => number(prover.z3, value);
  const within = (name: string, bits: number, conditions: Condition[]): Int => {
    const value = prover.z3.Int.const(name);
    conditions.push(value.ge(0), value.lt(big(2n ** BigInt(bits))));
    return value;
  };
  const field = (name: string): Int => prover.z3.Int.const(name).mul(big(q));

  test.each([64, 95])("behavior: MulShift64(%i) is the quotient below 2^64, and the only one", async (width) => {
    expect(await bitsOf("ranges.circom", `MulShift64(${width})`, ["a", "b"])).toBe(64 + width);
    const given: Condition[] = [];
    const product = within("product", 63 + 96, given);
    const quotient = within("quotient", width, given);
    const remainder = within("remainder", 64, given);
    given.push(
      quotient
        .mul(big(2n ** 64n))
        .add(remainder)
        .eq(product.add(field("k"))),
    );
    const isFloor = prover.z3.And(
      quotient.mul(big(2n ** 64n)).le(product),
      product.lt(quotient.add(1).mul(big(2n ** 64n))),
    );
    expect(await prover.refutes([...given, prover.z3.Not(isFloor)])).toBe(true);
    expect(await prover.refutes([...given, prover.z3.Not(quotient.eq(0))])).toBe(false);
  });

  test("behavior: Seize takes the share rounded up, never more than there is", async () => {
    expect(await bitsOf("settle.circom", "Seize()", ["amount", "price", "num", "den"])).toBe(63 + 98 + 98);
    const { z3 } = prover;
    const given: Condition[] = [];
    const excess = within("excess", 98, given);
    const slack = within("slack", 98, given);
    const den = within("den", 98, given);
    given.push(
      den
        .sub(1)
        .sub(excess)
        .eq(slack.add(field("k"))),
    );
    expect(await prover.refutes([...given, excess.ge(den)]), "0 ≤ excess < den").toBe(true);

    // den·seized and amount·num are below 2^161, so the equation modulo q is one of whole numbers.
    const sides: Condition[] = [];
    const left = within("left", 63 + 98, sides);
    const right = within("right", 63 + 98, sides);
    const gap = within("gap", 98, sides);
    sides.push(left.sub(right).eq(gap.add(field("m"))), z3.Not(left.sub(right).eq(gap)));
    expect(await prover.refutes(sides), "no wrap").toBe(true);

    const [seized, amount, num] = ["seized", "amount", "num"].map((name) => within(name, 98, given)) as [Int, Int, Int];
    given.push(den.mul(seized).eq(amount.mul(num).add(excess)), excess.lt(den), num.le(den));
    expect(await prover.refutes([...given, seized.gt(amount)]), "seized ≤ amount").toBe(true);
    const isLeast = z3.And(den.mul(seized).ge(amount.mul(num)), den.mul(seized.sub(1)).lt(amount.mul(num)));
    expect(await prover.refutes([...given, z3.Not(isLeast)]), "the least that reaches the product").toBe(true);
  });

  test("behavior: ClaimShare compares a claim and a total", async () => {
    expect(await bitsOf("settle.circom", "ClaimShare()", ["claim", "total"])).toBe(64 + 98 + 99);
    const given: Condition[] = [];
    const claim = within("claim", 64, given);
    const total = within("total", 98, given);
    const low = within("low", 98, given);
    const top = within("top", 1, given);
    given.push(
      top
        .mul(big(2n ** 98n))
        .add(low)
        .eq(
          claim
            .sub(total)
            .add(big(2n ** 98n))
            .add(field("k")),
        ),
    );
    expect(await prover.refutes([...given, prover.z3.Not(prover.z3.Eq(top.eq(1), claim.ge(total)))])).toBe(true);
  });

  test("behavior: Covers accepts no negative headroom and no variance above its square", async () => {
    const inputs = ["value", "haircutsPacked", "riskPacked", "coverage"];
    expect(await bitsOf("margin.circom", "Covers()", inputs)).toBe(64 + 8 * 16 + 83 + 4 * 9 * 28 + 166);
    const given: Condition[] = [];
    const weighted = within("weighted", 83, given);
    const coverage = within("coverage", 64, given);
    const headroom = within("headroom", 83, given);
    given.push(headroom.eq(weighted.sub(coverage.mul(10_000)).add(field("k"))));
    expect(await prover.refutes([...given, coverage.mul(10_000).gt(weighted)])).toBe(true);

    const second: Condition[] = [];
    const square = within("square", 166, second);
    const variance = within("variance", 162, second);
    const difference = within("difference", 166, second);
    second.push(difference.eq(square.sub(variance).add(field("m"))));
    expect(await prover.refutes([...second, variance.gt(square)])).toBe(true);
  });

  test("behavior: CanonicalBits leaves no room for a value plus q", async () => {
    expect(await bitsOf("ranges.circom", "CanonicalBits()", ["in"])).toBe(254 + 126);
    const given: Condition[] = [];
    const low = within("low", 128, given);
    const top = within("top", 126, given);
    const slack = within("slack", 126, given);
    given.push(
      slack.eq(
        big(((q - 1n) >> 128n) - 1n)
          .sub(top)
          .add(field("k")),
      ),
    );
    expect(
      await prover.refutes([
        ...given,
        top
          .mul(big(2n ** 128n))
          .add(low)
          .ge(big(q)),
      ]),
    ).toBe(true);
  });
});
