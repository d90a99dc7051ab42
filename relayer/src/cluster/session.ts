import pg from "pg";
import { backoffMs } from "../runtime/backoff.ts";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database, Sql } from "../store/database.ts";
import { connectionConfig, type PostgresAddress } from "../store/postgres.ts";
import { fromPostgres } from "../store/postgresErrors.ts";
import type { Cluster, Lease } from "./cluster.ts";

/** How often a session shows the server that it lives, and asks for what it does not hold. */
const beatMs = 2_000;
/** Without an answer for so long a process takes its leases for lost, whatever the server thinks. */
const trustMs = 12_000;
/** The server ends a session that is silent for so long, and gives its locks to others: longer than `trustMs`. */
const silenceMs = 18_000;

/** Every process of a store holds it shared; `relayer rebuild` wants it alone. */
export const presenceLock = (schema: string): string => `hypothec:${schema}:presence`;

type Held = { epochs: Map<string, number> };
type Wanted = { what: string; names: string[]; held: Held | undefined; warned: string | undefined };

/**
 * The cluster of processes on a PostgreSQL server: one connection of this process holds its advisory locks and hears news. When the
 * connection ends, so do the locks, on both sides; epochs in the table `leases` fence off what a late leader still has under way.
 */
export function createSession(options: {
  address: PostgresAddress;
  /** For publishing, and for reading who holds what. */
  database: Database;
  /** Names this process for people: "relayer@host:123". */
  holder: string;
  clock: Clock;
  logger: Logger;
  /** Milliseconds that never jump. @default performance.now */
  monotonic?: () => number;
}): Cluster {
  const { address, database, holder, clock, monotonic = () => performance.now() } = options;
  const logger = options.logger.child({ part: "session" });
  const channel = `hypothec_${address.schema}`;
  const lockOf = (name: string) => `hypothec:${address.schema}:${name}`;
  const wanted: Wanted[] = [];
  const listeners = new Set<(news: string) => void>();
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let trustedUntil = -Infinity;
  let work: Promise<void> = Promise.resolve();
  let rouse: () => void = () => {};

  const tell = (news: string) => {
    for (const hear of [...listeners]) hear(news);
  };

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      ...connectionConfig(address),
      statement_timeout: trustMs,
      query_timeout: trustMs,
    });
    fresh.on("error", () => rouse());
    fresh.on("end", () => rouse());
    fresh.on("notification", ({ payload }) => {
      if (payload === "released") rouse();
      else if (payload !== undefined) tell(payload);
    });
    try {
      await fresh.connect();
      // A process that froze, or whose network is gone, loses its locks too.
      await fresh.query(
        `set idle_session_timeout = ${silenceMs}; set tcp_keepalives_idle = 4; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3`,
      );
      await fresh.query("select pg_advisory_lock_shared(hashtextextended($1, 0))", [presenceLock(address.schema)]);
      await fresh.query(`listen ${channel}`);
      return fresh;
    } catch (error) {
      await fresh.end().catch(() => {});
      throw fromPostgres(error);
    }
  }

  async function beat(session: pg.Client): Promise<void> {
    const sentAt = monotonic();
    const missing = wanted.filter(({ held }) => held === undefined);
    const { rows } = await session.query<{ name: string; got: boolean }>(
      "select name, pg_try_advisory_lock(hashtextextended($2 || name, 0)) as got from unnest($1::text[]) as name",
      [missing.flatMap(({ names }) => names), lockOf("")],
    );
    const got = new Set(rows.filter((row) => row.got).map(({ name }) => name));
    for (const entry of missing) {
      if (entry.names.every((name) => got.has(name))) await take(session, entry);
      else await standBy(session, entry, got);
    }
    trustedUntil = sentAt + trustMs;
    if (missing.some(({ held }) => held !== undefined)) tell("lease");
  }

  async function take(session: pg.Client, entry: Wanted): Promise<void> {
    const { rows } = await session.query<{ name: string; epoch: number }>(
      `insert into leases (name, epoch, holder, taken_at) select name, 1, $2, now() from unnest($1::text[]) as name order by name
       on conflict (name) do update set epoch = leases.epoch + 1, holder = excluded.holder, taken_at = excluded.taken_at
       returning name, epoch`,
      [entry.names, holder],
    );
    entry.held = { epochs: new Map(rows.map(({ name, epoch }) => [name, epoch])) };
    entry.warned = undefined;
    logger.info({ lease: entry.names }, `leads: ${entry.what}`);
  }

  /** All or nothing: what was got of the locks goes back. */
  async function standBy(session: pg.Client, entry: Wanted, got: Set<string>): Promise<void> {
    const back = entry.names.filter((name) => got.has(name));
    if (back.length > 0)
      await session.query(
        "select pg_advisory_unlock(hashtextextended($2 || name, 0)) from unnest($1::text[]) as name",
        [back, lockOf("")],
      );
    const { rows } = await session.query<{ holders: string | null }>(
      "select string_agg(distinct holder, ', ') as holders from leases where name = any($1)",
      [entry.names.filter((name) => !got.has(name))],
    );
    const holders = rows[0]?.holders ?? "another process";
    if (entry.warned === holders) return;
    entry.warned = holders;
    logger.info({ lease: entry.names, holder: holders }, `stands by: ${entry.what} is led by ${holders}`);
  }

  function lose(): void {
    trustedUntil = -Infinity;
    const lost = wanted.filter(({ held }) => held !== undefined);
    for (const entry of lost) entry.held = undefined;
    if (lost.length === 0) return;
    logger.warn({ lease: lost.flatMap(({ names }) => names) }, "lost what it led: nothing of it is signed any more");
    tell("lease");
  }

  async function pause(ms: number): Promise<void> {
    const sleeper = new AbortController();
    const roused = new Promise<void>((resolve) => (rouse = resolve));
    if (!closing.signal.aborted) await Promise.race([roused, clock.sleep(ms, sleeper.signal)]);
    sleeper.abort();
  }

  async function keep(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      try {
        client ??= await connect();
        await beat(client);
        failures = 0;
      } catch (error) {
        lose();
        void client?.end().catch(() => {});
        client = undefined;
        failures++;
        logger[failures >= 3 ? "error" : "warn"](
          { error: fromPostgres(error), failures },
          "the store's session is lost",
        );
        await pause(backoffMs(failures, clock.random(), { baseMs: 250, capMs: 5_000 }));
        continue;
      }
      await pause(beatMs);
    }
  }

  const leaseOf = (entry: Wanted): Lease => ({
    held: () => entry.held !== undefined && monotonic() < trustedUntil,
    fence: async (sql: Sql) => {
      const held = entry.held;
      const rows =
        held === undefined
          ? []
          : await sql.query<{ name: string; epoch: number }>(
              "select name, epoch from leases where name = any($1) order by name for share",
              [entry.names],
            );
      const isOurs =
        rows.length === entry.names.length && rows.every(({ name, epoch }) => held?.epochs.get(name) === epoch);
      if (isOurs && entry.held === held) return;
      throw new RelayerError(
        "lease_lost",
        `This process does not lead ${entry.what} any more: another one goes on with it.`,
      );
    },
  });

  return {
    shared: true,
    lease(what, names) {
      const entry: Wanted = { what, names: [...new Set(names)].sort(), held: undefined, warned: undefined };
      wanted.push(entry);
      rouse();
      return leaseOf(entry);
    },
    publish(news) {
      if (!closing.signal.aborted) database.query("select pg_notify($1, $2)", [channel, news]).catch(() => {}); // a hint only
    },
    listen(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    async open() {
      client = await connect();
      work = keep();
    },
    async close() {
      closing.abort();
      rouse();
      await work;
      lose();
      await client?.end().catch(() => {});
      await database.query("select pg_notify($1, 'released')", [channel]).catch(() => {});
    },
  };
}
