import { initCrypto } from "@hypothec/sdk";
import { createBatchBuilder } from "../batcher/builder.ts";
import { createTreeKeeper } from "../batcher/tree.ts";
import type { Cluster, Lease } from "../cluster/cluster.ts";
import { createSharedSync } from "../cluster/sharedSync.ts";
import type { WorkerConfig } from "../config/worker.ts";
import { createProver } from "../prover/backend.ts";
import { createProofStore } from "../prover/proofs.ts";
import { createJobQueue } from "../prover/queue.ts";
import { createProofWorker } from "../prover/worker.ts";
import type { Database } from "../store/database.ts";
import { readDeployment } from "../store/deployment.ts";
import { migrate } from "../store/migrate.ts";
import { jobSchemaOf } from "../store/open.ts";
import { whenStoreIsBack } from "../store/reachable.ts";
import type { Clock } from "./clock.ts";
import { RelayerError } from "./errors.ts";
import { followChain } from "./follow.ts";
import type { Logger } from "./logger.ts";
import { createViews } from "./views.ts";

/** A worker reads no chain and signs nothing: it never leads. */
const never: Lease = { held: () => false, fence: () => Promise.reject(new Error("a worker leads nothing")) };

/**
 * A proof worker: takes jobs of the circuits whose witnesses are public (batches) from the shared queue. Settlements and valuations
 * stay with the processes that have the trustee's secrets.
 */
export async function createWorker(options: {
  config: WorkerConfig;
  database: Database;
  cluster: Cluster;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<{ run: () => Promise<void> }> {
  const { config, database, cluster, clock, logger, signal } = options;
  await whenStoreIsBack(() => migrate(database, clock), { clock, logger, signal });
  const deployment = await readDeployment(database);
  if (deployment === undefined)
    throw new RelayerError("empty_store", "No relayer has started on this store yet: start one, then its workers.");
  const { vaultChain, marginChain } = deployment;
  const prover = await createProver({ config: config.prover, manifest: config.artifacts, logger });
  const crypto = await initCrypto();
  const views = createViews({ vaultChain: vaultChain.name, marginChain: marginChain.name, database });
  const { name: chain, startBlock } = vaultChain;
  const sync = await createSharedSync({
    chain,
    startBlock,
    lease: never,
    cluster,
    database,
    clock,
    lead: () => Promise.reject(new Error("a worker leads nothing")),
  });
  await views.rebuild(chain, sync.cursor().head.number);
  const jobs = await createJobQueue({ database, clock, logger, cluster, ...jobSchemaOf(config.store) });
  const build = createBatchBuilder({ queue: views.queue, tree: createTreeKeeper(crypto) });
  const worker = createProofWorker({
    jobs,
    proofs: createProofStore({ database, jobs, clock }),
    builders: { batch16: build, batch64: build },
    prover,
    clock,
    logger,
    announce: cluster.publish,
    concurrency: config.prover.concurrency,
    maxAttempts: config.prover.maxAttempts,
  });
  await cluster.open();

  return {
    async run() {
      const stop = new AbortController();
      const ended = AbortSignal.any([signal, stop.signal]);
      const follow = followChain({
        sync,
        views,
        planners: [],
        delivery: { tick: async () => {} },
        database,
        announce: () => {},
        onHead: () => {},
        pollIntervalMs: 1_000, // of a leader, which a worker never is
        clock,
        logger,
        signal: ended,
      });
      const parts = [follow, worker.run(ended)];
      logger.info({ circuits: ["batch16", "batch64"] }, "started");
      try {
        await Promise.all(parts);
      } finally {
        stop.abort();
        await Promise.allSettled(parts);
        await jobs.stop();
        await prover.close();
        logger.info("stopped");
      }
    },
  };
}
