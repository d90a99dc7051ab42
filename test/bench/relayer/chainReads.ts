import { collateralVaultAbi, rootInboxAbi, vaultMessengerAbi } from "../../../sdk/src/abis/index.ts";
import type { BenchWorld } from "./world.ts";

/** How many chunks the newest root has that the margin chain knows. */
export async function attestedChunks({ local, localnet }: BenchWorld): Promise<number> {
  const { rootInbox } = local.deployment.marginChain;
  const { eid, vault } = local.deployment.vaultChain;
  const [, chunks] = await localnet.margin.public.readContract({
    address: rootInbox,
    abi: rootInboxAbi,
    functionName: "latest",
    args: [eid, vault],
  });
  return Number(chunks);
}

/** Chunks that are in the tree. */
export async function appendedChunks({ local, localnet }: BenchWorld): Promise<number> {
  const [, , , appended] = await localnet.vault.public.readContract({
    address: local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "queueState",
  });
  return Number(appended);
}

/** Every attestation that the vault chain has seen, oldest first. */
export async function attestationsSent({ local, localnet }: BenchWorld) {
  return localnet.vault.public.getContractEvents({
    address: local.deployment.vaultChain.messenger,
    abi: vaultMessengerAbi,
    eventName: "Attested",
    fromBlock: 0n,
    strict: true,
  });
}
