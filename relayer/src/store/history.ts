import type { Sql } from "./database.ts";
import type { MessageState } from "./messages.ts";

/** A state that a message came into, or what an operator did about it. `at` is in milliseconds since the epoch. */
export type HistoryEntry = {
  at: number;
  state: MessageState;
  attempts: number;
  transactionId: number | null;
  note: string | null;
};

type Row = { at: number; state: MessageState; attempts: number; transaction_id: number | null; note: string | null };

/** What a message went through, oldest first. Empty before the first change of one that is older than the history. */
export async function historyOf(sql: Sql, messageId: number): Promise<HistoryEntry[]> {
  const rows = await sql.query<Row>(
    "select at, state, attempts, transaction_id, note from message_history where message_id = $1 order by id",
    [messageId],
  );
  return rows.map(({ transaction_id: transactionId, ...row }) => ({ ...row, transactionId }));
}

/** Messages of a kind in a state. `oldestAt`: when the oldest was created, milliseconds since the epoch. */
export type MessageCount = { kind: string; state: MessageState; count: number; oldestAt: number };

export async function countMessages(sql: Sql): Promise<MessageCount[]> {
  return sql.query<MessageCount>(
    `select kind, state, count(*)::integer as count, min(created_at) as "oldestAt" from messages group by kind, state order by kind, state`,
  );
}

// What an operator skipped stays: its row is what keeps a planner from adding it again. What is dead is not finished.
const finished = `state in ('done', 'void') and updated_at < $1`;

/** How many messages were finished before a time, milliseconds since the epoch. */
export async function countFinished(sql: Sql, before: number): Promise<number> {
  const rows = await sql.query<{ count: number }>(`select count(*)::integer as count from messages where ${finished}`, [
    before,
  ]);
  return rows[0]?.count ?? 0;
}

/** Deletes them with their histories. Returns how many there were. */
export async function deleteFinished(sql: Sql, before: number): Promise<number> {
  return (await sql.query(`delete from messages where ${finished} returning id`, [before])).length;
}
