import { q } from "../../../circuits/setup/field.ts";
import type { LinearCombination } from "../../../circuits/setup/r1cs.ts";
import { solveBounded } from "./bounded.ts";
import { invert, modulo } from "./quadratic.ts";
import type { Equation, Solver } from "./solver.ts";

/** A whole number made of bits: Σ member·coefficient = base + variable, with 0 ≤ variable ≤ its bound. */
interface Block {
  readonly members: ReadonlyMap<number, bigint>;
  readonly variable: number;
  readonly base: bigint;
}

/**
 * What several linear rows say together: unknowns without bounds are eliminated, and sums of bits become whole numbers
 * whose bounds one row gives and another needs (a remainder below its divisor).
 */
export class Combiner {
  readonly #solver: Solver;
  readonly #familyOf: (variable: number) => string | undefined;
  /** Unknowns as sums of others, each free of those before it; a map keeps the order. */
  readonly #pivots = new Map<number, Equation>();
  readonly #blocks: Block[] = [];
  /** Families of variables that are no wires. */
  readonly #partner = new Map<number, string>();
  readonly #taken = new Set<number>();
  readonly #replaced = new Set<string>();
  /** Every variable of a pivot. */
  readonly #support = new Set<number>();
  #cursor = 0;
  /** Equations in whole numbers, to be seen again when there are new numbers to write them in. */
  readonly #whole = new Set<number>();
  #formsSeen = 0;
  #forms = 0;

  /** @param familyOf Bits of one number share a family; a guess, which nothing relies on. */
  constructor(solver: Solver, familyOf: (variable: number) => string | undefined) {
    this.#solver = solver;
    this.#familyOf = familyOf;
    this.#pair();
  }

  /** The value of a sum that stands for a bit belongs with the other bits in that sum. */
  #pair(): void {
    const { parts, rows, bounds } = this.#solver;
    const claimed = new Set<string>();
    let waiting = parts.slice(rows.parts.length).map(([, , { wires }]) => ({
      bit: wires.at(-1)!,
      families: new Set(Array.from(wires, (wire) => (bounds[wire] === 1n ? this.#familyOf(wire) : undefined))),
    }));
    for (let before = Infinity; waiting.length < before;) {
      before = waiting.length;
      waiting = waiting.filter(({ bit, families }) => {
        const own = [...families].filter((family) => family !== undefined && !claimed.has(family));
        if (own.length !== 1) return true;
        claimed.add(own[0]!);
        this.#partner.set(bit, own[0]!);
        return false;
      });
    }
  }

  /** Adds what follows from the open rows to the solver; true if that is anything new. */
  combine(): boolean {
    const { open, bounds } = this.#solver;
    this.#forget();
    let added = false;
    const again = this.#forms === this.#formsSeen ? [] : this.#whole;
    this.#formsSeen = this.#forms;
    for (const row of new Set([...open, ...again])) {
      open.delete(row);
      if (this.#solver.unknown[row]! < 2) continue;
      const equation = this.#solver.linear(row);
      if (equation === undefined) continue;
      if (equation.variables.length < 2) added = this.#solver.bound(equation, row) !== "nothing" || added;
      else if (equation.variables.every((variable) => bounds[variable] !== undefined)) {
        this.#whole.add(row);
        added = this.#group(equation) || added;
        added = this.#replace(equation, row) || added;
      } else if (!this.#taken.has(row)) {
        this.#taken.add(row);
        added = this.#eliminate(equation) || added;
      }
    }
    return added || this.#cancel();
  }

  /**
   * A row with a product is linear too when the pivots make one of its factors a number: so the rounds of a hash follow from one
   * another where simplification has written them backwards.
   */
  #cancel(): boolean {
    if (this.#pivots.size === 0) return false;
    const { parts, unknown } = this.#solver;
    for (let step = 0; step < parts.length; step++) {
      const row = (this.#cursor + step) % parts.length;
      if (unknown[row]! < 2 || this.#taken.has(row)) continue;
      const [a, b] = parts[row]!;
      const left = this.#constant(a);
      const factor = left ?? this.#constant(b);
      if (factor === undefined) continue;
      this.#cursor = row + 1;
      this.#taken.add(row);
      const [, , c] = parts[row]!;
      const equation = this.#solver.linearSum(left === undefined ? a : b, factor, c);
      const before = this.#pivots.size;
      if (this.#eliminate(equation) || this.#pivots.size > before) return true;
    }
    return false;
  }

  #constant({ wires, coefficients }: LinearCombination): bigint | undefined {
    const { values } = this.#solver;
    for (const wire of wires) if (values[wire] === undefined && !this.#support.has(wire)) return undefined;
    let constant = 0n;
    const sums = new Map<number, bigint>();
    for (let i = 0; i < wires.length; i++) {
      const value = values[wires[i]!];
      if (value === undefined) sums.set(wires[i]!, coefficients[i]!);
      else constant += coefficients[i]! * value;
    }
    if (sums.size === 0) return constant % q;
    constant = this.#substitute(sums, constant % q);
    return sums.size === 0 ? constant : undefined;
  }

  /** Substitutes the pivots; a row that is left with an unbounded unknown becomes a pivot, another a new row. */
  #eliminate(equation: Equation): boolean {
    const { bounds } = this.#solver;
    const sums = new Map(equation.variables.map((variable, i) => [variable, equation.coefficients[i]!]));
    const size = sums.size;
    const constant = this.#substitute(sums, equation.constant);
    const changed =
      sums.size !== size || equation.variables.some((variable, i) => sums.get(variable) !== equation.coefficients[i]);
    const reduced = { variables: [...sums.keys()], coefficients: [...sums.values()], constant };
    const free = reduced.variables.find((variable) => bounds[variable] === undefined);
    if (free !== undefined) {
      const scale = q - invert(sums.get(free)!);
      this.#pivots.set(free, {
        variables: reduced.variables.filter((variable) => variable !== free),
        coefficients: reduced.coefficients.flatMap((coefficient, i) =>
          reduced.variables[i] === free ? [] : [(coefficient * scale) % q],
        ),
        constant: (constant * scale) % q,
      });
      for (const variable of reduced.variables) this.#support.add(variable);
    }
    if (!changed) return false;
    // A pivot is a row of its own, so that its last unknown follows when the others are found.
    this.#taken.add(this.#solver.addEquation(reduced));
    return free === undefined || reduced.variables.length === 1;
  }

  /** Replaces pivots in a sum by what they equal; returns the constant with what that adds. */
  #substitute(sums: Map<number, bigint>, constant: bigint): bigint {
    const { values } = this.#solver;
    for (const [variable, { variables, coefficients, constant: own }] of this.#pivots) {
      const factor = sums.get(variable);
      if (factor === undefined || values[variable] !== undefined) continue;
      sums.delete(variable);
      for (let i = 0; i < variables.length; i++) {
        const other = variables[i]!;
        const value = values[other];
        if (value !== undefined) constant += ((factor * coefficients[i]!) % q) * value;
        else sums.set(other, (sums.get(other) ?? 0n) + factor * coefficients[i]!);
      }
      constant = (constant + factor * own) % q;
      // Reduced once for each pivot that follows, not for each term.
      for (const [other, sum] of sums) {
        const rest = sum % q;
        if (rest === 0n) sums.delete(other);
        else if (rest !== sum) sums.set(other, rest);
      }
    }
    return constant;
  }

  /** Drops pivots that are known: without it every hash would search those of all hashes before it. */
  #forget(): void {
    const { values } = this.#solver;
    for (const variable of this.#pivots.keys()) if (values[variable] !== undefined) this.#pivots.delete(variable);
    if (this.#pivots.size === 0) this.#support.clear();
  }

  /** Bounds on the numbers that the families of bits in an equation over the integers stand for. */
  #group({ variables, coefficients, constant }: Equation): boolean {
    const { bounds } = this.#solver;
    const terms = variables.map((variable, i) => ({ coefficient: coefficients[i]!, max: bounds[variable]! }));
    const found = solveBounded(terms, modulo(-constant));
    if (found.kind !== "integer") return false;
    let added = false;
    const span = (members: readonly number[]): [bigint, bigint] => {
      let [low, high] = [0n, 0n];
      for (const i of members) {
        const extreme = found.coefficients[i]! * terms[i]!.max;
        if (extreme < 0n) low += extreme;
        else high += extreme;
      }
      return [low, high];
    };
    const [lowest, highest] = span(terms.map((_, i) => i));
    for (const members of this.#families(variables, found.coefficients)) {
      const [low, high] = span(members);
      const unit = members.map((i) => abs(found.coefficients[i]!)).reduce((a, b) => (a < b ? a : b));
      if (members.length < 2 || members.some((i) => found.coefficients[i]! % unit !== 0n)) continue;
      // The family's sum is the target less what the others can be.
      const from = found.target - (highest - high);
      const to = found.target - (lowest - low);
      if (from <= low && to >= high) continue;
      const sign = found.coefficients[members[0]!]! < 0n ? -unit : unit;
      const [first, last] =
        sign > 0n ? [from > low ? from : low, to < high ? to : high] : [to < high ? to : high, from > low ? from : low];
      const base = divideUp(first, sign);
      const bound = divideDown(last, sign) - base;
      const block = new Map(members.map((i) => [variables[i]!, found.coefficients[i]! / sign]));
      added = this.#addBlock(block, base, bound) || added;
    }
    return added;
  }

  #families(variables: readonly number[], coefficients: readonly bigint[]): number[][] {
    const families = new Map<string, number[]>();
    const alone: number[] = [];
    variables.forEach((variable, i) => {
      const family = this.#familyOf(variable) ?? this.#partner.get(variable);
      if (family === undefined) alone.push(i);
      else families.set(family, [...(families.get(family) ?? []), i]);
    });
    // The value of a sum that stands for a bit goes where its power of two is missing.
    for (const i of alone) {
      for (const members of families.values()) {
        const own = members.map((member) => coefficients[member]!);
        const coefficient = coefficients[i]!;
        if (own.includes(coefficient)) continue;
        if (!own.includes(2n * coefficient) && !(coefficient % 2n === 0n && own.includes(coefficient / 2n))) continue;
        members.push(i);
        break;
      }
    }
    return [...families.values()];
  }

  #addBlock(members: ReadonlyMap<number, bigint>, from: bigint, size: bigint): boolean {
    const { bounds } = this.#solver;
    const [some, lead] = [...members][0]!;
    const old = this.#blocks.find(
      (block) =>
        block.members.size === members.size &&
        block.members.get(some) === lead &&
        [...members].every(([member, coefficient]) => block.members.get(member) === coefficient),
    );
    let [base, last] = [from, from + size];
    if (old !== undefined) {
      const [lowest, highest] = [old.base, old.base + bounds[old.variable]!];
      if (base <= lowest && last >= highest) return false;
      if (base < lowest) base = lowest;
      if (last > highest) last = highest;
      this.#blocks.splice(this.#blocks.indexOf(old), 1);
    }
    // An empty interval is a bound that no value has.
    const variable = this.#solver.addVariable(last - base);
    this.#blocks.push({ members, variable, base });
    this.#forms++;
    const equation = {
      variables: [...members.keys(), variable],
      coefficients: [...[...members.values()].map(modulo), q - 1n],
      constant: modulo(-base),
    };
    if (last < base) this.#solver.contradiction = -1;
    else this.#solver.addEquation(equation);
    return true;
  }

  /** The same row in terms of the numbers that its bits stand for. */
  #replace({ variables, coefficients, constant }: Equation, row: number): boolean {
    const { values } = this.#solver;
    const sums = new Map(variables.map((variable, i) => [variable, coefficients[i]!]));
    let added = false;
    for (const { members, variable, base } of this.#blocks) {
      const unknown = [...members].filter(([member]) => values[member] === undefined);
      const [lead] = unknown;
      if (lead === undefined || sums.has(variable)) continue;
      const ratio = ((sums.get(lead[0]) ?? 0n) * invert(modulo(lead[1]))) % q;
      if (ratio === 0n || !unknown.every(([member, coefficient]) => sums.get(member) === modulo(ratio * coefficient)))
        continue;
      const name = `${row} ${variable}`;
      if (this.#replaced.has(name)) continue;
      this.#replaced.add(name);
      let known = 0n;
      for (const [member, coefficient] of members) known += (values[member] ?? 0n) * coefficient;
      for (const [member] of unknown) sums.delete(member);
      sums.set(variable, ratio);
      constant = modulo(constant + ratio * (base - known));
      added = true;
    }
    if (added) this.#solver.addEquation({ variables: [...sums.keys()], coefficients: [...sums.values()], constant });
    return added;
  }
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

function divideDown(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

const divideUp = (a: bigint, b: bigint): bigint => -divideDown(-a, b);
