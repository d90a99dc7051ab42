import type { StoredEvent } from "../store/events.ts";
import type { ContractTable } from "./contracts.ts";
import type { BlockSource, RawLog } from "./source.ts";

/** Decodes logs to events, and adds the LayerZero packet logs of transactions that sent one. In the chain's order. */
export async function collectEvents(
  chain: string,
  logs: RawLog[],
  source: BlockSource,
  contracts: ContractTable,
): Promise<StoredEvent[]> {
  const own = logs.map((log) => contracts.identify(chain, log)).filter((event) => event !== undefined);
  const senders = [...new Set(own.filter((event) => contracts.sendsPacket(event.name)).map((event) => event.txHash))];
  const packets = await Promise.all(senders.map((hash) => source.logsOfTransaction(hash)));
  const more = packets
    .flat()
    .map((log) => contracts.identify(chain, log))
    .filter((event) => event !== undefined);
  const byPlace = new Map([...own, ...more].map((event) => [`${event.blockNumber}/${event.logIndex}`, event]));
  return [...byPlace.values()].sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
}
