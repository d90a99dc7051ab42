/**
 * A version of a `RiskSet`, from past prices: how far a basket may fall between the last price that anyone could have acted on
 * and the moment its claim is paid out.
 *
 * - Σ: exponentially weighted covariance of daily log returns (mean 0, the newest day weighs most), over the days on which every
 *   asset has a price, all before `asOf`: nothing is known of the future.
 * - horizon: Σ scales with time, from one day to `horizonSeconds` ({@link riskHorizonSeconds}).
 * - loadings: the Cholesky factor of Σ, so that L·Lᵀ = Σ exactly, and d only lifts assets that were calmer than
 *   `minDailyVolatility`: that a peg has held is no evidence that it will.
 * - z: how many standard deviations a basket must survive. Daily crypto returns have fat tails: ETH fell by more than 3 on
 *   1 day in 96 (2018 to 2022, test/data/prices), not 1 in 740. The haircuts come on top.
 */

export const SLOTS = 8;

/** One price a day: start of the day (unix seconds) and its close, USD. */
export type DailyClose = { time: number; close: number };

export type RiskModelParameters = {
  /** Closes per slot, in time order; undefined = slot unused. At most eight. */
  closes: readonly (readonly DailyClose[] | undefined)[];
  /** Only days that ended by then count, unix seconds. */
  asOf: number;
  /** h_i = 10⁴·(1 − haircut) per slot. */
  haircutFactors: readonly number[];
  horizonSeconds: number;
  z: number;
  /** @default 365 */
  windowDays?: number;
  /** Weight of a day beside the next one. @default 0.97: half of the weight lies on 23 days */
  decay?: number;
  /** @default 0.0025 */
  minDailyVolatility?: number;
};

/** What `RiskSet.addVersion` takes. */
export type RiskModel = {
  haircutFactors: number[];
  /** loadings[k][i]: slot i's loading on factor k over the horizon, 10⁹. */
  loadings: bigint[][];
  /** d_i over the horizon, 10¹⁸. */
  specificVariance: bigint[];
  zE4: number;
};

const DAY = 86_400;
const BPS = 10_000;
const MIN_RETURNS = 60;

/** The parts of the horizon (design §4), seconds. */
export type HorizonParts = {
  priceStaleness: number;
  grace: number;
  auction: number;
  /** Finality of the margin chain, LayerZero's confirmations included. */
  finality: number;
  delivery: number;
  settlement: number;
};

/** Price staleness + grace + two auctions + finality on D + LayerZero + settlement. */
export function riskHorizonSeconds(parts: HorizonParts): number {
  return parts.priceStaleness + parts.grace + 2 * parts.auction + parts.finality + parts.delivery + parts.settlement;
}

export function estimateRiskModel(parameters: RiskModelParameters): RiskModel {
  const { asOf, haircutFactors, horizonSeconds, z, windowDays = 365 } = parameters;
  const { closes, decay = 0.97, minDailyVolatility = 0.0025 } = parameters;
  if (closes.length > SLOTS) throw new Error(`A collateral set has ${SLOTS} slots, got prices for ${closes.length}.`);
  const used = closes.flatMap((series, slot) => (series === undefined ? [] : [{ slot, series }]));

  const returns = dailyReturns(
    used.map(({ series }) => series),
    asOf - windowDays * DAY,
    asOf,
  );
  if (returns.length < MIN_RETURNS) {
    throw new Error(`${returns.length} common daily returns are too few for a covariance; ${MIN_RETURNS} are needed.`);
  }
  const days = horizonSeconds / DAY;
  const daily = weightedCovariance(returns, decay);
  const factor = cholesky(daily.map((row) => row.map((entry) => entry * days)));

  const loadings = used.map(() => Array<bigint>(SLOTS).fill(0n));
  const specificVariance = Array<bigint>(SLOTS).fill(0n);
  used.forEach(({ slot }, i) => {
    const missing = Math.max(0, minDailyVolatility ** 2 - daily[i]![i]!) * days;
    specificVariance[slot] = BigInt(Math.ceil(missing * 1e18));
    used.forEach((_, k) => (loadings[k]![slot] = BigInt(Math.round(factor[i]![k]! * 1e9))));

    const move = z * Math.sqrt(daily[i]![i]! * days + missing);
    const h = haircutFactors[slot] ?? 0;
    if (move > h / BPS) {
      throw new Error(
        `Slot ${slot} moves by ${(100 * move).toFixed(1)} % at ${z} sigma, more than its haircut value of ` +
          `${(h / 100).toFixed(1)} %: the floor box would not hold. Shorten the horizon, lower z, or do not list it.`,
      );
    }
  });
  return {
    haircutFactors: Array.from({ length: SLOTS }, (_, slot) => haircutFactors[slot] ?? 0),
    loadings,
    specificVariance,
    zE4: Math.ceil(z * 1e4),
  };
}

/** Log returns between consecutive days that all series have, oldest first, of days that ended in [from, to]. */
function dailyReturns(series: readonly (readonly DailyClose[])[], from: number, to: number): number[][] {
  const byTime = series.map((closes) => new Map(closes.map(({ time, close }) => [time, close])));
  const common = [...(byTime[0]?.keys() ?? [])]
    .filter((time) => time + DAY >= from && time + DAY <= to && byTime.every((closes) => closes.has(time)))
    .sort((a, b) => a - b);
  return common
    .slice(1)
    .map((time, i) => byTime.map((closes) => Math.log(closes.get(time)! / closes.get(common[i]!)!)));
}

function weightedCovariance(returns: readonly number[][], decay: number): number[][] {
  const size = returns[0]!.length;
  const weights = returns.map((_, i) => decay ** (returns.length - 1 - i));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const entry = (i: number, j: number): number =>
    returns.reduce((sum, day, t) => sum + weights[t]! * day[i]! * day[j]!, 0) / total;
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => entry(i, j)));
}

/** The lower triangle L with L·Lᵀ = matrix. A direction without variance gets a column of zeros. */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const lower = Array.from({ length: size }, () => Array<number>(size).fill(0));
  for (let k = 0; k < size; k++) {
    const left = (i: number): number => matrix[i]![k]! - dot(lower[i]!, lower[k]!, k);
    const pivot = left(k);
    if (pivot <= Number.EPSILON * matrix[k]![k]!) continue;
    for (let i = k; i < size; i++) lower[i]![k] = left(i) / Math.sqrt(pivot);
  }
  return lower;
}

function dot(a: readonly number[], b: readonly number[], length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[i]! * b[i]!;
  return sum;
}
