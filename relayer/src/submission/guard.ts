import type { SubmittedCall } from "./calls.ts";
import type { SubmissionMarket } from "./market.ts";
import { costOf, feeWorth, leastWorth, worthOf } from "./worth.ts";

/** Whether a fee pays for its call now; µUSD. `leastFee`: what it would have to be, or undefined when its asset has no price. */
export type Profit = {
  enough: boolean;
  costUsd: bigint;
  worthUsd: bigint;
  leastUsd: bigint;
  leastFee: bigint | undefined;
};

/** Compares a call's fee with its gas and what it costs itself, at this moment's prices. @throws as the market's readers */
export async function profitOf(
  call: SubmittedCall,
  spent: { gas: bigint; value: bigint },
  market: SubmissionMarket,
  minMarginBps: bigint,
): Promise<Profit> {
  const [gasPrice, coin, priceX64] = await Promise.all([
    market.gasPrice(market.chainOf(call.chain)),
    market.coin(call.chain),
    market.priceX64(call.feeAsset),
  ]);
  const costUsd = costOf(spent.gas * gasPrice + spent.value, coin);
  const leastUsd = leastWorth(costUsd, minMarginBps);
  const worthUsd = worthOf(call.fee, priceX64);
  return {
    enough: worthUsd >= leastUsd,
    costUsd,
    worthUsd,
    leastUsd,
    leastFee: priceX64 === 0n ? undefined : feeWorth(leastUsd, priceX64),
  };
}

/** µUSD as dollars: "1.80". */
export const dollars = (usd: bigint): string => {
  const cents = (usd + 9_999n) / 10_000n;
  return `$${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
};
