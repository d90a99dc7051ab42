import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ConfigInput } from "../../../relayer/src/config/schema.ts";
import { connectControl, controlPath } from "../../../relayer/src/runtime/control.ts";
import type { Operations } from "../../../relayer/src/runtime/operations.ts";
import type { Deployment } from "../../../sdk/src/client/deployment.ts";
import type { LogLine } from "../relayer.ts";

const program = fileURLToPath(new URL("../../../relayer/src/bin/relayer.ts", import.meta.url));
const preload = new URL("clockShift.mjs", import.meta.url).href;

/** What systemd is told not to restart (relayer/deploy/hypothec-relayer.service). */
const STAYS_DOWN = new Set([4, 64]);
const RESTART_AFTER_MS = 500;

export type NodeOptions = {
  name: string;
  /** Configuration, log and data directory. */
  directory: string;
  deployment: Deployment;
  config: Omit<ConfigInput, "name" | "deployment" | "dataDir">;
  env: Record<string, string>;
  /** What an operator does with the store. @default through the relayer's control socket */
  operations?: Operations | undefined;
  /** Compiled code is kept here from run to run. */
  codeCache: string;
};

/** A relayer under a supervisor, as systemd runs it: it comes back unless its exit code says that somebody has to look first. */
export type SupervisedNode = {
  name: string;
  dataDir: string;
  /** Everything it has logged, over all its lives; `receivedAt` is by this process's clock. */
  log: LogLine[];
  logFile: string;
  errors: () => string;
  /** Exit codes or signals of the lives that ended without being asked to. */
  ends: (number | string)[];
  /** Whether it ended with a code that keeps it down. */
  isDown: () => boolean;
  onLine(listener: (line: LogLine) => void): void;
  /** Starts it; returns when it follows the chains, or is down. */
  start(): Promise<void>;
  /** kill -9; `start` brings it back. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Sets its wall clock forward (or back), milliseconds from the true time. */
  setClock(shiftMs: number): void;
  /** What an operator's commands do; undefined while it does not answer. */
  operations(): Promise<Operations | undefined>;
  /** SIGTERM; returns the exit code. */
  stop(): Promise<number>;
  /** The same, and nothing starts it again. */
  retire(): Promise<number>;
};

export function superviseNode(options: NodeOptions): SupervisedNode {
  const { name, directory } = options;
  const dataDir = join(directory, "data");
  mkdirSync(directory, { recursive: true });
  const configPath = join(directory, "relayer.json");
  const clockPath = join(directory, "clock");
  const logFile = join(directory, "relayer.log");
  const config: ConfigInput = { ...options.config, name, deployment: "deployment.json", dataDir };
  writeFileSync(join(directory, "deployment.json"), JSON.stringify(options.deployment));
  writeFileSync(configPath, JSON.stringify(config, null, 2));
  writeFileSync(clockPath, "0");

  const log: LogLine[] = [];
  const listeners = new Set<(line: LogLine) => void>();
  const ends: (number | string)[] = [];
  let errors = "";
  let child: ChildProcess | undefined;
  let ended: Promise<number> = Promise.resolve(0);
  let isWanted = false;
  let isDown = false;
  let isRetired = false;
  let restart: NodeJS.Timeout | undefined;
  const changed = new Set<() => void>();
  const tell = () => {
    for (const each of [...changed]) each();
  };

  function spawnChild(): void {
    const running = spawn(process.execPath, ["--import", preload, program, "start", "--config", configPath], {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "",
        NODE_COMPILE_CACHE: options.codeCache,
        HYPOTHEC_TEST_CLOCK: clockPath,
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = running;
    let rest = "";
    running.stdout.on("data", (chunk: Buffer) => {
      appendFileSync(logFile, chunk);
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) {
        if (!text.startsWith("{")) continue;
        const line: LogLine = { ...(JSON.parse(text) as LogLine), receivedAt: Date.now() };
        log.push(line);
        for (const listener of listeners) listener(line);
      }
      tell();
    });
    running.stderr.on("data", (chunk: Buffer) => {
      appendFileSync(logFile, chunk);
      errors += chunk.toString();
    });
    ended = new Promise((resolve) => {
      running.on("close", (code, signal) => {
        child = undefined;
        if (isWanted) {
          ends.push(code ?? signal ?? "?");
          if (code === 0 || STAYS_DOWN.has(code ?? -1)) isDown = true;
          else restart = setTimeout(spawnChild, RESTART_AFTER_MS);
        }
        tell();
        resolve(code ?? 128);
      });
    });
  }
  const killChild = () => void child?.kill("SIGKILL");
  process.once("exit", killChild);

  const end = async (signal: NodeJS.Signals): Promise<number> => {
    isWanted = false;
    clearTimeout(restart);
    child?.kill("SIGCONT");
    child?.kill(signal);
    return ended;
  };

  return {
    name,
    dataDir,
    log,
    logFile,
    errors: () => errors,
    ends,
    isDown: () => isDown,
    onLine: (listener) => void listeners.add(listener),
    async start() {
      if (isWanted || isRetired) return;
      const from = log.length;
      isWanted = true;
      isDown = false;
      spawnChild();
      await new Promise<void>((resolve) => {
        const look = () => {
          if (isWanted && !isDown && !log.slice(from).some(({ msg }) => msg === "started")) return;
          changed.delete(look);
          resolve();
        };
        changed.add(look);
        look();
      });
    },
    kill: async () => {
      await end("SIGKILL");
    },
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    setClock: (shiftMs) => writeFileSync(clockPath, String(shiftMs)),
    operations: async () =>
      child === undefined ? undefined : (options.operations ?? (await connectControl(controlPath(dataDir)))),
    stop: () => end("SIGTERM"),
    retire() {
      isRetired = true;
      process.off("exit", killChild);
      return end("SIGTERM");
    },
  };
}
