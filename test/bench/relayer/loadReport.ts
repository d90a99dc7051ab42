import { newTable } from "../../../scripts/demo/report.ts";
import type { LoadResult } from "./load.ts";
import type { StageTimes } from "./stages.ts";
import type { Percentiles } from "./statistics.ts";

const PERCENTILES = ["p50", "p95", "p99"] as const;
const cells = (times: Percentiles | undefined) =>
  times === undefined ? ["", "", ""] : PERCENTILES.map((each) => times[each].toFixed(1));

/** Seconds by kind of message and stage. */
export function stageTable(stages: StageTimes): string {
  const head = ["message", "count"];
  for (const stage of ["to sent", "sent to final", "whole"])
    head.push(...PERCENTILES.map((each) => `${stage} ${each}`));
  const table = newTable(head, ["left", ...head.slice(1).map(() => "right" as const)]);
  for (const [kind, { submitted, final, whole }] of Object.entries(stages))
    table.push([kind, String(whole?.count ?? 0), ...cells(submitted), ...cells(final), ...cells(whole)]);
  return table.toString();
}

export function loadTable(result: LoadResult): string {
  const { locks, opens, seconds, checks, proofMs, subject } = result;
  const batches = result.batches.map(({ chunks, count }) => `${count} of ${chunks * 16}`).join(", ");
  const perHour = (count: number, s: number) => ((count / s) * 3_600).toFixed(0);
  return [
    `${locks} locks and ${opens} openings: deposits ${seconds.deposits.toFixed(0)} s, locks ${seconds.locks.toFixed(0)} s (${perHour(locks, seconds.locks)} an hour), then attested after ${seconds.attested.toFixed(0)} s, openings ${seconds.opens.toFixed(0)} s (${perHour(opens, seconds.opens)} an hour).`,
    `Batches: ${batches} leaves; ${result.attestations} attestations. User proofs: transact p50 ${(proofMs.transact.p50 / 1_000).toFixed(1)} s, margin ${(proofMs.margin.p50 / 1_000).toFixed(1)} s, waiting for the prover included.`,
    `Relayer: ${subject.rssMiB.toFixed(0)} MiB, ${subject.cpuSeconds.toFixed(0)} s of processor time, store ${(subject.storeBytes / 2 ** 20).toFixed(1)} MiB.`,
    stageTable(result.stages),
    `Notes: ${checks.notesInTree} of ${checks.notesQueued} in the tree, ${checks.locksFound} locks; roots accepted ${checks.rootsAccepted} of ${checks.rootsAttested}; deposited ${checks.deposited} = held ${checks.held} = in notes ${checks.inNotes}; dead messages ${checks.deadMessages}.`,
    checks.faults.length === 0 ? "Every check holds." : `FAULTS: ${checks.faults.join("; ")}`,
  ].join("\n");
}
