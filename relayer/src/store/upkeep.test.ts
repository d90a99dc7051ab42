import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import type { Database } from "./database.ts";
import { dueMessages, insertMessages } from "./messages.ts";
import { openTestStore } from "./stores.mock.ts";
import { createUpkeep } from "./upkeep.ts";

// Of embedded stores only: a server looks after itself.
describe("upkeep", () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestStore("PGlite");
  });
  afterEach(() => database.exec("truncate messages cascade"));
  afterAll(() => database.close());

  const upkeepOf = (mostWal?: number) =>
    createUpkeep({
      database,
      clock: systemClock(),
      logger: createLogger({ level: "silent" }),
      ...(mostWal === undefined ? {} : { mostWal }),
    });

  const fill = (count: number) =>
    database.exec(`
      insert into messages (kind, key, state, payload, progress, attempts, next_attempt_at, version, created_at, updated_at)
        select 'k' || n % 3, 'key:' || n, 'due', '{}', '{}', 0, 5, 0, 0, 0 from generate_series(1, ${count}) as n`);

  async function planOfDue(): Promise<string> {
    let asked: [string, unknown[] | undefined] | undefined;
    const listen = {
      query: (text: string, values?: unknown[]) => {
        asked = [text, values];
        return Promise.resolve([]);
      },
    };
    await dueMessages(listen, ["k0", "k1"], 10, 16);
    const lines = await database.query<{ "QUERY PLAN": string }>(`explain ${asked![0]}`, asked![1]);
    return lines.map((line) => line["QUERY PLAN"]).join("\n");
  }

  const pagesOf = async (table: string) => {
    const rows = await database.query<{ bytes: number }>("select pg_relation_size($1::regclass) as bytes", [table]);
    return rows[0]!.bytes / 8192;
  };

  test("default: does nothing where nothing was done", async () => {
    expect(await upkeepOf().tend()).toEqual([]);
  });

  test("behavior: of ten thousand messages that are due at once, the next ones are found without looking at the rest", async () => {
    await fill(10_000);
    expect(await planOfDue()).toContain("Sort");
    expect(await upkeepOf().tend()).toEqual([
      expect.stringMatching(/^statistics of public\.messages: \d+ pages, 0 before$/),
    ]);
    const plan = await planOfDue();
    expect(plan).toContain("Index Scan using messages_due");
    expect(plan).not.toContain("Sort");
    expect(await upkeepOf().tend()).toEqual([]);
  });

  test("behavior: what changed rows leave behind is used again", async () => {
    await fill(2_000);
    const upkeep = upkeepOf(2 ** 20);
    await upkeep.tend();
    const pages = await pagesOf("messages");
    for (let at = 0; at < 20; at++) {
      await database.query("update messages set next_attempt_at = $1", [at]);
      await upkeep.tend();
    }
    // Of twenty versions of each row that were written, the current ones and as many before them stay.
    expect(await pagesOf("messages")).toBeLessThan(pages * 2.5);
  });

  test("behavior: the write-ahead log does not grow", async () => {
    const most = 2 ** 20;
    const upkeep = upkeepOf(most);
    await fill(5_000);
    expect(await upkeep.tend()).toContainEqual(expect.stringMatching(/^vacuum and checkpoint after \d+ bytes/));
    expect(await upkeep.tend()).toEqual([]);
    await insertMessages(database, [{ kind: "k", key: "another", payload: {} }], 1);
    expect(await upkeep.tend()).toEqual([]);
  });
});
