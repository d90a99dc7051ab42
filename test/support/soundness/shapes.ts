import { q } from "../../../circuits/setup/field.ts";
import type { LinearCombination } from "../../../circuits/setup/r1cs.ts";
import { invert, modulo, roots } from "./quadratic.ts";
import type { Parts, Rows } from "./rows.ts";

/** A linear form without its constant, scaled so that its first coefficient is 1. */
export interface Form {
  readonly wires: readonly number[];
  readonly coefficients: readonly bigint[];
}

/** A constraint that says: this form has one of these (at most two) values, whatever the other wires are. */
export interface TwoValued {
  readonly row: number;
  readonly form: Form;
  readonly values: readonly bigint[];
}

/**
 * The constraints that are a quadratic equation in one linear form, such as b·(b − 1) = 0. circom's simplification puts
 * sums in the place of a bit, so the form may have any number of wires.
 */
export function twoValuedRows({ parts }: Rows): TwoValued[] {
  return parts.flatMap((part, row) => {
    const found = twoValued(part);
    return found === undefined ? [] : [{ row, ...found }];
  });
}

function twoValued([a, b, c]: Parts): { form: Form; values: readonly bigint[] } | undefined {
  const form = formOf(a);
  if (form === undefined || b.wires.length > a.wires.length + 1) return undefined;
  const [first, second, third] = [form, multipleOf(b, form), multipleOf(c, form)];
  if (second === undefined || third === undefined || second.factor === 0n) return undefined;
  const quadratic = (first.factor * second.factor) % q;
  const linear = modulo(first.factor * second.constant + second.factor * first.constant - third.factor);
  const constant = modulo(first.constant * second.constant - third.constant);
  const values = roots(quadratic, linear, constant);
  return values === "all" ? undefined : { form, values };
}

type Scaled = Form & { readonly factor: bigint; readonly constant: bigint };

function formOf({ wires, coefficients }: LinearCombination): Scaled | undefined {
  let constant = 0n;
  const own: number[] = [];
  const values: bigint[] = [];
  for (let i = 0; i < wires.length; i++) {
    if (wires[i] === 0) constant = coefficients[i]!;
    else {
      own.push(wires[i]!);
      values.push(coefficients[i]!);
    }
  }
  if (own.length === 0) return undefined;
  const factor = values[0]!;
  const scale = invert(factor);
  return { wires: own, coefficients: values.map((value) => (value * scale) % q), factor, constant };
}

/** factor·form + constant, if that is what the combination is. */
function multipleOf(combination: LinearCombination, form: Form): { factor: bigint; constant: bigint } | undefined {
  const own = formOf(combination);
  if (own === undefined) return { factor: 0n, constant: combination.coefficients[0] ?? 0n };
  if (own.wires.length !== form.wires.length) return undefined;
  const coefficients = new Map(own.wires.map((wire, i) => [wire, own.coefficients[i]!]));
  const lead = coefficients.get(form.wires[0]!);
  if (lead === undefined) return undefined;
  const same = form.wires.every((wire, i) => coefficients.get(wire) === (lead * form.coefficients[i]!) % q);
  return same ? { factor: (own.factor * lead) % q, constant: own.constant } : undefined;
}
