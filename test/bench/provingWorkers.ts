import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { Progress } from "./measure.ts";

/** The margin circuit with one number of workers, in a process of its own. */
export interface WorkersResult {
  readonly workers: number;
  readonly threads: "one" | "all";
  /** Of one proof when nobody else asks, milliseconds. */
  readonly latency: number;
  /** When more are always waiting. */
  readonly perMinute: number;
  /** Seconds of processor time a proof, all threads together: what other programs on the machine do not change. */
  readonly cpuPerProof: number;
  /** Resident memory of the whole process at the end. */
  readonly rssMiB: number;
}

const PROOFS_PER_WORKER = 4;

/** One proof on all cores against one core for each of several proofs. */
export async function benchWorkers(progress: Progress): Promise<WorkersResult[]> {
  const cores = availableParallelism();
  const settings: [workers: number, threads: "one" | "all"][] = [
    [1, "all"],
    [1, "one"],
    ...(cores > 1 ? ([[cores, "one"]] as [number, "one"][]) : []),
  ];
  const results: WorkersResult[] = [];
  for (const [workers, threads] of settings) {
    progress(`${workers} worker(s), ${threads} thread(s) each`);
    const script = fileURLToPath(new URL("./provingProcess.ts", import.meta.url));
    const args = [script, String(workers), threads, String(PROOFS_PER_WORKER * workers)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    results.push(JSON.parse(stdout) as WorkersResult);
  }
  return results;
}
