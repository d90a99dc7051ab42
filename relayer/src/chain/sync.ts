import type { Hex } from "viem";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database, Sql } from "../store/database.ts";
import {
  eventsBetween,
  insertBlocks,
  insertEvents,
  pruneBlocks,
  readCursor,
  recentBlocks,
  rollback,
  writeCursor,
  type ChainCursor,
  type StoredBlock,
  type StoredEvent,
} from "../store/events.ts";
import { insertMessages, type NewMessage } from "../store/messages.ts";
import type { ContractTable } from "./contracts.ts";
import { findAncestor, firstBroken, relate } from "./reorg.ts";
import type { BlockSource, RawLog } from "./source.ts";

/** What chain sync tells the rest of the relayer; nobody else sees the RPC's blocks and logs. */
export type ChainEvent =
  | { type: "block"; chain: string; number: number; hash: Hex; timestamp: number; events: StoredEvent[] }
  | { type: "reorg"; chain: string; ancestor: number; depth: number }
  | { type: "finalized"; chain: string; number: number; events: StoredEvent[] };

export type ChainSync = {
  readonly chain: string;
  cursor: () => ChainCursor;
  /** Brings the store up to the node's head, in one or several store transactions. */
  poll: () => Promise<ChainEvent[]>;
};

/** Blocks near the head are taken one by one, with their hashes; older ones by ranges. */
const liveWindow = 64;

/**
 * Follows one chain: blocks and the deployment's logs into the store, rolled back when the chain reorganises, and messages
 * planned from events once these are final, in the same store transaction as the cursor, so that a crash loses none.
 */
export async function createChainSync(options: {
  chain: string;
  startBlock: number;
  confirmations: number | "finalized";
  maxLogRange: number;
  source: BlockSource;
  contracts: ContractTable;
  /** Messages that follow from final events. Pure; keys make repetition harmless. */
  plan: (events: StoredEvent[]) => NewMessage[];
  database: Database;
  clock: Clock;
  logger: Logger;
}): Promise<ChainSync> {
  const { chain, source, contracts, database, clock, confirmations } = options;
  const logger = options.logger.child({ part: "sync", chain });
  const keep = Math.max(256, 4 * (confirmations === "finalized" ? liveWindow : confirmations));
  let cursor = await readCursor(database, chain, options.startBlock);
  const hashes = new Map<number, Hex>(
    (await recentBlocks(database, chain, keep)).map((block) => [block.number, block.hash]),
  );
  if (cursor.halted !== null) throw halted(chain, cursor.halted);

  async function poll(): Promise<ChainEvent[]> {
    const head = await source.head();
    const relation = relate(cursor.head, { ...head });
    if (relation === "same") return finalise(head.number);
    if (relation === "conflict") return resolveConflict(head);
    const out: ChainEvent[] = [];
    const window = Math.max(liveWindow, confirmations === "finalized" ? 0 : confirmations);
    const backfillTo = Math.min(head.number - window, (await finalNumber(head.number)) ?? head.number - window);
    while (cursor.head.number < backfillTo)
      out.push(...(await takeRange(Math.min(backfillTo, cursor.head.number + options.maxLogRange))));
    out.push(...(await takeLive(head)));
    out.push(...(await finalise(cursor.head.number)));
    return out;
  }

  /** Old blocks, final already: logs by range; only the last block's hash is kept. */
  async function takeRange(to: number): Promise<ChainEvent[]> {
    const last = await source.block(to);
    if (last === undefined)
      throw new RelayerError(
        "rpc_lag",
        `The node of ${chain} announced a higher head but does not have block ${to} yet.`,
      );
    const events = await collect(await source.logsOfRange(cursor.head.number + 1, to, contracts.addresses));
    await advance([last], events);
    logger.debug({ to, events: events.length }, "caught up by range");
    return [{ type: "block", chain, number: to, hash: last.hash, timestamp: last.timestamp, events }];
  }

  async function takeLive(head: StoredBlock): Promise<ChainEvent[]> {
    const numbers = Array.from(
      { length: head.number - cursor.head.number },
      (_, index) => cursor.head.number + 1 + index,
    );
    const fetched = await Promise.all(
      numbers.map(async (number) => (number === head.number ? head : source.block(number))),
    );
    const blocks = fetched.filter((block) => block !== undefined);
    const broken = blocks.length === fetched.length ? firstBroken(cursor.head, blocks) : undefined;
    if (blocks.length < fetched.length) return []; // the node does not have them all yet
    if (broken !== undefined) {
      // Either our tip is off the chain, or the chain moved while we asked. The first is a reorg, the second cures itself.
      return broken.number === cursor.head.number + 1 ? resolveConflict(broken as StoredBlock) : [];
    }
    const logs = await Promise.all(blocks.map((block) => source.logsOfBlock(block.hash, contracts.addresses)));
    const events = await Promise.all(logs.map(collect));
    await advance(blocks, events.flat());
    return blocks.map((block, index) => ({
      type: "block",
      chain,
      number: block.number,
      hash: block.hash,
      timestamp: block.timestamp,
      events: events[index] ?? [],
    }));
  }

  /** Decodes logs to events, and adds the LayerZero packet logs of transactions that sent one. */
  async function collect(logs: RawLog[]): Promise<StoredEvent[]> {
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

  async function advance(blocks: StoredBlock[], events: StoredEvent[]): Promise<void> {
    const last = blocks.at(-1) as StoredBlock;
    const next: ChainCursor = { ...cursor, head: { number: last.number, hash: last.hash } };
    await database.transaction(async (sql) => {
      await insertBlocks(sql, chain, blocks);
      await insertEvents(sql, events);
      if (last.number % 64 === 0) await pruneBlocks(sql, chain, last.number - keep);
      await writeCursor(sql, chain, next);
    });
    for (const block of blocks) hashes.set(block.number, block.hash);
    for (const number of hashes.keys()) if (number < last.number - keep) hashes.delete(number);
    cursor = next;
  }

  async function resolveConflict(head: StoredBlock): Promise<ChainEvent[]> {
    const from = Math.min(cursor.head.number, head.number);
    const ancestor = await findAncestor(
      from,
      (number) => hashes.get(number),
      async (number) => (number === head.number ? head.hash : (await source.block(number))?.hash),
    );
    if (ancestor === head.number) return []; // a node that lags behind, on our own chain
    const depth = cursor.head.number - (ancestor ?? cursor.finalised);
    if (ancestor === undefined || ancestor < cursor.finalised) {
      const reason = `the chain reorganised below block ${cursor.finalised}, which was final (common ancestor: ${ancestor ?? "older than what is kept"})`;
      await database.transaction((sql) => writeCursor(sql, chain, { ...cursor, halted: reason }));
      throw halted(chain, reason);
    }
    const next: ChainCursor = { ...cursor, head: { number: ancestor, hash: hashes.get(ancestor) as Hex } };
    await database.transaction(async (sql) => {
      await rollback(sql, chain, ancestor);
      await writeCursor(sql, chain, next);
    });
    for (const number of [...hashes.keys()]) if (number > ancestor) hashes.delete(number);
    cursor = next;
    logger.warn({ ancestor, depth }, "reorg");
    return [{ type: "reorg", chain, ancestor, depth }];
  }

  async function finalNumber(head: number): Promise<number | undefined> {
    if (confirmations === "finalized") return source.finalised();
    return head - confirmations + 1;
  }

  async function finalise(head: number): Promise<ChainEvent[]> {
    const number = Math.min((await finalNumber(head)) ?? -1, cursor.head.number);
    if (number <= cursor.finalised && cursor.planned >= cursor.finalised) return [];
    const finalised = Math.max(number, cursor.finalised);
    const events = await eventsBetween(database, chain, cursor.planned, finalised);
    const messages = options.plan(events);
    const next: ChainCursor = { ...cursor, finalised, planned: finalised };
    await database.transaction(async (sql: Sql) => {
      await insertMessages(sql, messages, clock.now());
      await writeCursor(sql, chain, next);
    });
    cursor = next;
    return [{ type: "finalized", chain, number: finalised, events }];
  }

  return { chain, cursor: () => cursor, poll };
}

export function halted(chain: string, reason: string): RelayerError {
  return new RelayerError(
    "reorg_below_finality",
    `Chain ${chain} is halted: ${reason}. Nothing of it is signed any more. Find out what happened; to go on with the new history, start with a new dataDir.`,
    { severity: "fatal", details: { chain } },
  );
}
