import { availableParallelism } from "node:os";

import { HypothecError } from "../errors/base.ts";
import { createThreadPool, type ThreadPool } from "./threadPool.ts";

export interface PoolOptions {
  /**
   * Proofs made at the same time. One is the least latency; as many as there are cores is the most proofs an hour. See
   * docs/measurements.md. @default 1
   */
  readonly workers?: number | undefined;
  /** Threads that one proof may use: its worker's own, or one per core. @default "all" with one worker, "one" with more */
  readonly threads?: "one" | "all" | undefined;
  /** Proofs that may wait before `prove` refuses with `prover.busy`. @default 64 */
  readonly maxWaiting?: number | undefined;
  /** A proof that takes longer is stopped with `prover.timeout`. @default 300000 */
  readonly timeoutMs?: number | undefined;
}

/** A share in the pool of this process. */
export interface PoolShare {
  readonly pool: ThreadPool;
  /** The last one to leave closes the pool. */
  readonly release: () => Promise<void>;
}

type Settings = { [Option in keyof PoolOptions]-?: NonNullable<PoolOptions[Option]> };

let current: { readonly pool: ThreadPool; readonly settings: Settings; shares: number } | undefined;

/**
 * Join the process's one pool, or open it. Two pools would hold two copies of the keys and fight for the same cores, so
 * whoever asks for other settings than the pool has is refused.
 *
 * @throws HypothecError `prover.pool`.
 */
export function joinPool(options: PoolOptions): PoolShare {
  if (current === undefined) {
    const settings = settingsOf(options);
    current = { pool: createThreadPool(settings), settings, shares: 0 };
  }
  const joined = current;
  for (const name of Object.keys(options) as (keyof PoolOptions)[]) {
    if (options[name] === undefined || options[name] === joined.settings[name]) continue;
    throw new HypothecError(
      `This process's proving pool runs with ${name} = ${joined.settings[name]}, asked for was ${options[name]}`,
      { code: "prover.pool", whatToDo: "Make all provers of a process alike, or close the others first." },
    );
  }
  joined.shares++;
  return {
    pool: joined.pool,
    async release() {
      if (--joined.shares > 0) return;
      if (current === joined) current = undefined;
      await joined.pool.close();
    },
  };
}

function settingsOf({ workers = 1, threads, maxWaiting = 64, timeoutMs = 300_000 }: PoolOptions): Settings {
  if (!Number.isInteger(workers) || workers < 1) {
    throw new HypothecError(`A pool needs at least one worker, got ${workers}`, {
      code: "prover.pool",
      whatToDo: `Use 1 for the least latency or ${availableParallelism()} for the most proofs on this machine.`,
    });
  }
  return { workers, threads: threads ?? (workers === 1 ? "all" : "one"), maxWaiting, timeoutMs };
}
