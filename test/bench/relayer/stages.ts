import type { LogLine } from "../../support/relayer.ts";
import { percentiles, type Percentiles } from "./statistics.ts";

/** Of one kind of message, seconds. */
export type KindTimes = {
  /** From its creation (what it is about is final) to the first transaction for it. */
  submitted?: Percentiles;
  /** From there to its effect being final. */
  final?: Percentiles;
  /** From creation to final. */
  whole?: Percentiles;
};
export type StageTimes = Record<string, KindTimes>;

/** What a relayer's own log says about how long messages took, by kind. */
export function stageTimes(log: readonly LogLine[]): StageTimes {
  const first = new Map<string, { sending?: number; done?: number }>();
  for (const line of log) {
    if (line.msg !== "moved" || line.message === undefined) continue;
    const age = Number(line.ageMs) / 1_000;
    const seen = first.get(line.message) ?? {};
    if (line.state === "sending") seen.sending ??= age;
    if (line.state === "done") seen.done ??= age;
    first.set(line.message, seen);
  }
  const byKind = new Map<string, { submitted: number[]; final: number[]; whole: number[] }>();
  for (const [key, { sending, done }] of first) {
    const kind = key.slice(0, key.indexOf(":"));
    const times = byKind.get(kind) ?? { submitted: [], final: [], whole: [] };
    if (sending !== undefined) times.submitted.push(sending);
    if (done !== undefined) times.whole.push(done);
    if (sending !== undefined && done !== undefined) times.final.push(done - sending);
    byKind.set(kind, times);
  }
  return Object.fromEntries(
    [...byKind].map(([kind, times]) => [
      kind,
      Object.fromEntries(
        Object.entries(times)
          .filter(([, values]) => values.length > 0)
          .map(([stage, values]) => [stage, percentiles(values)]),
      ),
    ]),
  );
}
