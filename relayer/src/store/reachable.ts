import { backoffMs } from "../runtime/backoff.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import { isStoreTrouble } from "./postgresErrors.ts";

/** Does something on the store, again and again while the store is away. Gives up when the signal aborts, or after `patienceMs` (@default never). */
export async function whenStoreIsBack<Result>(
  run: () => Promise<Result>,
  options: { clock: Clock; logger: Logger; signal: AbortSignal; patienceMs?: number },
): Promise<Result> {
  const { clock, logger, signal, patienceMs = Infinity } = options;
  const until = clock.now() + patienceMs;
  for (let failures = 1; ; failures++) {
    try {
      return await run();
    } catch (error) {
      if (!isStoreTrouble(error) || signal.aborted || clock.now() >= until) throw error;
      if (failures === 1) logger.warn({ error }, "the store is away");
      await clock.sleep(backoffMs(failures, clock.random(), { baseMs: 250, capMs: 5_000 }), signal);
    }
  }
}
