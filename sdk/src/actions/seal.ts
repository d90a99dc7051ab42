import { collateralVaultAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { CHUNK_LEAVES } from "../tree/noteTree.ts";

/** What sealing the open chunk costs now, wei: the missing entries' fees, 0 once it has waited long enough. */
export function quoteSeal(client: HypothecClient): Promise<bigint> {
  const { vault, entryFee } = client.deployment.vaultChain;
  return reading(client, "vault", "quoting seal", async () => {
    const node = client.vault.public;
    const [[, openCount, openSince], delay, block] = await Promise.all([
      node.readContract({ address: vault, abi: collateralVaultAbi, functionName: "queueState" }),
      node.readContract({ address: vault, abi: collateralVaultAbi, functionName: "sealDelay" }),
      node.getBlock(),
    ]);
    const isFree = openCount > 0 && block.timestamp >= openSince + delay;
    return isFree ? 0n : BigInt(CHUNK_LEAVES - openCount) * BigInt(entryFee);
  });
}

/** Seal the open chunk early, so that it can be appended. Pays {@link quoteSeal}. */
export async function seal(client: HypothecClient): Promise<WriteResult> {
  const value = await quoteSeal(client);
  const { vault } = client.deployment.vaultChain;
  return write(client, {
    side: "vault",
    address: vault,
    abi: collateralVaultAbi,
    functionName: "seal",
    args: [],
    value,
  });
}
