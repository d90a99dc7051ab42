import type { Hex } from "viem";
import { decodeJson, encodeJson } from "./json.ts";
import type { Sql } from "./database.ts";

export type StoredBlock = { number: number; hash: Hex; parentHash: Hex; timestamp: number };

/** A log of one of the deployment's contracts, as the chain gave it. */
export type StoredEvent = {
  chain: string;
  blockNumber: number;
  logIndex: number;
  blockHash: Hex;
  txHash: Hex;
  contract: string;
  address: Hex;
  name: string;
  topics: [Hex, ...Hex[]] | [];
  data: Hex;
};

export type ChainCursor = {
  head: { number: number; hash: Hex | null };
  finalised: number;
  /** Why nothing of this chain is signed: it reorganised below finality, and an operator has to say how it goes on. */
  halted: string | null;
  /** While halted: the last block in common with the new history, or null when unknown. */
  fork: number | null;
  /** How often an operator accepted a new history. */
  history: number;
};

type CursorRow = {
  head_number: number;
  head_hash: Hex | null;
  finalised_number: number;
  halted: string | null;
  fork_number: number | null;
  history: number;
};

/** The cursor of a chain; a new chain starts just before `startBlock`. */
export async function readCursor(sql: Sql, chain: string, startBlock: number): Promise<ChainCursor> {
  const before = Math.max(startBlock - 1, -1);
  await sql.query(
    `insert into chains (chain, head_number, head_hash, finalised_number) values ($1, $2, null, $2) on conflict do nothing`,
    [chain, before],
  );
  const rows = await sql.query<CursorRow>("select * from chains where chain = $1", [chain]);
  const row = rows[0] as CursorRow;
  // After a reorg of unknown depth everything is read again, from the deployment's first block.
  const from = (number: number) => Math.max(number, before);
  return {
    head: { number: from(row.head_number), hash: row.head_hash },
    finalised: from(row.finalised_number),
    halted: row.halted,
    fork: row.fork_number,
    history: row.history,
  };
}

export async function writeCursor(sql: Sql, chain: string, cursor: ChainCursor): Promise<void> {
  await sql.query(
    "update chains set head_number = $2, head_hash = $3, finalised_number = $4, halted = $5, fork_number = $6 where chain = $1",
    [chain, cursor.head.number, cursor.head.hash, cursor.finalised, cursor.halted, cursor.fork],
  );
}

/** How many reorgs of the chain the store has taken. */
export async function readReorgs(sql: Sql, chain: string): Promise<number> {
  return (await sql.query<{ reorgs: number }>("select reorgs from chains where chain = $1", [chain]))[0]?.reorgs ?? 0;
}

export async function insertBlocks(sql: Sql, chain: string, blocks: StoredBlock[]): Promise<void> {
  for (const block of blocks)
    await sql.query(
      `insert into blocks (chain, number, hash, parent_hash, timestamp) values ($1, $2, $3, $4, $5)
       on conflict (chain, number) do update set hash = excluded.hash, parent_hash = excluded.parent_hash, timestamp = excluded.timestamp`,
      [chain, block.number, block.hash, block.parentHash, block.timestamp],
    );
}

/** Hashes of the most recent blocks, newest first. */
export async function recentBlocks(sql: Sql, chain: string, limit: number): Promise<StoredBlock[]> {
  const rows = await sql.query<{ number: number; hash: Hex; parent_hash: Hex; timestamp: number }>(
    "select * from blocks where chain = $1 order by number desc limit $2",
    [chain, limit],
  );
  return rows.map((row) => ({
    number: row.number,
    hash: row.hash,
    parentHash: row.parent_hash,
    timestamp: row.timestamp,
  }));
}

export async function pruneBlocks(sql: Sql, chain: string, below: number): Promise<void> {
  await sql.query("delete from blocks where chain = $1 and number < $2", [chain, below]);
}

export async function insertEvents(sql: Sql, events: StoredEvent[]): Promise<void> {
  for (const event of events)
    await sql.query(
      `insert into events (chain, block_number, log_index, block_hash, tx_hash, contract, address, name, topics, data)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
      [
        event.chain,
        event.blockNumber,
        event.logIndex,
        event.blockHash,
        event.txHash,
        event.contract,
        event.address,
        event.name,
        encodeJson(event.topics),
        event.data,
      ],
    );
}

/** Whether a block still has an event of ours. */
export async function hasEventOf(sql: Sql, chain: string, number: number, hash: Hex): Promise<boolean> {
  const rows = await sql.query(
    "select 1 from events where chain = $1 and block_number = $2 and block_hash = $3 limit 1",
    [chain, number, hash],
  );
  return rows.length > 0;
}

/** Forgets everything above `ancestor`, and counts the reorg for those who follow the store. */
export async function rollback(sql: Sql, chain: string, ancestor: number): Promise<void> {
  await sql.query("update chains set reorgs = reorgs + 1 where chain = $1", [chain]);
  await sql.query("delete from events where chain = $1 and block_number > $2", [chain, ancestor]);
  await sql.query("delete from blocks where chain = $1 and number > $2", [chain, ancestor]);
}

type EventRow = {
  chain: string;
  block_number: number;
  log_index: number;
  block_hash: Hex;
  tx_hash: Hex;
  contract: string;
  address: Hex;
  name: string;
  topics: unknown;
  data: Hex;
};

/** Events of a chain in (after, to], in order. */
export async function eventsBetween(sql: Sql, chain: string, after: number, to: number): Promise<StoredEvent[]> {
  const rows = await sql.query<EventRow>(
    "select * from events where chain = $1 and block_number > $2 and block_number <= $3 order by block_number, log_index",
    [chain, after, to],
  );
  return rows.map(fromRow);
}

/** All events up to a block, oldest first, so many at a time: a chain's whole history does not fit into memory. */
export async function* eventPages(sql: Sql, chain: string, to: number, size = 2_000): AsyncGenerator<StoredEvent[]> {
  let [block, log] = [-1, -1];
  for (;;) {
    const rows = await sql.query<EventRow>(
      "select * from events where chain = $1 and (block_number, log_index) > ($2, $3) and block_number <= $4 order by block_number, log_index limit $5",
      [chain, block, log, to, size],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(fromRow);
    [block, log] = [last.block_number, last.log_index];
  }
}

const fromRow = (row: EventRow): StoredEvent => ({
  chain: row.chain,
  blockNumber: row.block_number,
  logIndex: row.log_index,
  blockHash: row.block_hash,
  txHash: row.tx_hash,
  contract: row.contract,
  address: row.address,
  name: row.name,
  topics: decodeJson(row.topics),
  data: row.data,
});
