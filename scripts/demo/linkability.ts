import type { Address, Hex, PublicClient } from "viem";

/**
 * Everything a chain shows of the transactions that some addresses sent: words of calldata and logs, and the addresses
 * themselves. Words below 2^64 (amounts, indices, times) are left out: they coincide by chance. So are the kinds of events.
 */
export async function publicWords(
  client: PublicClient,
  senders: readonly Address[],
  fromBlock: bigint,
): Promise<Set<string>> {
  const wanted = new Set(senders.map((address) => address.toLowerCase()));
  const words = new Set<string>();
  for (const address of wanted) words.add(word(BigInt(address)));
  const head = await client.getBlockNumber({ cacheTime: 0 });
  for (let number = fromBlock; number <= head; number++) {
    const block = await client.getBlock({ blockNumber: number, includeTransactions: true });
    for (const transaction of block.transactions) {
      if (!wanted.has(transaction.from.toLowerCase())) continue;
      collect(words, `0x${transaction.input.slice(10)}`);
      const receipt = await client.getTransactionReceipt({ hash: transaction.hash });
      for (const log of receipt.logs) {
        for (const topic of log.topics.slice(1)) collect(words, topic);
        collect(words, log.data);
      }
    }
  }
  return words;
}

/** The words two views share, apart from "all" (2^256 − 1) and those in `known` (roots, contract addresses: the same for every user). */
export function sharedWords(one: ReadonlySet<string>, other: ReadonlySet<string>, known: Iterable<bigint>): string[] {
  const common = new Set([ALL, ...known].map(word));
  return [...one].filter((each) => other.has(each) && !common.has(each));
}

const SMALL = 1n << 64n;
const ALL = (1n << 256n) - 1n;

function collect(words: Set<string>, data: Hex): void {
  for (let at = 2; at + 64 <= data.length; at += 64) {
    const value = BigInt(`0x${data.slice(at, at + 64)}`);
    if (value >= SMALL) words.add(word(value));
  }
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}
