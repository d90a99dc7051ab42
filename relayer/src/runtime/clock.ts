/** Time and randomness, injected so that tests and simulations own them. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/**
 * Milliseconds between two times of a clock that may be set. A clock that was set back counts like one that was set forward: what is
 * done early is done once too often, what waits for the old time to come back may wait for years.
 */
export const elapsedMs = (now: number, since: number): number => Math.abs(now - since);

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal?.addEventListener("abort", done, { once: true });
      }),
  };
}
