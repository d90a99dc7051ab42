import { HypothecError, isHypothecError } from "../errors/base.ts";

/** Nothing is wrong with the witness: too much was asked for at once, a thread died, or time ran out. */
const RETRYABLE = new Set(["prover.busy", "prover.crashed", "prover.timeout"]);

/** Whether the same proof may be asked for again later. */
export function isRetryableProverError(error: unknown): error is HypothecError {
  return isHypothecError(error) && RETRYABLE.has(error.code);
}

export function proverClosed(): HypothecError {
  return new HypothecError("The prover is closed", { code: "prover.closed", whatToDo: "Make another one." });
}

export function proverBusy(waiting: number): HypothecError {
  return new HypothecError(`${waiting} proofs are waiting already`, {
    code: "prover.busy",
    args: { waiting },
    whatToDo: "Ask again when some are done, or allow more with `maxWaiting`.",
  });
}

export function proverTimeout(what: string, timeoutMs: number): HypothecError {
  return new HypothecError(`${what} did not end within ${timeoutMs} ms and was stopped`, {
    code: "prover.timeout",
    args: { timeoutMs },
    whatToDo: "Ask again; if it happens again, the machine is overloaded or `timeoutMs` too short.",
  });
}
