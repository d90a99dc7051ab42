import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type PostgresServer } from "../../../test/support/postgres.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { migrate } from "../store/migrate.ts";
import { openPostgres } from "../store/postgres.ts";
import type { Database } from "../store/database.ts";
import { fenced, type Cluster, type Lease } from "./cluster.ts";
import { createSession } from "./session.ts";

const clock = systemClock();
let server: PostgresServer;
let url: string;
let database: Database;
const clusters: Cluster[] = [];

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  database = await openPostgres({ url, schema: "hypothec", applicationName: "test" });
  await migrate(database, clock);
});
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.close()));
});
afterAll(async () => {
  await database.close();
  await server.close();
});

/** A process of the store, with what it hears. */
function join(holder: string, options: { monotonic?: () => number } = {}) {
  const cluster = createSession({
    address: { url, schema: "hypothec", applicationName: holder },
    database,
    holder,
    clock,
    logger: createLogger({ level: "silent" }),
    ...options,
  });
  clusters.push(cluster);
  const heard: string[] = [];
  let check: () => void = () => {};
  cluster.listen((news) => {
    heard.push(news);
    check();
  });
  /** Waits for a condition that news bring about. */
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      check = () => condition() && resolve();
      check();
    });
  return { cluster, heard, until };
}

const write = (lease: Lease) => fenced(database, lease).transaction((sql) => sql.query("select 1 as written"));

describe("leases on a server", () => {
  test("default: one of two holds it; the other takes over when it closes, and epochs grow", async () => {
    const [a, b] = [join("a"), join("b")];
    const first = a.cluster.lease("batcher", ["role:batcher", "account:0xaa"]);
    await a.cluster.open();
    await a.until(() => first.held());
    const second = b.cluster.lease("batcher", ["account:0xaa", "role:attestor"]);
    const other = b.cluster.lease("keeper", ["role:keeper"]);
    await b.cluster.open();
    await b.until(() => other.held());
    expect(second.held()).toBe(false);
    expect(await write(first)).toEqual([{ written: 1 }]);
    await expect(write(second)).rejects.toMatchObject({ code: "lease_lost", severity: "retryable" });
    await a.cluster.close();
    await b.until(() => second.held());
    expect(first.held()).toBe(false);
    await expect(write(first)).rejects.toMatchObject({ code: "lease_lost" });
    expect(await write(second)).toEqual([{ written: 1 }]);
  });

  test("behavior: a cut session loses everything at once, and comes back", async () => {
    const a = join("a");
    const lease = a.cluster.lease("executor", ["role:executor"]);
    await a.cluster.open();
    await a.until(() => lease.held());
    const [before] = await database.query<{ epoch: number }>("select epoch from leases where name = 'role:executor'");
    await server.cutConnections(url);
    await a.until(() => !lease.held());
    await a.until(() => lease.held());
    const [after] = await database.query<{ epoch: number }>("select epoch from leases where name = 'role:executor'");
    expect(after!.epoch).toBe(before!.epoch + 1);
  });

  test("behavior: a process that was frozen holds nothing when it wakes, before the server tells it", async () => {
    let now = 0;
    const a = join("a", { monotonic: () => now });
    const lease = a.cluster.lease("dvn", ["role:dvn"]);
    await a.cluster.open();
    await a.until(() => lease.held());
    now += 12_001;
    expect(lease.held()).toBe(false);
  });

  test("behavior: what a late leader has under way does not commit once another has taken over", async () => {
    const a = join("a");
    const lease = a.cluster.lease("trustee", ["role:trustee"]);
    await a.cluster.open();
    await a.until(() => lease.held());
    // Another process took it: the server had given up on our session, and we do not know yet.
    await database.query("update leases set epoch = epoch + 1, holder = 'b' where name = 'role:trustee'");
    expect(lease.held()).toBe(true);
    await expect(write(lease)).rejects.toMatchObject({ code: "lease_lost" });
  });

  test("default: news reach the other processes", async () => {
    const [a, b] = [join("a"), join("b")];
    await Promise.all([a.cluster.open(), b.cluster.open()]);
    a.cluster.publish("proof:7");
    await b.until(() => b.heard.includes("proof:7"));
  });
});

describe("openPostgres", () => {
  test("error: a wrong password ends the start, and no error holds it", async () => {
    const wrong = new URL(url);
    wrong.password = "an-old-secret";
    const opened = openPostgres({ url: wrong.href, schema: "hypothec", applicationName: "test" });
    const error = await opened.then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ code: "config", severity: "fatal" });
    expect(`${error!.message}${String(error!.cause)}`).not.toContain("an-old-secret");
    const noUrl = openPostgres({ url: "an-old-secret", schema: "hypothec", applicationName: "test" });
    await expect(noUrl).rejects.toMatchObject({ code: "config" });
    await expect(noUrl).rejects.not.toMatchObject({ message: expect.stringContaining("an-old-secret") as string });
  });

  test("behavior: a server that stops is an error to try again after, and is used again when it is back", async () => {
    expect(await database.query("select 1 as n")).toEqual([{ n: 1 }]);
    await server.stop({ immediate: true });
    await expect(database.query("select 1")).rejects.toMatchObject({
      code: "database_unreachable",
      severity: "retryable",
    });
    await server.start();
    expect(await database.query("select 1 as n")).toEqual([{ n: 1 }]);
  });
});
