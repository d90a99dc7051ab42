import type { Solver } from "./solver.ts";
import { modulo } from "./quadratic.ts";
import { violated } from "./rows.ts";

/** Tries and random numbers that a search for a second witness may use. */
export interface SearchOptions {
  readonly random: (bits: number) => bigint;
  /** Open wires to begin with. */
  readonly starts: number;
  /** Assignments that may be taken back, for each beginning. */
  readonly retries: number;
  /** Whether the given witness may be found too: it is not known to satisfy the constraints. @default false */
  readonly any?: boolean;
}

/**
 * Looks for a witness with the same given values in which `open` wires, those the solver could not derive, have other values: it
 * moves one of them, lets the constraints decide what follows, and keeps the honest value where they leave a choice.
 */
export function secondWitness(
  solver: Solver,
  honest: readonly bigint[],
  open: readonly number[],
  { random, starts, retries, any = false }: SearchOptions,
): bigint[] | undefined {
  const beginnings = spread(open, starts);
  // Sums that stand for a bit are choices too, before what follows from them.
  const choices = [...open];
  for (let variable = honest.length; variable < solver.values.length; variable++) {
    if (solver.values[variable] === undefined && solver.bounds[variable] === 1n) choices.push(variable);
  }
  for (const wire of beginnings) {
    const others = otherValues(solver, honest[wire]!, wire, random);
    for (const value of any ? [honest[wire]!, ...others] : others) {
      const found = complete(solver, honest, choices, wire, value, retries, random);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function complete(
  solver: Solver,
  honest: readonly bigint[],
  open: readonly number[],
  start: number,
  value: bigint,
  retries: number,
  random: (bits: number) => bigint,
): bigint[] | undefined {
  const outer = solver.mark();
  let left = retries;
  try {
    if (!solver.assign(start, value) || !solver.propagate()) return undefined;
    for (let next = nextOpen(solver, open); next !== undefined; next = nextOpen(solver, open)) {
      const mark = solver.mark();
      let fits = false;
      const kept = honest[next] ?? 0n;
      for (const candidate of [kept, ...otherValues(solver, kept, next, random)]) {
        if (solver.assign(next, candidate) && solver.propagate()) {
          fits = true;
          break;
        }
        solver.undo(mark);
        if (--left < 0) return undefined;
      }
      if (!fits) return undefined;
    }
    // What is free stays as it was.
    const witness = honest.map((value, wire) => solver.values[wire] ?? value);
    return violated(solver.rows, witness).length === 0 ? witness : undefined;
  } finally {
    solver.undo(outer);
  }
}

/** The open wire whose constraints have the fewest unknowns left, bits before others. */
function nextOpen({ values, bounds, touching, unknown }: Solver, open: readonly number[]): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  for (const wire of open) {
    if (values[wire] !== undefined) continue;
    let rank = Infinity;
    for (const row of touching[wire]!) if (unknown[row]! < rank) rank = unknown[row]!;
    if (bounds[wire] === undefined) rank += 1_000;
    if (rank < least || best === undefined) [best, least] = [wire, rank];
    if (least <= 2) break;
  }
  return best;
}

function otherValues({ bounds }: Solver, value: bigint, wire: number, random: (bits: number) => bigint): bigint[] {
  if (bounds[wire] === 1n) return [1n - value];
  return [modulo(value + 1n), modulo(value - 1n), 0n, 1n, random(253)].filter((other) => other !== value);
}

/** At most `count` of the wires, from everywhere in the list. */
function spread(wires: readonly number[], count: number): number[] {
  if (wires.length <= count) return [...wires];
  return Array.from({ length: count }, (_, i) => wires[Math.floor((i * wires.length) / count)]!);
}
