import { q } from "../../../circuits/setup/field.ts";
import { modulo, roots } from "./quadratic.ts";
import type { Rows } from "./rows.ts";
import { evaluate } from "./rows.ts";

/** A direction in the space of witnesses: how much each wire moves for a step of 1. */
export type Direction = ReadonlyMap<number, bigint>;

/** Steps other than 0 after which every constraint still holds: all of them, or these. */
export type Steps = "all" | readonly bigint[];

/**
 * The exact answer to "how far can this witness move in that direction without any constraint noticing", for every step in the
 * field at once: along a line each constraint is a quadratic equation in the step, with the root 0.
 */
export class LineSearch {
  readonly #sums: readonly (readonly [bigint, bigint, bigint])[];
  /** Where a wire occurs: rows, parts and coefficients side by side. */
  readonly #uses: Uses;

  constructor(rows: Rows, witness: readonly bigint[]) {
    this.#sums = rows.parts.map(([a, b, c]) => [evaluate(a, witness), evaluate(b, witness), evaluate(c, witness)]);
    this.#uses = usesOf(rows);
  }

  steps(direction: Direction): Steps {
    const slopes = new Map<number, [bigint, bigint, bigint]>();
    for (const [wire, speed] of direction) {
      for (const { row, part, coefficient } of this.#uses[wire]!) {
        let slope = slopes.get(row);
        if (slope === undefined) slopes.set(row, (slope = [0n, 0n, 0n]));
        slope[part] = (slope[part]! + coefficient * speed) % q;
      }
    }
    let left: Steps = "all";
    for (const [row, [da, db, dc]] of slopes) {
      const [a, b] = this.#sums[row]!;
      const own = roots((da * db) % q, modulo(da * b + db * a - dc), 0n);
      if (own === "all") continue;
      left = left === "all" ? own.filter((step) => step !== 0n) : left.filter((step) => own.includes(step));
      if (left.length === 0) return left;
    }
    return left;
  }
}

export const moves = (steps: Steps): boolean => steps === "all" || steps.length > 0;

type Uses = { readonly row: number; readonly part: number; readonly coefficient: bigint }[][];
const known = new WeakMap<Rows, Uses>();

function usesOf(rows: Rows): Uses {
  let uses = known.get(rows);
  if (uses !== undefined) return uses;
  uses = Array.from({ length: rows.wireCount }, () => []);
  for (const [row, parts] of rows.parts.entries()) {
    parts.forEach(({ wires, coefficients }, part) => {
      for (let i = 0; i < wires.length; i++) uses[wires[i]!]!.push({ row, part, coefficient: coefficients[i]! });
    });
  }
  known.set(rows, uses);
  return uses;
}
