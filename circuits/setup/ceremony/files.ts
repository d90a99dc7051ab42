import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes a directory complete or not at all: `fill` writes into one beside it, which then takes its name. Nothing that exists is ever
 * written over.
 */
export async function createDirectory<T>(path: string, fill: (work: string) => Promise<T>): Promise<T> {
  if (existsSync(path)) {
    throw new Error(`${path} exists already, and nothing of a ceremony is ever written over; choose another name`);
  }
  mkdirSync(dirname(path), { recursive: true });
  const work = mkdtempSync(join(dirname(path), ".unfinished-"));
  try {
    const result = await fill(work);
    if (existsSync(path)) throw new Error(`${path} appeared meanwhile: is the same command running twice?`);
    // Nothing in it is secret, and a temporary directory is for its owner alone.
    chmodSync(work, 0o755);
    renameSync(work, path);
    return result;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
