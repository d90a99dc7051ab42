import { elapsedMs, type Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database } from "./database.ts";

/** How often an embedded store is looked at, milliseconds. */
const everyMs = 20_000;
/**
 * Most that the write-ahead log may be ahead of the tables, bytes: so much is read again at a start after a crash, and so much is
 * written before old versions of rows make room for new ones.
 */
const mostWal = 8 * 2 ** 20;

/**
 * What an embedded store needs now and then. A server has a checkpointer and autovacuum; PGlite has neither: its write-ahead log only
 * grows, rows that were changed leave holes for ever, and without statistics every query that picks the next message reads all of them.
 */
export type Upkeep = {
  /** Does what is needed now. What it did, one line each. */
  tend: () => Promise<string[]>;
  /** Tends the store until the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>;
};

export function createUpkeep(options: {
  database: Database;
  clock: Clock;
  logger: Logger;
  /** Bytes. @default 8 MiB */
  mostWal?: number;
}): Upkeep {
  const { database, clock } = options;
  const logger = options.logger.child({ part: "upkeep" });

  async function tend(): Promise<string[]> {
    const done: string[] = [];
    const wal = await walBytes();
    const isLong = wal > (options.mostWal ?? mostWal);
    for (const { name, was, pages } of await tables()) {
      const hasGrown = pages > was * 1.2 + 4; // since statistics were last taken
      if (!hasGrown && !isLong) continue;
      await database.exec(hasGrown ? `vacuum (analyze) ${name}` : `vacuum ${name}`);
      if (hasGrown) done.push(`statistics of ${name}: ${pages} pages, ${was} before`);
    }
    if (isLong) {
      await database.exec("checkpoint");
      done.push(`vacuum and checkpoint after ${wal} bytes of write-ahead log`);
    }
    return done;
  }

  /** Ours and those of the job queue, with their sizes when they were last vacuumed and now. */
  const tables = () =>
    database.query<{ name: string; was: number; pages: number }>(
      `select format('%I.%I', n.nspname, c.relname) as name, c.relpages as was,
         (pg_relation_size(c.oid) / current_setting('block_size')::int)::int as pages
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by name`,
    );

  async function walBytes(): Promise<number> {
    const rows = await database.query<{ bytes: number }>(
      "select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::bigint as bytes from pg_control_checkpoint()",
    );
    return rows[0]?.bytes ?? 0;
  }

  return {
    tend,
    async run(signal) {
      while (!signal.aborted) {
        const startedAt = clock.now();
        try {
          const done = await tend();
          if (done.length > 0) logger.debug({ done, tookMs: elapsedMs(clock.now(), startedAt) }, "tended the store");
        } catch (error) {
          // A disk that is full, for one: the store works on, and the next round may do.
          logger.warn({ error }, "could not tend the store");
        }
        await clock.sleep(everyMs, signal);
      }
    },
  };
}
