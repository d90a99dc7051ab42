import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findProofSummaries, readBacklog, recentProofs } from "./backlog.ts";
import type { Database } from "./database.ts";
import { findMessage, insertMessages, saveMessage } from "./messages.ts";
import { openTestStore, storeKinds } from "./stores.mock.ts";

describe.each(storeKinds)("%s", (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestStore(kind);
  });
  afterAll(() => database.close());

  const addProof = (key: string, state: string, at: number) =>
    database.query(
      `insert into proofs (key, circuit, priority, state, request, attempts, created_at, updated_at)
     values ($1, 'settle', 0, $2, '{}', 0, $3, $3)`,
      [key, state, at],
    );

  test("readBacklog: default: counts what is not over by kind and state, with the oldest", async () => {
    await insertMessages(database, [{ kind: "a", key: "1", payload: {} }], 10);
    await insertMessages(database, [{ kind: "a", key: "2", payload: {} }], 20);
    for (const [key, state] of [
      ["3", "done"],
      ["4", "void"],
      ["5", "dead"],
    ] as const) {
      await insertMessages(database, [{ kind: "b", key, payload: {} }], 30);
      await saveMessage(database, { ...(await findMessage(database, key))!, state });
    }
    await addProof("p", "queued", 40);
    await addProof("q", "done", 50);
    const rows = await readBacklog(database);
    expect(rows.sort((x, y) => x.oldest - y.oldest)).toEqual([
      { what: "message", name: "a", state: "due", count: 2, oldest: 10 },
      { what: "message", name: "b", state: "dead", count: 1, oldest: 30 },
      { what: "proof", name: "settle", state: "queued", count: 1, oldest: 40 },
    ]);
  });

  test("readBacklog: behavior: answered from the small indexes, not from all that was ever done", async () => {
    await database.exec(`
    insert into messages (kind, key, state, payload, progress, attempts, next_attempt_at, version, created_at, updated_at)
      select 'a', 'old:' || n, 'done', '{}', '{}', 0, 0, 0, 0, 0 from generate_series(1, 20000) as n;
    analyze messages`);
    const plan = await database.query<{ "QUERY PLAN": string }>(
      `explain select kind, state, count(*), min(created_at) from messages where state not in ('done', 'void') group by kind, state`,
    );
    const text = plan.map((line) => line["QUERY PLAN"]).join("\n");
    expect(text).toContain("messages_left");
    expect(text).not.toContain("Seq Scan");
  });

  test("recentProofs: default: the most recently changed first; by key in any order", async () => {
    expect((await recentProofs(database, 1)).map(({ key }) => key)).toEqual(["q"]);
    expect((await findProofSummaries(database, ["p", "q", "none"])).map(({ key }) => key).sort()).toEqual(["p", "q"]);
    expect(await findProofSummaries(database, [])).toEqual([]);
  });
});
