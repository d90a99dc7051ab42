import type { PublicClient } from "viem";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import type { PacketPayload } from "./plan.ts";

export type Vote = { agrees: true } | { agrees: false; reason: string };

/** What one RPC says about the log that a packet was read from: there, unchanged, and deep enough. */
export async function voteOf(
  client: PublicClient,
  endpoint: string,
  source: PacketPayload["source"],
  confirmations: number | "finalized",
): Promise<Vote> {
  try {
    const [receipt, head] = await Promise.all([
      client.getTransactionReceipt({ hash: source.txHash }),
      confirmations === "finalized"
        ? client.getBlock({ blockTag: "finalized" }).then((block) => block.number)
        : client.getBlockNumber({ cacheTime: 0 }),
    ]);
    const log = receipt.logs.find((entry) => entry.logIndex === source.logIndex);
    if (receipt.blockHash !== source.blockHash)
      return { agrees: false, reason: `has the transaction in block ${receipt.blockHash}` };
    if (log?.data !== source.data || log.address.toLowerCase() !== endpoint.toLowerCase())
      return { agrees: false, reason: "has another log there" };
    const last = confirmations === "finalized" ? head : head - BigInt(confirmations) + 1n;
    if (receipt.blockNumber > last) return { agrees: false, reason: `calls only blocks to ${last} final` };
    return { agrees: true };
  } catch (error) {
    return { agrees: false, reason: toErrorRecord(error).message };
  }
}

/** Fails unless `quorum` RPCs agree on the packet: what a DVN signs must not hang on one node. */
export async function requireQuorum(votes: Vote[], quorum: number, what: string): Promise<void> {
  const agreeing = votes.filter((vote) => vote.agrees).length;
  if (agreeing >= quorum) return;
  const reasons = votes.flatMap((vote, index) => (vote.agrees ? [] : [`RPC ${index + 1} ${vote.reason}`]));
  throw new RelayerError(
    "no_quorum",
    `${agreeing} of ${votes.length} RPCs agree on ${what}, ${quorum} must: ${reasons.join("; ")}. It is not signed.`,
  );
}
