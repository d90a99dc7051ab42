// The adaptive curve as its specification has it (https://docs.morpho.org/overview/resources/contracts/irm), in fixed point of 60 digits: the reference of
// AdaptiveRateModel. Nothing is rounded for anybody here.

const ONE = 10n ** 60n;
const YEAR = 365n * 86_400n;
const TARGET = (9n * ONE) / 10n;
const INITIAL = (4n * ONE) / 100n;
const MIN = ONE / 1_000n;
const MAX = 2n * ONE;
const HALVINGS = 40n;

/** e^x: the series for x / 2^40, then squared 40 times. */
export function exp(x: bigint): bigint {
  const small = x >> HALVINGS;
  let sum = ONE;
  for (let term = ONE, i = 1n; term !== 0n && i < 40n; i += 1n) {
    term = (term * small) / (i * ONE);
    sum += term;
  }
  for (let i = 0n; i < HALVINGS; i += 1n) sum = (sum * sum) / ONE;
  return sum;
}

const bounded = (rate: bigint) => (rate < MIN ? MIN : rate > MAX ? MAX : rate);

/** Utilisation's distance from the target, −1 to 1. */
function errorOf(cash: bigint, debt: bigint): bigint {
  const utilisation = debt === 0n ? 0n : (debt * ONE) / (cash + debt);
  const side = utilisation < TARGET ? TARGET : ONE - TARGET;
  return ((utilisation - TARGET) * ONE) / side;
}

/** A quarter of the rate at target at error −1, four times it at 1, straight in between on either side. */
function curve(atTarget: bigint, error: bigint): bigint {
  const slope = error < 0n ? (3n * ONE) / 4n : 3n * ONE;
  return (atTarget * (ONE + (slope * error) / ONE)) / ONE;
}

/** One pool's rate at target through time. Rates a year, as numbers of 60 digits. */
export class AdaptiveRate {
  atTarget = INITIAL;

  /** The mean rate of `elapsed` seconds, by two trapezoids, and the exact mean, which no bound may cut off. */
  advance(cash: bigint, debt: bigint, elapsed: bigint): { rate: bigint; exact: bigint | undefined } {
    const error = errorOf(cash, debt);
    const x = (50n * error * elapsed) / YEAR;
    const start = this.atTarget;
    const far = x > 20n * ONE ? 20n * ONE : x < -20n * ONE ? -20n * ONE : x;
    const middle = bounded((start * exp(far / 2n)) / ONE);
    const unbounded = (start * exp(far)) / ONE;
    this.atTarget = bounded(unbounded);
    const rate = curve((start + 2n * middle + this.atTarget) / 4n, error);
    const exact = this.atTarget === unbounded && x !== 0n ? curve(((unbounded - start) * ONE) / x, error) : undefined;
    return { rate, exact };
  }
}

/** In 18 digits, down. */
export const toWad = (rate: bigint): bigint => rate / 10n ** 42n;
