import { SLOTS, toAmounts, type Amounts } from "./amounts.ts";

/** How a claim divides a basket (SET-1). */
export interface Settlement {
  /** To the buyer. */
  readonly seized: Amounts;
  /** Back to the owner. */
  readonly rest: Amounts;
  /** Value at the seizure prices, µUSD. */
  readonly value: bigint;
}

export interface DivideParameters {
  readonly amounts: Amounts;
  /** X, µUSD. */
  readonly claim: bigint;
  /** µUSD of one shared unit · 2^64; 0 for a slot that is not seized. */
  readonly seizurePricesX64: readonly bigint[];
}

/** v_i = ⌊a_i·s_i / 2^64⌋, V = Σ v_i; seized_i = ⌈a_i·min(X, V) / V⌉ where s_i > 0, all if X ≥ V > 0 or V = 0 < X, nothing if X = 0. */
export function divideBasket({ amounts, claim, seizurePricesX64 }: DivideParameters): Settlement {
  const basket = toAmounts(amounts);
  const prices = Array.from({ length: SLOTS }, (_, i) => seizurePricesX64[i] ?? 0n);
  const value = basket.reduce((sum, amount, i) => sum + ((amount * prices[i]!) >> 64n), 0n);
  const [num, den] = claim === 0n ? [0n, 1n] : claim >= value ? [1n, 1n] : [claim, value];
  const seized = basket.map((amount, i) => (prices[i]! > 0n ? (amount * num + den - 1n) / den : 0n));
  return { seized, rest: basket.map((amount, i) => amount - seized[i]!), value };
}
