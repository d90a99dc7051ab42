import { SLOTS, toAmounts, type Amounts } from "../notes/amounts.ts";
import { HypothecError } from "../errors/base.ts";

/** Haircut factors and risk matrix of a risk set's version. */
export interface RiskParameters {
  /** h_i = 10⁴·(1 − haircut_i), eight of them. */
  readonly haircuts: readonly bigint[];
  /** The upper triangle of Q, row-major, 36 entries in [0, 10⁸]. */
  readonly risk: readonly bigint[];
}

/** The words that the contracts and the circuit take. */
export interface PackedRisk {
  readonly haircutsPacked: bigint;
  readonly riskPacked: readonly bigint[];
}

export interface CoverageParameters extends RiskParameters {
  readonly amounts: Amounts;
  /** µUSD of one shared unit · 2^64; 0 for slots that are not relied on. */
  readonly floorsX64: readonly bigint[];
}

/** M = mantissa·10^exponent with a mantissa of two digits, or 0. */
export interface Coverage {
  readonly mantissa: number;
  readonly exponent: number;
  /** µUSD. */
  readonly value: bigint;
}

const RISK_ENTRIES = 36;
const LANES = 9;
const LIMIT = 1n << 64n;
const HAIRCUT_ONE = 10_000n;

/** h and Q into words of 16-bit and 28-bit lanes. */
export function packRisk({ haircuts, risk }: RiskParameters): PackedRisk {
  checkRisk({ haircuts, risk });
  return {
    haircutsPacked: haircuts.reduce((word, h, i) => word + (h << BigInt(16 * i)), 0n),
    riskPacked: [0, 1, 2, 3].map((w) =>
      risk.slice(LANES * w, LANES * (w + 1)).reduce((word, q, k) => word + (q << BigInt(28 * k)), 0n),
    ),
  };
}

/** The inverse of {@link packRisk}. */
export function unpackRisk({ haircutsPacked, riskPacked }: PackedRisk): RiskParameters {
  const haircuts = Array.from({ length: SLOTS }, (_, i) => (haircutsPacked >> BigInt(16 * i)) & 0xffffn);
  const risk = riskPacked.flatMap((word) =>
    Array.from({ length: LANES }, (_, k) => (word >> BigInt(28 * k)) & 0xfff_ffffn),
  );
  return { haircuts, risk };
}

/** Slot values v_i = ⌊a_i·f_i / 2^64⌋ in µUSD. */
export function slotValues(amounts: Amounts, pricesX64: readonly bigint[]): bigint[] {
  return toAmounts(amounts).map((amount, i) => (amount * (pricesX64[i] ?? 0n)) >> 64n);
}

/** Whether the margin statement holds for coverage M (µUSD): V ≥ 10⁴·M and (V − 10⁴·M)² ≥ vᵀQv. */
export function covers(parameters: CoverageParameters, coverage: bigint): boolean {
  const { total, variance } = riskTerms(parameters);
  const headroom = total - HAIRCUT_ONE * coverage;
  return headroom >= 0n && headroom * headroom >= variance;
}

/**
 * The largest coverage of two significant digits that a basket can prove.
 *
 * @example
 * maxCoverage({ amounts, floorsX64, haircuts, risk }); // { mantissa: 42, exponent: 9, value: 42_000_000_000n }: 42,000 USD
 */
export function maxCoverage(parameters: CoverageParameters): Coverage {
  const { total, variance } = riskTerms(parameters);
  const bound = total - ceilSqrt(variance);
  return roundCoverageDown(bound < 0n ? 0n : bound / HAIRCUT_ONE);
}

/** The largest coverage of two digits that is at most `value` µUSD; 0 below 10. */
export function roundCoverageDown(value: bigint): Coverage {
  let mantissa = value >= LIMIT ? LIMIT - 1n : value;
  if (mantissa < 10n) return { mantissa: 0, exponent: 0, value: 0n };
  let exponent = 0;
  while (mantissa > 99n) {
    mantissa /= 10n;
    exponent++;
  }
  return { mantissa: Number(mantissa), exponent, value: mantissa * 10n ** BigInt(exponent) };
}

/**
 * A coverage in µUSD as its two digits.
 *
 * @throws HypothecError `coverage.digits` when it has more than two significant digits, `coverage.range` when more than 64 bits.
 */
export function parseCoverage(value: bigint): Coverage {
  if (value >= LIMIT) {
    throw new HypothecError(`A coverage of ${value} µUSD has more than 64 bits`, {
      code: "coverage.range",
      args: { value },
      whatToDo: "Ask for less, or use several locks.",
    });
  }
  const rounded = value < 0n ? { value: -1n } : roundCoverageDown(value);
  if (rounded.value !== value) {
    throw new HypothecError(`A coverage of ${value} µUSD has more than two significant digits`, {
      code: "coverage.digits",
      args: { value },
      whatToDo: `Coverage is public, so it is coarse: use ${roundCoverageDown(value < 0n ? 0n : value).value} µUSD.`,
    });
  }
  return rounded as Coverage;
}

function riskTerms(parameters: CoverageParameters): { total: bigint; variance: bigint } {
  checkRisk(parameters);
  const v = slotValues(parameters.amounts, parameters.floorsX64);
  v.forEach((value, slot) => {
    if (value < LIMIT) return;
    throw new HypothecError(
      `Slot ${slot} is worth ${value} µUSD at its floor, more than the 64 bits a proof can hold`,
      {
        code: "coverage.range",
        args: { slot, value },
        whatToDo: "Split the lock into several.",
      },
    );
  });
  const total = v.reduce((sum, value, i) => sum + value * parameters.haircuts[i]!, 0n);
  let variance = 0n;
  let k = 0;
  for (let i = 0; i < SLOTS; i++) {
    for (let j = i; j < SLOTS; j++) {
      variance += (i === j ? 1n : 2n) * v[i]! * v[j]! * parameters.risk[k++]!;
    }
  }
  return { total, variance };
}

function checkRisk({ haircuts, risk }: RiskParameters): void {
  const isWrong =
    haircuts.length !== SLOTS ||
    risk.length !== RISK_ENTRIES ||
    haircuts.some((h) => h < 0n || h > HAIRCUT_ONE) ||
    risk.some((q) => q < 0n || q > 100_000_000n);
  if (isWrong) {
    throw new HypothecError("A risk set has 8 haircut factors in [0, 10⁴] and 36 risk entries in [0, 10⁸]", {
      code: "coverage.risk",
      whatToDo: "Read them from the RiskSet contract.",
    });
  }
}

/** ⌈√n⌉. */
function ceilSqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) break;
    root = next;
  }
  return root * root === n ? root : root + 1n;
}
