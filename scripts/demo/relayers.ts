import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Hex } from "viem";

import type { ConfigInput } from "../../relayer/src/config/schema.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A relayer as an operator runs it: a process of its own, started by the command line, that can be killed and started again. */
export type RelayerProcess = {
  readonly name: string;
  readonly logFile: string;
  /** The exit code or signal, once the process has ended without being asked to. */
  readonly unexpectedEnd: () => string | undefined;
  /** Resident memory is read from this process. */
  readonly pid: () => number | undefined;
  /** kill −9: no chance to tidy up. Resolves when the process is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGTERM, then wait. */
  stop(): Promise<void>;
};

/**
 * Writes the configuration, and runs `relayer start --config …`. Keys reach the process through its environment only.
 *
 * @example
 * const relayer = await startRelayer({ directory, config, keys: { DELIVERY_KEY: "0x…" } });
 */
export async function startRelayer(options: {
  directory: string;
  config: ConfigInput;
  keys: Readonly<Record<string, Hex>>;
}): Promise<RelayerProcess> {
  const { directory, config, keys } = options;
  const name = config.name ?? "relayer";
  mkdirSync(directory, { recursive: true });
  const configFile = join(directory, `${name}.json`);
  writeFileSync(configFile, `${JSON.stringify(config, null, 2)}\n`);
  const logFile = join(directory, `${name}.log`);

  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let asked = false;
  let unexpected: string | undefined;

  const start = async (): Promise<void> => {
    asked = false;
    unexpected = undefined;
    const log = createWriteStream(logFile, { flags: "a" });
    const started = spawn(
      process.execPath,
      [join(ROOT, "relayer/src/bin/relayer.ts"), "start", "--config", configFile],
      {
        cwd: ROOT,
        env: { ...process.env, ...keys },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    started.stdout.pipe(log, { end: false });
    started.stderr.pipe(log, { end: false });
    child = started;
    ended = new Promise((done) => {
      started.once("exit", (code, signal) => {
        if (!asked)
          unexpected = `relayer ${name} ended by itself (${signal ?? `exit code ${code}`}); its log: ${logFile}`;
        child = undefined;
        done();
      });
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    asked = true;
    child?.kill(signal);
    await ended;
  };
  process.once("exit", () => child?.kill("SIGKILL"));

  await start();
  return {
    name,
    logFile,
    unexpectedEnd: () => unexpected,
    pid: () => child?.pid,
    kill: () => end("SIGKILL"),
    start,
    stop: () => end("SIGTERM"),
  };
}
