import type { LogLine } from "../relayer.ts";

/** Longest time that a message of each kind took in the calm run, milliseconds. */
export type Pace = Map<string, number>;

type Life = { key: string; kind: string; lines: LogLine[] };

const at = (line: LogLine): number => line.receivedAt as number;

function livesIn(log: readonly LogLine[]): Life[] {
  const lives = new Map<string, Life>();
  for (const line of log) {
    const named = [line.message, ...((line.effects as string[] | undefined) ?? [])].filter((key) => key !== undefined);
    for (const key of named) {
      const life = lives.get(key) ?? { key, kind: key.split(":")[0]!, lines: [] };
      life.lines.push(line);
      lives.set(key, life);
    }
  }
  return [...lives.values()];
}

const lasted = ({ lines }: Life): number => at(lines.at(-1)!) - at(lines[0]!);

export function paceOf(logs: readonly (readonly LogLine[])[]): Pace {
  const pace: Pace = new Map();
  for (const life of logs.flatMap(livesIn)) pace.set(life.kind, Math.max(pace.get(life.kind) ?? 0, lasted(life)));
  return pace;
}

/** What a log says about delays: how many messages were late, and of which it does not say why. */
export type Delays = { late: number; unexplained: string[] };

/** A message is late when it took this much longer than the slowest of its kind in the calm run. */
const FACTOR = 2;
const SLACK_MS = 5_000;
/** Gaps shorter than this need no reason. */
const GAP_MS = 3_000;

/**
 * For every late message, every long silence about it must have its reason in the log: what it waits for or which error it had, said when the
 * silence began; something said meanwhile about the process as a whole (a restart, a chain that cannot be followed, a reorg); or, while it is
 * being proven, proofs that kept the prover busy, its own or others'. Pure.
 */
export function delaysIn(log: readonly LogLine[], pace: Pace): Delays {
  const late = livesIn(log).filter((life) => lasted(life) > FACTOR * (pace.get(life.kind) ?? 0) + SLACK_MS);
  const proofs = proofsIn(log);
  const unexplained = late.flatMap(({ key, lines }) => {
    const silences = lines.slice(1).map((line, index) => ({ before: lines[index]!, after: line }));
    const dark = silences.find(
      ({ before, after }) =>
        at(after) - at(before) > GAP_MS &&
        !isReason(before) &&
        !(before.state === "proving" && isBusy(proofs, at(before), at(after))) &&
        !log.some((line) => at(line) >= at(before) && at(line) <= at(after) && isAboutTheProcess(line)),
    );
    return dark === undefined
      ? []
      : [`${key}: ${at(dark.after) - at(dark.before)} ms after ${JSON.stringify(dark.before)}`];
  });
  return { late: late.length, unexplained };
}

type Interval = { from: number; to: number };

/** When the prover was at work, as it says itself, in the order of time. */
function proofsIn(log: readonly LogLine[]): Interval[] {
  const begun = new Map<string, number>();
  const intervals: Interval[] = [];
  for (const line of log) {
    const { proof, msg } = line as { proof?: string; msg?: string };
    if (proof === undefined) continue;
    if (msg === "begins a proof") begun.set(proof, at(line));
    else if (msg === "proved") intervals.push({ from: begun.get(proof) ?? at(line), to: at(line) });
  }
  return intervals.sort((a, b) => a.from - b.from);
}

/** Whether intervals cover a time but for gaps too short to need a reason. */
function isBusy(intervals: readonly Interval[], from: number, to: number): boolean {
  let covered = from;
  for (const interval of intervals) {
    if (interval.from - covered > GAP_MS) break;
    covered = Math.max(covered, interval.to);
  }
  return to - covered <= GAP_MS;
}

const isReason = ({ waitingFor, error, effects }: LogLine): boolean =>
  waitingFor !== undefined || error !== undefined || effects !== undefined;

const isAboutTheProcess = ({ message, level, msg }: LogLine): boolean =>
  message === undefined && (["warn", "error", "fatal"].includes(level) || msg === "started" || msg === "stopped");
