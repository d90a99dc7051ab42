import { q } from "../../../circuits/setup/field.ts";
import { invert, modulo, signed } from "./quadratic.ts";

/** coefficient·x with a whole x in [0, max]. */
export interface BoundedTerm {
  readonly coefficient: bigint;
  readonly max: bigint;
}

/** All solutions of a bounded equation, or, when they are too many to list, the equation over the integers that they satisfy. */
export type Bounded =
  | { readonly kind: "solved"; readonly solutions: bigint[][] }
  | { readonly kind: "integer"; readonly coefficients: bigint[]; readonly target: bigint }
  | { readonly kind: "unknown" };

const mostWraps = 4n;
const mostSteps = 4_000;

/**
 * Solves Σ coefficient_i·x_i = target modulo q for whole x_i in [0, max_i], exactly: it returns every solution, or says that it
 * could not. The equation is scaled so that its coefficients are small integers; with Σ |coefficient_i|·max_i below a few q
 * it holds over the integers for one of a few targets, and those are solved from the largest coefficient down.
 */
export function solveBounded(terms: readonly BoundedTerm[], target: bigint, mostSolutions = 3): Bounded {
  const scaled = scale(terms, target);
  if (scaled === undefined) return { kind: "unknown" };
  const { coefficients, lowest, highest } = scaled;
  // Every integer the sum can be that is `target` modulo q.
  const first = lowest + modulo(scaled.target - lowest);
  const targets: bigint[] = [];
  for (let value = first; value <= highest; value += q) targets.push(value);
  const order = coefficients.map((_, i) => i).sort((i, j) => compare(abs(coefficients[j]!), abs(coefficients[i]!)));
  // The least and the largest sum of what comes after each place in that order.
  const least: bigint[] = [0n];
  const most: bigint[] = [0n];
  for (const i of order.toReversed()) {
    const extreme = coefficients[i]! * terms[i]!.max;
    least.push(least.at(-1)! + (extreme < 0n ? extreme : 0n));
    most.push(most.at(-1)! + (extreme > 0n ? extreme : 0n));
  }
  least.reverse();
  most.reverse();

  const solutions: bigint[][] = [];
  const chosen = new Array<bigint>(terms.length).fill(0n);
  let steps = 0;
  const descend = (place: number, rest: bigint): boolean => {
    if (place === order.length) {
      if (rest !== 0n) return true;
      solutions.push([...chosen]);
      return solutions.length <= mostSolutions;
    }
    const i = order[place]!;
    const coefficient = coefficients[i]!;
    // rest − coefficient·x must be within what the later terms can sum to.
    const [low, high] = [rest - most[place + 1]!, rest - least[place + 1]!];
    const [from, to] = coefficient > 0n ? [low, high] : [-high, -low];
    const size = abs(coefficient);
    let x = from <= 0n ? 0n : (from + size - 1n) / size;
    const last = to < 0n ? -1n : to / size < terms[i]!.max ? to / size : terms[i]!.max;
    for (; x <= last; x++) {
      if (++steps > mostSteps) return false;
      chosen[i] = x;
      if (!descend(place + 1, rest - coefficient * x)) return false;
    }
    return true;
  };
  const complete = targets.every((value) => descend(0, value));
  if (complete) return { kind: "solved", solutions };
  return targets.length === 1 ? { kind: "integer", coefficients, target: targets[0]! } : { kind: "unknown" };
}

interface Scaled {
  readonly coefficients: bigint[];
  readonly target: bigint;
  readonly lowest: bigint;
  readonly highest: bigint;
}

/** Multiplies the equation by the factor, one over some coefficient, that makes the span of the sum smallest. */
function scale(terms: readonly BoundedTerm[], target: bigint): Scaled | undefined {
  const tried = new Set<bigint>();
  let best: Scaled | undefined;
  let smallest = mostWraps * q;
  for (const unit of [1n, ...terms.map(({ coefficient }) => coefficient)]) {
    if (tried.has(unit)) continue;
    tried.add(unit);
    const factor = invert(unit);
    let [lowest, highest] = [0n, 0n];
    const coefficients: bigint[] = [];
    for (const { coefficient, max } of terms) {
      const value = signed((coefficient * factor) % q);
      coefficients.push(value);
      if (value < 0n) lowest += value * max;
      else highest += value * max;
      if (highest - lowest >= smallest) break;
    }
    if (highest - lowest >= smallest) continue;
    smallest = highest - lowest;
    best = { coefficients, target: (target * factor) % q, lowest, highest };
    // Far from wrapping: another factor would not tell more.
    if (smallest < q >> 40n) break;
  }
  return best;
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
