import type { Hex } from "viem";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ContractTable } from "../chain/contracts.ts";
import type { BlockSource } from "../chain/source.ts";
import { createAgreement } from "../chain/agreement.ts";
import { createChainSync, type ChainEvent } from "../chain/sync.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { createFinalPlanner } from "../runtime/planFinal.ts";
import type { Database } from "../store/database.ts";
import type { StoredBlock } from "../store/events.ts";
import { listMessages } from "../store/messages.ts";
import { resumeChain } from "../store/resume.ts";
import { openTestStore, storeKinds } from "../store/stores.mock.ts";
import { createLoneCluster, type Lease } from "./cluster.ts";
import { createSharedSync } from "./sharedSync.ts";

const clock = systemClock();
const contracts: ContractTable = {
  addresses: [],
  identify: (chain, log) => ({ ...log, chain, contract: "vault", name: "Seen" }),
  sendsPacket: () => false,
};

/** A recorded chain with one log in every block. */
function recorded() {
  let blocks: StoredBlock[] = [];
  const logOf = ({ number, hash }: StoredBlock) => ({
    address: "0x00000000000000000000000000000000000000aa" as Hex,
    blockNumber: number,
    blockHash: hash,
    logIndex: 0,
    txHash: hash,
    topics: [] as [],
    data: hash,
  });
  const source: BlockSource = {
    head: async () => blocks.at(-1)!,
    height: async () => blocks.at(-1)!.number,
    finalised: async () => undefined,
    block: async (number) => blocks.find((block) => block.number === number),
    logsOfBlock: async (hash) => blocks.filter((block) => block.hash === hash).map(logOf),
    logsOfRange: async (from, to) => blocks.filter(({ number }) => number >= from && number <= to).map(logOf),
    logsOfTransaction: async () => [],
  };
  const grow = (branch: string, from: number, count: number) => {
    blocks = blocks.filter(({ number }) => number < from);
    for (let number = from; number < from + count; number++)
      blocks.push({
        number,
        hash: `0x${branch}${number}`,
        parentHash: blocks.at(-1)?.hash ?? "0x00",
        timestamp: number,
      });
  };
  return { source, grow };
}

describe.each(storeKinds)("two processes on one store: %s", (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestStore(kind);
  });
  afterEach(async () => {
    await database.exec(
      "delete from chains; delete from blocks; delete from events; delete from messages; delete from plans",
    );
  });
  afterAll(() => database.close());

  /** A process: `leads` says whether it has the lease. Its view is what the events that it was given add up to. */
  async function join(source: BlockSource, given: { leads: boolean; failing?: boolean }) {
    const lease: Lease = { held: () => given.leads, fence: async () => {} };
    const sync = await createSharedSync({
      chain: "S",
      startBlock: 1,
      lease,
      cluster: createLoneCluster(),
      database,
      clock,
      lead: async () => {
        const inner = await createChainSync({
          chain: "S",
          startBlock: 1,
          confirmations: 3,
          maxLogRange: 50,
          source,
          contracts,
          agreement: createAgreement({
            chain: "S",
            contracts,
            clock,
            quorum: 1,
            witnesses: [{ endpoint: 1, source }],
            outvoted: () => {},
          }),
          database,
          clock,
          logger: createLogger({ level: "silent" }),
        });
        return {
          ...inner,
          poll: async () => {
            const events = await inner.poll();
            if (given.failing === true) throw new Error("lost after it was stored");
            return events;
          },
        };
      },
    });
    let view: Hex[] = [];
    const take = async (events: ChainEvent[]) => {
      for (const event of events) {
        if (event.type === "block") view.push(...event.events.map(({ blockHash }) => blockHash));
        if (event.type === "reorg")
          view = (
            await database.query<{ hash: Hex }>("select block_hash as hash from events order by block_number")
          ).map(({ hash }) => hash);
      }
    };
    return {
      given,
      view: () => view,
      finalised: () => sync.cursor().finalised,
      halted: () => sync.cursor().halted,
      poll: async () => take(await sync.poll()),
    };
  }

  const hashes = (text: string): Hex[] => text.split(" ").map((name): Hex => `0x${name}`);

  test("default: who follows the store sees the same blocks, once, and reorgs too", async () => {
    const chain = recorded();
    chain.grow("a", 1, 5);
    const leader = await join(chain.source, { leads: true });
    const follower = await join(chain.source, { leads: false });
    await follower.poll();
    expect(follower.view()).toEqual([]);
    await leader.poll();
    await follower.poll();
    await follower.poll();
    expect(follower.view()).toEqual(hashes("a1 a2 a3 a4 a5"));
    expect(follower.finalised()).toBe(3);
    chain.grow("b", 5, 2);
    await leader.poll();
    await leader.poll();
    await follower.poll();
    await follower.poll();
    expect(follower.view()).toEqual(hashes("a1 a2 a3 a4 b5 b6"));
    expect(leader.view()).toEqual(follower.view());
  });

  test("behavior: the other one goes on where the leader stopped, and neither misses or repeats a block", async () => {
    const chain = recorded();
    chain.grow("a", 1, 3);
    const [a, b] = [await join(chain.source, { leads: true }), await join(chain.source, { leads: false })];
    await a.poll();
    a.given.leads = false;
    b.given.leads = true;
    chain.grow("a", 4, 2);
    await b.poll(); // first what the store has
    await b.poll();
    await a.poll();
    expect(b.view()).toEqual(hashes("a1 a2 a3 a4 a5"));
    expect(a.view()).toEqual(b.view());
  });

  test("error: a reorg below finality halts whoever leads and whoever follows, until an operator accepts it", async () => {
    const chain = recorded();
    chain.grow("a", 1, 6);
    const [leader, follower] = [await join(chain.source, { leads: true }), await join(chain.source, { leads: false })];
    await leader.poll();
    await follower.poll();
    chain.grow("b", 3, 6);
    for (const each of [leader, follower, leader]) {
      await expect(each.poll()).rejects.toMatchObject({ code: "reorg_below_finality" });
      expect(each.halted()).toMatch(/reorganised below block 4/);
    }
    await resumeChain(database, "S", "the test", 1);
    for (const each of [leader, leader, follower, follower]) await each.poll();
    expect([leader.halted(), follower.halted()]).toEqual([null, null]);
    expect(leader.view()).toEqual(hashes("a1 a2 b3 b4 b5 b6 b7 b8"));
    expect(follower.view()).toEqual(leader.view());
  });

  test("behavior: what was stored before an error is handed on after it", async () => {
    const chain = recorded();
    chain.grow("a", 1, 3);
    const leader = await join(chain.source, { leads: true, failing: true });
    await expect(leader.poll()).rejects.toThrow("lost after it was stored");
    leader.given.failing = false;
    await leader.poll();
    expect(leader.view()).toEqual(hashes("a1 a2 a3"));
  });

  test("behavior: a role plans what came while it was off, once, whoever read it", async () => {
    const chain = recorded();
    chain.grow("a", 1, 6);
    const leader = await join(chain.source, { leads: true });
    await leader.poll();
    const plans = ["x", "y"].map((role) => ({
      role,
      plan: (events: { blockHash: Hex }[]) =>
        events.map(({ blockHash }) => ({ kind: role, key: `${role}:${blockHash}`, payload: {} })),
    }));
    let on = "x";
    const lease = (role: string): Lease => ({ held: () => role === on, fence: async () => {} });
    const planner = createFinalPlanner({ database, plans, lease, clock });
    const until = (finalised: number) => ({ finalised, history: 0 });
    const keys = async () => (await listMessages(database, { limit: 99 })).map(({ key }) => key).sort();
    await planner.plan("S", 1, until(leader.finalised()));
    expect(await keys()).toEqual(["x:0xa1", "x:0xa2", "x:0xa3", "x:0xa4"]);
    on = "y";
    await planner.plan("S", 1, until(3));
    on = "x";
    await planner.plan("S", 1, until(4));
    expect(await keys()).toEqual(["x:0xa1", "x:0xa2", "x:0xa3", "x:0xa4", "y:0xa1", "y:0xa2", "y:0xa3"]);
    // A store from before: roles without a cursor go on where it was.
    await database.exec("delete from plans; delete from messages; insert into plans values ('S', '*', 3)");
    await createFinalPlanner({ database, plans, lease, clock }).plan("S", 1, until(4));
    expect(await keys()).toEqual(["x:0xa4"]);
  });
});
