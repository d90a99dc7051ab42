import { spawn, type ChildProcess } from "node:child_process";

import { HypothecError } from "../errors/base.ts";
import { proverTimeout } from "../proofs/proverErrors.ts";

export interface RunBinaryParameters {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A prover says a few lines at most. */
const MAX_OUTPUT_BYTES = 1 << 20;
const SHOWN_BYTES = 2_000;
const LAST_WORDS_MS = 1_000;

/**
 * Run an operator's binary to its end, without a shell and without this process's environment, which may hold keys.
 *
 * @throws HypothecError `prover.rapidsnark` when it cannot be run, fails or floods its output; `prover.crashed` when a signal
 * ended it; `prover.timeout`; the signal's reason. By then it and what it started have been killed.
 */
export async function runBinary({ binary, args, cwd, timeoutMs, signal }: RunBinaryParameters): Promise<void> {
  signal?.throwIfAborted();
  const child = start(binary, args, cwd);
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    killGroup(child);
  };
  const output: Buffer[] = [];
  let size = 0;
  const onData = (data: Buffer) => {
    size += data.length;
    if (size <= MAX_OUTPUT_BYTES) output.push(data);
    else fail(rapidsnarkError(`${binary} printed more than ${MAX_OUTPUT_BYTES} bytes and was stopped`));
  };
  child.stdout.on("data", onData);
  child.stderr.on("data", onData);
  const onAbort = () => fail(signal!.reason as Error);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => fail(proverTimeout(binary, timeoutMs)), timeoutMs);
  try {
    const { code, killedBy } = await endOf(child);
    if (failure !== undefined) throw failure;
    if (code === 0) return;
    const details = Buffer.concat(output).toString("utf8").trim().slice(-SHOWN_BYTES);
    if (killedBy !== null) throw killed(binary, killedBy, details);
    throw rapidsnarkError(`${binary} ended with exit code ${code}`, details);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    killGroup(child); // whatever it started and left behind
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function start(binary: string, args: readonly string[], cwd: string) {
  const { LD_LIBRARY_PATH } = process.env;
  try {
    return spawn(binary, args, {
      cwd,
      env: LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a process group of its own, so that all of it can be killed
    });
  } catch (cause) {
    throw rapidsnarkError(`${binary} cannot be run`, (cause as Error).message, cause);
  }
}

export function rapidsnarkError(message: string, details?: string, cause?: unknown): HypothecError {
  return new HypothecError(message, {
    code: "prover.rapidsnark",
    ...(details === undefined || details === "" ? {} : { details }),
    cause,
    whatToDo:
      "Check that the path names rapidsnark's `prover`, built for this machine, and that it can read the proving key.",
  });
}

/** Its last words may come after its end; but a grandchild that keeps the pipes open must not hold us up. */
function endOf(child: ChildProcess): Promise<{ code: number | null; killedBy: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code, killedBy) => {
      const end = () => resolve({ code, killedBy });
      child.once("close", end);
      setTimeout(end, LAST_WORDS_MS).unref();
      killGroup(child);
    });
    child.once("error", (cause) => reject(rapidsnarkError(`${child.spawnfile} cannot be run`, cause.message, cause)));
  });
}

function killed(binary: string, by: NodeJS.Signals, details: string): HypothecError {
  return new HypothecError(`${binary} was ended by ${by}`, {
    code: "prover.crashed",
    ...(details === "" ? {} : { details }),
    whatToDo: "Ask again. If it happens again, the machine is short of memory or the binary is for another machine.",
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
