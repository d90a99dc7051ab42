import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { GasBalance } from "./prometheus.ts";

const everyMs = 60_000;

export type BalanceWatch = {
  /** The balances as last read; empty until the first time. */
  current: () => GasBalance[];
  /** Reads them once a minute until the signal aborts. Never rejects. */
  run: (signal: AbortSignal) => Promise<void>;
};

/** Reads gas balances apart from scrapes: a slow RPC must not make a scrape fail. */
export function createBalanceWatch(options: {
  read: () => Promise<GasBalance[]>;
  clock: Clock;
  logger: Logger;
}): BalanceWatch {
  const { read, clock } = options;
  const logger = options.logger.child({ part: "balances" });
  let current: GasBalance[] = [];
  return {
    current: () => current,
    async run(signal) {
      while (!signal.aborted) {
        try {
          current = await read();
        } catch (error) {
          logger.warn({ error }, "could not read gas balances; tries again in a minute");
        }
        await clock.sleep(everyMs, signal);
      }
    },
  };
}
