import { decideDecryption, encodeSettleOrder, initCrypto, settleOrderHash, type Council } from "@hypothec/sdk";
import { encodeAbiParameters, encodeEventTopics, zeroHash, type Abi, type AbiEvent, type Hex } from "viem";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { councilOf, lockNullifier, order, sealedLock } from "../../../test/support/seats.ts";
import { engineAbi, orderInboxAbi } from "../chain/abis.ts";
import { emptyMarginView } from "../keeper/marginView.ts";
import { domainIn } from "../layerzero/domainState.ts";
import type { RoleContext } from "../runtime/context.ts";
import { systemClock } from "../runtime/clock.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { insertEvents, type StoredEvent } from "../store/events.ts";
import { migrate } from "../store/migrate.ts";
import { createFinalFacts } from "./finalFacts.ts";
import { createGroundsReader } from "./grounds.ts";

const [account, market]: Hex[] = [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`];
const controller: Hex = `0x${"03".repeat(20)}`;
const vaultChain = { eid: 1, vault: order.vault, orderInbox: `0x${"bb".repeat(20)}` };
const marginChain = { eid: 2, engine: order.engine };
const domain = domainIn({ vaultChain, marginChain } as never);

let council: Council;
let database: Database;
beforeAll(async () => {
  await initCrypto();
  ({ council } = councilOf(2, 3));
  database = await openDatabase();
  await migrate(database, systemClock());
});
beforeEach(() => database.exec("delete from events"));
afterAll(() => database.close());

function eventOf(at: [chain: string, block: number], abi: Abi, name: string, args: Record<string, unknown>) {
  const [chain, blockNumber] = at;
  const { inputs } = abi.find((item) => item.type === "event" && item.name === name) as AbiEvent;
  const topics = encodeEventTopics({ abi, eventName: name, args }) as StoredEvent["topics"];
  const plain = inputs.filter(({ indexed }) => indexed !== true);
  const contract = abi === (engineAbi as Abi) ? "engine" : "orderInbox";
  const data = encodeAbiParameters(
    plain,
    plain.map((input) => args[input.name!]),
  );
  const hash = zeroHash;
  return {
    chain,
    blockNumber,
    logIndex: 0,
    blockHash: hash,
    txHash: hash,
    contract,
    address: hash,
    name,
    topics,
    data,
  };
}

const opened = (block: number) =>
  eventOf(["D", block], engineAbi, "AccountOpened", { account, market, controller, salt: zeroHash });
const proven = (block: number, ephemeral: { x: bigint; y: bigint }, sealed: readonly bigint[]) =>
  eventOf(["D", block], engineAbi, "ProofAccepted", {
    ...{ account, domain, lockNullifier, action: 0, coverage: 1n, snapshot: 0, floorBps: 0, reliedOn: 0 },
    ...{ riskVersion: 0, expiry: 0, root: 0n, ephemeralX: ephemeral.x, ephemeralY: ephemeral.y, sealedOpening: sealed },
  });
const auctioned = (block: number) =>
  eventOf(["D", block], engineAbi, "AuctionStarted", { account, lockNullifier, guarantee: 80n, endsAt: 99 });
const recorded = (block: number, what = order) =>
  eventOf(["S", block], orderInboxAbi, "SettleRecorded", {
    domain,
    lockNullifier,
    order: encodeSettleOrder(what),
  });

/** A node that has seen everything, of which all blocks up to 10 are final. */
async function world(events: StoredEvent[]) {
  await insertEvents(database, events);
  const reads: [name: string, block: bigint | undefined][] = [];
  const head = emptyMarginView();
  const state = {
    executable: [settleOrderHash(order), false] as [Hex, boolean],
    isLockSpent: false,
    auction: { startedAt: 1_234, guarantee: 80n },
    quoteBuy: [100n, 1n, []],
    valuation: 0n,
  };
  const client = {
    async readContract({ functionName, blockNumber }: { functionName: string; blockNumber?: bigint }) {
      reads.push([functionName, blockNumber]);
      return state[functionName as keyof typeof state];
    },
  };
  const { x, y } = council.key;
  const finalised = { S: 10, D: 10 };
  const context = {
    database,
    vaultChain,
    marginChain,
    markets: new Map([[market, { trustee: { x: x.toString(), y: y.toString() } }]]),
    vault: { name: "S", finalised: () => finalised.S, client },
    margin: { name: "D", finalised: () => finalised.D, client },
    accounts: () => head,
  } as unknown as RoleContext;
  const read = createGroundsReader(context, createFinalFacts(context));
  return {
    head,
    state,
    reads,
    finalised,
    settle: () => read({ kind: "settle", domain, lockNullifier }),
    value: (startBlock = 9) => read({ kind: "valuation", domain, lockNullifier, startBlock }),
  };
}

const seal = () => {
  const { ephemeral, sealed } = sealedLock(council);
  return { ephemeral, sealed };
};
const sealed = (block = 2) => [opened(1), proven(block, seal().ephemeral, seal().sealed)];

describe("grounds of a settlement", () => {
  test("default: what final blocks say, enough for the rule", async () => {
    const w = await world([...sealed(), recorded(9)]);
    const found = await w.settle();
    if ("reason" in found) throw new Error(found.reason);
    expect(found.lock).toEqual({ domain, lockNullifier, ...seal(), trustee: council.key });
    expect(decideDecryption(council, found.lock, found.grounds)).toMatchObject({ allowed: true });
    expect(w.reads).toEqual([
      ["executable", 10n],
      ["isLockSpent", undefined],
    ]);
  });

  test("behavior: a SETTLE or a proof that is not final yet is not there", async () => {
    expect(await (await world([...sealed(), recorded(11)])).settle()).toEqual({
      reason: "no SETTLE of this lock is in a final block",
    });
    await database.exec("delete from events");
    expect(await (await world([...sealed(11), recorded(9)])).settle()).toMatchObject({
      reason: expect.stringContaining("no final margin proof"),
    });
  });

  test("behavior: the seal is the last final proof's, and moves on with finality", async () => {
    const other = { x: 5n, y: 6n };
    const w = await world([...sealed(), recorded(9), proven(11, other, [1n, 2n, 3n, 4n, 5n])]);
    expect(await w.settle()).toMatchObject({ lock: { ephemeral: seal().ephemeral } });
    w.finalised.D = 11;
    expect(await w.settle()).toMatchObject({ lock: { ephemeral: other } });
  });

  test("behavior: of several SETTLEs the executable one counts", async () => {
    const later = { ...order, claim: 2_000n };
    const w = await world([...sealed(), recorded(8), recorded(9, later)]);
    expect(await w.settle()).toMatchObject({ grounds: { order: { claim: 1_000n } } });
    w.state.executable = [settleOrderHash(later), false];
    expect(await w.settle()).toMatchObject({ grounds: { order: { claim: 2_000n } } });
  });

  test("behavior: two questions at once add no event twice", async () => {
    const w = await world([...sealed(), auctioned(9), recorded(9)]);
    await Promise.all([w.settle(), w.settle(), w.settle()]);
    expect(await w.settle()).toMatchObject({ grounds: { order: { claim: 1_000n } } });
  });
});

describe("grounds of a valuation", () => {
  const running = { account: account!, lockNullifier, startBlock: 9, endBlock: null };

  test("default: the auction, its claim and its guarantee at the last final block", async () => {
    const w = await world([...sealed(), auctioned(9)]);
    w.head.auctions.push({ ...running });
    const found = await w.value();
    if ("reason" in found) throw new Error(found.reason);
    expect(decideDecryption(council, found.lock, found.grounds)).toMatchObject({ allowed: true });
    expect(w.reads.sort()).toEqual([
      ["auction", 10n],
      ["quoteBuy", 10n],
      ["valuation", undefined],
    ]);
    expect(found.grounds).toMatchObject({ startedAt: 1_234n, claim: 100n, guarantee: 80n, posted: 0n, finalised: 10 });
  });

  test("behavior: an auction that is not final, or another's block, is none", async () => {
    const w = await world([...sealed(), auctioned(11)]);
    w.head.auctions.push({ ...running, startBlock: 11 });
    expect(await w.value(11)).toEqual({ reason: "no auction of this lock that began in block 11 is final" });
    expect(await w.value(9)).toMatchObject({ reason: expect.stringContaining("block 9") });
  });

  test("behavior: one that the head shows to be over is over", async () => {
    const w = await world([...sealed(), auctioned(9)]);
    w.head.auctions.push({ ...running, endBlock: 12 });
    expect(await w.value()).toEqual({ reason: "the auction is over" });
    w.head.auctions.length = 0;
    expect(await w.value()).toEqual({ reason: "the auction is over" });
  });
});
