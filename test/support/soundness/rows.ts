import { q } from "../../../circuits/setup/field.ts";
import type { LinearCombination, R1cs } from "../../../circuits/setup/r1cs.ts";

export type Parts = readonly [LinearCombination, LinearCombination, LinearCombination];

/** An R1CS by wire: which constraints touch a wire, each named once. Wire 0 is the constant and touches nothing. */
export interface Rows {
  readonly wireCount: number;
  readonly parts: readonly Parts[];
  readonly touching: readonly Uint32Array[];
  /** The wires of each row without the constant, each named once. */
  readonly wiresOf: readonly Uint32Array[];
}

const known = new WeakMap<R1cs, Rows>();

export function rowsOf(r1cs: R1cs): Rows {
  let rows = known.get(r1cs);
  if (rows === undefined) {
    rows = index(r1cs);
    known.set(r1cs, rows);
  }
  return rows;
}

function index({ constraints, wireCount }: R1cs): Rows {
  const touching: number[][] = Array.from({ length: wireCount }, () => []);
  const lastRow = new Int32Array(wireCount).fill(-1);
  const wiresOf = constraints.map(({ a, b, c }, row) => {
    const own: number[] = [];
    for (const { wires } of [a, b, c]) {
      for (const wire of wires) {
        if (wire === 0 || lastRow[wire] === row) continue;
        lastRow[wire] = row;
        own.push(wire);
        touching[wire]!.push(row);
      }
    }
    return Uint32Array.from(own);
  });
  return {
    wireCount,
    parts: constraints.map(({ a, b, c }) => [a, b, c] as const),
    touching: touching.map((list) => Uint32Array.from(list)),
    wiresOf,
  };
}

export function evaluate({ wires, coefficients }: LinearCombination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < wires.length; i++) sum += coefficients[i]! * witness[wires[i]!]!;
  return sum % q;
}

/** The constraints that a witness violates. */
export function violated({ parts }: Rows, witness: readonly bigint[], among?: Iterable<number>): number[] {
  const broken: number[] = [];
  for (const row of among ?? parts.keys()) {
    const [a, b, c] = parts[row]!;
    if ((evaluate(a, witness) * evaluate(b, witness) - evaluate(c, witness)) % q !== 0n) broken.push(row);
  }
  return broken;
}
