import { PgBoss } from "pg-boss";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database } from "../store/database.ts";

const queue = "proofs";

export type ProofJob = { id: string; key: string };

/** Proof jobs on pg-boss: priorities, at most one open job per proof, and any number of workers. */
export type JobQueue = {
  /** Adds a job, due after `delaySeconds`. Nothing happens while one of the same key is open. */
  send(job: { key: string; priority: number; delaySeconds?: number }): Promise<void>;
  /** Takes the most urgent job, or undefined. */
  take: () => Promise<ProofJob | undefined>;
  complete: (id: string) => Promise<void>;
  /** Aborts the work on a proof, if this process is at it. */
  stopWork: (key: string) => void;
  /** The signal that `stopWork` aborts; one per piece of work. */
  startWork: (key: string) => AbortSignal;
  /** A piece of work is over, however it ended. Work on the same proof that began since stays. */
  endWork: (key: string, work: AbortSignal) => void;
  /** Resolves when a job may be there, or after `ms`. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  stop: () => Promise<void>;
  /** Throws all jobs away and makes these. */
  rebuild(jobs: { key: string; priority: number }[]): Promise<void>;
};

/**
 * Jobs of a process that was killed are thrown away and made anew from the proofs that are still wanted (`rebuild`): the
 * proofs table is the record, the queue only the order of work.
 */
export async function createJobQueue(options: { database: Database; clock: Clock; logger: Logger }): Promise<JobQueue> {
  const { database, clock } = options;
  const logger = options.logger.child({ part: "jobs" });
  const boss = new PgBoss({
    backend: "pglite",
    db: {
      async executeSql(text: string, values?: unknown[]) {
        if (values !== undefined && values.length > 0)
          return { rows: await database.query<Record<string, unknown>>(text, values) };
        try {
          const results = await database.engine.exec(text);
          return { rows: results.flatMap((result) => result.rows) };
        } catch (error) {
          await database.engine.exec("rollback").catch(() => {}); // a failed block must not poison the one connection
          throw error;
        }
      },
    },
    schedule: false,
    // One process works the embedded store and rebuilds its jobs at start: nothing to supervise but old rows.
    superviseIntervalSeconds: 600,
    maintenanceIntervalSeconds: 3_600,
  });
  boss.on("error", (error: unknown) => logger.warn({ error }, "job queue"));
  await boss.start();
  await boss.createQueue(queue, {
    policy: "exclusive",
    retryLimit: 0,
    expireInSeconds: 3_600,
    deleteAfterSeconds: 3_600,
  });
  const waiting = new Set<() => void>();
  /** Current work by proof key. */
  const working = new Map<string, AbortController>();
  let hasNews = false;

  const add = (job: { key: string; priority: number; delaySeconds?: number }) =>
    boss.send(
      queue,
      { key: job.key },
      {
        priority: -job.priority,
        singletonKey: job.key,
        ...(job.delaySeconds === undefined ? {} : { startAfter: job.delaySeconds }),
      },
    );

  return {
    send: async (job) => {
      await add(job);
      hasNews = waiting.size === 0;
      for (const rouse of [...waiting]) rouse();
    },
    take: async () => {
      const [job] = await boss.fetch<{ key: string }>(queue, { batchSize: 1, priority: true });
      return job === undefined ? undefined : { id: job.id, key: job.data.key };
    },
    complete: async (id) => {
      await boss.complete(queue, id);
    },
    stopWork: (key) => working.get(key)?.abort(),
    startWork: (key) => {
      const work = new AbortController();
      working.set(key, work);
      return work.signal;
    },
    endWork: (key, work) => {
      if (working.get(key)?.signal === work) working.delete(key);
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
      await boss.stop({ graceful: false });
    },
    rebuild: async (jobs) => {
      await boss.deleteAllJobs(queue);
      for (const job of jobs) await add(job);
    },
  };
}
