/** Integers of the model: written out, none of it taken from the SDK or the contracts. */
export const X64 = 1n << 64n;
export const BPS = 10_000n;
export const WAD = 10n ** 18n;
export const RAY = 10n ** 27n;

export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
/** a − b, at least 0. */
export const less = (a: bigint, b: bigint): bigint => (a > b ? a - b : 0n);
/** ⌈a / b⌉ for a ≥ 0, b > 0. */
export const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

const PRECISION = 10n ** 60n;

/** (1 + rate / 10¹⁸)ⁿ · 10⁶⁰, to about 57 digits. */
function growth(rateWad: bigint, seconds: bigint): bigint {
  let base = PRECISION + rateWad * (PRECISION / WAD);
  let result = PRECISION;
  for (let n = seconds; n > 0n; n >>= 1n) {
    if (n & 1n) result = (result * base) / PRECISION;
    base = (base * base) / PRECISION;
  }
  return result;
}

/** ⌈value · (1 + rate / 10¹⁸)ⁿ⌉. */
export const grown = (value: bigint, rateWad: bigint, seconds: bigint): bigint =>
  ceilDiv(value * growth(rateWad, seconds), PRECISION);

/** A price as a snapshot keeps it: its 48 leading bits. */
export function kept(price: bigint): bigint {
  const drop = BigInt(Math.max(0, price.toString(2).length - 48));
  return (price >> drop) << drop;
}

/** The two leading digits of a value and how many follow. @returns undefined below 10 */
export function twoDigits(value: bigint): { mantissa: number; exponent: number; value: bigint } | undefined {
  if (value < 10n) return undefined;
  const exponent = value.toString().length - 2;
  const mantissa = value / 10n ** BigInt(exponent);
  return { mantissa: Number(mantissa), exponent, value: mantissa * 10n ** BigInt(exponent) };
}

/** Eight amounts of 63 bits in two words. */
export function packed(amounts: readonly bigint[]): { lo: bigint; hi: bigint } {
  const word = (from: number) =>
    [0, 1, 2, 3].reduce((sum, i) => sum | ((amounts[from + i] ?? 0n) << BigInt(63 * i)), 0n);
  return { lo: word(0), hi: word(4) };
}
