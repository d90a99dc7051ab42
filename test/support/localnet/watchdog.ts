/**
 * Outlives the process that started the local network, by a moment: when that process ends, however it ends, the pipe to
 * our stdin closes and we end its nodes and remove its directories. Lines on stdin: `pid <n>`, `gone <n>`, `dir <path>`.
 */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const GRACE_MS = 1_000;

const pids = new Set<number>();
const directories = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) {
  const separator = line.indexOf(" ");
  const [verb, value] = [line.slice(0, separator), line.slice(separator + 1)];
  if (verb === "pid") pids.add(Number(value));
  else if (verb === "gone") pids.delete(Number(value));
  else if (verb === "dir") directories.add(value);
}

for (const pid of pids) signal(pid, "SIGTERM");
if (pids.size > 0) await sleep(GRACE_MS);
for (const pid of pids) signal(pid, "SIGKILL");
for (const directory of directories) rmSync(directory, { recursive: true, force: true });

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended on its own.
  }
}
