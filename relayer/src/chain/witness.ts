import { keccak256, toHex, type Hex } from "viem";
import { toErrorRecord } from "../runtime/errors.ts";
import type { StoredEvent } from "../store/events.ts";
import type { BlockSource } from "./source.ts";
import type { Ballot } from "./tally.ts";

/** One RPC that is asked what it thinks of our record. `endpoint`: its place in the configuration, from 1. */
export type Witness = { endpoint: number; source: BlockSource };

/** What two RPCs must say alike about a stretch of a chain: the hash of its last block, and our contracts' events in it. */
export function historyDigest(hash: Hex, events: StoredEvent[]): string {
  const rows = events
    .map(({ blockNumber, logIndex, blockHash, txHash, address, topics, data }) => [
      blockNumber,
      logIndex,
      ...[blockHash, txHash, address, topics.join(), data].map((text) => text.toLowerCase()),
    ])
    .sort(([a, i], [b, j]) => Number(a) - Number(b) || Number(i) - Number(j));
  return `${hash.toLowerCase()} ${keccak256(toHex(JSON.stringify(rows)))}`;
}

/** Runs a question; a node that fails to answer abstains. */
export async function ballotOf(witness: Witness, answer: (source: BlockSource) => Promise<string>): Promise<Ballot> {
  const { endpoint } = witness;
  try {
    return { endpoint, answer: await answer(witness.source) };
  } catch (error) {
    return { endpoint, absent: toErrorRecord(error).message };
  }
}

/** The last block that a node takes for final: its own tag, or so many confirmations below its head. Undefined when it knows none, or fails. */
export async function finalityOf(
  source: BlockSource,
  confirmations: number | "finalized",
): Promise<number | undefined> {
  try {
    if (confirmations === "finalized") return await source.finalised();
    const number = (await source.height()) - confirmations + 1;
    return number < 0 ? undefined : number;
  } catch {
    return undefined;
  }
}
