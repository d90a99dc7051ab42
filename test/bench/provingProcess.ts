// A process that proves with so many workers and prints what that took, as JSON: `provingProcess.ts WORKERS THREADS PROOFS`.
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import { sampleWitness } from "../support/proving/samples.ts";
import { median, timed } from "./measure.ts";
import type { WorkersResult } from "./provingWorkers.ts";

const [workers, proofs] = [Number(process.argv[2]), Number(process.argv[4])];
const threads = process.argv[3] as "one" | "all";
const prover = createSnarkjsProver({ workers, threads, maxWaiting: proofs });
const witness = sampleWitness("margin");
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

await Promise.all(Array.from({ length: workers }, () => prover.prove(witness))); // warm
const latency: number[] = [];
for (let i = 0; i < 3; i++) latency.push((await timed(() => prover.prove(witness))).ms);
const cpuBefore = cpuSeconds();
const { ms } = await timed(() => Promise.all(Array.from({ length: proofs }, () => prover.prove(witness))));
const result: WorkersResult = {
  workers,
  threads,
  latency: median(latency),
  perMinute: (60_000 * proofs) / ms,
  cpuPerProof: (cpuSeconds() - cpuBefore) / proofs,
  rssMiB: process.memoryUsage.rss() / 2 ** 20,
};
await prover.close();
console.log(JSON.stringify(result));
