import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;

export type AnvilOptions = {
  chainId: number;
  /** @default a free one */
  port?: number;
  /** Time of the genesis block, unix seconds; time passes from there as it does outside. */
  startTime: number;
  /** Everything anvil prints goes here. */
  logFile: string;
  /** Where anvil puts states that no longer fit into memory. */
  stateDir: string;
};

export type AnvilNode = { url: string; pid: number; stop(): Promise<void> };

/** Ends nodes and removes directories when this process does, even by SIGKILL. */
export type Watchdog = { add(pid: number): void; gone(pid: number): void; close(): void };

export function startWatchdog(directory: string): Watchdog {
  const script = fileURLToPath(new URL("watchdog.ts", import.meta.url));
  // In its own process group, so that Ctrl-C reaches us and not it.
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const stdin = child.stdin;
  // Neither the process nor its pipe keeps ours from ending.
  child.unref();
  (stdin as unknown as { unref(): void }).unref();
  stdin.on("error", () => undefined);
  stdin.write(`dir ${directory}\n`);
  return {
    add: (pid) => void stdin.write(`pid ${String(pid)}\n`),
    gone: (pid) => void stdin.write(`gone ${String(pid)}\n`),
    close: () => void stdin.end(),
  };
}

/** Starts one anvil and returns when it answers. */
export async function startAnvil(options: AnvilOptions, watchdog: Watchdog): Promise<AnvilNode> {
  const log = openSync(options.logFile, "w");
  const args = [
    ["--port", String(options.port ?? 0)],
    ["--chain-id", String(options.chainId)],
    ["--timestamp", String(options.startTime)],
    // "finalized" is two epochs behind the head: two blocks.
    ["--slots-in-an-epoch", "1"],
    ["--cache-path", options.stateDir],
    ["--accounts", "1"],
    ["--color", "never"],
    ["--enable-tx-gas-limit"],
  ].flat();
  const child = spawn(anvilBinary(), args, { stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  const { pid } = child;
  if (pid !== undefined) watchdog.add(pid);

  const port = await listening(child, options.logFile);
  return {
    url: `http://127.0.0.1:${String(port)}`,
    pid: pid!,
    async stop() {
      await ended(child);
      watchdog.gone(pid!);
    },
  };
}

async function listening(child: ChildProcess, logFile: string): Promise<number> {
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const output = readFileSync(logFile, "utf8");
    const port = /Listening on \S+:(\d+)/.exec(output)?.[1];
    if (port !== undefined) return Number(port);
    if (failure !== undefined || child.exitCode !== null || child.signalCode !== null) {
      const status = child.exitCode ?? child.signalCode ?? "unknown";
      throw new Error(
        `anvil ended before it listened (${failure?.message ?? `status ${status}`}). It said:\n${output}`,
      );
    }
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`anvil did not listen within ${START_TIMEOUT_MS} ms. It said:\n${output}`);
    }
    await sleep(10);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exit;
  clearTimeout(kill);
}

/** The native binary itself: the package's launcher would be one more process between us and the node. */
function anvilBinary(): string {
  const require = createRequire(import.meta.url);
  const launcher = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
  const architecture = { x64: "amd64", arm64: "arm64" }[process.arch as string];
  const packageName = `@foundry-rs/anvil-${process.platform}-${architecture ?? process.arch}`;
  try {
    const binary = process.platform === "win32" ? "anvil.exe" : "anvil";
    return join(dirname(launcher.resolve(`${packageName}/package.json`)), "bin", binary);
  } catch {
    throw new Error(
      `${packageName} is not installed: npm skipped an optional dependency, or this platform has no anvil.`,
    );
  }
}
