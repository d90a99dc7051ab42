import type { LocalAccount } from "viem";
import type { ProfitConfig } from "../config/schema.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { ProfitPolicy } from "./profit.ts";

/** Who sends a role's transactions, and what has to be left of them. */
export type Assignment = { signers: readonly LocalAccount[]; profit?: ProfitPolicy | undefined };

/** The kind, with its transactions sent by any of the role's keys and held to the role's profit. */
export function assign<Payload>(kind: MessageKind<Payload>, to: Assignment): MessageKind<Payload> {
  return {
    ...kind,
    async prepare(message, proof) {
      const action = await kind.prepare(message, proof);
      if (action.type !== "send") return action;
      const profit = to.profit === undefined ? {} : { profit: to.profit };
      return { ...action, request: { ...action.request, signers: to.signers, ...profit } };
    },
  };
}

export function profitPolicyOf(config: ProfitConfig): ProfitPolicy | undefined {
  if (config === "any") return undefined;
  const { minWei, minBps, countPercent, maxWaitMs } = config;
  return {
    least: minWei === undefined ? { bps: BigInt(minBps ?? 0) } : { wei: BigInt(minWei) },
    countPercent: BigInt(countPercent),
    maxWaitMs,
  };
}
