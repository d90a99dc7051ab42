import { RefusedError } from "../runtime/errors.ts";
import { rollback } from "./events.ts";
import type { Database } from "./database.ts";

/** What accepting a new history did. Block numbers; `ancestor` −1: everything is read again. */
export type Resumed = { chain: string; ancestor: number; voided: number; revisited: number };

/**
 * So long before the fork's time messages are looked at again: it is the chain's time, and when a message was done is by our clock. Another
 * look at what is still there costs a call; none at what is gone would leave it undone for ever.
 */
const revisitMs = 86_400_000;

/**
 * Accepts the new history of a chain that reorganised below finality. Its rows above the fork are dropped and read again. Messages that
 * vanished events had asked for and that have sent nothing become void; if the event is in the new history too, they come back.
 * What was done since the fork is looked at again: its effect may be gone.
 *
 * @throws RefusedError `unknown_chain`, `not_halted`
 */
export async function resumeChain(database: Database, chain: string, by: string, now: number): Promise<Resumed> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<{ halted: string | null; fork_number: number | null }>(
      "select halted, fork_number from chains where chain = $1",
      [chain],
    );
    if (row === undefined) throw new RefusedError("unknown_chain", `The store has no chain "${chain}".`);
    if (row.halted === null)
      throw new RefusedError("not_halted", `Chain ${chain} is not halted: there is nothing to accept.`);
    const ancestor = row.fork_number ?? -1;
    const [fork] = await sql.query<{ hash: string; timestamp: number }>(
      "select hash, timestamp from blocks where chain = $1 and number = $2",
      [chain, ancestor],
    );
    await rollback(sql, chain, ancestor);
    await sql.query(
      `update chains set head_number = $2, head_hash = $3, finalised_number = least(finalised_number, $2),
         halted = null, fork_number = null, history = history + 1 where chain = $1`,
      [chain, ancestor, fork?.hash ?? null],
    );
    await sql.query("update plans set planned_number = least(planned_number, $2) where chain = $1", [chain, ancestor]);
    // Their nonces are free again; what they did is looked at through the messages. Live ones are looked after as ever.
    await sql.query(
      `update transactions set state = 'lost', reason = $3, updated_at = $4
         where chain = $1 and block_number > $2 and state in ('final', 'reverted')`,
      [chain, ancestor, `its block is gone: ${by} accepted a new history of ${chain}`, now],
    );
    const why = `the block of ${chain} that it came from is gone: ${by} accepted the new history from block ${ancestor + 1} on`;
    const voided = await move(
      "void",
      why,
      "origin_chain = $4 and origin_block > $5 and state not in ('sending', 'void', 'skipped')",
      [chain, ancestor],
    );
    const revisited = await move(
      "due",
      `another look: ${by} accepted the new history of ${chain}`,
      "state = 'done' and updated_at >= $4",
      [Math.min((fork?.timestamp ?? 0) * 1_000, now) - revisitMs],
    );
    return { chain, ancestor, voided, revisited };

    async function move(state: "void" | "due", reason: string, which: string, values: unknown[]): Promise<number> {
      const rows = await sql.query<{ id: number }>(
        `with moved as (
           update messages set state = $1::text, waiting_for = $2::text, progress = '{}', wake_on = null, next_attempt_at = $3::bigint,
             version = version + 1, updated_at = $3::bigint where ${which} returning id, attempts
         )
         insert into message_history (message_id, at, state, attempts, note)
           select id, $3::bigint, $1::text, attempts, $2::text from moved returning message_id as id`,
        [state, reason, now, ...values],
      );
      return rows.length;
    }
  });
}
