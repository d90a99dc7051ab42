import { createRandom, q } from "../reference/field.ts";
import type { ConstraintSystem } from "../circuits/harness.ts";
import { LineSearch, moves } from "./lines.ts";
import { modulo } from "./quadratic.ts";
import { rowsOf, violated } from "./rows.ts";
import { secondWitness } from "./secondWitness.ts";
import { flatten, isAmong } from "./subject.ts";
import type { Case, Subject } from "./subject.ts";
import { determine } from "./uniqueness.ts";

export type FindingKind =
  /** The honest witness violates a constraint: the circuit refuses a true statement. */
  | "refused"
  /** A false statement violates none. */
  | "accepted"
  /** One wire, or two neighbours exchanged, may change and nothing else has to. */
  | "tampered"
  /** Two witnesses for the same given values. */
  | "second witness"
  /** No second witness was found, and no proof that there is none. */
  | "unproved"
  /** A free signal that is not free in any case: the list is out of date. */
  | "not free";

export interface Finding {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly case: string;
  /** Signals that can differ; those that the statement determines first. */
  readonly signals: readonly string[];
  readonly message: string;
}

export interface Examination {
  readonly seed?: number;
  /** Open wires from which second witnesses are looked for. @default 12 */
  readonly starts?: number;
  /** Bits tried both ways where no rule helps. @default 64 */
  readonly probes?: number;
  /**
   * Prove that no witness exists for a false statement, and not only that the one of an honest prover fails: seconds for each
   * statement of a whole circuit. @default for templates
   */
  readonly disprove?: boolean;
  /** Stop at the first finding: enough to tell that a mutant is not the circuit. @default false */
  readonly first?: boolean;
  /** Counts what was tried. */
  readonly tally?: (what: string, count: number) => void;
}

/**
 * Holds a constraint system to what is claimed of it: true statements have a witness and false ones none; no wire and no pair of
 * neighbours of an honest witness can change alone, to any value of the field; and for the given inputs the constraints leave no second
 * witness, by a proof from the constraints alone. Where there is no proof a second witness is searched for.
 *
 * Free signals may be open, and nothing that depends on them. An empty list says that all of it holds.
 *
 * @example
 * const margin = await subjects.margin();
 * for (const finding of await examine(margin.system, margin.subject)) console.log(finding.message);
 */
export async function examine(
  system: ConstraintSystem,
  subject: Subject,
  {
    seed = 1,
    starts = 12,
    probes = 64,
    disprove = subject.file !== undefined,
    first = false,
    tally = () => {},
  }: Examination = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const rows = rowsOf(system.r1cs);
  const nameOf = (wire: number): string => system.signalName(wire).replace(/^main\./, "");
  const used = new Set<number>();
  const isFree = (name: string): boolean => {
    const index = subject.free.findIndex(({ pattern }) => pattern.test(name));
    if (index >= 0) used.add(index);
    return index >= 0;
  };
  const add = (kind: FindingKind, { label }: Case, wires: readonly number[], what: string): boolean => {
    const names = wires
      .map(nameOf)
      .sort((a, b) => Number(isAmong(b, subject.derived)) - Number(isAmong(a, subject.derived)));
    const shown = names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
    const message = `${subject.name} (${label}): ${what}${shown === "" ? "" : `: ${shown}`}`;
    findings.push({ kind, subject: subject.name, case: label, signals: names, message });
    return first;
  };

  // Cheapest first: what kills most mutants at once.
  for (const refused of subject.refused) {
    tally("false statements", 1);
    const witness = await system.lenientWitness(refused.inputs);
    if (violated(rows, witness).length === 0) {
      if (add("accepted", refused, [], "the constraints accept a false statement")) return findings;
      continue;
    }
    if (!disprove) continue;
    // No choice of the other wires helps either: the stated values alone contradict the constraints.
    const stated = givenWires(system, { ...subject, derived: [], given: [] }, refused, witness);
    const { solver, open, contradiction } = determine(system.r1cs, stated, nameOf, { probes });
    if (contradiction !== undefined) continue;
    const random = createRandom(seed);
    const found =
      open.length === 0 ||
      secondWitness(solver, witness, open, { random, starts, retries: 40, any: true }) !== undefined;
    const what = found ? "a false statement has a witness" : "not shown that a false statement has no witness";
    if (add(found ? "accepted" : "unproved", refused, [], what)) return findings;
  }
  for (const accepted of subject.accepted) {
    tally("true statements", 1);
    const honest = await system.witness(accepted.inputs).catch(() => undefined);
    if (honest === undefined) {
      if (add("refused", accepted, [], "the generator finds no witness for a true statement")) return findings;
      continue;
    }
    const broken = violated(rows, honest);
    if (broken.length > 0) {
      const wires = broken.slice(0, 3).flatMap((row) => Array.from(rows.wiresOf[row]!.slice(0, 3)));
      if (add("refused", accepted, wires, `${broken.length} constraints refuse a true statement, among them some on`))
        return findings;
      continue;
    }

    const given = givenWires(system, subject, accepted, honest);
    // A circuit binds every input; what a template is given is its caller's to bind.
    const isFixed = (wire: number): boolean => isFree(nameOf(wire)) || (subject.file !== undefined && given.has(wire));
    const lines = new LineSearch(rows, honest);
    const alone: number[] = [];
    const exchanged: number[] = [];
    for (let wire = 1; wire < rows.wireCount; wire++) {
      if (isFixed(wire)) continue;
      tally("wires tampered with, to every value", 1);
      if (moves(lines.steps(new Map([[wire, 1n]])))) alone.push(wire);
      const difference = modulo(honest[wire + 1] === undefined ? 0n : honest[wire + 1]! - honest[wire]!);
      if (difference === 0n || isFixed(wire + 1)) continue;
      tally("neighbours exchanged", 1);
      const steps = lines.steps(
        new Map([
          [wire, 1n],
          [wire + 1, q - 1n],
        ]),
      );
      if (steps === "all" || steps.includes(difference)) exchanged.push(wire, wire + 1);
    }
    if (alone.length > 0 && add("tampered", accepted, alone, "any of these can change alone")) return findings;
    if (exchanged.length > 0 && add("tampered", accepted, exchanged, "neighbours can be exchanged")) return findings;

    tally("uniqueness proofs", 1);
    const { solver, open, contradiction } = determine(system.r1cs, given, nameOf, { probes });
    const wrong = honest.findIndex((value, wire) => solver.values[wire] !== undefined && solver.values[wire] !== value);
    if (wrong >= 0 || contradiction !== undefined)
      throw new Error(
        `the solver derived another witness than the honest one for ${subject.name} (${accepted.label}), at ${nameOf(Math.max(wrong, 0))}: a rule of test/support/soundness is unsound`,
      );
    const unproved = open.filter((wire) => !isFree(nameOf(wire)));
    if (unproved.length === 0) continue;
    const random = createRandom(seed);
    const second = secondWitness(solver, honest, unproved, { random, starts, retries: 40 });
    if (second === undefined) {
      if (add("unproved", accepted, unproved, "not shown to be unique")) return findings;
    } else {
      const differing = unproved.filter((wire) => second[wire] !== honest[wire]);
      if (add("second witness", accepted, differing, "a second witness for the same inputs differs in"))
        return findings;
    }
  }
  subject.free.forEach(({ pattern }, i) => {
    if (used.has(i)) return;
    findings.push({
      kind: "not free",
      subject: subject.name,
      case: "all",
      signals: [String(pattern)],
      message: `${subject.name}: no case leaves ${pattern} free; take it off the list or add the case`,
    });
  });
  return findings;
}

function givenWires(
  system: ConstraintSystem,
  subject: Subject,
  accepted: Case,
  honest: readonly bigint[],
): Map<number, bigint> {
  const given = new Map<number, bigint>();
  const add = (name: string): void => {
    const wire = system.wireOf(`main.${name}`);
    if (wire !== undefined) given.set(wire, honest[wire]!);
  };
  for (const name of flatten(accepted.inputs).keys()) {
    if (!isAmong(name, subject.derived) || isAmong(name, accepted.given ?? [])) add(name);
  }
  for (const name of subject.given ?? []) {
    const before = given.size;
    for (let wire = 1; wire < honest.length; wire++) {
      if (isAmong(system.signalName(wire), [`main.${name}`])) given.set(wire, honest[wire]!);
    }
    if (given.size === before) throw new Error(`${subject.name} has no wire of ${name}, which is to be given`);
  }
  return given;
}
