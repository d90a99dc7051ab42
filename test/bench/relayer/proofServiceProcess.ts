// A process that proves so many batches of 16 and prints what that took, as JSON: `proofServiceProcess.ts relayer|plain WORKERS PROOFS`.
import { PGlite } from "@electric-sql/pglite";
import { PgBoss } from "pg-boss";

import { endProcess } from "../../../relayer/src/bin/endProcess.ts";
import { createProofStore } from "../../../relayer/src/prover/proofs.ts";
import { createJobQueue } from "../../../relayer/src/prover/queue.ts";
import { createProofWorker } from "../../../relayer/src/prover/worker.ts";
import { systemClock } from "../../../relayer/src/runtime/clock.ts";
import { createLogger } from "../../../relayer/src/runtime/logger.ts";
import { openDatabase } from "../../../relayer/src/store/database.ts";
import { migrate } from "../../../relayer/src/store/migrate.ts";
import { createSnarkjsProver } from "../../../sdk/src/node/index.ts";
import { sampleWitness } from "../../support/proving/samples.ts";
import type { ProofServiceResult } from "./proofService.ts";

const [service, workers, proofs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const prover = createSnarkjsProver({ workers, maxWaiting: proofs });
const witness = sampleWitness("batch16");
await Promise.all(Array.from({ length: workers }, () => prover.prove(witness))); // warm

const measured = await (service === "plain" ? plain() : relayer());
console.log(JSON.stringify(measured));
endProcess(0);

async function timed(name: ProofServiceResult["service"], run: () => Promise<void>): Promise<ProofServiceResult> {
  const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  const [cpuBefore, startedAt] = [cpu(), performance.now()];
  await run();
  return {
    service: name,
    workers,
    proofs,
    perHour: (3_600_000 * proofs) / (performance.now() - startedAt),
    cpuPerProof: (cpu() - cpuBefore) / proofs,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
  };
}

async function relayer(): Promise<ProofServiceResult> {
  const [clock, logger, database] = [systemClock(), createLogger({ level: "silent" }), await openDatabase()];
  await migrate(database, clock);
  const jobs = await createJobQueue({ database, clock, logger });
  const store = createProofStore({ database, jobs, clock });
  const stop = new AbortController();
  let made = 0;
  const worker = createProofWorker({
    jobs,
    proofs: store,
    builders: { batch16: async () => ({ witness, keep: {} }) },
    prover,
    concurrency: workers,
    maxAttempts: 1,
    clock,
    logger,
    announce: () => {
      if (++made === proofs) stop.abort();
    },
  });
  for (let i = 0; i < proofs; i++) await store.request({ key: String(i), circuit: "batch16", request: { i } });
  return timed("relayer", () => worker.run(stop.signal));
}

async function plain(): Promise<ProofServiceResult> {
  const engine = await PGlite.create();
  const boss = new PgBoss({
    backend: "pglite",
    db: {
      executeSql: async (text: string, values?: unknown[]) =>
        values !== undefined && values.length > 0
          ? { rows: (await engine.query<Record<string, unknown>>(text, values)).rows }
          : { rows: (await engine.exec(text)).flatMap((result) => result.rows) },
    },
    schedule: false,
  });
  await boss.start();
  await boss.createQueue("proofs");
  for (let i = 0; i < proofs; i++) await boss.send("proofs", { i });
  return timed("plain pg-boss", async () => {
    let made = 0;
    const all = Promise.withResolvers<undefined>();
    for (let i = 0; i < workers; i++)
      await boss.work("proofs", { batchSize: 1, pollingIntervalSeconds: 0.5 }, async () => {
        await prover.prove(witness);
        if (++made === proofs) all.resolve(undefined);
      });
    await all.promise;
  });
}
