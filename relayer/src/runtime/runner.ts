import type { Database } from "../store/database.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { dueMessages, nextDueAt, saveMessage, wakeMessages, type Message } from "../store/messages.ts";
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
}): Runner {
  const { database, services, observe = ignoreEvents } = options;
  const { clock } = services;
  const logger = options.logger.child({ part: "messages" });
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind as unknown as MessageKind<unknown>]));
  const names = [...kinds.keys()];
  /** Messages under way, with what was announced since their step began: a step may miss what happens while it looks. */
  const moving = new Map<number, { work: Promise<void>; heard: Set<string> }>();
  const announced = new Set<string>();
  let fatal: Error | undefined;
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
      await spreadAnnouncements();
      const now = clock.now();
      const due = await dueMessages(database, names, now, parallel + moving.size);
      for (const message of due) if (moving.size < parallel && !moving.has(message.id)) start(message);
      const next = moving.size < parallel ? await nextDueAfter(now) : longestSleepMs;
      if (announced.size > 0 || next <= 0) continue;
      const sleeper = new AbortController();
      await Promise.race([roused, clock.sleep(next, sleeper.signal)]);
      sleeper.abort();
    }
    await Promise.allSettled([...moving.values()].map(({ work }) => work));
    if (fatal !== undefined) throw fatal;
  }

  /** Milliseconds until an idle message is due. */
  async function nextDueAfter(now: number): Promise<number> {
    if (moving.size > 0) return Math.min(longestSleepMs, 250); // one of those that move may hold the earliest date
    const at = await nextDueAt(database, names);
    return at === undefined ? longestSleepMs : Math.min(Math.max(at - now, 0), longestSleepMs);
  }

  async function spreadAnnouncements(): Promise<void> {
    for (const announcement of [...announced]) {
      announced.delete(announcement);
      await wakeMessages(database, announcement, clock.now());
    }
  }

  function start(message: Message): void {
    const heard = new Set<string>();
    const work = move(message, heard)
      .catch((error: unknown) => {
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
    const saved = await database.transaction(async (sql) => {
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
      const level = input.error.severity === "permanent" ? "error" : after.attempts >= 3 ? "warn" : "info";
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
