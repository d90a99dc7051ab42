import type { Address } from "viem";

import { collateralVaultAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";

/** A withdrawal that exceeded its asset's outflow limit. */
export interface DelayedWithdrawal {
  readonly recipient: Address;
  /** Shared units; 0 = there never was one of this index, or it was claimed. */
  readonly amount: bigint;
  /** Seconds since 1970 from which it may be claimed. */
  readonly readyAt: bigint;
}

/** What of a slot's asset may leave the vault, net of deposits, in shared units; undefined: as much as there is. */
export const getOutflowLimit = (client: HypothecClient, { slot }: { slot: number }) =>
  reading(client, "vault", "reading an outflow limit", async () => {
    const [burst, hourly, available] = await client.vault.public.readContract({
      address: client.deployment.vaultChain.vault,
      abi: collateralVaultAbi,
      functionName: "outflowLimit",
      args: [slot],
    });
    return burst === 0n && hourly === 0n ? undefined : { burst, hourly, available };
  });

/** One delayed withdrawal; its slot and index are in the vault's `WithdrawalDelayed` event. */
export const getDelayedWithdrawal = (
  client: HypothecClient,
  { slot, index }: { slot: number; index: bigint },
): Promise<DelayedWithdrawal> =>
  reading(client, "vault", "reading a delayed withdrawal", async () => {
    const [recipient, amount, readyAt] = await client.vault.public.readContract({
      address: client.deployment.vaultChain.vault,
      abi: collateralVaultAbi,
      functionName: "delayedWithdrawal",
      args: [slot, index],
    });
    return { recipient, amount, readyAt };
  });

/**
 * Pay a delayed withdrawal that is due. Anyone may pay it to its recipient; only the recipient may name another address, where the
 * token refuses its own.
 *
 * @throws HypothecError `WithdrawalNotReady`, `NothingDelayed`, `NotYourWithdrawal`.
 * @example
 * await claimDelayedWithdrawal(client, { slot: 0, index: 3n });
 */
export function claimDelayedWithdrawal(
  client: HypothecClient,
  { slot, index, to }: { slot: number; index: bigint; to?: Address | undefined },
): Promise<WriteResult> {
  const call = { side: "vault", address: client.deployment.vaultChain.vault, abi: collateralVaultAbi } as const;
  return to === undefined
    ? write(client, { ...call, functionName: "claimDelayed", args: [slot, index] })
    : write(client, { ...call, functionName: "claimDelayedTo", args: [slot, index, to] });
}
