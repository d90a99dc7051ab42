import { flushCompileCache } from "node:module";
import { resolveApiKeys } from "../api/apiKeys.ts";
import { resolveRoleKeys } from "../config/roleKeys.ts";
import { systemClock } from "../runtime/clock.ts";
import { controlPath, serveControl } from "../runtime/control.ts";
import { exitCodes, toErrorRecord } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { createOperations } from "../runtime/operations.ts";
import type { RpcStatus } from "../runtime/rpcPool.ts";
import type { Database } from "../store/database.ts";
import { openStore } from "../store/open.ts";
import type { Loaded } from "./context.ts";
import { stopOnSignal } from "./stopOnSignal.ts";

/** `relayer start`: runs until SIGTERM or SIGINT. */
export async function start({ config, keys, logger }: Loaded): Promise<number> {
  const signal = stopOnSignal(logger);
  // Loaded late: reading the configuration should not wait for circuits and PGlite.
  const { createRelayer } = await import("../runtime/createRelayer.ts");
  const roleKeys = await resolveRoleKeys(config, config.deploymentData, keys);
  const apiKeys = await resolveApiKeys(config.http, keys);
  const clock = systemClock();
  const { database, cluster } = await openStore(config, { keys, clock, logger, signal });
  let control: { close: () => Promise<void> } | undefined;
  try {
    const relayer = await createRelayer({
      config,
      keys: roleKeys,
      apiKeys,
      database,
      cluster,
      clock,
      logger,
      signal,
    });
    // On a server operators reach the store themselves.
    if (database.kind === "embedded") control = await openControl(config.dataDir, database, logger, relayer.rpcs);
    flushCompileCache(); // not left to the end, which may be a kill -9
    await relayer.run();
    return exitCodes.ok;
  } catch (error) {
    logger.fatal({ error }, toErrorRecord(error).message);
    throw error;
  } finally {
    await control?.close();
    await cluster.close();
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
