import { resolveApiKeys } from "../api/apiKeys.ts";
import { resolveRoleKeys } from "../config/roleKeys.ts";
import { systemClock } from "../runtime/clock.ts";
import { controlPath, serveControl } from "../runtime/control.ts";
import { exitCodes, toErrorRecord } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { createOperations } from "../runtime/operations.ts";
import type { RpcStatus } from "../runtime/rpcPool.ts";
import { openDatabase, type Database } from "../store/database.ts";
import type { Loaded } from "./context.ts";

/** `relayer start`: runs until SIGTERM or SIGINT. */
export async function start({ config, keys, logger }: Loaded): Promise<number> {
  const stop = new AbortController();
  const onSignal = (name: string) => {
    if (stop.signal.aborted) process.exit(exitCodes.unexpected); // asked twice: do not wait
    logger.info({ signal: name }, "stopping");
    stop.abort();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  // Loaded late: reading the configuration should not wait for circuits and PGlite.
  const { createRelayer } = await import("../runtime/createRelayer.ts");
  const roleKeys = await resolveRoleKeys(config, config.deploymentData, keys);
  const apiKeys = await resolveApiKeys(config.http, keys);
  const database = await openDatabase(config.dataDir);
  let control: { close: () => Promise<void> } | undefined;
  try {
    const relayer = await createRelayer({
      config,
      keys: roleKeys,
      apiKeys,
      database,
      clock: systemClock(),
      logger,
      signal: stop.signal,
    });
    control = await openControl(config.dataDir, database, logger, relayer.rpcs);
    await relayer.run();
    return exitCodes.ok;
  } catch (error) {
    logger.fatal({ error }, toErrorRecord(error).message);
    throw error;
  } finally {
    await control?.close();
    await database.close();
  }
}

/** Without the socket the relayer works all the same; only its operator has to stop it to look at its messages. */
async function openControl(dataDir: string, database: Database, logger: Logger, rpcs: () => RpcStatus[]) {
  const path = controlPath(dataDir);
  try {
    return await serveControl({ path, operations: createOperations({ database, clock: systemClock(), rpcs }), logger });
  } catch (error) {
    logger.warn({ error }, `no control socket at ${path}: messages can be looked at only while the relayer is stopped`);
    return undefined;
  }
}
