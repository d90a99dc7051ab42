import { proverBusy, proverClosed } from "../proofs/proverErrors.ts";
import { createInFlight } from "./inFlight.ts";

export interface LanesParameters {
  /** Works that run at the same time. */
  readonly count: number;
  /** Works that may wait for a lane; one more is refused. */
  readonly maxWaiting: number;
}

/** Runs works on a few numbered lanes, first come, first served, with a bounded queue before them. */
export interface Lanes {
  /** @throws HypothecError `prover.busy`, `prover.closed`; the signal's reason when it aborts while waiting. */
  run<T>(work: (lane: number) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Takes no more; resolves when all that was taken has ended. */
  close(): Promise<void>;
}

export function createLanes({ count, maxWaiting }: LanesParameters): Lanes {
  const free = Array.from({ length: count }, (_, lane) => lane);
  const waiting = new Set<(lane: number) => void>();
  const running = createInFlight();
  let isClosed = false;

  const acquire = (signal: AbortSignal | undefined): Promise<number> => {
    const lane = free.shift();
    if (lane !== undefined) return Promise.resolve(lane);
    if (waiting.size >= maxWaiting) throw proverBusy(waiting.size);
    return new Promise((resolve, reject) => {
      const take = (lane: number) => {
        signal?.removeEventListener("abort", leave);
        resolve(lane);
      };
      const leave = () => {
        waiting.delete(take);
        reject(signal!.reason as Error);
      };
      waiting.add(take);
      signal?.addEventListener("abort", leave, { once: true });
    });
  };

  const release = (lane: number) => {
    const [next] = waiting;
    if (next === undefined) {
      free.push(lane);
      return;
    }
    waiting.delete(next);
    next(lane);
  };

  const work = async <T>(action: (lane: number) => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    if (isClosed) throw proverClosed();
    signal?.throwIfAborted();
    const lane = await acquire(signal);
    try {
      return await action(lane);
    } finally {
      release(lane);
    }
  };

  return {
    run: (action, signal) => running.track(work(action, signal)),
    close() {
      isClosed = true;
      return running.settled();
    },
  };
}
