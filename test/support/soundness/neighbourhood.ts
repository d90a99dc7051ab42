import { q } from "../../../circuits/setup/field.ts";
import { moves } from "./lines.ts";
import type { Direction, LineSearch } from "./lines.ts";
import { invert, modulo } from "./quadratic.ts";
import { evaluate } from "./rows.ts";
import type { Rows } from "./rows.ts";

/** Wires near one: those that share a constraint with it, then those that share one with these, up to a number. */
export function neighbours(rows: Rows, start: number, most: number, isFixed: (wire: number) => boolean): number[] {
  const found = new Set([start]);
  for (const wire of found) {
    for (const row of rows.touching[wire]!) {
      for (const other of rows.wiresOf[row]!) {
        if (found.size >= most) return [...found];
        if (!isFixed(other)) found.add(other);
      }
    }
  }
  return [...found];
}

/**
 * Directions in which no constraint changes to first order when only these wires move: a basis of the null space of the
 * constraints' derivative at this witness.
 */
export function nullSpace(rows: Rows, witness: readonly bigint[], moving: readonly number[]): Direction[] {
  const column = new Map(moving.map((wire, i) => [wire, i]));
  const pivots: { readonly lead: number; readonly row: Map<number, bigint> }[] = [];
  for (const index of new Set(moving.flatMap((wire) => Array.from(rows.touching[wire]!)))) {
    const [a, b, c] = rows.parts[index]!;
    const row = new Map<number, bigint>();
    const add = ({ wires, coefficients }: typeof a, factor: bigint): void => {
      for (let i = 0; i < wires.length; i++) {
        const at = column.get(wires[i]!);
        if (at !== undefined) row.set(at, ((row.get(at) ?? 0n) + coefficients[i]! * factor) % q);
      }
    };
    add(a, evaluate(b, witness));
    add(b, evaluate(a, witness));
    add(c, q - 1n);
    for (const { lead, row: pivot } of pivots) subtract(row, pivot, row.get(lead) ?? 0n);
    const lead = [...row].find(([, value]) => value !== 0n)?.[0];
    if (lead === undefined) continue;
    const scale = invert(row.get(lead)!);
    for (const [at, value] of row) row.set(at, (value * scale) % q);
    for (const pivot of pivots) subtract(pivot.row, row, pivot.row.get(lead) ?? 0n);
    pivots.push({ lead, row });
  }
  const leads = new Set(pivots.map(({ lead }) => lead));
  return moving.flatMap((wire, free) => {
    if (leads.has(free)) return [];
    const direction = new Map([[wire, 1n]]);
    for (const { lead, row } of pivots) {
      const value = row.get(free) ?? 0n;
      if (value !== 0n) direction.set(moving[lead]!, q - value);
    }
    return [direction];
  });
}

function subtract(row: Map<number, bigint>, pivot: ReadonlyMap<number, bigint>, factor: bigint): void {
  if (factor === 0n) return;
  for (const [at, value] of pivot) row.set(at, modulo((row.get(at) ?? 0n) - factor * value));
}

/** A direction of the null space, or a sum of some, along which the witness can really move. */
export function movable(
  lines: LineSearch,
  basis: readonly Direction[],
  random: (bits: number) => bigint,
): Direction | undefined {
  const sums = basis.length < 2 ? [] : Array.from({ length: 3 }, () => combine(basis, random));
  return [...basis, ...sums].find((direction) => moves(lines.steps(direction)));
}

function combine(basis: readonly Direction[], random: (bits: number) => bigint): Direction {
  const sum = new Map<number, bigint>();
  for (const direction of basis) {
    const factor = random(253);
    for (const [wire, speed] of direction) sum.set(wire, ((sum.get(wire) ?? 0n) + factor * speed) % q);
  }
  return sum;
}
