import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that only this user can read, for files that must not outlive the process: witnesses hold secrets. */
export interface PrivateDirectory {
  readonly path: string;
  /** Runs `work` in an empty directory of its own, which is gone afterwards, whatever happened. */
  within<T>(work: (path: string) => Promise<T>): Promise<T>;
  remove(): void;
}

const PREFIX = "hypothec-proving";

/** @param base @default shared memory where there is some, so that nothing reaches a disk; else the temporary directory */
export function createPrivateDirectory(base = sharedMemory() ?? tmpdir()): PrivateDirectory {
  const own = `${PREFIX}-${processSpace()}`;
  sweep(base, own);
  const path = mkdtempSync(join(base, `${own}-${process.pid}-`)); // mode 0700
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    async within(work) {
      const directory = await mkdtemp(join(path, "proof-"));
      try {
        return await work(directory);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    remove() {
      process.off("exit", remove);
      remove();
    },
  };
}

/** What a killed process left: `exit` did not run there. */
function sweep(base: string, own: string): void {
  for (const name of readdirSync(base)) {
    const pid = name.startsWith(`${own}-`) ? Number(name.slice(own.length + 1).split("-")[0]) : Number.NaN;
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const path = join(base, name);
    if (statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Process numbers mean something only within their namespace; containers may share a directory but not the numbers. */
function processSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "0";
  }
}

function sharedMemory(): string | undefined {
  return statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() === true ? "/dev/shm" : undefined;
}
