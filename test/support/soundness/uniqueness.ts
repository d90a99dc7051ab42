import type { R1cs } from "../../../circuits/setup/r1cs.ts";
import { Combiner } from "./combine.ts";
import { Solver } from "./solver.ts";

/** How much case distinction a proof may use. */
export interface Effort {
  /** Unknown bits that are tried both ways when no rule helps. */
  readonly probes: number;
}

export interface Uniqueness {
  readonly solver: Solver;
  /** Wires that more than one value may be possible for. */
  readonly open: readonly number[];
  /** The row that no witness with these given values satisfies. */
  readonly contradiction?: number;
}

/**
 * Derives every wire it can from the given ones.
 *
 * @param given Wires and their values.
 * @param nameOf Names of wires, by which bits of one number are told from those of another.
 */
export function determine(
  r1cs: R1cs,
  given: ReadonlyMap<number, bigint>,
  nameOf: (wire: number) => string,
  { probes }: Effort = { probes: 0 },
): Uniqueness {
  const solver = new Solver(r1cs);
  const combiner = new Combiner(solver, (variable) =>
    variable < r1cs.wireCount ? nameOf(variable).replace(/\[\d+\]$/, "") : undefined,
  );
  for (const [wire, value] of given) if (!solver.assign(wire, value)) break;
  let probesLeft = probes;
  for (;;) {
    if (!solver.propagate()) break;
    const chosen = solver.choose();
    if (chosen === "contradiction") break;
    if (chosen === "progress" || combiner.combine()) continue;
    let learnt = false;
    for (let wire = 1; wire < r1cs.wireCount && probesLeft > 0 && !learnt; wire++) {
      if (solver.values[wire] !== undefined || solver.bounds[wire] !== 1n) continue;
      probesLeft--;
      const possible = [0n, 1n].filter((value) => solver.consistent([wire], [value]));
      if (possible.length === 2) continue;
      learnt = true;
      if (possible.length === 1) solver.assign(wire, possible[0]!);
      else solver.contradiction = -1;
    }
    if (!learnt) break;
  }
  const open: number[] = [];
  for (let wire = 1; wire < r1cs.wireCount; wire++) if (solver.values[wire] === undefined) open.push(wire);
  return { solver, open, contradiction: solver.contradiction };
}
