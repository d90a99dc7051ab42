import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ignoreEvents, type Observer, type RelayerEvent } from "../metrics/events.ts";
import { startPostgres } from "../../../test/support/postgres.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import type { Database } from "../store/database.ts";
import { openPostgres } from "../store/postgres.ts";
import { openTestStore, storeKinds } from "../store/stores.mock.ts";
import { createProofStore, laneOf, type Lane } from "./proofs.ts";
import { createJobQueue, type JobQueue } from "./queue.ts";
import { createProofWorker } from "./worker.ts";

const clock = systemClock();
const logger = createLogger({ level: "silent" });
const lanes: Lane[] = ["batch16", "settle"];

describe.each(storeKinds)("%s", (kind) => {
  let database: Database;
  let jobs: JobQueue;

  beforeAll(async () => {
    database = await openTestStore(kind);
    jobs = await createJobQueue({ database, clock, logger });
  });
  afterEach(async () => {
    await database.exec("delete from proofs");
    await jobs.rebuild([]);
  });
  afterAll(async () => {
    await jobs.stop();
    await database.close();
  });

  const zk = { points: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n], commitment: 9n };

  /** Works until every proof is there or given up. The prover and the witnesses are of the test: what counts is who is asked, and how often. */
  async function work(
    prove: (circuit: string) => Promise<unknown>,
    maxAttempts = 2,
    observe: Observer = ignoreEvents,
  ): Promise<string[]> {
    const proofs = createProofStore({ database, jobs, clock });
    const stop = new AbortController();
    const announced: string[] = [];
    const builder = async (request: { name: string }) => ({
      witness: { circuit: request.name } as never,
      keep: { name: request.name },
    });
    const worker = createProofWorker({
      jobs,
      proofs,
      builders: { batch16: builder, settle: builder },
      prover: { prove: (witness) => prove(witness.circuit) as never, close: async () => {} },
      concurrency: 1,
      maxAttempts,
      clock,
      logger,
      observe,
      announce: (announcement) => {
        announced.push(announcement);
        void proofs.unfinished().then((left) => left.length === 0 && stop.abort());
      },
    });
    await worker.run(stop.signal);
    return announced;
  }

  describe("proof queue", () => {
    test("default: one proof per key, the most urgent first", async () => {
      const proofs = createProofStore({ database, jobs, clock });
      await proofs.request({ key: "b", circuit: "batch16", request: { name: "b" } });
      await proofs.request({ key: "b", circuit: "batch16", request: { name: "b" } });
      await proofs.request({ key: "s", circuit: "settle", request: { name: "s" } });
      const order: string[] = [];
      const events: RelayerEvent[] = [];
      const announced = await work(
        async (circuit) => (order.push(circuit), zk),
        2,
        (event) => events.push(event),
      );
      const made = { type: "proof", outcome: "done", witnessMs: expect.any(Number), provingMs: expect.any(Number) };
      expect(events).toEqual([
        { ...made, circuit: "settle" },
        { ...made, circuit: "batch16" },
      ]);
      expect(order).toEqual(["s", "b"]);
      expect(announced).toEqual(["proof:s", "proof:b"]);
      expect(await proofs.find("b")).toMatchObject({ state: "done", result: { name: "b", proof: zk } });
    });

    test("behavior: jobs of a killed process are made again from the proofs that are still wanted", async () => {
      const proofs = createProofStore({ database, jobs, clock });
      await proofs.request({ key: "b", circuit: "batch16", request: { name: "b" } });
      expect(await jobs.take(lanes)).toBeDefined(); // taken, and the process is gone
      expect(await jobs.take(lanes)).toBeUndefined();
      await jobs.stop();
      jobs = await createJobQueue({ database, clock, logger });
      await jobs.rebuild(
        (await createProofStore({ database, jobs, clock }).unfinished()).map((proof) => ({
          key: proof.key,
          lane: laneOf(proof),
          priority: proof.priority,
        })),
      );
      expect(await work(async () => zk)).toEqual(["proof:b"]);
    });

    test("error: tried again after a delay, then given up with its reason", async () => {
      const proofs = createProofStore({ database, jobs, clock });
      await proofs.request({ key: "b", circuit: "batch16", request: { name: "b" } });
      let attempts = 0;
      const events: RelayerEvent[] = [];
      await work(
        async () => {
          attempts++;
          throw new Error("constraint 7 does not hold");
        },
        2,
        (event) => events.push(event),
      );
      expect(attempts).toBe(2);
      expect(events).toEqual([
        { type: "proof", circuit: "batch16", outcome: "failed" },
        { type: "proof", circuit: "batch16", outcome: "given_up" },
      ]);
      expect(await proofs.find("b")).toMatchObject({
        state: "failed",
        attempts: 2,
        lastError: { message: "constraint 7 does not hold" },
      });
    });
  });
});

test("behavior: processes that start together on an empty server all get their queue", async () => {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const databases = await Promise.all(
    Array.from({ length: 4 }, () => openPostgres({ url, schema: "hypothec", applicationName: "test" })),
  );
  try {
    // Connections that have all looked for the schema, and have not found it.
    for (const database of databases) await database.query("select to_regnamespace('hypothec_jobs')");
    const queues = await Promise.all(
      databases.map((database) => createJobQueue({ database, clock, logger, schema: "hypothec_jobs" })),
    );
    expect(queues).toHaveLength(4);
    for (const queue of queues) await queue.stop();
  } finally {
    for (const database of databases) await database.close();
    await server.close();
  }
});
