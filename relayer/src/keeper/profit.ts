/** What a keeper needs to judge a claim that is for sale. Prices: µUSD per unit · 2^64. */
export type Offer = {
  /** X, µUSD. */
  claim: bigint;
  /** G at the auction's frozen prices, µUSD: so much of the claim is paid whatever the hidden basket. */
  guarantee: bigint;
  /** Debt token units to repay. */
  debtAssets: bigint;
  debtPriceX64: bigint;
  seizurePricesX64: readonly bigint[];
  /** Now; 0 where there is no valid price. */
  livePricesX64: readonly bigint[];
};

const bps = 10_000n;

/**
 * The least profit of a purchase whatever the hidden basket is, in bps of what is paid, rounded down; undefined when it
 * cannot be known. The claim is worth at least min(X, G) at seizure prices (LIQ-5), and what is seized is worth p/s times
 * that on the market; the composition is hidden, so the worst slot's p/s counts.
 */
export function leastProfitBps(offer: Offer): bigint | undefined {
  const cost = (offer.debtAssets * offer.debtPriceX64 + (1n << 64n) - 1n) >> 64n;
  if (cost === 0n) return undefined;
  const assured = offer.claim < offer.guarantee ? offer.claim : offer.guarantee;
  let worst: { price: bigint; seizure: bigint } | undefined;
  for (const [slot, seizure] of offer.seizurePricesX64.entries()) {
    if (seizure === 0n) continue;
    const price = offer.livePricesX64[slot] ?? 0n;
    if (price === 0n) return undefined;
    if (worst === undefined || price * worst.seizure < worst.price * seizure) worst = { price, seizure };
  }
  if (worst === undefined) return undefined;
  const value = (assured * worst.price) / worst.seizure;
  return floorDiv((value - cost) * bps, cost);
}

/**
 * What is left of a purchase in the native coin, wei, rounded down: its least profit (bps of what is paid) at the coin's live price. It is judged
 * against gas like what other roles earn. 0 without a price.
 *
 * @param coin its price is per shared unit (µUSD · 2^64), as the price board has it.
 */
export function earnedWei(
  { debtAssets, debtPriceX64 }: Pick<Offer, "debtAssets" | "debtPriceX64">,
  profitBps: bigint,
  coin: { priceX64: bigint; weiPerShared: bigint },
): bigint {
  if (coin.priceX64 === 0n) return 0n;
  return floorDiv(debtAssets * debtPriceX64 * profitBps * coin.weiPerShared, coin.priceX64 * bps);
}

function floorDiv(a: bigint, b: bigint): bigint {
  return a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
}
