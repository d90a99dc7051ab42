import type { Hex } from "viem";
import type { ErrorRecord } from "../runtime/errors.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { Sql } from "./database.ts";

/**
 * The life of a message, the same for every kind:
 *
 *   due ─▶ proving ─▶ ready ─▶ sending ─▶ done
 *    └──────────────────────────┘
 *
 * `void`: what it was about is gone (a reorg, overtaken by events); `dead`: it cannot succeed, an operator has to look;
 * `skipped`: an operator decided against it, and nothing brings it back.
 */
export const messageStates = ["due", "proving", "ready", "sending", "done", "void", "dead", "skipped"] as const;
export type MessageState = (typeof messageStates)[number];

/** What a message has gathered on its way. */
export type Progress = {
  proofKey?: string;
  transactionId?: number;
  /** The transaction is a step on the way (an approval), not the effect itself. */
  intermediate?: boolean;
  /** Since when this could be acted on; a relayer whose turn comes later counts from here. */
  actionableSince?: number;
  /** Since when it is held back because it would not pay, milliseconds since the epoch. */
  heldSince?: number;
  /** Transactions for it that were mined and reverted: each cost gas. */
  reverts?: number;
  /** The operator's decision against it. `at` is in milliseconds since the epoch. */
  skipped?: { by: string; why: string; at: number };
};

export type Message<Payload = unknown> = {
  id: number;
  kind: string;
  key: string;
  state: MessageState;
  payload: Payload;
  progress: Progress;
  /** Failures since the last success of a step. */
  attempts: number;
  nextAttemptAt: number;
  /** Also due when this is announced: `block:<chain>`, `final:<chain>`, `tx:<id>`, `proof:<key>`. */
  wakeOn: string | null;
  waitingFor: string | null;
  lastError: ErrorRecord | null;
  version: number;
  createdAt: number;
  updatedAt: number;
  /** The final event it was planned from; absent when it came from the state at the head. */
  origin?: MessageOrigin;
};

/** The block of the event that a message was planned from. */
export type MessageOrigin = { chain: string; block: number; hash: Hex };

export type NewMessage<Payload = unknown> = {
  kind: string;
  key: string;
  payload: Payload;
  delayMs?: number;
  /** The final event that it follows from; none when it follows from the state at the head. */
  origin?: MessageOrigin;
};

type Row = {
  id: number;
  kind: string;
  key: string;
  state: MessageState;
  payload: unknown;
  progress: unknown;
  attempts: number;
  next_attempt_at: number;
  wake_on: string | null;
  waiting_for: string | null;
  last_error: unknown;
  version: number;
  created_at: number;
  updated_at: number;
  origin_chain: string | null;
  origin_block: number | null;
  origin_hash: Hex | null;
};

const fromRow = (row: Row): Message => ({
  id: row.id,
  kind: row.kind,
  key: row.key,
  state: row.state,
  payload: decodeJson(row.payload),
  progress: decodeJson(row.progress),
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at,
  wakeOn: row.wake_on,
  waitingFor: row.waiting_for,
  lastError: row.last_error === null ? null : decodeJson(row.last_error),
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...(row.origin_chain === null || row.origin_block === null || row.origin_hash === null
    ? {}
    : { origin: { chain: row.origin_chain, block: row.origin_block, hash: row.origin_hash } }),
});

/** States of a message that still moves. */
export const openStates = ["due", "proving", "ready", "sending"] as const satisfies MessageState[];

/** A message that has news of its own goes before all that became due in so long: it waits behind none that only looks again. Milliseconds. */
export const headStartMs = 600_000;

const open = `state not in ('done', 'void', 'dead', 'skipped')`;

const dueAt = ({ delayMs }: NewMessage, now: number) => now + (delayMs ?? -headStartMs);

/** Adds messages that are not there yet, first in line unless they are to wait; one that was void comes back to life (a reorg was undone). Returns how many. */
export async function insertMessages(sql: Sql, messages: NewMessage[], now: number): Promise<number> {
  let added = 0;
  for (const message of messages) {
    const rows = await sql.query<{ id: number }>(
      `insert into messages (kind, key, state, payload, progress, attempts, next_attempt_at, version, created_at, updated_at, origin_chain, origin_block, origin_hash)
       values ($1, $2, 'due', $3, '{}', 0, $4, 0, $5, $5, $6, $7, $8)
       on conflict (key) do update set state = 'due', payload = excluded.payload, progress = '{}', attempts = 0, wake_on = null,
         waiting_for = null, next_attempt_at = excluded.next_attempt_at, version = messages.version + 1, updated_at = excluded.updated_at,
         origin_chain = excluded.origin_chain, origin_block = excluded.origin_block, origin_hash = excluded.origin_hash
         where messages.state = 'void'
       returning id`,
      [
        message.kind,
        message.key,
        encodeJson(message.payload),
        dueAt(message, now),
        now,
        message.origin?.chain ?? null,
        message.origin?.block ?? null,
        message.origin?.hash ?? null,
      ],
    );
    for (const { id } of rows)
      await sql.query("insert into message_history (message_id, at, state, attempts) values ($1, $2, 'due', 0)", [
        id,
        now,
      ]);
    added += rows.length;
  }
  return added;
}

/**
 * Writes a row back unless someone else changed it meanwhile. Returns whether it was written. A new state is noted in the
 * message's history, and so is `note`, what an operator did, whatever the state.
 */
export async function saveMessage(sql: Sql, message: Message, note?: string): Promise<boolean> {
  // One statement, because a caller may not be in a transaction: `before` and `written` see the row as it was.
  const rows = await sql.query<{ id: number }>(
    `with before as (select state from messages where id = $1),
     written as (
       update messages set state = $3, payload = $4, progress = $5, attempts = $6, next_attempt_at = $7, wake_on = $8, waiting_for = $9,
         last_error = $10, updated_at = $11, version = version + 1
       where id = $1 and version = $2 returning id
     ),
     noted as (
       insert into message_history (message_id, at, state, attempts, transaction_id, note)
       select written.id, $11::bigint, $3::text, $6::integer, $12::bigint, $13::text from written, before
         where before.state <> $3::text or $14::boolean
     )
     select id from written`,
    [
      message.id,
      message.version,
      message.state,
      encodeJson(message.payload),
      encodeJson(message.progress),
      message.attempts,
      message.nextAttemptAt,
      message.wakeOn,
      message.waitingFor,
      message.lastError === null ? null : encodeJson(message.lastError),
      message.updatedAt,
      message.state === "sending" ? (message.progress.transactionId ?? null) : null,
      note ?? noteOf(message),
      note !== undefined,
    ],
  );
  return rows.length === 1;
}

function noteOf({ state, waitingFor, lastError }: Message): string | null {
  return state === "dead" ? (lastError?.message ?? waitingFor) : waitingFor;
}

export async function dueMessages(sql: Sql, kinds: string[], now: number, limit: number): Promise<Message[]> {
  const rows = await sql.query<Row>(
    `select * from messages where ${open} and next_attempt_at <= $1 and kind = any($2) order by next_attempt_at, id limit $3`,
    [now, kinds, limit],
  );
  return rows.map(fromRow);
}

/** When the next open message is due, or undefined when none is open. */
export async function nextDueAt(sql: Sql, kinds: string[]): Promise<number | undefined> {
  const rows = await sql.query<{ at: number | null }>(
    `select min(next_attempt_at) as at from messages where ${open} and kind = any($1)`,
    [kinds],
  );
  return rows[0]?.at ?? undefined;
}

/** Makes the messages that wait for an announcement due; of all kinds unless told, and `first` before those that wait for a block. */
export async function wakeMessages(
  sql: Sql,
  announcement: string,
  now: number,
  { kinds, first = false }: { kinds?: string[]; first?: boolean } = {},
): Promise<number> {
  const rows = await sql.query<{ id: number }>(
    `update messages set next_attempt_at = $4, wake_on = null, version = version + 1
       where wake_on = $1 and ${open} and next_attempt_at > $2 and ($3::text[] is null or kind = any($3)) returning id`,
    [announcement, now, kinds ?? null, first ? now - headStartMs : now],
  );
  return rows.length;
}

/**
 * Makes messages due that were written at a time that is still to come: the clock was set back, and what they wait for may be years ahead.
 * A step too early looks at the chain and does nothing twice.
 */
export async function wakeAfterClockJump(sql: Sql, now: number): Promise<number> {
  const rows = await sql.query<{ id: number }>(
    `update messages set next_attempt_at = $1, version = version + 1 where updated_at > $1 and next_attempt_at > $1 and ${open} returning id`,
    [now],
  );
  return rows.length;
}

/** Open messages of a kind, oldest first. */
export async function openMessages(sql: Sql, kind: string, state?: MessageState): Promise<Message[]> {
  const rows = await sql.query<Row>(
    `select * from messages where kind = $1 and ${open} and ($2::text is null or state = $2) order by id`,
    [kind, state ?? null],
  );
  return rows.map(fromRow);
}

/** Messages of a kind that were given up, by the relayer or by an operator, oldest first. */
export async function deadMessages(sql: Sql, kind: string): Promise<Message[]> {
  const rows = await sql.query<Row>(
    `select * from messages where kind = $1 and state in ('dead', 'skipped') order by id`,
    [kind],
  );
  return rows.map(fromRow);
}

/** Messages newest first, below the id `before`; of all states and kinds unless told. Pages by id, which never changes. */
export async function listMessages(
  sql: Sql,
  filter: { states?: readonly MessageState[]; kind?: string; before?: number; limit: number },
): Promise<Message[]> {
  const rows = await sql.query<Row>(
    `select * from messages where ($1::text[] is null or state = any($1)) and ($2::text is null or kind = $2)
       and ($3::bigint is null or id < $3) order by id desc limit $4`,
    [filter.states ?? null, filter.kind ?? null, filter.before ?? null, filter.limit],
  );
  return rows.map(fromRow);
}

export async function findMessageById(sql: Sql, id: number): Promise<Message | undefined> {
  const rows = await sql.query<Row>("select * from messages where id = $1", [id]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** The messages that a transaction was sent for and that have not been sent again since. */
export async function messagesOfTransaction(sql: Sql, transactionId: number): Promise<Message[]> {
  const rows = await sql.query<Row>(`select * from messages where progress ->> 'transactionId' = $1 order by id`, [
    String(transactionId),
  ]);
  return rows.map(fromRow);
}

export async function findMessage(sql: Sql, key: string): Promise<Message | undefined> {
  const rows = await sql.query<Row>("select * from messages where key = $1", [key]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}
