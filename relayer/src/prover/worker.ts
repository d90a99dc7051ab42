import type { Prover, Witness } from "@hypothec/sdk";
import type { Clock } from "../runtime/clock.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { backoffMs } from "../runtime/backoff.ts";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { priorities, type CircuitName, type ProofStore } from "./proofs.ts";
import type { JobQueue, ProofJob } from "./queue.ts";

/** Builds the witness of a request from the chains and this operator's keys; `keep` is stored with the proof. */
export type WitnessBuilder = (request: never) => Promise<{ witness: Witness; keep: object }>;

export type ProofWorker = {
  /** Takes jobs until the signal aborts. A proof under way is cancelled and made again after a restart. */
  run: (signal: AbortSignal) => Promise<void>;
};

const idleMs = 2_000;

export function createProofWorker(options: {
  jobs: JobQueue;
  proofs: ProofStore;
  builders: Partial<Record<CircuitName, WitnessBuilder>>;
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

  async function loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const job = await jobs.take();
      if (job === undefined) await jobs.wait(idleMs, signal);
      else await work(job, signal);
    }
  }

  async function work(job: ProofJob, signal: AbortSignal): Promise<void> {
    const proof = await proofs.find(job.key);
    if (proof?.state !== "queued") return jobs.complete(job.id);
    const startedAt = clock.now();
    const work = jobs.startWork(job.key);
    let isBuilt = false;
    try {
      const build = builders[proof.circuit];
      if (build === undefined)
        throw new RelayerError(
          "no_witness_builder",
          `No role of this relayer can build witnesses for ${proof.circuit}; switch it on or remove the message.`,
          { severity: "permanent" },
        );
      const { witness, keep } = await build(proof.request as never);
      isBuilt = true;
      const witnessMs = clock.now() - startedAt;
      const zk = await prover.prove(witness, { signal: AbortSignal.any([signal, work]) });
      await proofs.finish(job.key, { ...keep, proof: zk });
      await jobs.complete(job.id);
      const totalMs = clock.now() - startedAt;
      observe({ type: "proof", circuit: proof.circuit, outcome: "done", witnessMs, provingMs: totalMs - witnessMs });
      logger.info({ proof: job.key, circuit: proof.circuit, witnessMs, totalMs }, "proved");
    } catch (error) {
      if (signal.aborted) return;
      if (work.aborted) {
        logger.info(
          { proof: job.key, circuit: proof.circuit, afterMs: clock.now() - startedAt },
          "proof not needed any more",
        );
        observe({ type: "proof", circuit: proof.circuit, outcome: "cancelled" });
        return await jobs.complete(job.id);
      }
      if (error instanceof RelayerError && error.severity === "fatal") throw error;
      const record = toErrorRecord(error);
      const attempt = proof.attempts + 1;
      // Building a witness reads chains, and these come back; a proof that keeps failing on the same witness does not.
      const final = record.severity === "permanent" || (isBuilt && attempt >= options.maxAttempts);
      await proofs.fail(job.key, record, final);
      await jobs.complete(job.id);
      observe({ type: "proof", circuit: proof.circuit, outcome: final ? "given_up" : "failed" });
      const delaySeconds = Math.ceil(backoffMs(attempt, clock.random()) / 1_000);
      logger[final ? "error" : "warn"](
        { proof: job.key, circuit: proof.circuit, attempt, error: record },
        final ? "proof given up" : "proof failed",
      );
      if (!final) await jobs.send({ key: job.key, priority: priorities[proof.circuit], delaySeconds });
    } finally {
      jobs.endWork(job.key, work);
    }
    announce(`proof:${job.key}`);
  }

  return {
    run: async (signal) => {
      await Promise.all(Array.from({ length: options.concurrency }, () => loop(signal)));
    },
  };
}
