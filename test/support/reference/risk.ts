import { packLanes } from "./field.ts";

/** The upper triangle of a symmetric 8×8 matrix, row by row. */
export function upperTriangle(matrix: readonly (readonly bigint[])[]): bigint[] {
  return matrix.flatMap((row, i) => row.slice(i));
}

export function packRisk(matrix: readonly (readonly bigint[])[]): bigint[] {
  const entries = upperTriangle(matrix);
  return [0, 1, 2, 3].map((w) => packLanes(entries.slice(9 * w, 9 * w + 9), 28));
}

export function packHaircuts(haircut: readonly bigint[]): bigint {
  return packLanes(haircut, 16);
}

/** Whether amounts at these floors cover M, by the definition in design §4, over the full matrix. */
export function covers(
  amount: readonly bigint[],
  floorX64: readonly bigint[],
  haircut: readonly bigint[],
  matrix: readonly (readonly bigint[])[],
  coverage: bigint,
): boolean {
  const value = amount.map((a, i) => (a * floorX64[i]!) >> 64n);
  const haircutValue = value.reduce((sum, v, i) => sum + v * haircut[i]!, 0n);
  const headroom = haircutValue - 10_000n * coverage;
  let variance = 0n;
  value.forEach((vi, i) => value.forEach((vj, j) => (variance += vi * vj * matrix[i]![j]!)));
  return headroom >= 0n && headroom * headroom >= variance;
}

/** The largest coverage of a basket, by bisection. */
export function largestCoverage(
  amount: readonly bigint[],
  floorX64: readonly bigint[],
  haircut: readonly bigint[],
  matrix: readonly (readonly bigint[])[],
): bigint {
  let [low, high] = [0n, 1n << 64n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (covers(amount, floorX64, haircut, matrix, middle)) low = middle;
    else high = middle;
  }
  return low;
}
