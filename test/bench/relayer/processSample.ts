import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A process at a moment. Bytes; processor time in seconds since its start. */
export type ProcessSample = { rss: number; cpuSeconds: number; threads: number };

/** Linux's clock ticks a second, as /proc counts processor time. */
const TICKS = 100;

/** @throws Error when the process is gone, or the system has no /proc */
export function sampleProcess(pid: number): ProcessSample {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    rss: field("VmRSS") * 1_024,
    threads: field("Threads"),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
  };
}

/** Bytes of all files below a directory; files that vanish meanwhile do not count. */
export function bytesBelow(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** The samples of a metrics page, by name with its labels as they stand there. */
export function parseMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const separator = line.lastIndexOf(" ");
    samples.set(line.slice(0, separator), Number(line.slice(separator + 1)));
  }
  return samples;
}
