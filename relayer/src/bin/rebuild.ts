import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { connectControl, controlPath } from "../runtime/control.ts";
import { exitCodes, RefusedError, RelayerError } from "../runtime/errors.ts";
import { lockDirectory, openDatabase } from "../store/database.ts";
import { confirm, type Terminal } from "./terminal.ts";

/**
 * `relayer rebuild`: drops the store, so that the next start reads everything from the chains again. Keys are elsewhere,
 * and nothing else of the data directory is touched.
 *
 * @throws RelayerError `store_locked` while a relayer uses it.
 */
export async function rebuild(options: { dataDir: string; terminal: Terminal; yes?: boolean }): Promise<number> {
  const { dataDir, terminal } = options;
  const store = join(dataDir, "pg");
  await requireStopped(dataDir);
  if (!existsSync(store)) {
    terminal.print(`there is no store in ${dataDir}: the next start reads everything from the chains`);
    return exitCodes.ok;
  }
  await confirm(
    terminal,
    `Drops the store in ${dataDir}; the next start reads the chains again from the deployment's first blocks. ${await lossesOf(dataDir)}`,
    options.yes,
  );
  // Again, and now held: a relayer may have started while the question stood.
  await requireStopped(dataDir);
  const release = await lockDirectory(dataDir);
  try {
    await rm(store, { recursive: true });
  } finally {
    await release();
  }
  terminal.print(`the store in ${dataDir} is gone; "relayer start" builds it again`);
  return exitCodes.ok;
}

/** The lock knows processes of this machine only; the socket answers from a container too. */
async function requireStopped(dataDir: string): Promise<void> {
  if ((await connectControl(controlPath(dataDir))) !== undefined)
    throw new RefusedError("store_locked", `A relayer runs on the store in ${dataDir}. Stop it first.`);
}

/** What the chains do not give back, in words. `count`: rows of a table, with a condition if need be. */
export async function losses(count: (from: string) => Promise<number>): Promise<string> {
  const live = await count("transactions where state in ('signed', 'sent', 'mined')").catch(() => 0);
  const decided = await count("messages where state in ('skipped', 'dead')").catch(() => 0);
  return `Not on the chains, and forgotten: ${live} transaction(s) in flight (what they do is not done twice, but they are not replaced any more), ${decided} message(s) that were skipped or given up (they are tried again).`;
}

async function lossesOf(dataDir: string): Promise<string> {
  let database;
  try {
    database = await openDatabase(dataDir);
  } catch (error) {
    if (error instanceof RelayerError && error.code === "store_locked") throw error;
    return "It cannot be opened, so what it held cannot be told."; // damaged: what a rebuild is for
  }
  const { query } = database;
  try {
    return await losses(
      async (from) => (await query<{ n: number }>(`select count(*)::integer as n from ${from}`))[0]?.n ?? 0,
    );
  } finally {
    await database.close();
  }
}
