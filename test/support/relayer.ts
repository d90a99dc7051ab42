import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Hex } from "viem";

import type { ConfigInput } from "../../relayer/src/config/schema.ts";
import type { Deployment } from "../../sdk/src/client/deployment.ts";
import { leaksIn } from "./leaks.ts";
import { describeLeaks, leaksInAnswers, leaksInFiles, secretsOf } from "./relayerSecrets.ts";
import type { Localnet } from "./localnet/localnet.ts";

const program = fileURLToPath(new URL("../../relayer/src/bin/relayer.ts", import.meta.url));
const compiled = fileURLToPath(new URL("../../.cache/compiled", import.meta.url));

const interfaceIsOpen = "the operator's interface is open";

/** One line of a relayer's log. */
export type LogLine = {
  time: string;
  level: string;
  msg: string;
  message?: string;
  state?: string;
  error?: { code?: string; message?: string };
  [key: string]: unknown;
};

export type RelayerOptions = {
  name: string;
  deployment: Deployment;
  /** RPC URLs by chain name. */
  rpc: Record<string, string[]>;
  roles: ConfigInput["roles"];
  /** What `env:` references in `roles` stand for. */
  env: Record<string, string>;
  race?: ConfigInput["race"];
  http?: ConfigInput["http"];
  /** A PostgreSQL server as the store. @default an embedded one in the directory */
  store?: ConfigInput["store"];
  /** Runs a proof worker on `store` instead; chains and roles are not its business. */
  isWorker?: boolean;
  /** @default 2 */
  confirmations?: number;
  /** @default 200 */
  pollIntervalMs?: number;
  /** Where configuration and store go, kept. @default a temporary directory, removed by `dispose` */
  directory?: string;
  logLevel?: ConfigInput["logLevel"];
};

/** A relayer in a process of its own, as an operator runs it. Its store outlives `kill` and `stop`. */
export type RelayerProcess = {
  name: string;
  configPath: string;
  /** Everything it has logged, over all its lives; also in {@link logFile}. */
  log: LogLine[];
  logFile: string;
  /** Its process, while it runs. */
  pid: () => number | undefined;
  /** What happened, once it has ended without being asked to. */
  unexpectedEnd: () => string | undefined;
  /** What it printed on standard error. */
  errors: () => string;
  /** Starts it and waits until it follows the chains. */
  start(): Promise<void>;
  /** Starts it and waits until it ends; for one that must refuse. */
  startAndFail(): Promise<number>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM; returns the exit code. */
  stop(): Promise<number>;
  /** Waits for a log line, past or future. */
  line(what: string, matches: (line: LogLine) => boolean): Promise<LogLine>;
  /**
   * Secrets that it was given and that are in its log, in what it printed, or in what its interface answers; with `store`, also in its
   * store. One line each, without the secret.
   */
  leaks(options?: { store?: boolean }): Promise<string[]>;
  /**
   * Ends it, and removes its temporary directory.
   *
   * @throws Error when it let any secret out.
   */
  dispose(): Promise<void>;
};

/** Writes the configuration of a relayer; nothing runs yet. */
export function prepareRelayer(options: RelayerOptions): RelayerProcess {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), `hypothec-relayer-${options.name}-`));
  mkdirSync(directory, { recursive: true });
  const configPath = join(directory, "relayer.json");
  const worker = { name: options.name, logLevel: options.logLevel ?? "debug", store: options.store };
  const config: ConfigInput = {
    name: options.name,
    deployment: "deployment.json",
    dataDir: "data",
    logLevel: options.logLevel ?? "debug",
    chains: Object.entries(options.rpc).map(([name, rpc]) => ({
      name,
      rpc,
      confirmations: options.confirmations ?? 2,
      pollIntervalMs: options.pollIntervalMs ?? 200,
    })),
    race: options.race ?? {},
    ...(options.http === undefined ? {} : { http: options.http }),
    ...(options.store === undefined ? {} : { store: options.store }),
    roles: options.roles,
  };
  writeFileSync(join(directory, "deployment.json"), JSON.stringify(options.deployment, null, 2));
  writeFileSync(configPath, JSON.stringify(options.isWorker === true ? worker : config, null, 2));

  const logFile = join(directory, "relayer.log");
  const log: LogLine[] = [];
  const watchers = new Set<() => void>();
  let errors = "";
  let child: ChildProcess | undefined;
  let ended: Promise<number> = Promise.resolve(0);
  let isAsked = false;
  /** Where the log of this life begins. */
  let lifeFrom = 0;
  let unexpected: string | undefined;

  function spawnChild(): void {
    isAsked = false;
    lifeFrom = log.length;
    unexpected = undefined;
    const running = spawn(
      process.execPath,
      [program, options.isWorker === true ? "worker" : "start", "--config", configPath],
      {
        // The settings of relayer/deploy.
        env: {
          PATH: process.env.PATH ?? "",
          HOME: process.env.HOME ?? "",
          MALLOC_ARENA_MAX: "2",
          NODE_OPTIONS: "--max-semi-space-size=8",
          NODE_COMPILE_CACHE: compiled,
          ...options.env,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    child = running;
    let rest = "";
    running.stdout.on("data", (chunk: Buffer) => {
      appendFileSync(logFile, chunk);
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("{")) log.push(JSON.parse(line) as LogLine);
      for (const watch of watchers) watch();
    });
    running.stderr.on("data", (chunk: Buffer) => {
      appendFileSync(logFile, chunk);
      errors += chunk.toString();
    });
    ended = new Promise((resolve) => {
      running.on("close", (code, signal) => {
        child = undefined;
        if (!isAsked)
          unexpected = `Relayer ${options.name} ended by itself (${signal ?? `exit code ${code}`}). Its log: ${logFile}`;
        resolve(code ?? (signal === null ? 1 : 128));
        for (const watch of watchers) watch();
      });
    });
  }
  process.once("exit", () => child?.kill("SIGKILL"));

  function line(what: string, matches: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        const found = log.slice(from).find(matches);
        if (found === undefined && child !== undefined) return;
        watchers.delete(watch);
        if (found !== undefined) resolve(found);
        else
          reject(
            new Error(
              `${options.name} ended before ${what}:\n${errors}\n${log
                .slice(-5)
                .map((entry) => JSON.stringify(entry))
                .join("\n")}`,
            ),
          );
      };
      watchers.add(watch);
      watch();
    });
  }

  const secrets = secretsOf(config, options.env, directory);
  async function leaks({ store = false }: { store?: boolean } = {}): Promise<string[]> {
    const found = existsSync(logFile) ? leaksIn(secrets, "its log", readFileSync(logFile, "latin1")) : [];
    const asked = child;
    const opened = log.findLast(({ part, msg }, at) => at >= lifeFrom && part === "http" && msg === interfaceIsOpen);
    if (asked !== undefined && opened !== undefined) {
      const [first] = options.http?.apiKeys ?? [];
      const reference = typeof first === "object" ? first.key : first;
      const url = `http://127.0.0.1:${String(opened.port)}`;
      try {
        found.push(...(await leaksInAnswers(secrets, url, reference === undefined ? undefined : secrets[reference])));
      } catch (error) {
        if (child === asked && !isAsked) throw error; // it was not killed on the way
      }
    }
    if (store) found.push(...leaksInFiles(secrets, join(directory, "data")));
    return describeLeaks(options.name, found);
  }

  const end = async (signal: NodeJS.Signals): Promise<number> => {
    isAsked = true;
    child?.kill(signal);
    return ended;
  };

  return {
    name: options.name,
    configPath,
    log,
    logFile,
    pid: () => child?.pid,
    unexpectedEnd: () => unexpected,
    errors: () => errors,
    async start() {
      const from = log.length;
      spawnChild();
      await line("it started", ({ msg }) => msg === "started", from);
    },
    async startAndFail() {
      spawnChild();
      return ended;
    },
    kill: async () => {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
    line: (what, matches) => line(what, matches),
    leaks,
    async dispose() {
      const found = await leaks();
      await end("SIGKILL");
      found.push(...describeLeaks(options.name, leaksInFiles(secrets, join(directory, "data"))));
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
      if (found.length > 0) throw new Error(`Secrets got out:\n${found.join("\n")}`);
    },
  };
}

/** Every role of an operator that needs no secret but its own keys, under `NAME_…` variables. */
export function operatorRoles(name: string, dvns: Record<string, Hex>): ConfigInput["roles"] {
  const key = (role: string) => `env:${name.toUpperCase()}_${role}`;
  return {
    prover: {},
    batcher: { key: key("DELIVERY"), seal: { maxAgeMs: 1_000, maxFee: "10000000000000000000" } },
    attestor: { key: key("DELIVERY") },
    orderSender: { key: key("DELIVERY") },
    dvn: { signerKey: key("DVN_SIGNER"), adminKey: key("DVN_ADMIN"), addresses: dvns },
    executor: { key: key("EXECUTOR") },
  };
}

/** The relayer of one of a localnet's operators: all roles but those that need other secrets, which `more` may add. */
export async function prepareOperator(
  localnet: Localnet,
  deployment: Deployment,
  index: number,
  more: Partial<
    Pick<RelayerOptions, "rpc" | "roles" | "env" | "race" | "http" | "directory" | "logLevel" | "confirmations">
  > & {
    /** Which of the operator's roles are on. @default all */
    only?: readonly (keyof RelayerOptions["roles"])[];
  } = {},
): Promise<RelayerProcess> {
  const { name, dvnSigner, dvnAdmin, executor } = localnet.operators[index]!;
  const { vault, margin } = localnet;
  const delivery = await localnet.account(`${name} delivery`);
  const variable = (role: string) => `${name.toUpperCase()}_${role}`;
  const dvns = { [vault.name]: vault.lz.operatorDvns[index]!, [margin.name]: margin.lz.operatorDvns[index]! };
  const { only, ...options } = more;
  const roles = Object.entries(operatorRoles(name, dvns)).filter(([role]) => only?.includes(role as never) ?? true);
  return prepareRelayer({
    ...options,
    name,
    deployment,
    rpc: more.rpc ?? { [vault.name]: [vault.url], [margin.name]: [margin.url] },
    race: { index, of: localnet.operators.length, ...more.race },
    roles: { ...Object.fromEntries(roles), ...more.roles },
    env: {
      [variable("DELIVERY")]: delivery.privateKey,
      [variable("DVN_SIGNER")]: dvnSigner.privateKey,
      [variable("DVN_ADMIN")]: dvnAdmin.privateKey,
      [variable("EXECUTOR")]: executor.privateKey,
      ...more.env,
    },
  });
}
