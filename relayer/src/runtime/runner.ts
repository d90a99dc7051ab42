import { alwaysHeld, fenced, type Lease } from "../cluster/cluster.ts";
import type { Database } from "../store/database.ts";
import { isStoreTrouble } from "../store/postgresErrors.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import {
  dueMessages,
  nextDueAt,
  saveMessage,
  wakeAfterClockJump,
  wakeMessages,
  type Message,
} from "../store/messages.ts";
import { backoffMs } from "./backoff.ts";
import { RelayerError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { MessageKind } from "./kinds.ts";
import { guardedStep, type StepServices } from "./step.ts";
import { transition, type StepInput } from "./transitions.ts";

export type Runner = {
  /** Says that something happened that messages may wait for. */
  announce: (announcement: string) => void;
  /** Moves messages until the signal aborts; steps under way are finished first. Throws only fatal errors. */
  run: (signal: AbortSignal) => Promise<void>;
};

/** How many messages move at the same time. A hanging RPC holds one place, not the queue. */
const parallel = 16;
const longestSleepMs = 5_000;

export function createRunner(options: {
  database: Database;
  kinds: MessageKind[];
  services: StepServices;
  logger: Logger;
  observe?: Observer;
  /** Who may move the messages of a kind. @default this process */
  lease?: (kind: string) => Lease;
}): Runner {
  const { database, services, observe = ignoreEvents, lease = () => alwaysHeld } = options;
  const { clock } = services;
  const logger = options.logger.child({ part: "messages" });
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind as unknown as MessageKind<unknown>]));
  /** The kinds that this process leads at the moment. */
  const led = () => [...kinds.keys()].filter((kind) => lease(kind).held());
  /** Messages under way, with what was announced since their step began: a step may miss what happens while it looks. */
  const moving = new Map<number, { work: Promise<void>; heard: Set<string> }>();
  const announced = new Set<string>();
  let fatal: Error | undefined;
  /** Looks at the store, or steps of messages, that failed in a row because the store was away. */
  let storeFailures = 0;
  /** When this process last looked; one that starts does not know what time its store was written at. */
  let latest = Infinity;
  let rouse: () => void = () => {};

  const announce = (announcement: string) => {
    announced.add(announcement);
    for (const { heard } of moving.values()) heard.add(announcement);
    rouse();
  };

  async function run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => rouse(), { once: true });
    while (!signal.aborted && fatal === undefined) {
      const roused = new Promise<void>((resolve) => (rouse = resolve));
      let sleepMs: number;
      try {
        sleepMs = await moveDue();
      } catch (error) {
        if (!isStoreTrouble(error)) throw error;
        storeFailures++;
        sleepMs = backoffMs(storeFailures, clock.random(), { baseMs: 250, capMs: longestSleepMs });
        logger.warn({ error, retryInMs: sleepMs }, "the store is away");
        await clock.sleep(sleepMs, signal);
        continue;
      }
      if (announced.size > 0 || sleepMs <= 0) continue;
      const sleeper = new AbortController();
      await Promise.race([roused, clock.sleep(sleepMs, sleeper.signal)]);
      sleeper.abort();
    }
    await Promise.allSettled([...moving.values()].map(({ work }) => work));
    if (fatal !== undefined) throw fatal;
  }

  /** Starts what is due; milliseconds until something else may be. */
  async function moveDue(): Promise<number> {
    if (clock.now() < latest) await wakeJumped();
    latest = clock.now();
    const names = led();
    await spreadAnnouncements(names);
    if (moving.size >= parallel) return longestSleepMs; // one that ends rouses us
    const now = clock.now();
    const due = await dueMessages(database, names, now, parallel + moving.size);
    storeFailures = 0;
    for (const message of due) if (moving.size < parallel && !moving.has(message.id)) start(message);
    return moving.size < parallel ? nextDueAfter(now, names) : longestSleepMs;
  }

  /** Milliseconds until an idle message is due. */
  async function nextDueAfter(now: number, names: string[]): Promise<number> {
    if (moving.size > 0) return Math.min(longestSleepMs, 250); // one of those that move may hold the earliest date
    const at = await nextDueAt(database, names);
    return at === undefined ? longestSleepMs : Math.min(Math.max(at - now, 0), longestSleepMs);
  }

  async function wakeJumped(): Promise<void> {
    const woken = await wakeAfterClockJump(database, clock.now());
    if (woken > 0)
      logger.warn({ messages: woken }, "the clock was set back: messages that wait for the old time are due now");
  }

  /** Wakes what this process leads: others hear of a block themselves, when they have it. */
  async function spreadAnnouncements(names: string[]): Promise<void> {
    for (const announcement of [...announced]) {
      announced.delete(announcement);
      try {
        await wakeMessages(database, announcement, clock.now(), names);
      } catch (error) {
        announced.add(announcement);
        throw error;
      }
    }
  }

  function start(message: Message): void {
    const heard = new Set<string>();
    const work = move(message, heard)
      .catch(async (error: unknown) => {
        // Its row was not written: the step is taken again, as after a crash.
        if (isStoreTrouble(error) || isLeaseLost(error)) {
          logger.warn({ message: message.key, error }, "a step could not be written; it is taken again");
          await clock.sleep(1_000); // it is due all the time, and would come back at once
          return;
        }
        fatal ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        moving.delete(message.id);
        rouse();
      });
    moving.set(message.id, { work, heard });
  }

  async function move(message: Message, heard: Set<string>): Promise<void> {
    const kind = kinds.get(message.kind) as MessageKind<unknown>;
    const { input, together } = await guardedStep(kind, message, services);
    const context = { now: clock.now(), random: clock.random() };
    const next = transition(message, input, context);
    if (next.wakeOn !== null && heard.has(next.wakeOn)) next.nextAttemptAt = context.now;
    const saved = await fenced(database, lease(message.kind)).transaction(async (sql) => {
      if (!(await saveMessage(sql, next))) return []; // changed meanwhile (woken, voided): it is looked at again as it is now
      const pairs = [{ before: message, after: next }];
      for (const before of together) {
        const after = transition(before, input, context);
        if (await saveMessage(sql, after)) pairs.push({ before, after });
      }
      return pairs;
    });
    for (const { before, after } of saved) observeMove(kind.chain(message.payload), before, after);
    report(message, next, input);
  }

  function observeMove(chain: string, before: Message, after: Message): void {
    const { kind } = after;
    if (after.attempts > before.attempts)
      observe({ type: "failure", kind, severity: after.lastError?.severity ?? "retryable" });
    if (after.state === before.state) return;
    const ageMs = after.updatedAt - after.createdAt;
    observe({ type: "message", kind, chain, from: before.state, to: after.state, ageMs });
  }

  function report(before: Message, after: Message, input: StepInput): void {
    const line = {
      message: after.key,
      state: after.state,
      ...(before.state === after.state ? {} : { from: before.state }),
    };
    if (input.type === "failed" || input.type === "resend") {
      const level = after.state === "dead" ? "error" : after.attempts >= 3 ? "warn" : "info";
      logger[level](
        {
          ...line,
          attempts: after.attempts,
          retryInMs: Math.max(0, after.nextAttemptAt - after.updatedAt),
          error: input.error,
        },
        `${input.type}: ${input.error.message}`,
      );
    } else if (before.state !== after.state) {
      logger.info(
        {
          ...line,
          ...(input.type === "void" ? { reason: input.reason } : {}),
          ageMs: after.updatedAt - after.createdAt,
        },
        "moved",
      );
    } else if (input.type === "wait" && before.waitingFor !== input.reason) {
      logger.debug({ ...line, waitingFor: input.reason }, "waits");
    }
  }

  return { announce, run };
}

const isLeaseLost = (error: unknown): boolean => error instanceof RelayerError && error.code === "lease_lost";
