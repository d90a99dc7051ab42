import { isHypothecError } from "../errors/base.ts";
import { createLanes } from "./lanes.ts";
import { createSharedArtifacts } from "./sharedArtifacts.ts";
import { createThread } from "./thread.ts";
import type { Artifacts } from "./artifacts.ts";
import type { ThreadSettings, ThreadTask, ThreadWork, ThreadWorkName } from "./threadTask.ts";
import type { CircuitName } from "../proofs/types.ts";

export interface ThreadPoolParameters extends ThreadSettings {
  /** Threads that prove, each one proof at a time. */
  readonly workers: number;
  readonly maxWaiting: number;
  readonly timeoutMs: number;
  /** @default the proving thread; another one in tests of the pool itself */
  readonly script?: URL | undefined;
}

/** Warm threads over one copy of each circuit's key and code. */
export interface ThreadPool {
  run<Name extends ThreadWorkName>(
    name: Name,
    where: { readonly artifacts: Artifacts; readonly circuit: CircuitName; readonly signal?: AbortSignal | undefined },
    task: ThreadWork[Name]["task"],
  ): Promise<ThreadWork[Name]["result"]>;
  /** Ends what was asked for, then the threads. */
  close(): Promise<void>;
}

export function createThreadPool(parameters: ThreadPoolParameters): ThreadPool {
  const { workers, threads, maxWaiting, timeoutMs } = parameters;
  const script = parameters.script ?? new URL("./provingThread.ts", import.meta.url);
  const pool = Array.from({ length: workers }, () => createThread({ script, settings: { threads }, timeoutMs }));
  const lanes = createLanes({ count: workers, maxWaiting });
  const circuits = createSharedArtifacts();

  return {
    run(name, { artifacts, circuit, signal }, task) {
      const perform = async (lane: number) => {
        const shared = await circuits.get(artifacts, circuit);
        const message = { name, circuit: shared, ...task } as unknown as ThreadTask;
        try {
          return await pool[lane]!.perform(message, signal);
        } catch (error) {
          // A thread that died took its work along; the work is not to blame until it has killed a second one.
          if (!isHypothecError(error, "prover.crashed")) throw error;
          return pool[lane]!.perform(message, signal);
        }
      };
      return lanes.run(perform, signal) as Promise<ThreadWork[typeof name]["result"]>;
    },
    async close() {
      await lanes.close();
      await Promise.all(pool.map((thread) => thread.stop()));
      circuits.clear();
    },
  };
}
