import { NOTE_META, type Entry } from "@hypothec/sdk";
import { decodeFunctionData, getAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { vaultAbi } from "../chain/abis.ts";
import type { StoredProof } from "../prover/proofs.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { insertMessages, openMessages, saveMessage, type Message } from "../store/messages.ts";
import { migrate } from "../store/migrate.ts";
import { systemClock } from "../runtime/clock.ts";
import type { QueueView } from "./queueView.ts";
import { createBatcher } from "./role.ts";

const vault = "0x00000000000000000000000000000000000000aa";
const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const gwei = 10n ** 9n;

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, systemClock());
});
afterEach(() => database.exec("delete from messages"));
afterAll(() => database.close());

/** A vault of which `sealed` chunks with two notes each are sealed and `appended` are in the tree, and the batcher that looks at it. */
function world(given: { sealed: number; appended: number; baseFee?: bigint }) {
  const state = { baseFee: 30n * gwei, now: 1_000_000, ...given };
  const entries = (chunk: number): Entry[] => [1, 2].map((n) => ({ value: BigInt(10 * chunk + n), meta: NOTE_META }));
  const view = (): QueueView => ({
    chunks: Array.from({ length: state.sealed }, (_, chunk) => ({ entries: entries(chunk), sealed: true })),
    roots: Array.from({ length: state.appended }, () => 1n),
  });
  const client = {
    readContract: async ({ functionName }: { functionName: string }) =>
      functionName === "queueState" ? [BigInt(state.sealed), 0, 0n, BigInt(state.appended)] : 60n,
    getBlock: async () => ({ baseFeePerGas: state.baseFee }),
  };
  const context = {
    vaultChain: { vault },
    vault: { name: "S", client },
    queue: view,
    database,
    clock: { ...systemClock(), now: () => state.now },
  } as unknown as RoleContext;
  const batcher = createBatcher(
    context,
    {
      key: ["env:KEY"],
      profit: "any",
      seal: { maxAgeMs: null, minEntries: 1, maxFee: "0" },
      gather: { maxWaitMs: 60_000, minBaseFee: String(20n * gwei) },
    },
    account,
  );
  const kind = batcher.kinds.find(({ kind: name }) => name === "batch") as unknown as MessageKind<unknown>;
  const [planner] = batcher.planners;
  return {
    state,
    kind,
    entries,
    /** Plans as after a block; what is open then, by key without the hash. */
    plan: async (): Promise<Record<string, Message>> => {
      await insertMessages(database, await planner!.plan(), state.now);
      const open = await openMessages(database, "batch");
      return Object.fromEntries(open.map((message) => [message.key.split(":")[1]!, message]));
    },
    begin: (message: Message) =>
      saveMessage(database, { ...message, state: "proving", progress: { proofKey: message.key } }),
  };
}

describe("batcher", () => {
  test("default: four sealed chunks are one batch of 64 entries and four effects", async () => {
    const { kind, plan, entries } = world({ sealed: 4, appended: 0 });
    const open = await plan();
    expect(Object.keys(open)).toEqual(["0+4"]);
    const message = open["0+4"]!;
    expect(await kind.prepare(message, undefined)).toMatchObject({
      type: "prove",
      request: { key: message.key, circuit: "batch64" },
    });
    const batcher = getAddress(`0x${"ba".repeat(20)}`);
    const proof = { result: { newRoot: 9n, batcher, proof: { points: Array<bigint>(8).fill(1n), commitment: 2n } } };
    const action = await kind.prepare(message, proof as unknown as StoredProof);
    if (action.type !== "send") throw new Error(`got ${action.type}`);
    expect(action.request.effects).toEqual([0, 1, 2, 3].map((chunk) => `append:${vault}:${chunk}`));
    const { args } = decodeFunctionData({ abi: vaultAbi, data: action.request.data });
    // The one that the proof was made for.
    expect((args as readonly unknown[])[3]).toBe(batcher);
    const sent = (args as readonly unknown[])[0] as readonly Entry[];
    expect(sent).toHaveLength(64);
    for (let chunk = 0; chunk < 4; chunk++) {
      expect(sent.slice(16 * chunk, 16 * chunk + 2)).toEqual(entries(chunk));
      expect(sent.slice(16 * chunk + 2, 16 * chunk + 16).every(({ value, meta }) => value + meta === 0n)).toBe(true);
    }
  });

  test("behavior: the first of four waits while gas is dear, begins when it has waited, and goes with three more", async () => {
    const w = world({ sealed: 2, appended: 0 });
    const open = await w.plan();
    expect(Object.keys(open)).toEqual(["0+1"]);
    const message = open["0+1"]!;
    expect(await w.kind.prepare(message, undefined)).toMatchObject({
      type: "wait",
      wakeOn: "block:S",
      delayMs: 60_000,
    });
    w.state.now += 60_000;
    expect(await w.kind.prepare(message, undefined)).toMatchObject({ type: "prove", request: { circuit: "batch16" } });
    w.state.now -= 60_000;
    w.state.baseFee = 19n * gwei;
    expect(await w.kind.prepare(message, undefined)).toMatchObject({ type: "prove" });
    w.state.sealed = 4;
    expect(await w.kind.prepare(message, undefined)).toMatchObject({ type: "void" });
    expect(Object.keys(await w.plan())).toContain("0+4");
  });

  test("behavior: once the first is begun by itself, the others follow it one by one and no four is planned", async () => {
    const w = world({ sealed: 3, appended: 0 });
    const { "0+1": first } = await w.plan();
    await w.begin(first!);
    w.state.sealed = 4;
    expect(Object.keys(await w.plan())).toEqual(["0+1", "1+1", "2+1", "3+1"]);
  });

  test("behavior: a four gives way to its first chunk when that was begun meanwhile", async () => {
    const w = world({ sealed: 3, appended: 0 });
    const { "0+1": first } = await w.plan();
    w.state.sealed = 4;
    const { "0+4": four } = await w.plan();
    await w.begin(first!);
    expect(await w.kind.prepare(four!, undefined)).toMatchObject({ type: "void" });
  });

  test("behavior: when the proof of four was given up, the chunks go one by one", async () => {
    const w = world({ sealed: 4, appended: 0 });
    const { "0+4": four } = await w.plan();
    await saveMessage(database, { ...four!, state: "dead" });
    const { "0+1": first } = await w.plan();
    expect(await w.kind.prepare(first!, undefined)).toMatchObject({ type: "prove", request: { circuit: "batch16" } });
    expect(Object.keys(await w.plan())).toEqual(["0+1", "1+1", "2+1", "3+1"]);
  });

  test("behavior: a four of which somebody appended a part is overtaken; appended in whole it is done", async () => {
    const w = world({ sealed: 4, appended: 0 });
    const { payload } = (await w.plan())["0+4"]!;
    expect(await w.kind.overtaken!(payload)).toBeUndefined();
    for (const appended of [1, 2, 3]) {
      w.state.appended = appended;
      expect(await w.kind.overtaken!(payload)).toMatch(/by itself/);
      expect(await w.kind.done(payload, { blockTag: "latest" })).toBe(false);
    }
    w.state.appended = 4;
    expect(await w.kind.overtaken!(payload)).toBeUndefined();
    expect(await w.kind.done(payload, { blockTag: "latest" })).toBe(true);
    w.state.appended = 1;
    expect(Object.keys(await w.plan())).toEqual(["0+4", "1+1", "2+1", "3+1"]);
  });
});
