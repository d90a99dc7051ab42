import { PgBoss } from "pg-boss";
import type { Cluster } from "../cluster/cluster.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database, Sql } from "../store/database.ts";
import { priorities, type Lane } from "./proofs.ts";

export type ProofJob = { id: string; key: string; lane: Lane };
export type NewProofJob = { key: string; lane: Lane; priority: number };

/** Proof jobs on pg-boss: priorities, at most one open job per proof, and any number of workers on any number of machines. */
export type JobQueue = {
  /** Adds a job in a transaction; `announce` once that is committed. Nothing happens while one of the same key is open. */
  send: (job: NewProofJob, sql: Sql) => Promise<void>;
  /** Says that there may be new jobs. */
  announce: () => void;
  /** Takes the most urgent job of these lanes, or undefined. It is ours until `close`, or until we are silent for too long. */
  take: (lanes: readonly Lane[]) => Promise<ProofJob | undefined>;
  /** Ends our work on a job: it is over when its proof is not wanted any more, and else tried again after a while, by anyone. */
  close: (job: ProofJob) => Promise<void>;
  /** Aborts the work on a proof, whoever is at it. */
  stopWork: (key: string) => void;
  /** The signal that `stopWork` aborts; one per piece of work. Until `close` the job is kept from others. */
  startWork: (job: ProofJob) => AbortSignal;
  /** Resolves when a job may be there, or after `ms`. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  stop: () => Promise<void>;
  /**
   * Sees to it that every wanted proof has a job. On a store of this process alone all others are thrown away: they were taken by
   * one that has died.
   */
  rebuild: (jobs: NewProofJob[]) => Promise<void>;
};

/** The most urgent first: a worker asks for jobs in this order. */
const lanes = (["settle", "margin", "batch16", "batch64", "transact", "client"] as const satisfies Lane[]).toSorted(
  (a, b) => priorities[a] - priorities[b],
);

const queueOf = (lane: Lane): string => `proofs.${lane}`;

/** A worker that is silent for so long has lost its job to others. Less (pg-boss allows 10) makes proofs twice where a machine is starved. */
const heartbeatSeconds = 20;
const touchMs = 3_000;

const noJob = "00000000-0000-0000-0000-000000000000";

/** Unlike that of migrations. */
const lockNumber = 0x687971;
const askAgainMs = 200;

/**
 * On a server processes that start together take turns. pg-boss sets itself up under a lock of its own, but who waited for it may
 * still believe that nothing is there, and fails.
 */
async function inTurn(database: Database, clock: Clock, run: () => Promise<void>): Promise<void> {
  if (database.kind === "embedded") return run();
  await database.transaction(async (sql) => {
    await sql.query("set local idle_in_transaction_session_timeout = 0");
    const take = () => sql.query<{ taken: boolean }>("select pg_try_advisory_xact_lock($1) as taken", [lockNumber]);
    // Asked for again and again: one statement that waits would be ended by its timeout.
    while ((await take())[0]?.taken !== true) await clock.sleep(askAgainMs);
    await run();
  });
}

/** `schema`: of pg-boss's own tables. @default "pgboss" */
export async function createJobQueue(options: {
  database: Database;
  clock: Clock;
  logger: Logger;
  cluster?: Pick<Cluster, "shared" | "publish" | "listen">;
  schema?: string;
}): Promise<JobQueue> {
  const { database, clock, cluster, schema } = options;
  const logger = options.logger.child({ part: "jobs" });
  const isShared = cluster?.shared === true;
  const boss = new PgBoss({
    backend: database.kind === "embedded" ? "pglite" : "postgres",
    ...(schema === undefined ? {} : { schema }),
    db: {
      executeSql: async (text: string, values?: unknown[]) => ({
        rows:
          values !== undefined && values.length > 0
            ? await database.query<Record<string, unknown>>(text, values)
            : await database.exec(text),
      }),
    },
    schedule: false,
    // One process works an embedded store and rebuilds its jobs at start: nothing to supervise but old rows. On a server, the
    // jobs of those that died; whoever comes first looks, for all.
    ...(isShared ? { superviseIntervalSeconds: 5, monitorIntervalSeconds: 5 } : { superviseIntervalSeconds: 600 }),
    maintenanceIntervalSeconds: 3_600,
  });
  boss.on("error", (error: unknown) => logger.warn({ error }, "job queue"));
  await inTurn(database, clock, async () => {
    await boss.start();
    for (const lane of lanes)
      await boss.createQueue(queueOf(lane), {
        policy: "exclusive",
        // The proof's row counts its failures and says when it is given up; the job only comes back.
        retryLimit: 100_000,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 300,
        heartbeatSeconds,
        expireInSeconds: 3 * 3_600,
        deleteAfterSeconds: 3_600,
      });
  });
  // pg-boss reads about a queue when it first uses it: now, because on an embedded store it could not within a transaction.
  for (const lane of lanes) await boss.touch(queueOf(lane), noJob);
  const waiting = new Set<() => void>();
  /** Current work by proof key. */
  const working = new Map<string, { job: ProofJob; work: AbortController }>();
  let hasNews = false;

  const wake = () => {
    hasNews = waiting.size === 0;
    for (const rouse of [...waiting]) rouse();
  };
  const stopOurs = (key: string) => working.get(key)?.work.abort();
  const stopListening = cluster?.listen((news) => {
    if (news === "job") wake();
    else if (news.startsWith("stop:")) stopOurs(news.slice("stop:".length));
  });
  const toucher = setInterval(() => {
    for (const { job } of working.values())
      boss
        .touch(queueOf(job.lane), job.id)
        .catch((error: unknown) => logger.debug({ error, proof: job.key }, "could not renew a job"));
  }, touchMs);
  toucher.unref();

  const within = (sql: Sql | undefined) =>
    sql === undefined
      ? {}
      : {
          db: {
            executeSql: async (text: string, values?: unknown[]) => ({
              rows: await sql.query<Record<string, unknown>>(text, values),
            }),
          },
        };
  const add = ({ key, lane, priority }: NewProofJob, sql?: Sql) =>
    boss.send(queueOf(lane), { key }, { priority: -priority, singletonKey: key, ...within(sql) });

  return {
    send: async (job, sql) => {
      await add(job, sql);
    },
    announce: () => {
      cluster?.publish("job");
      wake();
    },
    take: async (served) => {
      for (const lane of lanes) {
        if (!served.includes(lane)) continue;
        const [job] = await boss.fetch<{ key: string }>(queueOf(lane), { batchSize: 1, priority: true });
        if (job !== undefined) return { id: job.id, key: job.data.key, lane };
      }
      return undefined;
    },
    close: async (job) => {
      working.delete(job.key);
      // The row is locked, so that nobody asks for the proof anew between our look and the job's end.
      await database.transaction(async (sql) => {
        const rows = await sql.query<{ state: string }>("select state from proofs where key = $1 for update", [
          job.key,
        ]);
        if (rows[0]?.state === "queued") await boss.fail(queueOf(job.lane), job.id, undefined, within(sql));
        else await boss.complete(queueOf(job.lane), job.id, undefined, within(sql));
      });
    },
    stopWork: (key) => {
      stopOurs(key);
      cluster?.publish(`stop:${key}`);
    },
    startWork: (job) => {
      const work = new AbortController();
      working.set(job.key, { job, work });
      return work.signal;
    },
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (hasNews) {
          hasNews = false;
          resolve();
          return;
        }
        const sleeper = new AbortController();
        const end = () => {
          sleeper.abort();
          signal.removeEventListener("abort", end);
          waiting.delete(end);
          resolve();
        };
        waiting.add(end);
        signal.addEventListener("abort", end, { once: true });
        void clock.sleep(ms, sleeper.signal).then(end);
        if (signal.aborted) end();
      }),
    stop: async () => {
      clearInterval(toucher);
      stopListening?.();
      await boss.stop({ graceful: false });
    },
    rebuild: async (jobs) => {
      if (!isShared) for (const lane of lanes) await boss.deleteAllJobs(queueOf(lane));
      for (const job of jobs) await add(job);
      wake();
    },
  };
}
