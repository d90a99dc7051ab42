import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { projectRoot, readInstances } from "../../circuits/codegen/instances.ts";
import { createRandom, q } from "../support/reference/field.ts";
import { LineSearch } from "../support/soundness/lines.ts";
import { movable, nullSpace } from "../support/soundness/neighbourhood.ts";
import { rowsOf, violated } from "../support/soundness/rows.ts";
import { twoValuedRows } from "../support/soundness/shapes.ts";
import { circuits, examine, load, templates } from "../support/soundness/index.ts";
import type { Subject } from "../support/soundness/index.ts";

const seed = 20260101;

// A whole circuit takes seconds a statement: a run tries so many, HYPOTHEC_ALL_STATEMENTS=1 all, and the long search random ones without end.
const isAll = process.env.HYPOTHEC_ALL_STATEMENTS === "1";
const mostOf = ({ accepted }: Subject, constraints: number): number =>
  isAll || constraints < 300 ? accepted.length : Math.min(accepted.length, constraints < 5_000 ? 2 : 1);

// One witness for given inputs, or a reason; docs/soundness.md says what is searched and what is proved.
const holds = async (whole: Subject): Promise<void> => {
  const tally = new Map<string, number>();
  const system = await load(whole);
  const most = mostOf(whole, system.r1cs.constraints.length);
  const subject = { ...whole, accepted: whole.accepted.slice(0, most) };
  const examined = await examine(system, subject, {
    seed,
    tally: (what, count) => tally.set(what, (tally.get(what) ?? 0) + count),
  });
  // Which statement leaves a signal free is not asked of a part of them.
  const findings = examined.filter(({ kind }) => kind !== "not free" || most === whole.accepted.length);
  expect(
    findings.map(({ message }) => message),
    `seed ${seed}`,
  ).toEqual([]);
  expect(tally.get("uniqueness proofs"), "proofs").toBe(subject.accepted.length);
};

// What a whole circuit is made of, on a smaller tree, is examined with the circuit.
const whole = new Set([...readInstances().values()].map(({ template }) => template));
const isWhole = ({ name }: Subject): boolean => whole.has(name.replace(/\(.*/, ""));

describe("every template", () => {
  test.each(
    templates.filter((subject) => isAll || !isWhole(subject)).map((subject) => [subject.name, subject] as const),
  )("behavior: %s has one witness", async (_, subject) => {
    await holds(subject);
  });
});

describe("every circuit", () => {
  test.each(circuits.map((subject) => [subject.name, subject] as const))(
    "behavior: %s has one witness",
    async (_, subject) => {
      await holds(subject);
    },
  );
});

test("behavior: no template and no circuit is left out", () => {
  const directory = join(projectRoot, "circuits/templates");
  const written = readdirSync(directory).flatMap((file) =>
    Array.from(readFileSync(join(directory, file), "utf8").matchAll(/^template (\w+)\(/gm), ([, name]) => name!),
  );
  const examined = new Set([...templates.map(({ name }) => name.replace(/\(.*/, "")), ...whole]);
  expect(written.filter((name) => !examined.has(name))).toEqual([]);
  expect(circuits.map(({ name }) => name).sort()).toEqual([...readInstances().keys()].sort());
});

describe("the engine", () => {
  const subjectOf = (name: string): Subject => templates.find((subject) => subject.name === name)!;
  const without = async (name: string, isGone: (signals: string[]) => boolean): Promise<string[]> => {
    const subject = subjectOf(name);
    const system = await load(subject);
    const constraints = system.r1cs.constraints.filter(
      ({ a, b, c }) => !isGone([a, b, c].flatMap(({ wires }) => Array.from(wires, (wire) => system.signalName(wire)))),
    );
    expect(constraints.length, "constraints left").toBeLessThan(system.r1cs.constraints.length);
    const mutant = { ...system, r1cs: { ...system.r1cs, constraints } };
    return (await examine(mutant, subject, { seed })).map(({ kind }) => kind);
  };

  test("error: a bit that may be any number", async () => {
    expect(
      await without("Range(64)", (signals) => signals.every((name) => name === "wire 0" || name.endsWith("out[7]"))),
    ).toContain("accepted");
  });

  test("error: a remainder that may be above its divisor", async () => {
    const kinds = await without("Seize()", (signals) => signals.some((name) => name.includes("Range_2.bits")));
    expect(kinds).toContain("second witness");
  });

  test("error: an inverse that nothing pins", async () => {
    expect(await without("NonZero()", () => true)).toContain("accepted");
  });

  test("error: a free signal that never is", async () => {
    const subject = { ...subjectOf("Range(64)"), free: [{ pattern: /nowhere/, reason: "none" }] };
    const kinds = (await examine(await load(subject), subject, { seed })).map(({ kind }) => kind);
    expect(kinds).toEqual(["not free"]);
  });

  // The values that a cheating prover would try, one by one, against the answer for the whole field.
  test("behavior: a line search agrees with trying values", async () => {
    const subject = subjectOf("Seize()");
    const system = await load(subject);
    const rows = rowsOf(system.r1cs);
    const random = createRandom(seed);
    let accepted = 0;
    for (const { inputs } of subject.accepted) {
      const honest = await system.witness(inputs);
      const lines = new LineSearch(rows, honest);
      for (let wire = 1; wire < rows.wireCount; wire++) {
        const x = honest[wire]!;
        const powers = [1n, 28n, 63n, 64n, 98n, 252n].map((n) => x + 2n ** n);
        const steps = lines.steps(new Map([[wire, 1n]]));
        for (const value of [x + 1n, x - 1n, 0n, 1n, q - 1n, q - x, random(253), ...powers]) {
          const step = (((value - x) % q) + q) % q;
          if (step === 0n) continue;
          const tampered = honest.with(wire, (x + step) % q);
          const holds = violated(rows, tampered, rows.touching[wire]).length === 0;
          expect(holds).toBe(steps === "all" || steps.includes(step));
          if (holds) accepted++;
        }
      }
    }
    expect(accepted, "the inverse of 0 may be anything").toBeGreaterThan(0);
  });

  test("error: several wires that move together where bits need not be bits", async () => {
    const subject = subjectOf("MulShift64(64)");
    const system = await load(subject);
    const honest = await system.witness(subject.accepted[3]!.inputs);
    const given = ["a", "b", "quotient"].map((name) => system.wireOf(`main.${name}`)!);
    const search = (constraints: typeof system.r1cs.constraints): boolean => {
      const rows = rowsOf({ ...system.r1cs, constraints });
      const moving = Array.from({ length: rows.wireCount - 1 }, (_, i) => i + 1).filter(
        (wire) => !given.includes(wire),
      );
      const basis = nullSpace(rows, honest, moving);
      return movable(new LineSearch(rows, honest), basis, createRandom(seed)) !== undefined;
    };
    const isBit = new Set(twoValuedRows(rowsOf(system.r1cs)).map(({ row }) => row));
    const { constraints } = system.r1cs;
    expect(search(constraints)).toBe(false);
    expect(search(constraints.filter((_, row) => !isBit.has(row)))).toBe(true);
  });
});
