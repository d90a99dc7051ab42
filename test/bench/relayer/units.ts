import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What one of many costs. Bytes; processor time in milliseconds. */
export type Units = {
  events: number;
  /** An event of the vault in the store, indexes included. */
  storeBytesPerEvent: number;
  /** Reading it at a start, a page of many at a time, and adding it to the view. */
  cpuMsPerEventRead: number;
  /** A note of the queue that stays in memory as long as the relayer runs. */
  heapBytesPerNote: number;
  /** A message that waits, indexes and its history's first row included. */
  storeBytesPerMessage: number;
  /** Asking for the next sixteen of so many that are due. */
  cpuMsPerDueQuery: number;
  messages: number;
};

/** In a process of its own, whose heap can be collected when it is looked at. */
export async function measureUnits(count: number): Promise<Units> {
  const script = fileURLToPath(new URL("./unitsProcess.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, String(count)]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Units;
}
