import { newTable } from "../../scripts/demo/report.ts";
import type { ProvingResult } from "./proving.ts";
import type { WorkersResult } from "./provingWorkers.ts";

const ms = (value: number) => `${value.toFixed(0)} ms`;

export function provingTable(title: string, bare: string, results: readonly ProvingResult[], goal: number): string {
  const table = newTable(
    ["circuit", "witness", bare, "our backend", `ratio (goal ${goal.toFixed(2)})`],
    ["left", "right", "right", "right", "right"],
  );
  for (const result of results) {
    table.push([result.circuit, ms(result.witness), ms(result.bare), ms(result.backend), result.ratio.toFixed(2)]);
  }
  return `${title}\n${table.toString()}`;
}

export function workersTable(results: readonly WorkersResult[]): string {
  const table = newTable(
    ["workers", "threads of a proof", "latency", "proofs a minute", "processor time a proof", "memory of the process"],
    ["right", "left", "right", "right", "right", "right"],
  );
  for (const { workers, threads, latency, perMinute, cpuPerProof, rssMiB } of results) {
    const row = [perMinute.toFixed(1), `${cpuPerProof.toFixed(2)} s`, `${rssMiB.toFixed(0)} MiB`];
    table.push([String(workers), threads, ms(latency), ...row]);
  }
  return `Workers of the snarkjs backend, margin circuit\n${table.toString()}`;
}
