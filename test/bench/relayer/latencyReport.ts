import { newTable } from "../../../scripts/demo/report.ts";
import type { LatencyResult } from "./latency.ts";
import { stageTable } from "./loadReport.ts";
import type { ProofServiceResult } from "./proofService.ts";
import type { Percentiles } from "./statistics.ts";

/** The goals of the relayer; times in seconds. */
const GOALS = { overheadP50: 1.5, overheadP95: 3, borrowableP50: 15, idleMB: 400 } as const;

const met = (holds: boolean) => (holds ? "met" : "missed");
const times = ({ p50, p95, p99, count }: Percentiles) => [
  `${p50.toFixed(1)} s`,
  `${p95.toFixed(1)} s`,
  `${p99.toFixed(1)} s`,
  String(count),
];

export function latencyTable(result: LatencyResult): string {
  const { overhead, lockToBorrowable, finalToDelivered, memory } = result;
  const table = newTable(
    ["", "p50", "p95", "p99", "of", "goal", ""],
    ["left", "right", "right", "right", "right", "left", "left"],
  );
  const overheadMet = overhead.p50 < GOALS.overheadP50 && overhead.p95 < GOALS.overheadP95;
  table.push(
    ["final on S → delivered on D", ...times(finalToDelivered), "", ""],
    ["  beyond three blocks", ...times(overhead), "p50 < 1.5 s, p95 < 3 s", met(overheadMet)],
    [
      "lock → borrowable on D",
      ...times(lockToBorrowable),
      "p50 < 15 s",
      met(lockToBorrowable.p50 < GOALS.borrowableP50),
    ],
  );
  return [
    "Blocks of 1 s, 2 confirmations; one relayer with all roles, a second DVN.",
    table.toString(),
    stageTable(result.stages),
    `Memory: ${memory.idle.toFixed(0)} MiB idle (goal ${GOALS.idleMB} MB: ${met(memory.idle * 2 ** 20 < GOALS.idleMB * 1e6)}), ${memory.firstStart.toFixed(0)} MiB idle in the process that made its store, ${memory.afterProofs.toFixed(0)} MiB after its proofs.`,
  ].join("\n");
}

export function proofServiceTable(results: readonly ProofServiceResult[]): string {
  const table = newTable(
    ["batch16 proofs", "workers", "an hour", "processor time a proof", "memory"],
    ["left", "right", "right", "right", "right"],
  );
  for (const { service, workers, perHour, cpuPerProof, rssMiB } of results)
    table.push([
      service,
      String(workers),
      perHour.toFixed(0),
      `${cpuPerProof.toFixed(2)} s`,
      `${rssMiB.toFixed(0)} MiB`,
    ]);
  return table.toString();
}
