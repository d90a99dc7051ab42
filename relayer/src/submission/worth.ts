/** Price of a unit, µUSD · 2^64 (docs/units.md); 0 = there is none. */
export type PriceX64 = bigint;

/** A chain's native coin, priced like an asset of the vault. */
export type Coin = {
  priceX64: PriceX64;
  /** Wei of one shared unit of the slot that it is priced like. */
  weiPerUnit: bigint;
};

const bps = 10_000n;

/** What so many wei cost, µUSD, rounded up. */
export function costOf(wei: bigint, coin: Coin): bigint {
  return ceilDiv(wei * coin.priceX64, coin.weiPerUnit << 64n);
}

/** What a fee is worth, µUSD, rounded down. */
export function worthOf(fee: bigint, priceX64: PriceX64): bigint {
  return (fee * priceX64) >> 64n;
}

/** The least µUSD that a fee must be worth where `costUsd` is spent for it. `marginBps` ≥ −10⁴. */
export function leastWorth(costUsd: bigint, marginBps: bigint): bigint {
  return ceilDiv(costUsd * (bps + marginBps), bps);
}

/** The smallest fee in units of `priceX64` that is worth so much, rounded up. */
export function feeWorth(usd: bigint, priceX64: PriceX64): bigint {
  return ceilDiv(usd << 64n, priceX64);
}

/** Multiplied by 1 + `byBps`, rounded up. */
export function raised(amount: bigint, byBps: bigint): bigint {
  return ceilDiv(amount * (bps + byBps), bps);
}

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
