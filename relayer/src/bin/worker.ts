import { dirname, resolve } from "node:path";
import { createKeyRing } from "../config/keys.ts";
import { loadWorkerConfig, parseWorkerConfig, type WorkerConfig } from "../config/worker.ts";
import { systemClock } from "../runtime/clock.ts";
import { ConfigError, exitCodes, toErrorRecord } from "../runtime/errors.ts";
import { createLogger } from "../runtime/logger.ts";
import { openStore } from "../store/open.ts";
import { stopOnSignal } from "./stopOnSignal.ts";

export type WorkerOptions = { config?: string; store?: string };

type LoadedWorker = { config: WorkerConfig; baseDir: string };

/** The configuration of a worker: a file, or nothing but where its store is. */
export async function loadWorker({ config, store }: WorkerOptions): Promise<LoadedWorker> {
  if ((config === undefined) === (store === undefined))
    throw new ConfigError("relayer worker takes --config or --store: exactly one of both.");
  if (config === undefined)
    return { config: parseWorkerConfig({ store: { postgres: store } }), baseDir: process.cwd() };
  return { config: await loadWorkerConfig(config), baseDir: dirname(resolve(config)) };
}

/** `relayer worker`: takes proof jobs until SIGTERM or SIGINT. */
export async function work({ config, baseDir }: LoadedWorker): Promise<number> {
  const { name, logLevel: level, store } = config;
  const logger = createLogger({ level, name });
  const signal = stopOnSignal(logger);
  const { createWorker } = await import("../runtime/createWorker.ts");
  const clock = systemClock();
  const keys = createKeyRing({ env: process.env, baseDir });
  const { database, cluster } = await openStore({ name, dataDir: "", store }, { keys, clock, logger, signal });
  try {
    const worker = await createWorker({ config, database, cluster, clock, logger, signal });
    await worker.run();
    return exitCodes.ok;
  } catch (error) {
    logger.fatal({ error }, toErrorRecord(error).message);
    throw error;
  } finally {
    await cluster.close();
    await database.close();
  }
}
