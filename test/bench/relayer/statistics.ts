/** The p50, p95 and p99 of some values, by nearest rank; how many there were, and the largest. */
export type Percentiles = { count: number; p50: number; p95: number; p99: number; max: number };

/** @throws RangeError without values */
export function percentiles(values: readonly number[]): Percentiles {
  if (values.length === 0) throw new RangeError("There are no values to take percentiles of.");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1)! };
}

export type Point = { x: number; y: number };
export type Line = {
  slope: number;
  /** Of the slope at 95 %: it is told from 0 when it is larger than this. */
  halfWidth: number;
  intercept: number;
  /** Of neighbouring residuals, at least 0: samples of one process are not independent. */
  autocorrelation: number;
  isSignificant: boolean;
};

/**
 * Least squares, with the error of the slope widened by what neighbouring residuals have in common (AR(1):
 * √((1+ρ)/(1−ρ))), and Student's quantile for as many points as are left then.
 *
 * @throws RangeError with fewer than 8 points
 */
export function fitLine(points: readonly Point[]): Line {
  const n = points.length;
  if (n < 8) throw new RangeError(`A line with its error needs at least 8 points, there are ${n}.`);
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / n;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const sxx = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0) / sxx;
  const intercept = my - slope * mx;
  const residuals = points.map(({ x, y }) => y - intercept - slope * x);
  const squares = residuals.reduce((sum, r) => sum + r * r, 0);
  const neighbours = residuals.slice(1).reduce((sum, r, i) => sum + r * residuals[i]!, 0);
  const rho = squares === 0 ? 0 : Math.min(0.95, Math.max(0, neighbours / squares));
  const widened = Math.sqrt((1 + rho) / (1 - rho));
  const standardError = Math.sqrt(squares / (n - 2) / sxx) * widened;
  const freedom = Math.max(2, (n * (1 - rho)) / (1 + rho) - 2);
  const halfWidth = quantile975(freedom) * standardError;
  return { slope, halfWidth, intercept, autocorrelation: rho, isSignificant: Math.abs(slope) > halfWidth };
}

/** Student's t at 97.5 %, by Hill's expansion around the normal's; within 1 % from 3 degrees of freedom on. */
function quantile975(freedom: number): number {
  const z = 1.959964;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}
