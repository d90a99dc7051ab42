import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createKeyRing, type KeyRing } from "../config/keys.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { createPassphraseSource, passphraseFileVariable } from "../config/passphrase.ts";
import { systemClock } from "../runtime/clock.ts";
import { connectControl, controlPath } from "../runtime/control.ts";
import { RefusedError } from "../runtime/errors.ts";
import { createLogger, type Logger } from "../runtime/logger.ts";
import { createOperations, type Operations } from "../runtime/operations.ts";
import { openDatabase } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { addressOf, type StorePlace } from "../store/open.ts";
import { openPostgres } from "../store/postgres.ts";
import type { Terminal } from "./terminal.ts";

export type Loaded = { config: LoadedConfig; keys: KeyRing; logger: Logger };

export type ConfigOptions = { config: string; passphraseFile?: string };

/** Reads the configuration of a command, with keys that are resolved when they are needed. */
export async function load(options: ConfigOptions, terminal: Terminal): Promise<Loaded> {
  const path = resolve(options.config);
  const config = await loadConfig(path);
  return {
    config,
    logger: createLogger({ level: config.logLevel, name: config.name }),
    keys: createKeyRing({
      env: process.env,
      baseDir: dirname(path),
      kms: config.kms,
      passphrase: passphraseOf(options.passphraseFile, terminal),
    }),
  };
}

export function passphraseOf(file: string | undefined, terminal: Terminal): (path: string) => Promise<string> {
  return createPassphraseSource({
    file: file ?? process.env[passphraseFileVariable],
    ask: terminal.isInteractive ? terminal.askHidden : undefined,
  });
}

/**
 * Runs `use` on a relayer's messages: through the relayer while it runs, on its store while it does not. A store on a server is used
 * beside the relayers.
 *
 * @throws RefusedError `no_store` when it has never run.
 */
export async function withOperations<Result>(
  { config, keys }: Pick<Loaded, "keys"> & { config: StorePlace },
  use: (operations: Operations) => Promise<Result>,
): Promise<Result> {
  const { dataDir, name, store } = config;
  const clock = systemClock();
  if (store !== undefined) {
    const database = await openPostgres(await addressOf({ name, store }, keys), { create: false });
    try {
      const tables = await database.query("select 1 from information_schema.tables where table_schema = $1 limit 1", [
        store.schema,
      ]);
      if (tables.length === 0)
        throw new RefusedError(
          "no_store",
          `There is no store in schema ${store.schema} yet: the first "relayer start" makes it.`,
        );
      return await use(createOperations({ database, clock }));
    } finally {
      await database.close();
    }
  }
  const running = await connectControl(controlPath(dataDir));
  if (running !== undefined) return use(running);
  if (!existsSync(join(dataDir, "pg")))
    throw new RefusedError("no_store", `There is no store in ${dataDir} yet: the first "relayer start" makes it.`);
  const database = await openDatabase(dataDir);
  try {
    await migrate(database, clock);
    return await use(createOperations({ database, clock }));
  } finally {
    await database.close();
  }
}
