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

/** Resident bytes of a process by what they are for. */
export type Resident = {
  /** What glibc's malloc keeps: buffers, in use or free. */
  malloc: number;
  /** Pages of V8's heaps, those of worker threads too, in use or free. */
  v8: number;
  /** Code and libraries. */
  files: number;
  /** Stacks, WebAssembly's memory, compiled code, large buffers of their own. */
  other: number;
};

/** V8 takes memory by aligned pages of this size; neighbours become one mapping. */
const V8_PAGE = 2 ** 18;
/** glibc's arenas besides the first begin at multiples of this, and are no larger, unless two are neighbours. */
const ARENA = 2 ** 26;

/** From /proc/PID/smaps; anonymous mappings are told apart by their place and size, as allocators choose them. */
export function residentOf(pid: number): Resident {
  const resident: Resident = { malloc: 0, v8: 0, files: 0, other: 0 };
  let kind: keyof Resident = "other";
  for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
    const mapping = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (mapping !== null) kind = kindOf(mapping.slice(1) as [string, string, string, string]);
    else if (line.startsWith("Rss:")) resident[kind] += Number(/\d+/.exec(line)?.[0]) * 1_024;
  }
  return resident;
}

function kindOf([from, to, access, name]: [string, string, string, string]): keyof Resident {
  if (name === "[heap]") return "malloc";
  if (name !== "") return name.startsWith("/") ? "files" : "other";
  if (!access.startsWith("rw")) return "other";
  const [start, size] = [parseInt(from, 16), parseInt(to, 16) - parseInt(from, 16)];
  if (start % ARENA === 0 && size < 8 * ARENA) return "malloc";
  return start % V8_PAGE === 0 && size % V8_PAGE === 0 && size < ARENA ? "v8" : "other";
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
