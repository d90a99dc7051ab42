import { createRandom } from "../reference/field.ts";
import { secondWitness } from "../soundness/secondWitness.ts";
import { violated } from "../soundness/rows.ts";
import { flatten } from "../soundness/subject.ts";
import { determine } from "../soundness/uniqueness.ts";
import { spread } from "./suite.ts";
import type { Statement, Suite } from "./suite.ts";
import type { AttackedSystem } from "./system.ts";

/** What the search found: a second witness of a true statement with other results, or a witness of a false one. */
export interface EngineFinding {
  readonly statement: string;
  readonly signals: readonly string[];
}

/** Signals between the rounds of a hash: what a prover chooses is what goes into it. */
const inHash = /\.(sigma[FP]|ark|mix\w*)\[/;

/** Signals that are tried with another value, for each statement: one of each array. */
const mostStarts = 8;

/** How long a search may go on, for each wire it begins with. */
const retries = 20;

/**
 * A prover who computes nothing as the generator does, only so that the constraints hold. Of a true statement it looks for a
 * witness with the same inputs in which an output, or an input that the others determine, differs; of a false one for any witness.
 */
export function search(system: AttackedSystem, suite: Suite, statement: Statement): EngineFinding | undefined {
  const { says, inputs, outputs } = statement;
  const honest = system.witness(inputs);
  const derived = suite.derived ?? [];
  const isDerived = (name: string): boolean => derived.some((of) => name === of || name.startsWith(`${of}[`));
  const given = new Map<number, bigint>();
  const results = new Set<number>();
  const names = [...flatten(inputs)];
  for (const [name, value] of names) {
    const wire = system.wireOf(`main.${name}`);
    if (wire === undefined) throw new Error(`the input ${name} of ${suite.name} has no wire`);
    if (outputs !== undefined && isDerived(name)) results.add(wire);
    else given.set(wire, value);
  }
  for (let wire = 1; wire <= system.r1cs.publicCount; wire++) if (!given.has(wire)) results.add(wire);
  // The digest follows from what it is the digest of.
  if (outputs !== undefined && results.size === 0) return undefined;

  const { solver, open, contradiction } = determine(system.r1cs, given, (wire) => system.signalName(wire));
  if (contradiction !== undefined) return undefined;
  const random = createRandom(4713);
  const free = open.filter((wire) => results.has(wire));
  if (outputs !== undefined && free.length === 0) return undefined;
  const nameOf = (wire: number): string => system.signalName(wire);
  const depth = (wire: number): number => nameOf(wire).split(".").length;
  const chosen = open
    .filter((wire) => !results.has(wire) && !inHash.test(nameOf(wire)))
    .sort((a, b) => depth(a) - depth(b));
  const finding = (witness: readonly bigint[] | undefined): EngineFinding | undefined => {
    const changed = witness && [...results].filter((wire) => witness[wire] !== honest[wire]);
    if (changed === undefined || (outputs !== undefined && changed.length === 0)) return undefined;
    return { statement: says, signals: changed.map(nameOf) };
  };
  // What goes into a part of the circuit, before what is inside it: it gets another value, and everything follows from it.
  const copies = new Set<string>();
  const kinds = chosen.filter((wire) => {
    const isFirst = !copies.has(copiesOf(nameOf(wire)));
    copies.add(copiesOf(nameOf(wire)));
    return isFirst;
  });
  const changes = kinds.slice(0, mostStarts).flatMap((wire) => {
    const value = honest[wire]!;
    const near = value === 0n ? 1n : value === 1n ? 0n : value + 1n;
    // Of a false statement something is missing: more is tried than the next value.
    const others = outputs === undefined ? [near, 0n, value + 2n ** 40n] : [near];
    return others.map((other) => new Map([[wire, other]]));
  });
  for (const change of [...(outputs === undefined ? [new Map<number, bigint>()] : []), ...changes]) {
    const found = finding(following(system, given, honest, change, results));
    if (found !== undefined) return found;
  }
  const hasHash = open.some((wire) => inHash.test(nameOf(wire)));
  for (const start of [...spread(free, 3), ...(hasHash ? [] : chosen.slice(0, 24))]) {
    // It begins with the first of the list.
    const order = [start, ...open.filter((wire) => wire !== start)];
    const found = finding(secondWitness(solver, honest, order, { random, starts: 1, retries }));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The witness in which one wire, if any, has another value, its like their honest ones where they are open, and the rest what follows. */
function following(
  system: AttackedSystem,
  given: ReadonlyMap<number, bigint>,
  honest: readonly bigint[],
  change: ReadonlyMap<number, bigint>,
  results: ReadonlySet<number>,
): bigint[] | undefined {
  const depth = (wire: number): number => system.signalName(wire).split(".").length;
  const array = (wire: number): string => system.signalName(wire).replace(/\[\d+\]$/, "");
  const copies = (wire: number): string => copiesOf(system.signalName(wire));
  const assumed = new Map([...given, ...change]);
  const changed = new Set([...change.keys()].map(array));
  for (let round = 0; round < 8; round++) {
    const { solver, open, contradiction } = determine(system.r1cs, assumed, (wire) => system.signalName(wire));
    if (contradiction !== undefined) return undefined;
    if (open.length === 0) {
      const witness = solver.values.slice(0, honest.length) as bigint[];
      return violated(solver.rows, witness).length === 0 ? witness : undefined;
    }
    const others = open.filter((wire) => !results.has(wire) && !inHash.test(system.signalName(wire)));
    // First the rest of the array that the changed signal is in; then what is nearest to the top, in all its copies.
    const own = others.filter((wire) => changed.has(array(wire)));
    const [nearest] = others.toSorted((a, b) => depth(a) - depth(b));
    if (nearest === undefined) return undefined;
    const like = own.length > 0 ? own : others.filter((wire) => copies(wire) === copies(nearest));
    for (const wire of like) assumed.set(wire, honest[wire]!);
  }
  return undefined;
}

/** What the same signal of all elements of arrays has in common. */
const copiesOf = (name: string): string => name.replace(/\[\d+\]/g, "");
