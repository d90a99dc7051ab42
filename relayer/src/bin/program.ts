import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { resolveApiKeys } from "../api/apiKeys.ts";
import { createKeyRing } from "../config/keys.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { resolveRoleKeys } from "../config/roleKeys.ts";
import { exitCodes, RelayerError, toErrorRecord } from "../runtime/errors.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger, type Logger } from "../runtime/logger.ts";
import { openDatabase } from "../store/database.ts";
import { check } from "./check.ts";
import { createCouncilCommand } from "./council.ts";

/** The command line of an operator. Exit codes: docs/operators.md and runtime/errors.ts. */
export function createProgram(): Command {
  const program = new Command("relayer").description(
    "Hypothec relayer: batches, attestations, LayerZero DVN and executor, prover, keeper, trustee",
  );
  program
    .command("start")
    .description("run the roles of a configuration until SIGTERM or SIGINT")
    .requiredOption("--config <file>", "configuration (JSON)")
    .action(({ config }: { config: string }) => guarded(() => start(config)));
  program
    .command("check")
    .description("check configuration, keys, chains, wiring and balances, and change nothing")
    .requiredOption("--config <file>", "configuration (JSON)")
    .action(({ config }: { config: string }) => guarded(() => load(config).then(check)));
  program.addCommand(createCouncilCommand({ guarded, print: (text) => process.stdout.write(`${text}\n`) }));
  program
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage));
  return program;
}

export type Loaded = { config: LoadedConfig; keys: ReturnType<typeof createKeyRing>; logger: Logger };

async function load(path: string): Promise<Loaded> {
  const config = await loadConfig(path);
  const logger = createLogger({ level: config.logLevel, name: config.name });
  return { config, logger, keys: createKeyRing({ env: process.env, baseDir: dirname(resolve(path)) }) };
}

async function start(path: string): Promise<number> {
  const { config, keys, logger } = await load(path);
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
    await relayer.run();
    return exitCodes.ok;
  } catch (error) {
    logger.fatal({ error }, toErrorRecord(error).message);
    throw error;
  } finally {
    await database.close();
  }
}

/** Runs a command; errors become one readable message and an exit code, and no stack unless it is a bug. */
async function guarded(run: () => Promise<number>): Promise<void> {
  let code: number;
  try {
    code = await run();
  } catch (error) {
    const known = error instanceof RelayerError;
    process.stderr.write(`${toErrorRecord(error).message}\n`);
    if (!known && process.env.DEBUG !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
    code = known ? error.exitCode : exitCodes.unexpected;
  }
  process.exit(code);
}
