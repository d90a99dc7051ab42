import { describe, expect, test } from "vitest";
import type { MessageStory, Operations } from "../runtime/operations.ts";
import type { Message } from "../store/messages.ts";
import { clear } from "./clear.ts";
import { listMessages, retryMessage, showMessage, skipMessage } from "./messages.ts";
import { testTerminal } from "./terminal.mock.ts";

const message: Message = {
  id: 7,
  kind: "batch",
  key: "batch:1",
  state: "due",
  payload: { n: 2n ** 60n },
  progress: {},
  attempts: 1,
  nextAttemptAt: 70_000,
  wakeOn: "final:S",
  waitingFor: "finality of S",
  lastError: {
    code: "simulation_reverted",
    severity: "retryable",
    message: "it would revert",
    details: { error: "TooSoon" },
  },
  version: 0,
  createdAt: 0,
  updatedAt: 0,
};
const story: MessageStory = {
  message,
  history: [
    { at: 0, state: "due", attempts: 0, transactionId: null, note: null },
    { at: 1_000, state: "sending", attempts: 0, transactionId: 3, note: "its transaction" },
    { at: 2_000, state: "due", attempts: 1, transactionId: null, note: "another try after: it would revert" },
  ],
  transactions: [
    {
      id: 3,
      chain: "S",
      sender: "0xaa",
      nonce: 4,
      state: "reverted",
      description: "append",
      hashes: ["0x0102"],
      block: 9,
      reason: "reverted with TooSoon()",
    },
  ],
  proof: { key: "p", circuit: "batch16", state: "done", attempts: 0, lastError: null },
};
const command = (operations: Partial<Operations>) => {
  const io = testTerminal();
  return { operations: operations as Operations, now: 60_000, ...io };
};

describe("messages", () => {
  test("default: list", async () => {
    const c = command({ list: async () => [message] });
    expect(await listMessages(c, { limit: 5 })).toBe(0);
    expect(c.output()).toMatch(/^7 +due +1 min +1 +batch:1 +finality of S$/m);
    const json = command({ list: async () => [message] });
    await listMessages(json, { limit: 5, json: true });
    expect(JSON.parse(json.output())).toMatchObject([{ id: 7, payload: { n: { $bigint: String(2n ** 60n) } } }]);
  });

  test("default: show tells the whole story", async () => {
    const c = command({ show: async () => story });
    await showMessage(c, "7", {});
    for (const text of [
      "message 7  batch:1",
      "simulation_reverted (retryable): it would revert",
      "error: TooSoon",
      "1970-01-01 00:00:01Z  sending, transaction 3: its transaction",
      "3  reverted in block 9 on S, nonce 4 of 0xaa: append",
      "reverted with TooSoon()",
      "0x0102",
      "batch16 p: done",
      "Its effect is on chain S; waits until the block with it is final. Looks again on the next final block of S, or in 10 s.",
    ])
      expect(c.output()).toContain(text);
  });

  test("default: retry and skip hand on who and why", async () => {
    const calls: unknown[] = [];
    const c = command({
      retry: async (...args) => (calls.push(args), message),
      skip: async (...args) => (calls.push(args), { ...message, state: "skipped" }),
    });
    await retryMessage(c, "7", "alice");
    await skipMessage(c, "7", "alice", "sold");
    expect(calls).toEqual([
      ["7", "alice"],
      ["7", "alice", "sold"],
    ]);
  });
});

describe("clear", () => {
  const day = 86_400_000;
  const run = (options: { days: number; yes?: boolean }, count: number, io = testTerminal({ answers: ["yes"] })) => {
    const cleared: number[] = [];
    const operations = {
      finished: async () => count,
      clear: async (before: number) => (cleared.push(before), count),
    } as unknown as Operations;
    return { ...io, cleared, done: clear({ operations, terminal: io.terminal, now: 10 * day, ...options }) };
  };
  test("default: says how many, asks, deletes", async () => {
    const c = run({ days: 3 }, 4);
    expect(await c.done).toBe(0);
    expect(c.asked[0]).toContain("4 message(s) finished before 1970-01-08");
    expect(c.cleared).toEqual([7 * day]);
  });
  test("behavior: nothing to delete asks nothing; without a terminal --yes is needed", async () => {
    const none = run({ days: 3 }, 0);
    await none.done;
    expect(none.asked).toEqual([]);
    const silent = run({ days: 3 }, 4, testTerminal({ isInteractive: false }));
    await expect(silent.done).rejects.toMatchObject({ code: "unconfirmed" });
    expect(silent.cleared).toEqual([]);
    expect(await run({ days: 3, yes: true }, 4, testTerminal({ isInteractive: false })).done).toBe(0);
  });
});
