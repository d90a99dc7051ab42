import type { Hex } from "viem";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { eventsBetween, type StoredBlock } from "../store/events.ts";
import { migrate } from "../store/migrate.ts";
import { findMessage } from "../store/messages.ts";
import type { ContractTable } from "./contracts.ts";
import type { BlockSource, RawLog } from "./source.ts";
import { createChainSync } from "./sync.ts";

/** A recorded chain: block names like "a5" stand on each other; one log in every block. */
function recorded() {
  let blocks: StoredBlock[] = [];
  const source: BlockSource = {
    head: async () => blocks.at(-1)!,
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
afterEach(() => database.exec("delete from chains; delete from blocks; delete from events; delete from messages"));
afterAll(() => database.close());

async function setUp(confirmations = 3) {
  const chain = recorded();
  const create = () =>
    createChainSync({
      chain: "S",
      startBlock: 1,
      confirmations,
      maxLogRange: 50,
      source: chain.source,
      contracts,
      database,
      clock,
      logger: createLogger({ level: "fatal" }),
      plan: (events) => events.map((event) => ({ kind: "seen", key: `seen:${event.blockHash}`, payload: {} })),
    });
  return { chain, create, sync: await create() };
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

  test("error: a reorg below finality stops the chain for good", async () => {
    const { chain, sync, create } = await setUp();
    chain.grow("a", 0, 6);
    await sync.poll();
    chain.grow("b", 2, 6);
    await expect(sync.poll()).rejects.toMatchObject({ code: "reorg_below_finality", severity: "fatal" });
    await expect(create()).rejects.toMatchObject({ code: "reorg_below_finality" });
  });

  test("behavior: catches up by ranges, and a restart goes on where it was", async () => {
    const { chain, sync, create } = await setUp();
    chain.grow("a", 0, 400);
    await sync.poll();
    expect(sync.cursor().head.number).toBe(399);
    expect(await eventsBetween(database, "S", -1, 399)).toHaveLength(399);
    chain.grow("a", 400, 2);
    const again = await create();
    const events = await again.poll();
    expect(events.filter(({ type }) => type === "block")).toHaveLength(2);
    expect(await eventsBetween(database, "S", -1, 401)).toHaveLength(401);
  });
});
