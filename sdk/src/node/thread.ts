import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { HypothecError } from "../errors/base.ts";
import { proverTimeout } from "../proofs/proverErrors.ts";
import type { ThreadAnswer, ThreadSettings, ThreadTask } from "./threadTask.ts";

export interface ThreadParameters {
  readonly script: URL;
  readonly settings: ThreadSettings;
  readonly timeoutMs: number;
}

/** One worker thread that does one task at a time; another takes its place when it was stopped or has died. */
export interface Thread {
  /** Rejects with the signal's reason once the thread has really stopped. */
  perform(task: ThreadTask, signal: AbortSignal | undefined): Promise<unknown>;
  stop(): Promise<void>;
}

export function createThread({ script, settings, timeoutMs }: ThreadParameters): Thread {
  let worker: Worker | undefined;

  const start = (): Worker => {
    const started = new Worker(script, { workerData: settings });
    started.unref(); // an idle thread keeps no process alive
    started.on("error", () => undefined); // `exit` follows, and whoever waits for an answer hears of both
    started.once("exit", () => {
      if (worker === started) worker = undefined;
    });
    return started;
  };

  return {
    async perform(task, signal) {
      signal?.throwIfAborted();
      const current = (worker ??= start());
      const timeout = AbortSignal.timeout(timeoutMs);
      const stopped = AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]);
      current.ref();
      let answer: ThreadAnswer;
      try {
        current.postMessage(task);
        answer = await answerOf(current, stopped);
      } catch (error) {
        await current.terminate();
        if (!stopped.aborted) throw error;
        worker = start(); // warm by the time somebody asks
        throw signal?.aborted === true ? signal.reason : proverTimeout("A proof", timeoutMs);
      } finally {
        current.unref();
      }
      return resultOf(answer);
    },
    async stop() {
      await worker?.terminate();
    },
  };
}

async function answerOf(worker: Worker, signal: AbortSignal): Promise<ThreadAnswer> {
  const ended = new AbortController();
  const either = { signal: AbortSignal.any([signal, ended.signal]) };
  try {
    return await Promise.race([
      once(worker, "message", either).then(([answer]) => answer as ThreadAnswer), // rejects on `error`
      once(worker, "exit", either).then(([code]): never => {
        throw new Error(`exit code ${code}`);
      }),
    ]);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new HypothecError("A proving thread died during a proof", {
      code: "prover.crashed",
      details: cause instanceof Error ? cause.message : String(cause),
      cause,
      whatToDo: "Ask again. If it happens again, the machine is short of memory or the artifacts are damaged.",
    });
  } finally {
    ended.abort();
  }
}

function resultOf(answer: ThreadAnswer): unknown {
  if ("result" in answer) return answer.result;
  const { message, ...parameters } = answer.error;
  throw new HypothecError(message, parameters);
}
