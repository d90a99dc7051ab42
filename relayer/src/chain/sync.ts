import type { Hex } from "viem";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { elapsedMs, type Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database } from "../store/database.ts";
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
import type { Agreement } from "./agreement.ts";
import { collectEvents } from "./collect.ts";
import type { ContractTable } from "./contracts.ts";
import { findAncestor, firstBroken, relate } from "./reorg.ts";
import type { BlockSource, RawLog } from "./source.ts";

/** What chain sync tells the rest of the relayer; nobody else sees the RPC's blocks and logs. */
export type ChainEvent =
  | { type: "block"; chain: string; number: number; hash: Hex; timestamp: number; events: StoredEvent[] }
  | { type: "reorg"; chain: string; ancestor: number; depth: number }
  | { type: "finalized"; chain: string; number: number };

export type ChainSync = {
  readonly chain: string;
  cursor: () => ChainCursor;
  /**
   * Since when, in milliseconds, and why no quorum calls anything more final. Null while one does; that some RPCs do not answer or are
   * behind counts only after {@link patienceMs}.
   */
  unagreed: () => { since: number; reason: string } | null;
  /** Brings the store up to the node's head, in one or several store transactions. */
  poll: () => Promise<ChainEvent[]>;
};

/** Blocks near the head are taken one by one, with their hashes; older ones by ranges. */
const liveWindow = 64;
/** How long too few RPCs may say what is final before it is a problem: they hear of blocks at different times, and restart. Milliseconds. */
export const patienceMs = 30_000;

/**
 * Follows one chain: blocks and the deployment's logs into the store, rolled back when the chain reorganises. Final is what a
 * quorum of the chain's RPCs calls final *and* has the same as the store: the hash of the last block and every event up to it.
 */
export async function createChainSync(options: {
  chain: string;
  startBlock: number;
  confirmations: number | "finalized";
  maxLogRange: number;
  source: BlockSource;
  contracts: ContractTable;
  agreement: Agreement;
  database: Database;
  clock: Clock;
  logger: Logger;
  observe?: Observer;
}): Promise<ChainSync> {
  const { chain, source, contracts, database, clock, confirmations, agreement, observe = ignoreEvents } = options;
  const logger = options.logger.child({ part: "sync", chain });
  const keep = Math.max(256, 4 * (confirmations === "finalized" ? liveWindow : confirmations));
  const hashes = new Map<number, Hex>();
  let cursor = await load();
  let unagreed: { since: number; reason: string; isAlarm: boolean } | null = null;

  async function load(): Promise<ChainCursor> {
    const read = await readCursor(database, chain, options.startBlock);
    hashes.clear();
    for (const { number, hash } of await recentBlocks(database, chain, Number.MAX_SAFE_INTEGER))
      hashes.set(number, hash);
    return read;
  }

  /** An operator's word changes the row; until then nothing moves. */
  async function awaitOperator(): Promise<ChainEvent[]> {
    const before = cursor;
    cursor = await load();
    if (cursor.halted !== null) throw halted(chain, cursor.halted);
    const ancestor = cursor.head.number;
    return [{ type: "reorg", chain, ancestor, depth: Math.max(0, before.head.number - ancestor) }];
  }

  async function poll(): Promise<ChainEvent[]> {
    if (cursor.halted !== null) return awaitOperator();
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

  const collect = (logs: RawLog[]): Promise<StoredEvent[]> => collectEvents(chain, logs, source, contracts);

  async function advance(blocks: StoredBlock[], events: StoredEvent[]): Promise<void> {
    const last = blocks.at(-1) as StoredBlock;
    const next: ChainCursor = { ...cursor, head: { number: last.number, hash: last.hash } };
    // The last final block and all above it are kept: they are what is compared.
    const oldest = Math.min(last.number - keep, cursor.finalised);
    await database.transaction(async (sql) => {
      await insertBlocks(sql, chain, blocks);
      await insertEvents(sql, events);
      if (last.number % 64 === 0) await pruneBlocks(sql, chain, oldest);
      await writeCursor(sql, chain, next);
    });
    for (const block of blocks) hashes.set(block.number, block.hash);
    for (const number of hashes.keys()) if (number < oldest) hashes.delete(number);
    cursor = next;
  }

  async function resolveConflict(head: StoredBlock): Promise<ChainEvent[]> {
    const from = Math.min(cursor.head.number, head.number);
    const ancestor = await findAncestor(from, hashes, async (number) =>
      number === head.number ? head.hash : (await source.block(number))?.hash,
    );
    if (ancestor === head.number) return []; // a node that lags behind, on our own chain
    if (ancestor === undefined || ancestor < cursor.finalised) return contestFinality(ancestor);
    return rollBack(ancestor, "reorg");
  }

  async function rollBack(ancestor: number, why: string): Promise<ChainEvent[]> {
    const depth = cursor.head.number - ancestor;
    const next: ChainCursor = { ...cursor, head: { number: ancestor, hash: hashes.get(ancestor) ?? null } };
    await database.transaction(async (sql) => {
      await rollback(sql, chain, ancestor);
      await writeCursor(sql, chain, next);
    });
    for (const number of [...hashes.keys()]) if (number > ancestor) hashes.delete(number);
    cursor = next;
    logger.warn({ ancestor, depth }, why);
    return [{ type: "reorg", chain, ancestor, depth }];
  }

  /** One node says that what was final is not. Only a quorum can: then the chain is halted. */
  async function contestFinality(ancestor: number | undefined): Promise<ChainEvent[]> {
    const hash = hashes.get(cursor.finalised);
    if (hash === undefined) return []; // nothing was final yet
    const verdict = await agreement.onBlock({ number: cursor.finalised, hash });
    if (verdict.outcome === "agreed") return []; // the node that was read lies, and has been told of
    if (verdict.outcome === "open")
      throw new RelayerError(
        "no_quorum",
        `An RPC of ${chain} has another block ${cursor.finalised} than the one that was final, and no quorum agrees on either: ${verdict.said}.`,
      );
    const reason = `the chain reorganised below block ${cursor.finalised}, which was final (common ancestor: ${ancestor ?? "older than what is kept"})`;
    const next: ChainCursor = { ...cursor, halted: reason, fork: ancestor ?? null };
    await database.transaction((sql) => writeCursor(sql, chain, next));
    cursor = next;
    throw halted(chain, reason);
  }

  async function finalNumber(head: number): Promise<number | undefined> {
    if (confirmations === "finalized") return source.finalised();
    return head - confirmations + 1;
  }

  /** Extends what is final, one stretch after the other, as far as a quorum agrees. Returns a reorg when our record was wrong. */
  async function agree(own: number): Promise<ChainEvent[]> {
    const final = await agreement.finality(confirmations, cursor.finalised);
    if (final === undefined || final <= cursor.finalised) {
      disagree(`fewer RPCs than must call a block above ${cursor.finalised} final`, false);
      return [];
    }
    const end = Math.min(own, final);
    for (;;) {
      const to = nextEnd([...hashes.keys()], cursor.finalised, end, options.maxLogRange);
      const hash = to === undefined ? undefined : hashes.get(to);
      if (to === undefined || hash === undefined) return [];
      const events = await eventsBetween(database, chain, cursor.finalised, to);
      const verdict = await agreement.onHistory({ after: cursor.finalised, to, hash, events });
      if (verdict.outcome === "outvoted")
        return rollBack(cursor.finalised, `what one RPC said of blocks ${cursor.finalised + 1} to ${to} is outvoted`);
      if (verdict.outcome === "open") {
        disagree(`no quorum on blocks ${cursor.finalised + 1} to ${to}: ${verdict.said}`, verdict.split);
        return [];
      }
      const next: ChainCursor = { ...cursor, finalised: to };
      await writeCursor(database, chain, next);
      cursor = next;
      if (unagreed?.isAlarm === true) logger.info({ finalised: to }, "a quorum agrees again");
      unagreed = null;
    }
  }

  /** Disagreement is a problem at once, silence after a while. */
  function disagree(reason: string, split: boolean): void {
    const since = unagreed?.since ?? clock.now();
    const isAlarm = unagreed?.isAlarm === true || split || elapsedMs(clock.now(), since) >= patienceMs;
    if (isAlarm && unagreed?.isAlarm !== true) {
      logger.error({ finalised: cursor.finalised }, `nothing more of ${chain} is planned or signed: ${reason}`);
      observe({ type: "no quorum", chain });
    }
    unagreed = { since, reason, isAlarm };
  }

  async function finalise(head: number): Promise<ChainEvent[]> {
    const before = cursor.finalised;
    const number = Math.min((await finalNumber(head)) ?? -1, cursor.head.number);
    if (number > before) {
      const reorg = await agree(number);
      if (reorg.length > 0) return reorg;
    } else unagreed = null;
    return cursor.finalised > before ? [{ type: "finalized", chain, number: cursor.finalised }] : [];
  }

  return { chain, cursor: () => cursor, unagreed: () => (unagreed?.isAlarm === true ? unagreed : null), poll };
}

/**
 * Where the next stretch that is voted on ends: the highest block up to `end` whose hash is kept, within `most` blocks if there is
 * one, otherwise the lowest. Undefined when there is none.
 */
export function nextEnd(kept: number[], after: number, end: number, most: number): number | undefined {
  const possible = kept.filter((number) => number > after && number <= end);
  const near = possible.filter((number) => number <= after + most);
  if (near.length > 0) return Math.max(...near);
  return possible.length === 0 ? undefined : Math.min(...possible);
}

/** The chain waits for an operator; the process, and the work of the other chain, go on. */
export function halted(chain: string, reason: string): RelayerError {
  return new RelayerError(
    "reorg_below_finality",
    `Chain ${chain} is halted: ${reason}. Nothing of it is signed any more. Find out what happened; to go on with the new history: "relayer chain resume".`,
    { details: { chain } },
  );
}
