import { addPoints, IDENTITY, mulPoint, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { councilError } from "./errors.ts";

/** f(x) = Σ_k a_k·x^k mod l, by Horner. */
export function evaluate(coefficients: readonly bigint[], x: number): bigint {
  return coefficients.reduceRight((sum, coefficient) => (sum * BigInt(x) + coefficient) % SUBGROUP_ORDER, 0n);
}

/** f(x)·B from the commitments C_k = a_k·B: Σ_k x^k·C_k. */
export function evaluateCommitments(commitments: readonly Point[], x: number): Point {
  return commitments.reduceRight((sum, commitment) => addPoints(mulPoint(sum, BigInt(x)), commitment), IDENTITY);
}

/** Component-wise sums of several dealers' commitments: those of the sum of their polynomials. */
export function sumCommitments(dealings: readonly (readonly Point[])[]): Point[] {
  return dealings[0]!.map((_, k) => dealings.map((dealing) => dealing[k]!).reduce(addPoints));
}

/**
 * λ_i = Π_{j≠i} j / (j − i) mod l, so that f(0) = Σ λ_i·f(i) for every f of a degree below the number of indices (Shamir 1979).
 *
 * @throws HypothecError `council.session` when indices repeat or are not in 1 … 255.
 */
export function lagrangeAtZero(indices: readonly number[]): bigint[] {
  const usable = indices.every((index) => Number.isInteger(index) && index >= 1 && index <= 255);
  if (!usable || new Set(indices).size !== indices.length) {
    throw councilError("council.session", `[${indices.join(", ")}] are not distinct indices`);
  }
  return indices.map((i) => {
    let [numerator, denominator] = [1n, 1n];
    for (const j of indices) {
      if (j === i) continue;
      numerator = (numerator * BigInt(j)) % SUBGROUP_ORDER;
      denominator = (denominator * (BigInt(j - i) + SUBGROUP_ORDER)) % SUBGROUP_ORDER;
    }
    return (numerator * invert(denominator)) % SUBGROUP_ORDER;
  });
}

/** a^(l−2) mod l. Indices are public, so that its time may depend on them. */
function invert(value: bigint): bigint {
  let [result, base, exponent] = [1n, value % SUBGROUP_ORDER, SUBGROUP_ORDER - 2n];
  while (exponent > 0n) {
    if (exponent & 1n) result = (result * base) % SUBGROUP_ORDER;
    base = (base * base) % SUBGROUP_ORDER;
    exponent >>= 1n;
  }
  return result;
}
