import { q } from "../../../../circuits/setup/field.ts";
import type { LinearCombination } from "../../../../circuits/setup/r1cs.ts";
import type { ConstraintSystem } from "../../circuits/harness.ts";
import { invert, modulo, signed } from "../quadratic.ts";
import { rowsOf } from "../rows.ts";
import { twoValuedRows } from "../shapes.ts";
import type { Form } from "../shapes.ts";
import type { Condition, Int, Z3 } from "./prover.ts";

/** One witness of a constraint system, as integers in [0, q), with what its constraints say. */
export interface Encoded {
  readonly wires: readonly Int[];
  readonly conditions: Condition[];
  readonly products: readonly Product[];
}

interface Product {
  readonly left: Int;
  readonly right: Int;
  readonly result: Int;
}

/**
 * The constraints over the integers, read from the R1CS: a sum is 0 modulo q when it is a whole multiple of q. Of a product of two
 * unknowns z3 is told only what holds in every field: with a factor 0, 1 or −1, and that a product is 0 only if a factor is. That
 * is less than multiplication says, so what is refuted with it is refuted.
 */
export function encode(z3: Z3, { r1cs }: ConstraintSystem, name: string): Encoded {
  const conditions: Condition[] = [];
  let fresh = 0;
  const element = (label: string): Int => {
    const value = z3.Int.const(`${name}.${label}`);
    conditions.push(value.ge(0), value.lt(number(z3, q)));
    return value;
  };
  const wires = Array.from({ length: r1cs.wireCount }, (_, wire) =>
    wire === 0 ? (number(z3, 1n) as Int) : element(`w${wire}`),
  );
  const sum = ({ wires: own, coefficients }: LinearCombination): Int =>
    Array.from(own, (wire, i) => wires[wire]!.mul(number(z3, signed(coefficients[i]!)))).reduce<Int>(
      (total, term) => total.add(term),
      number(z3, 0n),
    );
  const twoValued = new Map(twoValuedRows(rowsOf(r1cs)).map((row) => [row.row, row]));
  const isBit = new Set(
    [...twoValued.values()].flatMap(({ form, values }) =>
      form.wires.length === 1 && values.every((value) => value <= 1n) ? [form.wires[0]!] : [],
    ),
  );
  /** How many q a sum can be: without that z3 has infinitely many to think of. */
  const multiple = ({ wires: own, coefficients }: LinearCombination, extra: readonly bigint[]): Int => {
    let [lowest, highest] = [0n, 0n];
    const add = (extreme: bigint): void => {
      if (extreme < 0n) lowest += extreme;
      else highest += extreme;
    };
    own.forEach((wire, i) => add(signed(coefficients[i]!) * (wire === 0 || isBit.has(wire) ? 1n : q - 1n)));
    extra.forEach(add);
    const count = z3.Int.const(`${name}.k${fresh++}`);
    conditions.push(count.ge(number(z3, lowest / q - 1n)), count.le(number(z3, highest / q + 1n)));
    return count.mul(number(z3, q));
  };
  const isZero = (form: LinearCombination): void => void conditions.push(sum(form).eq(multiple(form, [])));
  const reduced = (form: LinearCombination): Int => {
    const value = element(`r${fresh++}`);
    conditions.push(
      sum(form)
        .sub(value)
        .eq(multiple(form, [1n - q])),
    );
    return value;
  };
  const products: Product[] = [];
  for (const [row, { a, b, c }] of r1cs.constraints.entries()) {
    const one = twoValued.get(row);
    if (one !== undefined) {
      const [form, unit] = smallest(one.form);
      conditions.push(
        z3.Or(
          ...one.values.map((value) => {
            if (form.wires.length === 1) return wires[form.wires[0]!]!.eq(number(z3, value));
            const target = signed((value * unit) % q);
            return sum(form)
              .sub(number(z3, target))
              .eq(multiple(form, [-target]));
          }),
        ),
      );
      continue;
    }
    if ([a, b].some(({ wires: own }) => own.every((wire) => wire === 0))) {
      const [constant, other] = a.wires.every((wire) => wire === 0) ? [a, b] : [b, a];
      const factor = constant.coefficients[0] ?? 0n;
      isZero({
        wires: Uint32Array.from([...other.wires, ...c.wires]),
        coefficients: [
          ...other.coefficients.map((value) => (value * factor) % q),
          ...c.coefficients.map((value) => modulo(-value)),
        ],
      });
      continue;
    }
    const product = { left: reduced(a), right: reduced(b), result: reduced(c) };
    products.push(product);
    conditions.push(...factorRules(z3, product));
  }
  return { wires, conditions, products };
}

/** The multiple of a form with the smallest coefficients, and by what it was multiplied. */
function smallest({ wires, coefficients }: Form): readonly [LinearCombination, bigint] {
  let best: readonly [bigint[], bigint, bigint] | undefined;
  for (const unit of coefficients) {
    const factor = invert(unit);
    const scaled = coefficients.map((coefficient) => signed((coefficient * factor) % q));
    const size = scaled.reduce(
      (most, value) => ((value < 0n ? -value : value) > most ? (value < 0n ? -value : value) : most),
      0n,
    );
    if (best === undefined || size < best[2]) best = [scaled, factor, size];
  }
  return [{ wires: Uint32Array.from(wires), coefficients: best![0].map(modulo) }, best![1]];
}

function factorRules(z3: Z3, { left, right, result }: Product): Condition[] {
  const isNone = z3.Or(left.eq(0), right.eq(0));
  return [
    z3.Eq(result.eq(0), isNone),
    z3.Implies(left.eq(1), result.eq(right)),
    z3.Implies(right.eq(1), result.eq(left)),
    ...[[left, right] as const, [right, left] as const].map(([one, other]) =>
      z3.Implies(one.eq(number(z3, q - 1n)), z3.Or(isNone, result.eq(number(z3, q).sub(other)))),
    ),
  ];
}

/** What two witnesses of one system have in common: equal factors make equal products, and a factor other than 0 can be cancelled. */
export function pair(z3: Z3, first: Encoded, second: Encoded): Condition[] {
  return first.products.flatMap((one, i) => {
    const other = second.products[i]!;
    const cancel = (same: keyof Product, rest: keyof Product): Condition =>
      z3.Implies(
        one[same].eq(other[same]),
        z3.Or(one[same].eq(0), z3.Eq(one[rest].eq(other[rest]), one.result.eq(other.result))),
      );
    return [cancel("left", "right"), cancel("right", "left")];
  });
}

export const number = (z3: Z3, value: bigint): ReturnType<Z3["Int"]["val"]> => z3.Int.val(value);
