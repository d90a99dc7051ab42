import type { Hex } from "viem";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { createFinalPlanner, type FinalPlan } from "../runtime/planFinal.ts";
import { alwaysHeld } from "../cluster/cluster.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { eventPages, eventsBetween, type StoredBlock, type StoredEvent } from "../store/events.ts";
import { migrate } from "../store/migrate.ts";
import { findMessage, insertMessages } from "../store/messages.ts";
import type { ContractTable } from "./contracts.ts";
import type { BlockSource, RawLog } from "./source.ts";
import { findTransaction, insertTransaction, saveTransaction } from "../store/transactions.ts";
import { resumeChain } from "../store/resume.ts";
import { createAgreement } from "./agreement.ts";
import { createChainSync, nextEnd, type ChainSync } from "./sync.ts";

/** A recorded chain: block names like "a5" stand on each other; one log in every block. */
function recorded() {
  let blocks: StoredBlock[] = [];
  const source: BlockSource = {
    head: async () => blocks.at(-1)!,
    height: async () => blocks.at(-1)!.number,
    finalised: async () => undefined,
    block: async (number) => blocks.find((block) => block.number === number),
    logsOfBlock: async (hash) => blocks.filter((block) => block.hash === hash).map(logOf),
    logsOfRange: async (from, to) => blocks.filter(({ number }) => number >= from && number <= to).map(logOf),
    logsOfTransaction: async () => [],
  };
  const logOf = (block: StoredBlock): RawLog => ({
    address: "0x00000000000000000000000000000000000000aa",
    blockNumber: block.number,
    blockHash: block.hash,
    logIndex: 0,
    txHash: block.hash,
    topics: [],
    data: block.hash,
  });
  return {
    source,
    /** Replaces everything from `from` by `count` blocks of another branch. */
    grow(branch: string, from: number, count: number) {
      blocks = blocks.filter(({ number }) => number < from);
      for (let number = from; number < from + count; number++)
        blocks.push({
          number,
          hash: `0x${branch}${number}` as Hex,
          parentHash: blocks.at(-1)?.hash ?? "0x00",
          timestamp: number,
        });
    },
  };
}

const contracts: ContractTable = {
  addresses: ["0x00000000000000000000000000000000000000aa"],
  identify: (chain, log) => ({ ...log, chain, contract: "vault", name: "Seen" }),
  sendsPacket: () => false,
};

const clock = systemClock();
let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, clock);
});
afterEach(() =>
  database.exec(
    "delete from chains; delete from plans; delete from blocks; delete from events; delete from messages; delete from transactions",
  ),
);
afterAll(() => database.close());

/** The relayer reads from the first of `nodes`; all of them vote. */
async function setUp(confirmations = 3, others: ReturnType<typeof recorded>[] = [], quorum = 1) {
  const chain = recorded();
  const outvoted: number[][] = [];
  const create = () =>
    createChainSync({
      chain: "S",
      startBlock: 1,
      confirmations,
      maxLogRange: 50,
      source: chain.source,
      contracts,
      agreement: createAgreement({
        chain: "S",
        contracts,
        clock,
        quorum,
        witnesses: [chain, ...others].map(({ source }, index) => ({ endpoint: index + 1, source })),
        outvoted: (endpoints) => outvoted.push(endpoints),
      }),
      database,
      clock,
      logger: createLogger({ level: "fatal" }),
    });
  const plans: FinalPlan[] = [
    {
      role: "seer",
      plan: (events) => events.map((event) => ({ kind: "seen", key: `seen:${event.blockHash}`, payload: {} })),
    },
  ];
  const planner = createFinalPlanner({ database, plans, lease: () => alwaysHeld, clock });
  /** Polls, and plans what is final, as a relayer does. */
  const planning = (sync: ChainSync): ChainSync => ({
    ...sync,
    async poll() {
      const events = await sync.poll();
      await planner.plan("S", 1, sync.cursor());
      return events;
    },
  });
  const created = async () => planning(await create());
  return { chain, create: created, outvoted, sync: await created() };
}

/** A final transaction of ours in a block. */
async function transactionIn(block: number): Promise<number> {
  const row = await insertTransaction(
    database,
    {
      chain: "S",
      sender: "0xaa",
      nonce: block,
      target: "0xbb",
      data: "0x",
      value: 0n,
      gasLimit: 21_000n,
      description: "does it",
      state: "final",
      variants: [],
      block: null,
      txHash: null,
      reason: null,
      createdAt: 1,
      updatedAt: 1,
    },
    [],
  );
  await saveTransaction(database, { ...row, block: { number: block, hash: "0x0b" }, txHash: "0x0c" });
  return row.id;
}

describe("chain sync", () => {
  test("default: blocks, then what is final, planned once", async () => {
    const { chain, sync } = await setUp();
    chain.grow("a", 0, 6); // head 5
    const events = await sync.poll();
    expect(events.filter(({ type }) => type === "block").map((event) => "number" in event && event.number)).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(events.at(-1)).toMatchObject({ type: "finalized", number: 3 });
    expect(await sync.poll()).toEqual([]);
    expect(await findMessage(database, "seen:0xa3")).toBeDefined();
    expect(await findMessage(database, "seen:0xa4")).toBeUndefined();
  });

  test("behavior: a reorg above finality is rolled back and followed", async () => {
    const { chain, sync } = await setUp();
    chain.grow("a", 0, 6);
    await sync.poll();
    chain.grow("b", 4, 3); // 4, 5 replaced, head 6
    expect(await sync.poll()).toEqual([{ type: "reorg", chain: "S", ancestor: 3, depth: 2 }]);
    await sync.poll();
    expect((await eventsBetween(database, "S", 3, 10)).map((event) => event.blockHash)).toEqual([
      "0xb4",
      "0xb5",
      "0xb6",
    ]);
    expect(await findMessage(database, "seen:0xa4")).toBeUndefined();
    expect(await findMessage(database, "seen:0xb4")).toBeDefined();
  });

  test("behavior: a node that lags on our own chain is no reorg", async () => {
    const { chain, sync } = await setUp();
    chain.grow("a", 0, 6);
    await sync.poll();
    chain.grow("a", 5, 0); // head 4
    expect(await sync.poll()).toEqual([]);
    expect(sync.cursor().head.number).toBe(5);
  });

  test("error: a reorg below finality halts the chain, over restarts, until an operator accepts the new history", async () => {
    const { chain, sync, create } = await setUp();
    chain.grow("a", 0, 6);
    await sync.poll();
    chain.grow("b", 2, 6);
    const error = { code: "reorg_below_finality", severity: "retryable" };
    await expect(sync.poll()).rejects.toMatchObject(error);
    await expect(sync.poll()).rejects.toMatchObject(error);
    const again = await create();
    await expect(again.poll()).rejects.toMatchObject(error);

    // The chain's clock may be ahead of ours: what is done after the fork then looks as if it had been done before.
    await insertMessages(database, [{ kind: "seen", key: "seen:ahead", payload: {} }], 0);
    await database.query("update messages set state = 'done', updated_at = 0 where key = 'seen:ahead'");
    const gone = await transactionIn(4);
    const kept = await transactionIn(1);
    const resumed = await resumeChain(database, "S", "olga", 1_000);
    expect((await findTransaction(database, gone))?.state).toBe("lost"); // or its nonce could not be used again
    expect((await findTransaction(database, kept))?.state).toBe("final");
    expect(resumed).toMatchObject({ chain: "S", ancestor: 1, voided: 2 });
    await expect(resumeChain(database, "S", "olga", 1_000)).rejects.toMatchObject({ code: "not_halted" });
    expect(await findMessage(database, "seen:0xa2")).toMatchObject({ state: "void" });
    expect((await findMessage(database, "seen:0xa2"))?.waitingFor).toContain("olga");
    expect(await findMessage(database, "seen:0xa1")).toMatchObject({ state: "due" });
    expect(await findMessage(database, "seen:ahead")).toMatchObject({ state: "due" });
    expect(await again.poll()).toEqual([{ type: "reorg", chain: "S", ancestor: 1, depth: 4 }]);
    await again.poll();
    expect(again.cursor()).toMatchObject({ head: { number: 7 }, finalised: 5, halted: null, history: 1 });
    expect(await findMessage(database, "seen:0xb2")).toBeDefined();
  });

  test("behavior: one that lies about history alone does not halt the chain", async () => {
    const [second, third] = [recorded(), recorded()];
    const { chain, sync, outvoted } = await setUp(3, [second, third], 2);
    for (const each of [chain, second, third]) each.grow("a", 0, 6);
    await sync.poll();
    chain.grow("b", 2, 6);
    expect(await sync.poll()).toEqual([]);
    expect(sync.cursor().halted).toBeNull();
    expect(outvoted).toEqual([[1]]);
  });

  test("behavior: what the RPC that is read says alone is not planned, and taken back when it is outvoted", async () => {
    const [second, third] = [recorded(), recorded()];
    const { chain, sync, outvoted } = await setUp(3, [second, third], 2);
    chain.grow("b", 0, 6);
    for (const each of [second, third]) each.grow("a", 0, 6);
    const events = await sync.poll();
    expect(events.at(-1)).toEqual({ type: "reorg", chain: "S", ancestor: 0, depth: 5 });
    expect(outvoted).toEqual([[1]]);
    expect(await findMessage(database, "seen:0xb1")).toBeUndefined();
    expect(sync.cursor()).toMatchObject({ head: { number: 0 }, finalised: 0 });
    chain.grow("a", 0, 6);
    await sync.poll();
    expect(await findMessage(database, "seen:0xa3")).toBeDefined();
  });

  test("behavior: without a quorum the head is followed and nothing is planned", async () => {
    const [second, third] = [recorded(), recorded()];
    const { chain, sync } = await setUp(3, [second, third], 2);
    chain.grow("a", 0, 6);
    second.grow("b", 0, 6);
    third.grow("c", 0, 6);
    const events = await sync.poll();
    expect(events.filter(({ type }) => type === "block")).toHaveLength(5);
    expect(events.filter(({ type }) => type !== "block")).toEqual([]);
    expect(sync.unagreed()?.reason).toContain("RPC 2 says otherwise");
    expect(await findMessage(database, "seen:0xa1")).toBeUndefined();
    second.grow("a", 0, 6);
    await sync.poll();
    expect(sync.unagreed()).toBeNull();
    expect(await findMessage(database, "seen:0xa3")).toBeDefined();
  });

  test("behavior: catches up by ranges, and a restart goes on where it was", async () => {
    const { chain, sync, create } = await setUp();
    chain.grow("a", 0, 400);
    await sync.poll();
    expect(sync.cursor().head.number).toBe(399);
    const all = await eventsBetween(database, "S", -1, 399);
    expect(all).toHaveLength(399);
    // A start reads them in pages: none twice, none left out.
    const paged: StoredEvent[] = [];
    for await (const page of eventPages(database, "S", 399, 7)) {
      expect(page.length).toBeLessThanOrEqual(7);
      paged.push(...page);
    }
    expect(paged).toEqual(all);
    chain.grow("a", 400, 2);
    const again = await create();
    const events = await again.poll();
    expect(events.filter(({ type }) => type === "block")).toHaveLength(2);
    expect(await eventsBetween(database, "S", -1, 401)).toHaveLength(401);
  });
});

test("nextEnd: as far as one question reaches, over gaps if need be", () => {
  expect(nextEnd([5, 10, 20, 21], 4, 20, 6)).toBe(10);
  expect(nextEnd([5, 10, 20, 21], 10, 21, 6)).toBe(20);
  expect(nextEnd([5, 10, 20, 21], 21, 30, 6)).toBeUndefined();
});
