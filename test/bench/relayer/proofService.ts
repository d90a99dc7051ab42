import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { Progress } from "../measure.ts";

/** Proofs of one circuit that are always waiting, with so many workers (`roles.prover.concurrency`), in a process of its own. */
export type ProofServiceResult = {
  service: "relayer" | "plain pg-boss";
  workers: number;
  proofs: number;
  perHour: number;
  /** Seconds of processor time, all threads. */
  cpuPerProof: number;
  rssMiB: number;
};

/**
 * The relayer's queue, store and worker against pg-boss alone around the same prover, both on an embedded store: what a
 * record of every proof costs.
 */
export async function benchProofService(proofs: number, progress: Progress): Promise<ProofServiceResult[]> {
  const results: ProofServiceResult[] = [];
  for (const workers of [1, 2])
    for (const service of ["relayer", "plain"]) {
      progress(`${service}, ${workers} worker(s)`);
      const script = fileURLToPath(new URL("./proofServiceProcess.ts", import.meta.url));
      const args = [script, service, String(workers), String(proofs)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      results.push(JSON.parse(stdout.trim().split("\n").at(-1)!) as ProofServiceResult);
    }
  return results;
}
