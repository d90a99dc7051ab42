import { q } from "../../../circuits/setup/field.ts";
import type { LinearCombination } from "../../../circuits/setup/r1cs.ts";
import { solveBounded } from "./bounded.ts";
import type { BoundedTerm } from "./bounded.ts";
import { invert, modulo, roots } from "./quadratic.ts";
import { rowsOf } from "./rows.ts";
import type { Parts, Rows } from "./rows.ts";
import { twoValuedRows } from "./shapes.ts";
import type { R1cs } from "../../../circuits/setup/r1cs.ts";

/** A sum over unknowns that is 0: constant + Σ coefficient·variable. */
export interface Equation {
  readonly variables: number[];
  readonly coefficients: bigint[];
  readonly constant: bigint;
}

/** A few values for some variables, one of which holds. */
interface Choice {
  readonly variables: readonly number[];
  readonly options: readonly (readonly bigint[])[];
}

/** What the variables have to be if no constraint is to be violated. Thrown away by undoing to a mark. */
export interface Mark {
  readonly assigned: number;
  readonly bounded: number;
  readonly choices: readonly Choice[];
}

const nothing: LinearCombination = { wires: new Uint32Array(0), coefficients: [] };

/**
 * Derives wires of an R1CS from given ones by rules that allow no other value: an independent witness generator that reads nothing but
 * the constraints. Where it derives every wire, there is one witness for the given values.
 *
 * Variables are the wires, followed by auxiliary ones: the value of a sum that a constraint says is a bit, and whole numbers
 * made of bits.
 */
export class Solver {
  readonly rows: Rows;
  readonly values: (bigint | undefined)[];
  /** A variable with a bound is a whole number from 0 to it. */
  readonly bounds: (bigint | undefined)[];
  readonly parts: Parts[];
  readonly touching: number[][];
  /** How many of a row's variables are unknown. */
  readonly unknown: number[] = [];
  /** The row that cannot hold, if one was met. */
  contradiction: number | undefined;
  readonly #wiresOf: (Uint32Array | number[])[];
  readonly #assigned: number[] = [];
  readonly #bounded: number[] = [];
  readonly #queue: number[] = [];
  readonly #dirty = new Set<number>();
  readonly #choices: Choice[] = [];
  /** Rows with several unknowns that have said all they can by themselves. */
  readonly open = new Set<number>();
  /** Rows that a rule has taken in for good. */
  readonly #settled = new Set<number>();

  constructor(r1cs: R1cs) {
    this.rows = rowsOf(r1cs);
    this.values = new Array<bigint | undefined>(r1cs.wireCount).fill(undefined);
    this.bounds = new Array<bigint | undefined>(r1cs.wireCount).fill(undefined);
    this.parts = [...this.rows.parts];
    this.#wiresOf = [...this.rows.wiresOf];
    this.touching = this.rows.touching.map((rows) => Array.from(rows));
    for (let row = 0; row < this.parts.length; row++) {
      this.unknown.push(this.#wiresOf[row]!.length);
      this.#dirty.add(row);
      if (this.unknown[row]! <= 1) this.#queue.push(row);
    }
    this.values[0] = 1n;
    for (const { row, form, values } of twoValuedRows(this.rows)) {
      this.#settled.add(row);
      const [single] = form.wires;
      const [first, second] = values;
      if (first === undefined) this.contradiction = row;
      else if (form.wires.length === 1 && values.every((value) => value <= 1n) && second !== undefined)
        this.bounds[single!] = 1n;
      else {
        // form = first + (second − first)·bit
        const variables = [...form.wires];
        const coefficients = [...form.coefficients];
        if (second !== undefined) {
          variables.push(this.addVariable(1n));
          coefficients.push(modulo(first - second));
        }
        this.addEquation({ variables, coefficients, constant: modulo(-first) });
      }
    }
  }

  addVariable(bound: bigint | undefined): number {
    this.values.push(undefined);
    this.bounds.push(bound);
    this.touching.push([]);
    return this.values.length - 1;
  }

  addEquation({ variables, coefficients, constant }: Equation): number {
    const row = this.parts.length;
    const wires = Uint32Array.from([0, ...variables]);
    this.parts.push([nothing, nothing, { wires, coefficients: [constant, ...coefficients] }]);
    this.#wiresOf.push(variables);
    for (const variable of variables) this.touching[variable]!.push(row);
    const unknown = variables.filter((variable) => this.values[variable] === undefined).length;
    this.unknown.push(unknown);
    this.#dirty.add(row);
    if (unknown <= 1) this.#queue.push(row);
    return row;
  }

  /** Fixes a variable; false if that contradicts what is known of it. */
  assign(variable: number, value: bigint, because = -1): boolean {
    const known = this.values[variable];
    if (known !== undefined) {
      if (known !== value) this.contradiction = because;
      return known === value;
    }
    const bound = this.bounds[variable];
    if (bound !== undefined && value > bound) {
      this.contradiction = because;
      return false;
    }
    this.values[variable] = value;
    this.#assigned.push(variable);
    for (const row of this.touching[variable]!) {
      this.#dirty.add(row);
      if (--this.unknown[row]! <= 1) this.#queue.push(row);
    }
    return true;
  }

  /** Says that a variable is a whole number from 0 to `bound`. */
  restrict(variable: number, bound: bigint): void {
    if (this.bounds[variable] !== undefined) return;
    this.bounds[variable] = bound;
    this.#bounded.push(variable);
    for (const row of this.touching[variable]!) this.#dirty.add(row);
  }

  mark(): Mark {
    return { assigned: this.#assigned.length, bounded: this.#bounded.length, choices: [...this.#choices] };
  }

  /** Forgets everything since the mark. Equations and variables added since then must not depend on it. */
  undo({ assigned, bounded, choices }: Mark): void {
    while (this.#assigned.length > assigned) {
      const variable = this.#assigned.pop()!;
      this.values[variable] = undefined;
      for (const row of this.touching[variable]!) {
        this.unknown[row]!++;
        this.#dirty.add(row);
      }
    }
    while (this.#bounded.length > bounded) this.bounds[this.#bounded.pop()!] = undefined;
    this.#choices.splice(0, Infinity, ...choices);
    this.#queue.length = 0;
    this.contradiction = undefined;
  }

  /** The variables that were derived or assigned since a mark. */
  since({ assigned }: Mark): readonly number[] {
    return this.#assigned.slice(assigned);
  }

  /** Applies every rule but case distinctions until none has anything to say; false on a contradiction. */
  propagate(): boolean {
    for (;;) {
      if (!this.#single()) return false;
      let progress = false;
      for (const row of this.#dirty) {
        this.#dirty.delete(row);
        if (this.unknown[row]! < 2 || this.#settled.has(row)) continue;
        // Without bounds on all of them there is nothing to solve here, only to combine with other rows.
        const equation = this.#isBounded(row) ? this.linear(row) : undefined;
        if (equation === undefined) {
          this.open.add(row);
          continue;
        }
        const found = this.bound(equation, row);
        if (found === "contradiction") return false;
        if (found === "progress") {
          progress = true;
          break;
        }
        this.open.add(row);
      }
      if (!progress) return this.contradiction === undefined;
    }
  }

  #isBounded(row: number): boolean {
    for (const variable of this.#wiresOf[row]!) {
      if (this.values[variable] === undefined && this.bounds[variable] === undefined) return false;
    }
    return true;
  }

  /** Rows with at most one unknown: an equation of degree two or less in it. */
  #single(): boolean {
    if (this.contradiction !== undefined) return false;
    for (let row = this.#queue.pop(); row !== undefined; row = this.#queue.pop()) {
      const [a, b, c] = this.parts[row]!;
      let unknown = -1;
      const sums = [a, b, c].map(({ wires, coefficients }) => {
        let [constant, slope] = [0n, 0n];
        for (let i = 0; i < wires.length; i++) {
          const value = this.values[wires[i]!];
          if (value === undefined) {
            slope += coefficients[i]!;
            unknown = wires[i]!;
          } else constant += coefficients[i]! * value;
        }
        return { constant: constant % q, slope: slope % q };
      });
      const [{ constant: a0, slope: a1 }, { constant: b0, slope: b1 }, { constant: c0, slope: c1 }] = sums as [
        (typeof sums)[0],
        (typeof sums)[0],
        (typeof sums)[0],
      ];
      const solutions = roots((a1 * b1) % q, modulo(a1 * b0 + b1 * a0 - c1), modulo(a0 * b0 - c0));
      if (solutions === "all") continue;
      const bound = unknown < 0 ? undefined : this.bounds[unknown];
      const possible = bound === undefined ? solutions : solutions.filter((value) => value <= bound);
      if (possible.length === 0) {
        this.contradiction = row;
        return false;
      }
      if (possible.length === 1) {
        if (!this.assign(unknown, possible[0]!, row)) return false;
      } else if (bound === undefined) this.#twoValues(unknown, possible as [bigint, bigint]);
    }
    return true;
  }

  #twoValues(variable: number, values: readonly [bigint, bigint]): void {
    if (values.includes(0n) && values.includes(1n)) this.restrict(variable, 1n);
    else this.#choices.push({ variables: [variable], options: values.map((value) => [value]) });
  }

  /** The row as a linear equation in its unknowns, if it is one now. */
  linear(row: number): Equation | undefined {
    const [a, b, c] = this.parts[row]!;
    const [left, right] = [this.#number(a), this.#number(b)];
    if (left === undefined && right === undefined) return undefined;
    return left !== undefined ? this.linearSum(b, left, c) : this.linearSum(a, right!, c);
  }

  /** factor·first − second = 0 in their unknowns. */
  linearSum(first: LinearCombination, scale: bigint, second: LinearCombination): Equation {
    const sums = new Map<number, bigint>();
    let constant = 0n;
    const add = ({ wires, coefficients }: LinearCombination, factor: bigint): void => {
      if (factor === 0n) return;
      for (let i = 0; i < wires.length; i++) {
        const value = this.values[wires[i]!];
        const coefficient = coefficients[i]! * factor;
        if (value === undefined) sums.set(wires[i]!, ((sums.get(wires[i]!) ?? 0n) + coefficient) % q);
        else constant += coefficient * value;
      }
    };
    add(first, scale);
    add(second, q - 1n);
    const entries = [...sums].filter(([, coefficient]) => coefficient !== 0n);
    return {
      variables: entries.map(([variable]) => variable),
      coefficients: entries.map(([, coefficient]) => coefficient),
      constant: modulo(constant),
    };
  }

  #number({ wires, coefficients }: LinearCombination): bigint | undefined {
    let sum = 0n;
    for (let i = 0; i < wires.length; i++) {
      const value = this.values[wires[i]!];
      if (value === undefined) return undefined;
      sum += coefficients[i]! * value;
    }
    return sum % q;
  }

  /** Solves an equation whose unknowns all have bounds; a variable without one, if it is alone, follows. */
  bound({ variables, coefficients, constant }: Equation, row: number): "progress" | "nothing" | "contradiction" {
    if (variables.length === 0) {
      if (constant === 0n) return "nothing";
      this.contradiction = row;
      return "contradiction";
    }
    if (variables.length === 1) {
      const value = modulo(-constant * invert(coefficients[0]!));
      return this.assign(variables[0]!, value, row) ? "progress" : "contradiction";
    }
    const terms: BoundedTerm[] = [];
    for (let i = 0; i < variables.length; i++) {
      const max = this.bounds[variables[i]!];
      if (max === undefined) return "nothing";
      terms.push({ coefficient: coefficients[i]!, max });
    }
    const solved = solveBounded(terms, modulo(-constant));
    if (solved.kind !== "solved") return "nothing";
    const [first, ...others] = solved.solutions;
    if (first === undefined) {
      this.contradiction = row;
      return "contradiction";
    }
    let progress = false;
    for (let i = 0; i < variables.length; i++) {
      if (!others.every((solution) => solution[i] === first[i])) continue;
      if (!this.assign(variables[i]!, first[i]!, row)) return "contradiction";
      progress = true;
    }
    if (others.length > 0) this.#choices.push({ variables, options: solved.solutions });
    return progress ? "progress" : "nothing";
  }

  /** Tries each option of the pending choices; keeps what only one of them allows. */
  choose(): "progress" | "nothing" | "contradiction" {
    for (let k = this.#choices.length - 1; k >= 0; k--) {
      const { variables, options } = this.#choices[k]!;
      if (variables.every((variable) => this.values[variable] !== undefined)) {
        this.#choices.splice(k, 1);
        continue;
      }
      const possible = options.filter((values) => this.consistent(variables, values));
      if (possible.length === 0) {
        this.contradiction = -1;
        return "contradiction";
      }
      if (possible.length > 1) continue;
      this.#choices.splice(k, 1);
      variables.forEach((variable, i) => this.assign(variable, possible[0]![i]!));
      return "progress";
    }
    return "nothing";
  }

  consistent(variables: readonly number[], values: readonly bigint[]): boolean {
    const mark = this.mark();
    const fits = variables.every((variable, i) => this.assign(variable, values[i]!)) && this.propagate();
    this.undo(mark);
    return fits;
  }
}
