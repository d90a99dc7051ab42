import { divideUp } from "../reference/field.ts";
import type { Matrix } from "../reference/riskMatrix.ts";

/** A lock, what was proven of it, and prices at another time. Slots that are not relied on have floor 0. */
export interface Case {
  readonly amount: readonly bigint[];
  readonly floorX64: readonly bigint[];
  readonly priceX64: readonly bigint[];
  readonly haircut: readonly bigint[];
  readonly matrix: Matrix;
}

/** ⌊a_i·p_i / 2^64⌋ on relied-on slots, 0 elsewhere: what the circuit computes with the prices as floors. */
export function valuesAt(c: Case, pricesX64: readonly bigint[]): bigint[] {
  return c.amount.map((a, i) => (c.floorX64[i] === 0n ? 0n : (a * pricesX64[i]!) >> 64n));
}

export function quadratic(matrix: Matrix, v: readonly bigint[]): bigint {
  return v.reduce((sum, vi, i) => (vi === 0n ? sum : sum + vi * rowSum(matrix, v, i)), 0n);
}

export function rowSum(matrix: Matrix, v: readonly bigint[], i: number): bigint {
  return v.reduce((sum, vj, j) => sum + matrix[i]![j]! * vj, 0n);
}

/** V − ⌈√(vᵀQv)⌉: at least 10⁴·M exactly when the circuit accepts M ≥ 0. */
export function marginAt(c: Case, pricesX64: readonly bigint[]): bigint {
  const v = valuesAt(c, pricesX64);
  const haircutValue = v.reduce((sum, vi, i) => sum + vi * c.haircut[i]!, 0n);
  return haircutValue - rootUp(quadratic(c.matrix, v));
}

/** The largest M provable at the floors; negative when none is. */
export function provableCoverage(c: Case): bigint {
  return floorDivide(marginAt(c, c.floorX64), 10_000n);
}

/** ⌊λ·M⌋ with λ = min over relied-on slots of p_i / f_i, not capped at 1: the theorem needs no cap. */
export function scaledCoverage(c: Case, coverage: bigint): bigint {
  const scaled = c.floorX64.flatMap((f, i) => (f === 0n ? [] : [(coverage * c.priceX64[i]!) / f]));
  return scaled.reduce((least, value) => (value < least ? value : least));
}

/** V_s of LIQ-5: s_i = ⌈p_i·h_i / 10⁴⌉ on relied-on slots, 0 elsewhere, each slot's value rounded down. */
export function settledValue(c: Case): bigint {
  return c.amount.reduce((sum, a, i) => sum + ((a * seizurePrice(c, i)) >> 64n), 0n);
}

export function seizurePrice(c: Case, i: number): bigint {
  return c.floorX64[i] === 0n ? 0n : divideUp(c.priceX64[i]! * c.haircut[i]!, 10_000n);
}

export const reliedOn = (c: Case): bigint => BigInt(c.floorX64.filter((f) => f !== 0n).length);

/** ⌈√n⌉ */
export function rootUp(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x * x === n ? x : x + 1n;
    x = next;
  }
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a >= 0n ? a / b : -divideUp(-a, b);
}
