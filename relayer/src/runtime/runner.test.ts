import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Delivery } from "../delivery/delivery.ts";
import type { Transaction } from "../delivery/transitions.ts";
import type { ProofStore, StoredProof } from "../prover/proofs.ts";
import type { RelayerEvent } from "../metrics/events.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { findMessage, insertMessages, type Message } from "../store/messages.ts";
import { migrate } from "../store/migrate.ts";
import { systemClock } from "./clock.ts";
import { RelayerError } from "./errors.ts";
import type { MessageKind } from "./kinds.ts";
import { createLogger } from "./logger.ts";
import { createRunner } from "./runner.ts";

type Payload = { name: string };

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, systemClock());
});
afterEach(() => database.exec("delete from messages"));
afterAll(() => database.close());

/** A chain of one fact per message: what was sent is mined at once, and final when the test says so. */
function world(overrides: Partial<MessageKind<Payload>> = {}, proofs: Partial<ProofStore> = {}) {
  const sent: string[] = [];
  const events: RelayerEvent[] = [];
  const facts = new Set<string>();
  let finalised = -1;
  const delivery: Delivery = {
    submit: async ({ effects, description }) => {
      sent.push(description);
      facts.add(description);
      runner.announce(`tx:${sent.length}`);
      return {
        transaction: { id: sent.length, state: "mined", reason: null, txHash: "0x01" } as unknown as Transaction,
        effects,
      };
    },
    find: async (id) => ({ id, state: "mined", reason: null, txHash: "0x01" }) as unknown as Transaction,
    tick: async () => {},
  };
  const kind: MessageKind<Payload> = {
    kind: "fact",
    raced: false,
    chain: () => "S",
    done: async ({ name }, at) => facts.has(name) && ("blockTag" in at || finalised >= 0),
    prepare: async ({ key, payload }) => ({
      type: "send",
      request: { effects: [key], chain: "S", account: {} as never, to: "0xbb", data: "0x", description: payload.name },
    }),
    ...overrides,
  };
  const clock = systemClock();
  const runner = createRunner({
    database,
    kinds: [kind],
    observe: (event) => events.push(event),
    logger: createLogger({ level: "silent" }),
    services: {
      delivery,
      proofs: proofs as ProofStore,
      clock,
      errors: [],
      race: { index: 0, of: 1, handoverMs: 1, proofHandoverMs: 1 },
      finalised: () => finalised,
    },
  });
  return {
    sent,
    facts,
    events,
    runner,
    clock,
    finalise: () => {
      finalised = 0;
      runner.announce("final:S");
    },
    add: (...names: string[]) =>
      insertMessages(
        database,
        names.map((name) => ({ kind: "fact", key: name, payload: { name } })),
        clock.now(),
      ),
    state: async (name: string) => (await findMessage(database, name))?.state,
  };
}

/** Runs until a condition holds. */
async function until(runner: ReturnType<typeof world>["runner"], condition: () => Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const running = runner.run(stop.signal);
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await running;
}

describe("runner", () => {
  test("default: sends once, waits for finality, is done", async () => {
    const w = world();
    await w.add("a");
    await until(w.runner, async () => (await findMessage(database, "a"))?.waitingFor === "finality of S");
    w.finalise();
    await until(w.runner, async () => (await w.state("a")) === "done");
    expect(w.sent).toEqual(["a"]);
    const moved = { type: "message", kind: "fact", chain: "S", ageMs: expect.any(Number) };
    expect(w.events).toEqual([
      { ...moved, from: "due", to: "sending" },
      { ...moved, from: "sending", to: "done" },
    ]);
  });

  test("behavior: every message that one transaction serves is counted", async () => {
    const w = world({
      prepare: async ({ key }) => {
        const companion = (await findMessage(database, key === "a" ? "b" : "a"))! as Message<Payload>;
        const request = { chain: "S", account: {} as never, to: "0xbb", data: "0x", description: "both" } as const;
        return { type: "send", request: { ...request, effects: ["a", "b"] }, together: [companion] };
      },
    });
    await w.add("a", "b");
    await until(w.runner, async () => (await w.state("a")) === "sending" && (await w.state("b")) === "sending");
    const moved = { type: "message", kind: "fact", from: "due", to: "sending" };
    expect(w.events).toMatchObject([moved, moved]);
  });

  test("behavior: what is new, and what has news of its own, is not behind hundreds that wait for a block", async () => {
    const looked: string[] = [];
    const w = world({
      done: async ({ name }) => (looked.push(name), false),
      prepare: async () => ({ type: "wait", reason: "something on S", wakeOn: "block:S" }),
    });
    const many = Array.from({ length: 300 }, (_, i) => `old ${i}`);
    await w.add(...many);
    await until(w.runner, async () => new Set(looked).size === 300);
    // Both are due now, and were looked at after all the others.
    await w.add("mine");
    await until(w.runner, async () => looked.includes("mine"));
    await database.query("update messages set wake_on = 'tx:7' where key = 'mine'");
    looked.length = 0;
    w.runner.announce("block:S");
    await until(w.runner, async () => looked.length > 0);
    w.runner.announce("tx:7");
    await w.add("new");
    await until(w.runner, async () => looked.includes("mine") && looked.includes("new"));
    expect(Math.max(looked.indexOf("mine"), looked.indexOf("new"))).toBeLessThan(100);
  });

  test("behavior: what others did is not done again", async () => {
    const w = world();
    w.facts.add("a");
    w.finalise();
    await w.add("a");
    await until(w.runner, async () => (await w.state("a")) === "done");
    expect(w.sent).toEqual([]);
  });

  test("behavior: a poisoned message delays nobody", async () => {
    const w = world();
    const poisoned = world({
      prepare: async ({ key, payload }) => {
        if (payload.name.startsWith("bad")) throw new Error("always");
        return {
          type: "send",
          request: {
            effects: [key],
            chain: "S",
            account: {} as never,
            to: "0xbb",
            data: "0x",
            description: payload.name,
          },
        };
      },
    });
    await w.add(...Array.from({ length: 40 }, (_, n) => `bad${n}`), "good");
    poisoned.finalise();
    await until(poisoned.runner, async () => (await w.state("good")) === "done");
    expect(poisoned.sent).toEqual(["good"]);
    expect(await findMessage(database, "bad0")).toMatchObject({ state: "due", lastError: { message: "always" } });
  });

  test("behavior: what was overtaken while its proof is made is void, and the proof stopped", async () => {
    const cancelled: string[] = [];
    const chain: { overtaken?: string } = {};
    const w = world(
      {
        prepare: async ({ key }) => ({ type: "prove", request: { key, circuit: "batch64", request: {} } }),
        overtaken: async () => chain.overtaken,
      },
      {
        request: async () => {},
        find: async (key) => ({ key, state: "queued" }) as StoredProof,
        cancel: async (key) => void cancelled.push(key),
      },
    );
    await w.add("a");
    await until(w.runner, async () => (await w.state("a")) === "proving");
    expect(cancelled).toEqual([]);
    chain.overtaken = "chunk 0 was appended by itself";
    w.runner.announce("proof:a");
    await until(w.runner, async () => (await w.state("a")) === "void");
    expect(cancelled).toEqual(["a"]);
    expect((await findMessage(database, "a"))?.waitingFor).toBe("chunk 0 was appended by itself");
  });

  test("behavior: a proof that was stopped as needless is asked for again when a reorg makes it needed", async () => {
    const asked: string[] = [];
    let state: StoredProof["state"] = "queued";
    const w = world(
      { prepare: async ({ key }) => ({ type: "prove", request: { key, circuit: "batch16", request: { chunk: 3 } } }) },
      {
        request: async ({ key, request }) => {
          asked.push(`${key} ${JSON.stringify(request)}`);
          state = "queued";
        },
        find: async (key) => ({ key, circuit: "batch16", request: { chunk: 3 }, state }) as StoredProof,
        cancel: async () => void (state = "cancelled"),
      },
    );
    await w.add("a");
    await until(w.runner, async () => (await w.state("a")) === "proving");
    w.facts.add("a"); // another relayer was faster
    w.runner.announce("proof:a");
    await until(w.runner, async () => (await findMessage(database, "a"))?.waitingFor === "finality of S");
    expect(state).toBe("cancelled");
    w.facts.delete("a"); // and its block is gone
    w.runner.announce("final:S");
    await until(w.runner, async () => asked.length === 2);
    expect(asked).toEqual(['a {"chunk":3}', 'a {"chunk":3}']);
  });

  test("behavior: a permanent error is a dead letter", async () => {
    const w = world({
      prepare: async () => {
        throw new RelayerError("no", "cannot be", { severity: "permanent" });
      },
    });
    await w.add("a");
    await until(w.runner, async () => (await w.state("a")) === "dead");
    expect(w.events).toMatchObject([
      { type: "failure", kind: "fact", severity: "permanent" },
      { type: "message", from: "due", to: "dead" },
    ]);
  });

  test("error: a fatal error ends the run", async () => {
    const w = world({
      prepare: async () => {
        throw new RelayerError("no", "stop everything", { severity: "fatal" });
      },
    });
    await w.add("a");
    await expect(w.runner.run(new AbortController().signal)).rejects.toThrow("stop everything");
  });

  test("behavior: an announcement during a step is not missed", async () => {
    let looks = 0;
    const w = world({
      done: async () => false,
      prepare: async () => {
        looks++;
        if (looks > 1) return { type: "void", reason: "seen" };
        w.runner.announce("block:S"); // while this step still looks at the old block
        return { type: "wait", reason: "a block", wakeOn: "block:S", delayMs: 3_600_000 };
      },
    });
    await w.add("a");
    await until(w.runner, async () => (await w.state("a")) === "void");
    expect(looks).toBe(2);
  });
});
