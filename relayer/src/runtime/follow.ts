import { createPace } from "../chain/pace.ts";
import type { ChainEvent, ChainSync } from "../chain/sync.ts";
import type { SharedSync } from "../cluster/sharedSync.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import type { Database } from "../store/database.ts";
import { insertMessages } from "../store/messages.ts";
import { backoffMs } from "./backoff.ts";
import { elapsedMs, type Clock } from "./clock.ts";
import type { Planner } from "./context.ts";
import { RelayerError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { RpcPool } from "./rpcPool.ts";
import type { Views } from "./views.ts";

/** How often a halted chain looks whether its operator has decided, milliseconds. */
const haltedMs = 2_000;
/** How often every RPC is asked for its head, milliseconds; sooner when the next block is overdue. */
const probeMs = 15_000;
const overdueMs = 3_000;

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
  /** The chain's RPCs: asked how they do now and then; their subscriptions wake. */
  pool?: Pick<RpcPool, "probe" | "nextHead" | "subscribed">;
  /** Least time between two polls, milliseconds. */
  pollIntervalMs: number;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { sync, views, delivery, database, clock, signal, announce, pool, observe = ignoreEvents } = options;
  const { chain } = sync;
  const pause = sync.pause ?? clock.sleep;
  const logger = options.logger.child({ part: "follow", chain });
  let failures = 0;
  let isFirst = true;
  const told = { halt: false };
  let probedAt = clock.now();
  let movedAt = clock.now();
  const pace = createPace(options.pollIntervalMs);

  async function take(events: ChainEvent[]): Promise<boolean> {
    for (const event of events) {
      if (event.type === "block") {
        views.apply(chain, event.events);
        options.onHead({ number: event.number, timestamp: event.timestamp });
        pace.block({ ...event, seenAt: clock.now() });
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

  /** Nothing rests on the chain until an operator has looked; the rest of the relayer goes on. */
  async function stayHalted(error: RelayerError): Promise<void> {
    if (!told.halt) {
      told.halt = true;
      logger.error({ error }, error.message);
      observe({ type: "halted", chain });
      announce(`block:${chain}`); // whoever waits for it learns why it does not come
    }
    await clock.sleep(haltedMs, signal);
  }

  /** One that stands still is not noticed by asking only it. */
  async function probe(): Promise<void> {
    const now = clock.now();
    const overdue = elapsedMs(now, movedAt) > Math.max(4 * (pace.intervalMs() ?? 0), overdueMs);
    if (pool === undefined || elapsedMs(now, probedAt) < (overdue ? overdueMs : probeMs)) return;
    probedAt = now;
    await pool.probe();
  }

  async function rest(startedAt: number): Promise<void> {
    const woken = new AbortController();
    const isSubscribed = pool?.subscribed() === true;
    const ms = Math.max(0, pace.waitMs(isSubscribed) - elapsedMs(clock.now(), startedAt));
    const sleep = pause(ms, AbortSignal.any([signal, woken.signal]));
    // Only a promise that will settle: each race would leave something behind on one that never does.
    await (isSubscribed ? Promise.race([sleep, pool.nextHead()]) : sleep);
    woken.abort();
  }

  while (!signal.aborted) {
    const startedAt = clock.now();
    try {
      const events = await sync.poll();
      pace.polled({ startedAt, moved: events.some(({ type }) => type !== "finalized") });
      if (told.halt) {
        told.halt = false;
        logger.warn({ history: sync.cursor().history }, "goes on with a new history, as an operator decided");
        announce(`resumed:${chain}`);
      }
      const moved = (await take(events)) || isFirst;
      if (moved) movedAt = clock.now();
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
      void probe(); // not waited for: an RPC that hangs is what it looks for
    } catch (error) {
      if (error instanceof RelayerError && error.severity === "fatal") throw error;
      if (error instanceof RelayerError && error.code === "reorg_below_finality") {
        await stayHalted(error);
        continue;
      }
      failures++;
      logger[failures >= 3 ? "error" : "warn"]({ error, failures }, "cannot follow the chain");
      await clock.sleep(backoffMs(failures, clock.random(), { baseMs: options.pollIntervalMs, capMs: 30_000 }), signal);
    }
    await rest(startedAt);
  }
}
