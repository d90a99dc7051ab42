import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type Database } from "../store/database.ts";
import { findMessage, insertMessages, saveMessage, type Message } from "../store/messages.ts";
import { migrate } from "../store/migrate.ts";
import { insertTransaction, saveTransaction } from "../store/transactions.ts";
import { systemClock } from "./clock.ts";
import { connectControl, controlPath, serveControl } from "./control.ts";
import { createLogger } from "./logger.ts";
import { createOperations, type Operations } from "./operations.ts";
import { transition } from "./transitions.ts";

let database: Database;
let operations: Operations;
let now = 1_000;
beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, systemClock());
  operations = createOperations({ database, clock: { ...systemClock(), now: () => now } });
}, 60_000);
afterEach(async () => {
  now = 1_000;
  await database.exec("delete from effects; delete from transactions; delete from messages; delete from proofs");
});
afterAll(() => database.close());

const find = async (key: string) => (await findMessage(database, key)) as Message;

async function add(key: string, change: Partial<Message> = {}): Promise<Message> {
  await insertMessages(database, [{ kind: "k", key, payload: { n: 1n } }], now);
  if (Object.keys(change).length > 0) await saveMessage(database, { ...(await find(key)), ...change });
  return find(key);
}

const sent = (effects: string[]) =>
  insertTransaction(
    database,
    {
      chain: "S",
      sender: "0xaa",
      nonce: 0,
      target: "0xbb",
      data: "0x",
      value: 0n,
      gasLimit: 21_000n,
      description: "does it",
      state: "signed",
      variants: [{ hash: "0x01", raw: "0x5ec7e7", at: 1, maxFeePerGas: 5n, maxPriorityFeePerGas: 1n }],
      block: null,
      txHash: null,
      reason: null,
      createdAt: 1,
      updatedAt: 1,
    },
    effects,
  );

const failure = { code: "rpc", severity: "permanent", message: "no way" } as const;

describe("show", () => {
  test("default: every state with its time, and every transaction, after it is over too", async () => {
    const row = await add("a");
    const transaction = await sent(["a"]);
    const context = { now: 2_000, random: 0 };
    await saveMessage(
      database,
      transition(row, { type: "sending", transactionId: transaction.id, intermediate: false }, context),
    );
    await saveTransaction(database, {
      ...transaction,
      state: "reverted",
      txHash: "0x01",
      reason: "reverted with No()",
    });
    await saveMessage(
      database,
      transition(await find("a"), { type: "resend", error: failure }, { ...context, now: 3_000 }),
    );
    await saveMessage(database, transition(await find("a"), { type: "wait", reason: "r" }, { ...context, now: 3_500 }));
    await saveMessage(
      database,
      transition(await find("a"), { type: "failed", error: failure }, { ...context, now: 4_000 }),
    );
    const story = await operations.show("a");
    expect(story.history).toEqual([
      { at: 1_000, state: "due", attempts: 0, transactionId: null, note: null },
      { at: 2_000, state: "sending", attempts: 0, transactionId: transaction.id, note: "its transaction" },
      { at: 3_000, state: "due", attempts: 1, transactionId: null, note: "another try after: no way" },
      { at: 4_000, state: "dead", attempts: 2, transactionId: null, note: "no way" },
    ]);
    expect(story.transactions).toMatchObject([{ id: transaction.id, hashes: ["0x01"], reason: "reverted with No()" }]);
    expect(JSON.stringify(story.transactions)).not.toContain("5ec7e7");
    expect((await operations.show(String(row.id))).message.key).toBe("a");
  });

  test("error: no such message", async () => {
    await expect(operations.show("99")).rejects.toMatchObject({ code: "unknown_message", exitCode: 5 });
    await expect(operations.retry("nope", "alice")).rejects.toThrow("messages list");
  });
});

describe("retry", () => {
  test("default: a dead letter is due again, and its history says who asked", async () => {
    await add("a", { state: "dead", attempts: 4, lastError: failure, nextAttemptAt: 9_000 });
    expect(await operations.retry("a", "alice")).toMatchObject({ state: "due", attempts: 0, nextAttemptAt: 1_000 });
    const { history } = await operations.show("a");
    expect(history.at(-1)).toMatchObject({ state: "due", note: "alice asked for another try" });
  });

  test("behavior: recorded even if the state stays", async () => {
    await add("a", { nextAttemptAt: 9_000 });
    await operations.retry("a", "alice");
    expect((await operations.show("a")).history.map(({ note }) => note)).toEqual([null, "alice asked for another try"]);
  });

  test("behavior: a proof that was given up is asked for anew, one that is there is kept", async () => {
    const proof = (key: string, state: string) =>
      database.query(
        `insert into proofs (key, circuit, priority, state, request, attempts, created_at, updated_at) values ($1, 'settle', 0, $2, '{}', 5, 0, 0)`,
        [key, state],
      );
    await proof("failed", "failed");
    await proof("there", "done");
    await add("a", { state: "dead", progress: { proofKey: "failed" } });
    await add("b", { state: "dead", progress: { proofKey: "there" } });
    expect(await operations.retry("a", "alice")).toMatchObject({ state: "due", progress: {} });
    expect(await operations.retry("b", "alice")).toMatchObject({ state: "ready", progress: { proofKey: "there" } });
    const states = await database.query("select key, state from proofs order by key");
    expect(states).toEqual([
      { key: "failed", state: "cancelled" },
      { key: "there", state: "done" },
    ]);
  });

  test("error: while a transaction is in flight, whatever the row says", async () => {
    await add("a", { state: "sending", progress: { transactionId: 7 } });
    await expect(operations.retry("a", "alice")).rejects.toThrow("transaction 7 is in flight");
    await add("b");
    await sent(["b"]);
    for (const attempt of [operations.retry("b", "alice"), operations.skip("b", "alice", "x")])
      await expect(attempt).rejects.toMatchObject({ code: "message_in_flight" });
    expect(await find("b")).toMatchObject({ state: "due", version: 0 });
  });
});

describe("skip", () => {
  test("default: final, and nothing brings it back", async () => {
    await add("a", { state: "void" });
    const skipped = await operations.skip("a", "alice", "sold elsewhere");
    expect(skipped).toMatchObject({
      state: "skipped",
      progress: { skipped: { by: "alice", why: "sold elsewhere", at: 1_000 } },
    });
    expect(await insertMessages(database, [{ kind: "k", key: "a", payload: {} }], 2_000)).toBe(0);
    await expect(operations.retry("a", "bob")).rejects.toMatchObject({ code: "message_state" });
  });
});

describe("clear", () => {
  test("default: what is done or void since then; decisions and dead letters stay", async () => {
    for (const state of ["done", "void", "skipped", "dead", "due"] as const)
      await add(state, { state, updatedAt: 100 });
    await add("late", { state: "done", updatedAt: 900 });
    expect(await operations.finished(500)).toBe(2);
    expect(await operations.clear(500)).toBe(2);
    const left = (await operations.list({ limit: 10 })).map(({ key }) => key);
    expect(left).toEqual(["late", "due", "dead", "skipped"]);
    expect(
      await database.query(
        "select count(*)::integer as n from message_history where message_id not in (select id from messages)",
      ),
    ).toEqual([{ n: 0 }]);
  });
});

describe("list and counts", () => {
  test("default: by state and kind, newest first", async () => {
    await add("a", { state: "dead" });
    await add("b");
    now = 5_000;
    await add("c");
    expect((await operations.list({ limit: 2 })).map(({ key }) => key)).toEqual(["c", "b"]);
    expect((await operations.list({ state: "dead", kind: "k", limit: 9 })).map(({ key }) => key)).toEqual(["a"]);
    expect(await operations.list({ kind: "other", limit: 9 })).toEqual([]);
    expect(await operations.counts()).toEqual([
      { kind: "k", state: "dead", count: 1, oldestAt: 1_000 },
      { kind: "k", state: "due", count: 2, oldestAt: 1_000 },
    ]);
  });
});

describe("control", () => {
  test("default: the same operations through the socket of a running relayer", async () => {
    const directory = await mkdtemp(join(tmpdir(), "relayer-control-"));
    const path = controlPath(directory);
    expect(await connectControl(path)).toBeUndefined();
    const logger = createLogger({ level: "silent" });
    const control = await serveControl({ path, operations, logger });
    const remote = (await connectControl(path)) as Operations;
    const row = await add("a");
    expect(await remote.list({ limit: 5 })).toEqual([row]);
    expect(await remote.skip("a", "alice", "why not")).toMatchObject({ state: "skipped", payload: { n: 1n } });
    await expect(remote.retry("a", "alice")).rejects.toMatchObject({ code: "message_state", exitCode: 5 });
    expect((await remote.show("a")).history.at(-1)?.note).toBe("alice skipped it: why not");
    await control.close();
    expect(await connectControl(path)).toBeUndefined();
    await rm(directory, { recursive: true });
  });
});
