import { isHypothecError, isRetryableProverError, type Prover, type Witness } from "@hypothec/sdk";
import type { Clock } from "../runtime/clock.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { whenStoreIsBack } from "../store/reachable.ts";
import { laneOf, type Lane, type ProofStore, type StoredProof } from "./proofs.ts";
import type { JobQueue, ProofJob } from "./queue.ts";

/** Builds the witness of a request from the chains and this operator's keys; `keep` is stored with the proof. */
export type WitnessBuilder = (request: never) => Promise<{ witness: Witness; keep: object }>;

export type ProofWorker = {
  /** Takes jobs until the signal aborts. A proof under way is cancelled and made again after a restart. */
  run: (signal: AbortSignal) => Promise<void>;
};

/** A net under the announcements of jobs, and how late one that is tried again may be. */
const idleMs = 2_000;

export function createProofWorker(options: {
  jobs: JobQueue;
  proofs: ProofStore;
  /** Of this relayer's own proofs by circuit, and of those that clients sent witnesses for. */
  builders: Partial<Record<Lane, WitnessBuilder>>;
  prover: Prover;
  concurrency: number;
  maxAttempts: number;
  announce: (announcement: string) => void;
  clock: Clock;
  logger: Logger;
  observe?: Observer;
}): ProofWorker {
  const { jobs, proofs, builders, prover, clock, announce, observe = ignoreEvents } = options;
  const logger = options.logger.child({ part: "prover" });

  const served = (Object.keys(builders) as Lane[]).filter((lane) => builders[lane] !== undefined);

  async function loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const job = await whenStoreIsBack(() => jobs.take(served), patience(signal));
      if (job === undefined) await jobs.wait(idleMs, signal);
      else await work(job, signal);
    }
  }

  const patience = (signal: AbortSignal) => ({ clock, logger, signal });

  /** Nothing that took minutes is thrown away because the store is away for some. */
  async function work(job: ProofJob, signal: AbortSignal): Promise<void> {
    const keep = <Result>(run: () => Promise<Result>) => whenStoreIsBack(run, patience(signal));
    const stopped = jobs.startWork(job);
    try {
      const proof = await keep(() => proofs.find(job.key));
      if (proof?.state === "queued") await make(proof, stopped, signal, keep);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    // Also when we are stopping: somebody else can begin at once.
    await keep(() => jobs.close(job)).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async function make(
    proof: StoredProof,
    stopped: AbortSignal,
    signal: AbortSignal,
    keep: <Result>(run: () => Promise<Result>) => Promise<Result>,
  ): Promise<void> {
    const { key, circuit } = proof;
    const startedAt = clock.now();
    let isBuilt = false;
    logger.debug({ proof: key, circuit }, "begins a proof");
    try {
      const build = builders[laneOf(proof)] as WitnessBuilder;
      const { witness, keep: kept } = await build(proof.request as never);
      isBuilt = true;
      const witnessMs = clock.now() - startedAt;
      const zk = await prover.prove(witness, { signal: AbortSignal.any([signal, stopped]) });
      await keep(() => proofs.finish(key, { ...kept, proof: zk }));
      const totalMs = clock.now() - startedAt;
      observe({ type: "proof", circuit, outcome: "done", witnessMs, provingMs: totalMs - witnessMs });
      logger.info({ proof: key, circuit, witnessMs, totalMs }, "proved");
    } catch (error) {
      if (signal.aborted) return;
      if (stopped.aborted) {
        logger.info({ proof: key, circuit, afterMs: clock.now() - startedAt }, "proof not needed any more");
        observe({ type: "proof", circuit, outcome: "cancelled" });
        return;
      }
      if (error instanceof RelayerError && error.severity === "fatal") throw error;
      const record = toErrorRecord(error);
      const attempt = proof.attempts + 1;
      // Building a witness reads chains, and these come back; a proof that keeps failing on the same witness does not.
      // A client's witness is the same every time.
      const isHopeless = proof.source === "client" && isHypothecError(error) && !isRetryableProverError(error);
      const final = isHopeless || record.severity === "permanent" || (isBuilt && attempt >= options.maxAttempts);
      await keep(() => proofs.fail(key, record, final));
      observe({ type: "proof", circuit, outcome: final ? "given_up" : "failed" });
      logger[final ? "error" : "warn"](
        { proof: key, circuit, attempt, error: record },
        final ? "proof given up" : "proof failed",
      );
    }
    announce(`proof:${key}`);
  }

  return {
    run: async (signal) => {
      await Promise.all(Array.from({ length: options.concurrency }, () => loop(signal)));
    },
  };
}
