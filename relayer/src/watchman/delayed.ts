import { encodeFunctionData, type LocalAccount } from "viem";
import { vaultAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";

export type DelayedPayload = { slot: number; index: bigint };

/** Looks again no later than this, milliseconds: blocks wake it when it is near. */
const LONGEST_WAIT_MS = 3_600_000;

/** Pays withdrawals that waited for an outflow limit to their recipients once they are due: who withdrew may hold no gas, or be asleep. */
export function createDelayedClaims(
  context: RoleContext,
  { account, maxBaseFee }: { account: LocalAccount; /** Wei per gas. */ maxBaseFee: bigint },
): { kinds: MessageKind[]; plan(events: StoredEvent[]): NewMessage[] } {
  const { vault, vaultChain } = context;
  const contract = { address: vaultChain.vault, abi: vaultAbi } as const;
  const read = ({ slot, index }: DelayedPayload, at: object) =>
    vault.client.readContract({ ...contract, functionName: "delayedWithdrawal", args: [slot, index], ...at });
  const keyOf = ({ slot, index }: DelayedPayload) => `claimDelayed:${vaultChain.vault}:${slot}:${index}`;

  const claim: MessageKind<DelayedPayload> = {
    kind: "claimDelayed",
    raced: true,
    chain: () => vault.name,
    // It is planned from a final block, so it was there: 0 says that it was paid.
    done: async (payload, at) => (await read(payload, at))[1] === 0n,
    async prepare({ payload }) {
      const [to, amount, readyAt] = await read(payload, { blockTag: "latest" });
      const seconds = Number(readyAt) - (vault.head().timestamp + 1);
      if (seconds > 60)
        return {
          type: "wait",
          reason: `its time (until ${readyAt})`,
          delayMs: Math.min((seconds - 60) * 1_000, LONGEST_WAIT_MS),
        };
      if (seconds > 0) return { type: "wait", reason: `its time (until ${readyAt})`, wakeOn: `block:${vault.name}` };
      const { baseFeePerGas } = await vault.client.getBlock({ blockTag: "latest" });
      if ((baseFeePerGas ?? 0n) > maxBaseFee)
        return {
          type: "wait",
          reason: `a base fee of at most ${maxBaseFee} wei (roles.watchman.claimMaxBaseFee), it is ${baseFeePerGas}`,
          wakeOn: `block:${vault.name}`,
        };
      return {
        type: "send",
        request: {
          effects: [keyOf(payload)],
          chain: vault.name,
          account,
          to: vaultChain.vault,
          data: encodeFunctionData({
            abi: vaultAbi,
            functionName: "claimDelayed",
            args: [payload.slot, payload.index],
          }),
          description: `pay ${amount} shared units of slot ${payload.slot} that were delayed to ${to}`,
        },
      };
    },
  };

  return {
    kinds: [claim] as MessageKind[],
    plan: (events) =>
      events.flatMap((event) => {
        const delayed = event.contract === "vault" ? decodeAs(vaultAbi, "WithdrawalDelayed", event) : undefined;
        if (delayed === undefined) return [];
        const payload: DelayedPayload = { slot: delayed.slot, index: delayed.index };
        return [{ kind: "claimDelayed", key: keyOf(payload), payload }];
      }),
  };
}
