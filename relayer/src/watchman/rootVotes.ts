import type { Hex, PublicClient } from "viem";
import { rootInboxAbi, vaultAbi } from "../chain/abis.ts";
import { toErrorRecord } from "../runtime/errors.ts";

/** What one RPC says about a root: the vault has it, does not have it although it should by now, or it cannot tell yet. */
export type RootVote = { says: "known" | "unknown" } | { says: "unclear"; reason: string };

/**
 * Asks one RPC of the vault chain. A root is sent only once it is the vault's, so a node whose head is at least as late as that must know it.
 *
 * @param sentBy the vault chain's time by which an honest root was the vault's, seconds.
 */
export async function voteOnRoot(client: PublicClient, vault: Hex, root: bigint, sentBy: number): Promise<RootVote> {
  try {
    const { number: blockNumber, timestamp } = await client.getBlock({ blockTag: "latest" });
    const known = await client.readContract({
      address: vault,
      abi: vaultAbi,
      functionName: "isKnownRoot",
      args: [root],
      blockNumber,
    });
    if (known) return { says: "known" };
    if (Number(timestamp) < sentBy) return { says: "unclear", reason: `is at ${timestamp}, before ${sentBy}` };
    return { says: "unknown" };
  } catch (error) {
    return { says: "unclear", reason: toErrorRecord(error).message };
  }
}

/** What the votes add up to: `quorum` of one kind decide. */
export function verdictOf(votes: RootVote[], quorum: number): "known" | "unknown" | "open" {
  const count = (says: RootVote["says"]) => votes.filter((vote) => vote.says === says).length;
  if (count("known") >= quorum) return "known";
  return count("unknown") >= quorum ? "unknown" : "open";
}

/** How many RPCs of the margin chain have the root accepted: one that lies must not have everybody prove anew. */
export async function acceptedBy(
  clients: PublicClient[],
  rootInbox: Hex,
  [srcEid, vault, root]: readonly [number, Hex, bigint],
): Promise<number> {
  const answers = await Promise.allSettled(
    clients.map((client) =>
      client.readContract({
        address: rootInbox,
        abi: rootInboxAbi,
        functionName: "rootTime",
        args: [srcEid, vault, root],
      }),
    ),
  );
  return answers.filter((answer) => answer.status === "fulfilled" && answer.value !== 0n).length;
}

/** What must agree of so many RPCs, when the configuration does not say. */
export const quorumOf = ({ config, witnesses }: { config: { quorum?: number | undefined }; witnesses: unknown[] }) =>
  config.quorum ?? Math.floor(witnesses.length / 2) + 1;
