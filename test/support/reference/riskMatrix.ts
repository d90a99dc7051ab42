import { divideUp } from "./field.ts";

/** What `RiskSet.addVersion` takes (IRiskSet.Model). */
export interface RiskModel {
  readonly haircutFactors: readonly number[];
  /** loadings[k][i]: slot i's loading on factor k, 10⁹. */
  readonly loadings: readonly (readonly bigint[])[];
  /** d_i, 10¹⁸. */
  readonly specificVariance: readonly bigint[];
  readonly zE4: number;
}

export type Matrix = readonly (readonly bigint[])[];

/** z²·(L·Lᵀ + diag d)_ij·10⁸, exact, in units of 10⁻¹⁸. */
export function exactRisk({ loadings, specificVariance, zE4 }: RiskModel): Matrix {
  return indices.map((i) =>
    indices.map((j) => {
      const common = loadings.reduce((sum, factor) => sum + factor[i]! * factor[j]!, 0n);
      return (common + (i === j ? specificVariance[i]! : 0n)) * BigInt(zE4) ** 2n;
    }),
  );
}

/**
 * The matrix of docs/floor-box.md: negative entries floored at 0, each entry rounded up, each diagonal raised by the number of
 * entries that were rounded in its row.
 */
export function riskMatrix(model: RiskModel): Matrix {
  const exact = exactRisk(model);
  return exact.map((row, i) =>
    row.map((entry, j) => (i === j ? roundUp(entry) + roundedBeside(row, i) : roundUp(entry))),
  );
}

/** Whether `RiskSet` takes the matrix: Q_ii ≤ h_i². */
export function fitsHaircuts(matrix: Matrix, haircutFactors: readonly number[]): boolean {
  return matrix.every((row, i) => row[i]! <= BigInt(haircutFactors[i]!) ** 2n);
}

const indices = [0, 1, 2, 3, 4, 5, 6, 7];
const unit = 10n ** 18n;

export const roundUp = (entry: bigint): bigint => (entry > 0n ? divideUp(entry, unit) : 0n);

const roundedBeside = (row: readonly bigint[], i: number): bigint =>
  BigInt(row.filter((entry, j) => j !== i && entry > 0n && entry % unit !== 0n).length);
