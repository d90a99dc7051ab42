import { numberToHex, type Address, type Hex, type PublicClient } from "viem";
import type { StoredBlock } from "../store/events.ts";
import { createLogRange, isRangeRefusal } from "./logRange.ts";

export type RawLog = {
  address: Address;
  blockNumber: number;
  blockHash: Hex;
  logIndex: number;
  txHash: Hex;
  topics: [Hex, ...Hex[]] | [];
  data: Hex;
};

/** What chain sync needs of a node; nobody else sees it. */
export type BlockSource = {
  head: () => Promise<StoredBlock>;
  /** Number of the head. */
  height: () => Promise<number>;
  /** Number of the last block that the node calls finalised, or undefined when it knows none. */
  finalised: () => Promise<number | undefined>;
  block: (number: number) => Promise<StoredBlock | undefined>;
  /** Logs of exactly this block; fails when the node does not have the block. */
  logsOfBlock: (hash: Hex, addresses: Address[]) => Promise<RawLog[]>;
  /** Asks in ranges that adapt to what the node takes. */
  logsOfRange: (from: number, to: number, addresses: Address[]) => Promise<RawLog[]>;
  /** Every log of a transaction. */
  logsOfTransaction: (hash: Hex) => Promise<RawLog[]>;
};

type ClientLog = {
  address: Address;
  blockNumber: bigint | null;
  blockHash: Hex | null;
  logIndex: number | null;
  transactionHash: Hex | null;
  topics: [Hex, ...Hex[]] | [];
  data: Hex;
};

const fromLog = (log: ClientLog): RawLog => {
  if (log.blockNumber === null || log.blockHash === null || log.logIndex === null || log.transactionHash === null)
    throw new Error("the node returned a log that is not in a block");
  return {
    address: log.address.toLowerCase() as Address,
    blockNumber: Number(log.blockNumber),
    blockHash: log.blockHash,
    logIndex: log.logIndex,
    txHash: log.transactionHash,
    topics: log.topics,
    data: log.data,
  };
};

type ClientBlock = { number: bigint | null; hash: Hex | null; parentHash: Hex; timestamp: bigint };

const fromBlock = (block: ClientBlock): StoredBlock => {
  if (block.number === null || block.hash === null) throw new Error("the node returned a pending block");
  return {
    number: Number(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: Number(block.timestamp),
  };
};

const isMissing = (error: unknown): boolean => (error as { name?: string }).name === "BlockNotFoundError";

/** @param maxLogRange most blocks in one eth_getLogs. @default 2000 */
export function createBlockSource(client: PublicClient, maxLogRange = 2_000): BlockSource {
  const range = createLogRange(maxLogRange);

  async function logsOf(from: number, to: number, address: Address[]): Promise<RawLog[]> {
    const logs = await client.request({
      method: "eth_getLogs",
      params: [{ address, fromBlock: numberToHex(from), toBlock: numberToHex(to) }],
    });
    return logs.map((log) =>
      fromLog({
        ...log,
        blockNumber: log.blockNumber === null ? null : BigInt(log.blockNumber),
        logIndex: log.logIndex === null ? null : Number(log.logIndex),
      }),
    );
  }

  return {
    head: async () => fromBlock(await client.getBlock({ blockTag: "latest" })),
    height: async () => Number(await client.getBlockNumber({ cacheTime: 0 })),
    finalised: async () => {
      try {
        return Number((await client.getBlock({ blockTag: "finalized" })).number);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    block: async (number) => {
      try {
        return fromBlock(await client.getBlock({ blockNumber: BigInt(number) }));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    logsOfBlock: async (blockHash, address) => (await client.getLogs({ blockHash, address })).map(fromLog),
    logsOfRange: async (from, to, address) => {
      const logs: RawLog[] = [];
      for (let next = from; next <= to;) {
        const last = Math.min(to, next + range.size() - 1);
        try {
          logs.push(...(await logsOf(next, last, address)));
        } catch (error) {
          if (!isRangeRefusal(error) || !range.shrank(last - next + 1)) throw error;
          continue;
        }
        range.grew();
        next = last + 1;
      }
      return logs;
    },
    logsOfTransaction: async (hash) =>
      (await client.getTransactionReceipt({ hash })).logs.map((log) => fromLog(log as ClientLog)),
  };
}
