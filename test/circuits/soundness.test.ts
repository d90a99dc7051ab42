import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { projectRoot, readInstances } from "../../circuits/codegen/instances.ts";
import { circuits, examine, load, templates } from "../support/soundness/index.ts";
import type { Subject } from "../support/soundness/index.ts";

const seed = 20260101;

// One witness for given inputs, or a reason; docs/soundness.md says what is searched and what is proved.
const holds = async (subject: Subject): Promise<void> => {
  const tally = new Map<string, number>();
  const system = await load(subject);
  const findings = await examine(system, subject, {
    seed,
    tally: (what, count) => tally.set(what, (tally.get(what) ?? 0) + count),
  });
  expect(
    findings.map(({ message }) => message),
    `seed ${seed}`,
  ).toEqual([]);
  expect(tally.get("uniqueness proofs"), "proofs").toBe(subject.accepted.length);
};

describe("every template", () => {
  test.each(templates.map((subject) => [subject.name, subject] as const))(
    "behavior: %s has one witness",
    async (_, subject) => {
      await holds(subject);
    },
  );
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
  const whole = [...readInstances().values()].map(({ template }) => template);
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
});
