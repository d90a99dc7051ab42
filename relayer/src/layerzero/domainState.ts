import { domainOf } from "@hypothec/sdk";
import { rootInboxAbi } from "../chain/abis.ts";
import type { RoleContext } from "../runtime/context.ts";

/** The deployment's domain: what locks of its vault for its engine name. */
export const domainIn = ({ vaultChain, marginChain }: Pick<RoleContext, "vaultChain" | "marginChain">): bigint =>
  domainOf({ srcEid: vaultChain.eid, vault: vaultChain.vault, marginEid: marginChain.eid, engine: marginChain.engine });

/** What the vault chain last said about the domain, as the margin chain has it. Times in seconds. */
export async function domainStateOf(
  context: RoleContext,
): Promise<{ reportedAt: number; lastSeen: number; retired: boolean }> {
  const { margin, marginChain, vaultChain } = context;
  const [reportedAt, lastSeen, retired] = await margin.client.readContract({
    address: marginChain.rootInbox,
    abi: rootInboxAbi,
    functionName: "domainState",
    args: [vaultChain.eid, vaultChain.vault, domainIn(context)],
  });
  return { reportedAt: Number(reportedAt), lastSeen: Number(lastSeen), retired };
}
