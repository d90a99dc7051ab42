import type { ChainEvent, ChainSync } from "../chain/sync.ts";
import type { SharedSync } from "../cluster/sharedSync.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import type { Database } from "../store/database.ts";
import { insertMessages } from "../store/messages.ts";
import { backoffMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Planner } from "./context.ts";
import { RelayerError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { Views } from "./views.ts";

/** Polls one chain and tells everybody else: views first, then planners, then whoever waits for a block or finality. */
export async function followChain(options: {
  sync: ChainSync & Partial<Pick<SharedSync, "pause">>;
  views: Views;
  planners: Planner[];
  /** Plans what follows from final blocks, up to the last one. Cheap when there is none since. */
  planFinal?: () => Promise<void>;
  delivery: Pick<Delivery, "tick">;
  database: Database;
  announce: (announcement: string) => void;
  onHead: (head: { number: number; timestamp: number }) => void;
  /** The node answered and the store has what it said. */
  onPoll?: () => void;
  observe?: Observer;
  pollIntervalMs: number;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { sync, views, delivery, database, clock, signal, announce, observe = ignoreEvents } = options;
  const { chain } = sync;
  const pause = sync.pause ?? clock.sleep;
  const logger = options.logger.child({ part: "follow", chain });
  let failures = 0;
  let isFirst = true;

  async function take(events: ChainEvent[]): Promise<boolean> {
    for (const event of events) {
      if (event.type === "block") {
        views.apply(chain, event.events);
        options.onHead({ number: event.number, timestamp: event.timestamp });
      } else if (event.type === "reorg") {
        observe({ type: "reorg", chain, depth: event.depth });
        await views.rebuild(chain, event.ancestor);
      }
    }
    return events.some((event) => event.type !== "finalized");
  }

  async function plan(): Promise<void> {
    for (const planner of options.planners) {
      try {
        await insertMessages(database, await planner.plan(), clock.now());
      } catch (error) {
        logger.warn({ error }, "could not plan; the next block tries again");
      }
    }
  }

  while (!signal.aborted) {
    const startedAt = clock.now();
    try {
      const events = await sync.poll();
      const moved = (await take(events)) || isFirst;
      isFirst = false;
      failures = 0;
      options.onPoll?.();
      if (moved) {
        void delivery
          .tick(chain)
          .catch((error: unknown) => logger.warn({ error }, "could not look after transactions"));
        await plan();
        announce(`block:${chain}`);
      }
      await options.planFinal?.();
      if (events.some((event) => event.type === "finalized")) announce(`final:${chain}`);
    } catch (error) {
      if (error instanceof RelayerError && error.severity === "fatal") throw error;
      failures++;
      logger[failures >= 3 ? "error" : "warn"]({ error, failures }, "cannot follow the chain");
      await clock.sleep(backoffMs(failures, clock.random(), { baseMs: options.pollIntervalMs, capMs: 30_000 }), signal);
    }
    await pause(Math.max(0, options.pollIntervalMs - (clock.now() - startedAt)), signal);
  }
}
