/** EIP-1559 fees, wei per gas. */
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };
/** What the chain asks now. */
export type FeeMarket = { baseFeePerGas: bigint; suggestedPriorityFee: bigint };
export type FeePolicy = {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  escalatePercent: number;
  capMultiple: number;
};

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);

/** Fees of a first transaction: room for the base fee to double, within the policy. */
export function initialFees(market: FeeMarket, policy: FeePolicy): Fees {
  const maxPriorityFeePerGas = min(max(market.suggestedPriorityFee, 1n), policy.maxPriorityFeePerGas);
  const maxFeePerGas = min(2n * market.baseFeePerGas + maxPriorityFeePerGas, policy.maxFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas: min(maxPriorityFeePerGas, maxFeePerGas) };
}

/**
 * Fees of a replacement, or undefined when the cap forbids a raise that nodes would accept.
 * Both fees rise by at least `escalatePercent` (a node refuses less than 10 %), and never beyond `capMultiple` times the
 * first variant's or the policy's absolute limits. Rounded up, so that a raise of 10 % of 1 wei is a raise.
 */
export function escalatedFees(first: Fees, last: Fees, market: FeeMarket, policy: FeePolicy): Fees | undefined {
  const raised = (fee: bigint) => (fee * BigInt(100 + policy.escalatePercent) + 99n) / 100n;
  const least: Fees = {
    maxFeePerGas: raised(last.maxFeePerGas),
    maxPriorityFeePerGas: raised(last.maxPriorityFeePerGas),
  };
  const wanted: Fees = {
    maxPriorityFeePerGas: max(least.maxPriorityFeePerGas, market.suggestedPriorityFee),
    maxFeePerGas: max(least.maxFeePerGas, 2n * market.baseFeePerGas + least.maxPriorityFeePerGas),
  };
  const multiple = BigInt(policy.capMultiple);
  const capped: Fees = {
    maxFeePerGas: min(wanted.maxFeePerGas, min(policy.maxFeePerGas, multiple * first.maxFeePerGas)),
    maxPriorityFeePerGas: min(
      wanted.maxPriorityFeePerGas,
      min(policy.maxPriorityFeePerGas, multiple * first.maxPriorityFeePerGas),
    ),
  };
  if (capped.maxFeePerGas < least.maxFeePerGas || capped.maxPriorityFeePerGas < least.maxPriorityFeePerGas)
    return undefined;
  return {
    maxFeePerGas: max(capped.maxFeePerGas, capped.maxPriorityFeePerGas),
    maxPriorityFeePerGas: capped.maxPriorityFeePerGas,
  };
}

/** What a unit of gas will most likely cost at these fees, wei: the base fee and the tip, never more than the maximum. */
export function expectedPrice(market: FeeMarket, fees: Fees): bigint {
  return min(market.baseFeePerGas + fees.maxPriorityFeePerGas, fees.maxFeePerGas);
}
