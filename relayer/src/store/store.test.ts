import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Transaction } from "../delivery/transitions.ts";
import { systemClock } from "../runtime/clock.ts";
import { openDatabase, type Database } from "./database.ts";
import { decodeJson, encodeJson } from "./json.ts";
import {
  dueMessages,
  findMessage,
  insertMessages,
  nextDueAt,
  saveMessage,
  wakeAfterClockJump,
  wakeMessages,
  type Message,
} from "./messages.ts";
import { migrate, splitStatements } from "./migrate.ts";
import { openTestStore, storeKinds } from "./stores.mock.ts";
import {
  effectsOf,
  highestLiveNonce,
  insertTransaction,
  liveTransactions,
  saveTransaction,
  transactionOfEffects,
} from "./transactions.ts";

test("behavior: the embedded store keeps a small cache", async () => {
  const embedded = await openDatabase();
  expect(await embedded.query("show shared_buffers")).toEqual([{ shared_buffers: "8MB" }]);
  await embedded.close();
});

describe.each(storeKinds)("%s", (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestStore(kind);
  });
  afterEach(async () => {
    await database.exec("delete from effects; delete from transactions; delete from messages");
  });
  afterAll(() => database.close());

  describe("json", () => {
    test("default: bigints survive, nested", () => {
      const value = { a: 2n ** 200n, b: [{ c: -1n }, "1n", null], d: 1.5 };
      expect(decodeJson(encodeJson(value))).toEqual(value);
    });
  });

  describe("migrate", () => {
    test("behavior: a second run applies nothing", async () => {
      expect(await migrate(database, systemClock())).toEqual([]);
    });
    test("error: a store of a newer relayer is refused", async () => {
      await database.query("insert into migrations (name, applied_at) values ('9999_future.sql', 0)");
      await expect(migrate(database, systemClock())).rejects.toMatchObject({ code: "store_newer", severity: "fatal" });
      await database.query("delete from migrations where name = '9999_future.sql'");
    });
    test("behavior: statements end at semicolons outside quotes and comments", () => {
      expect(splitStatements("a ';' b; -- c;\n d;")).toEqual(["a ';' b", "d"]);
    });
  });

  describe("messages", () => {
    const add = (...keys: string[]) =>
      insertMessages(
        database,
        keys.map((key) => ({ kind: "k", key, payload: { n: 1n } })),
        1_000,
      );
    const find = async (key: string) => (await findMessage(database, key)) as Message;

    test("default: added once, due at once, payload as it was", async () => {
      expect(await add("a", "b")).toBe(2);
      expect(await add("a")).toBe(0);
      expect((await dueMessages(database, ["k"], 1_000, 10)).map(({ key }) => key)).toEqual(["a", "b"]);
      expect((await find("a")).payload).toEqual({ n: 1n });
      expect(await dueMessages(database, ["other"], 1_000, 10)).toEqual([]);
    });
    test("behavior: a void message comes back, a done one does not", async () => {
      await add("a", "b");
      await saveMessage(database, { ...(await find("a")), state: "void", attempts: 4 });
      await saveMessage(database, { ...(await find("b")), state: "done" });
      expect(await add("a", "b")).toBe(1);
      expect(await find("a")).toMatchObject({ state: "due", attempts: 0 });
      expect((await find("b")).state).toBe("done");
    });
    test("behavior: a stale row is not written over a newer one", async () => {
      await add("a");
      const row = await find("a");
      expect(await saveMessage(database, { ...row, attempts: 1 })).toBe(true);
      expect(await saveMessage(database, { ...row, attempts: 9 })).toBe(false);
      expect((await find("a")).attempts).toBe(1);
    });
    test("behavior: after a clock that was set back, what was written in its future is due, and nothing else", async () => {
      const at = 1_000_000;
      await insertMessages(
        database,
        ["jumped", "waits"].map((key) => ({ kind: "k", key, payload: {}, delayMs: 500 })),
        at,
      );
      await database.query("update messages set updated_at = $1, next_attempt_at = $1 where key = 'jumped'", [at * 9]);
      expect(await wakeAfterClockJump(database, at)).toBe(1);
      expect((await dueMessages(database, ["k"], at, 9)).map(({ key }) => key)).toEqual(["jumped"]);
    });
    test("behavior: an announcement wakes those who wait for it", async () => {
      await add("a", "b");
      await saveMessage(database, { ...(await find("a")), nextAttemptAt: 9_000, wakeOn: "block:S" });
      await saveMessage(database, { ...(await find("b")), nextAttemptAt: 8_000, wakeOn: "block:D" });
      expect(await nextDueAt(database, ["k"])).toBe(8_000);
      expect(await wakeMessages(database, "block:S", 2_000)).toBe(1);
      expect((await dueMessages(database, ["k"], 2_000, 10)).map(({ key }) => key)).toEqual(["a"]);
    });
  });

  describe("transactions", () => {
    const row = (nonce: number): Omit<Transaction, "id"> => ({
      chain: "S",
      sender: "0xaa",
      nonce,
      target: "0xbb",
      data: "0x",
      value: 3n,
      gasLimit: 21_000n,
      description: "d",
      state: "signed",
      variants: [{ hash: "0x01", raw: "0x02", at: 1, maxFeePerGas: 5n, maxPriorityFeePerGas: 1n }],
      block: null,
      txHash: null,
      reason: null,
      createdAt: 1,
      updatedAt: 1,
    });

    test("default: claims its effects until it is over", async () => {
      const inserted = await insertTransaction(database, row(0), ["append:1", "x"]);
      expect(inserted).toMatchObject(row(0));
      expect((await transactionOfEffects(database, ["y", "append:1"]))?.id).toBe(inserted.id);
      expect((await effectsOf(database, inserted.id)).sort()).toEqual(["append:1", "x"]);
      expect(await highestLiveNonce(database, "S", "0xaa")).toBe(0);
      await saveTransaction(database, { ...inserted, state: "final" });
      expect(await transactionOfEffects(database, ["append:1"])).toBeUndefined();
      expect(await liveTransactions(database, "S")).toEqual([]);
      expect(await highestLiveNonce(database, "S", "0xaa")).toBeUndefined();
    });
    test("error: the same effect or the same nonce twice", async () => {
      await insertTransaction(database, row(0), ["e"]);
      await expect(database.transaction((sql) => insertTransaction(sql, row(1), ["e"]))).rejects.toThrow();
      await expect(database.transaction((sql) => insertTransaction(sql, row(0), ["f"]))).rejects.toThrow();
      expect(await liveTransactions(database, "S")).toHaveLength(1);
    });
    test("behavior: one that is mined but reverted frees its effects before it is final", async () => {
      const inserted = await insertTransaction(database, row(0), ["e"]);
      await saveTransaction(database, {
        ...inserted,
        state: "mined",
        block: { number: 4, hash: "0x04" },
        txHash: "0x01",
        reason: "reverted",
      });
      expect(await transactionOfEffects(database, ["e"])).toBeUndefined();
      expect(await liveTransactions(database, "S")).toHaveLength(1);
    });
  });
});

describe("the directory", () => {
  test("behavior: one process at a time; data and lock survive kill -9", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "relayer-store-"));
    const child = `
      const { openDatabase } = await import(${JSON.stringify(new URL("./database.ts", import.meta.url).href)});
      const database = await openDatabase(${JSON.stringify(dataDir)});
      await database.exec("create table t (n int); insert into t values (42)");
      process.kill(process.pid, "SIGKILL");`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", child], {
      stdio: "inherit",
    });
    expect(signal).toBe("SIGKILL");
    const reopened = await openDatabase(dataDir);
    expect(await reopened.query("select n from t")).toEqual([{ n: 42 }]);
    await expect(openDatabase(dataDir)).rejects.toMatchObject({ code: "store_locked" });
    await reopened.close();
    await rm(dataDir, { recursive: true });
  });
});
