import type { LOCAL_PROFILES } from "../../support/localnet/parameters.ts";
import { LOCAL_ASSETS, SYMBOLS, type LocalSymbol } from "../../support/localnet/parameters.ts";

/** Someone who will borrow: what the lock holds, and how much is wanted. */
export type Borrower = {
  profile: keyof typeof LOCAL_PROFILES;
  /** Shared units by slot. */
  amounts: bigint[];
  /** Debt wanted, part of the lock's worth. */
  wanted: number;
  /** Repays a quarter of the debt when flagged. */
  attentive: boolean;
};

/** USD with 8 decimals. */
export type Prices = Record<LocalSymbol, bigint>;

/**
 * Drawn from a seed, the same for every risk model:
 * - worth of the lock: log-normal, median 20,000 USD, σ = 1.2, within 2,000 and 2,000,000 USD;
 * - what it holds: 30 % ETH alone, 25 % BTC alone, 25 % both in random parts, 20 % ETH, BTC, LINK and USDC in random parts; all of it is relied on;
 * - wanted: debt of 40 % to 85 % of the worth, uniform, or 99 % of what the risk model allows if that is less;
 * - 30 % are attentive.
 */
export function drawPopulation(count: number, seed: number, prices: Prices): Borrower[] {
  const random = generator(seed);
  return Array.from({ length: count }, () => {
    const worth = Math.min(2e6, Math.max(2e3, 20_000 * Math.exp(1.2 * normal(random))));
    const kind = random();
    const profile = kind < 0.3 ? "ether" : kind < 0.55 ? "bitcoin" : kind < 0.8 ? "majors" : "all";
    const held: LocalSymbol[] = { ether: ["ETH"], bitcoin: ["WBTC"], majors: ["ETH", "WBTC"], all: [...SYMBOLS] }[
      profile
    ] as LocalSymbol[];
    const parts = held.map(() => 0.1 + random());
    const whole = parts.reduce((sum, part) => sum + part, 0);
    const amounts = Array<bigint>(8).fill(0n);
    held.forEach((symbol, i) => {
      const { slot, sharedDecimals } = LOCAL_ASSETS[symbol];
      const units = (worth * parts[i]!) / whole / (Number(prices[symbol]) / 1e8);
      amounts[slot] = BigInt(Math.floor(units * 10 ** sharedDecimals));
    });
    return { profile, amounts, wanted: 0.4 + 0.45 * random(), attentive: random() < 0.3 };
  });
}

/** Mulberry32: uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
