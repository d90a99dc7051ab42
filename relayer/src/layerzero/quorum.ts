import type { PublicClient } from "viem";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import type { PacketPayload } from "./plan.ts";

/** `head`: number of the newest block that the RPC knows. */
export type Vote = { agrees: true; head: bigint } | { agrees: false; reason: string };

/** What one RPC says about the log that a packet was read from: there, unchanged, and deep enough. */
export async function voteOf(
  client: PublicClient,
  endpoint: string,
  source: PacketPayload["source"],
  confirmations: number | "finalized",
): Promise<Vote> {
  try {
    const [receipt, head, finalised] = await Promise.all([
      client.getTransactionReceipt({ hash: source.txHash }),
      client.getBlockNumber({ cacheTime: 0 }),
      confirmations === "finalized" ? client.getBlock({ blockTag: "finalized" }).then((block) => block.number) : 0n,
    ]);
    const log = receipt.logs.find((entry) => entry.logIndex === source.logIndex);
    if (receipt.blockHash !== source.blockHash)
      return { agrees: false, reason: `has the transaction in block ${receipt.blockHash}` };
    if (log?.data !== source.data || log.address.toLowerCase() !== endpoint.toLowerCase())
      return { agrees: false, reason: "has another log there" };
    const last = confirmations === "finalized" ? finalised : head - BigInt(confirmations) + 1n;
    if (receipt.blockNumber > last) return { agrees: false, reason: `calls only blocks to ${last} final` };
    return { agrees: true, head };
  } catch (error) {
    return { agrees: false, reason: toErrorRecord(error).message };
  }
}

/**
 * Fails unless `quorum` RPCs agree on the packet: what a DVN signs must not hang on one node.
 *
 * @returns the newest block that a quorum of them knows: confirmations are counted from there, not from what one node calls the head
 * @throws RelayerError `no_quorum`
 */
export function requireQuorum(votes: Vote[], quorum: number, what: string): bigint {
  const heads = votes.flatMap((vote) => (vote.agrees ? [vote.head] : [])).sort((a, b) => (a < b ? 1 : -1));
  const head = heads[quorum - 1];
  if (head !== undefined) return head;
  const agreeing = heads.length;
  const reasons = votes.flatMap((vote, index) => (vote.agrees ? [] : [`RPC ${index + 1} ${vote.reason}`]));
  throw new RelayerError(
    "no_quorum",
    `${agreeing} of ${votes.length} RPCs agree on ${what}, ${quorum} must: ${reasons.join("; ")}. It is not signed.`,
  );
}
