import type { PublicClient } from "viem";
import type { FeeConfig } from "../config/schema.ts";
import type { FeeMarket, FeePolicy } from "./fees.ts";

/** A chain that transactions are delivered to. */
export type DeliveryChain = {
  name: string;
  chainId: number;
  client: PublicClient;
  fees: FeeConfig;
  /** Last final block known. */
  finalised: () => number;
};

/** What the chain asks now. A node that suggests no tip is taken to suggest 1 gwei. */
export async function feeMarket(chain: DeliveryChain): Promise<FeeMarket> {
  const [block, tip] = await Promise.all([
    chain.client.getBlock({ blockTag: "latest" }),
    chain.client.estimateMaxPriorityFeePerGas().catch(() => 1_000_000_000n),
  ]);
  return { baseFeePerGas: block.baseFeePerGas ?? 0n, suggestedPriorityFee: tip };
}

export function policyOf(fees: FeeConfig): FeePolicy {
  return {
    maxFeePerGas: BigInt(fees.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(fees.maxPriorityFeePerGas),
    escalatePercent: fees.escalatePercent,
    capMultiple: fees.capMultiple,
  };
}
