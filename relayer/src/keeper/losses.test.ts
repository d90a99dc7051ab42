import { decodeFunctionData, encodeAbiParameters, encodeEventTopics, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { creditPoolAbi, engineAbi } from "../chain/abis.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { Message } from "../store/messages.ts";
import { createLossKinds } from "./losses.ts";
import { applyToMargin, emptyMarginView } from "./marginView.ts";

const NOW = 1_000_000;
const keeper = privateKeyToAccount(`0x${"11".repeat(32)}`);
const account: Hex = `0x${"ac".repeat(32)}`;
const market: Hex = `0x${"3a".repeat(32)}`;
const [DOMAIN, LOCK] = [7n, 42n];

type Known = typeof engineAbi | typeof creditPoolAbi;

/** An event as the store keeps it. */
function event(blockNumber: number, abi: Known, eventName: string, args: Record<string, unknown>): StoredEvent {
  const item = abi.find((each) => each.type === "event" && each.name === eventName);
  if (item?.type !== "event") throw new Error(`no event ${eventName}`);
  const plain = item.inputs.filter((input) => !input.indexed);
  const data = encodeAbiParameters(plain, plain.map((input) => args[input.name]) as never);
  const topics = encodeEventTopics({ abi: [item], eventName: item.name, args });
  const contract = abi === creditPoolAbi ? "pool" : "engine";
  return { contract, name: eventName, topics, data, blockNumber } as unknown as StoredEvent;
}

const started = (block: number) =>
  event(block, engineAbi, "AuctionStarted", { account, lockNullifier: LOCK, guarantee: 1n, endsAt: NOW });
const takenOver = (block: number) =>
  event(block, engineAbi, "TakenOver", {
    account,
    domain: DOMAIN,
    lockNullifier: LOCK,
    claim: 1n,
    guaranteed: 1n,
    debtAssets: 1n,
    seizurePricesX64: new Array<bigint>(8).fill(0n),
  });

function world(
  given: Partial<{ covered: boolean; endsAt: number; recovered: boolean; debt: bigint; locks: bigint[] }>,
) {
  const state = { covered: false, endsAt: NOW - 600, recovered: false, debt: 5n, locks: [] as bigint[], ...given };
  const view = emptyMarginView();
  view.accounts.set(account, { id: account, market, controller: keeper.address });
  const answers: Record<string, () => unknown> = {
    isCovered: () => state.covered,
    auction: () => ({ endsAt: state.endsAt }),
    lot: () => ({ recovered: state.recovered }),
    account: () => ({ locks: state.locks }),
    debtOf: () => state.debt,
  };
  const context = {
    marginChain: { engine: `0x${"dd".repeat(20)}` },
    markets: new Map([[market, { pool: `0x${"aa".repeat(20)}` }]]),
    accounts: () => view,
    margin: {
      name: "D",
      head: () => ({ number: 1, timestamp: NOW }),
      client: { readContract: async ({ functionName }: { functionName: string }) => answers[functionName]!() },
    },
  } as unknown as RoleContext;
  const { kinds, planners } = createLossKinds(context, { keeper, takeoverDelaySeconds: 600 });
  const kind = (name: string) => kinds.find((each) => each.kind === name) as unknown as MessageKind<unknown>;
  return {
    state,
    apply: (...events: StoredEvent[]) => events.forEach((each) => applyToMargin(view, each)),
    plan: () => planners[0]!.plan(),
    done: (name: string, payload: unknown, block?: number) =>
      kind(name).done(payload, block === undefined ? { blockTag: "latest" } : { blockNumber: BigInt(block) }),
    /** The engine's function that is called, or why nothing is. */
    async action(name: string, payload: unknown) {
      const action = await kind(name).prepare({ payload } as Message, undefined);
      if (action.type === "send") return decodeFunctionData({ abi: engineAbi, data: action.request.data });
      if (action.type === "prove") throw new Error("nothing is proved here");
      return { [action.type]: action.reason };
    },
  };
}

describe("takeover", () => {
  const payload = { account, lockNullifier: LOCK, startBlock: 3 };

  test("default: one for every auction that runs, and none when it has ended", async () => {
    const w = world({});
    expect(await w.plan()).toEqual([]);
    w.apply(started(3));
    expect(await w.plan()).toEqual([{ kind: "takeover", key: `takeover:${account}:42:3`, payload }]);
    expect(await w.done("takeover", payload)).toBe(false);
    w.apply(event(5, engineAbi, "LockRetired", { account, domain: DOMAIN, lockNullifier: LOCK }));
    expect(await w.done("takeover", payload, 4)).toBe(false);
    expect(await w.done("takeover", payload, 5)).toBe(true);
    expect(await w.plan()).toEqual([]);
  });

  test("behavior: buyers have their time, and a covered account is left alone", async () => {
    const w = world({ endsAt: NOW + 1 - 599 });
    w.apply(started(3));
    expect(await w.action("takeover", payload)).toEqual({ wait: `a buyer, until ${NOW + 2}` });
    w.state.endsAt -= 1;
    expect(await w.action("takeover", payload)).toMatchObject({ functionName: "takeOver", args: [account, LOCK] });
    w.state.covered = true;
    expect(await w.action("takeover", payload)).toHaveProperty("wait");
  });

  test("behavior: void when a reorg took the auction away", async () => {
    expect(await world({}).action("takeover", payload)).toHaveProperty("void");
  });
});

describe("lot sale", () => {
  const payload = { domain: DOMAIN, lockNullifier: LOCK };

  test("default: after a takeover, once S has spoken, once", async () => {
    const w = world({ debt: 0n });
    w.apply(started(3), takenOver(6));
    const planned = (await w.plan()).filter(({ kind }) => kind === "lotSale");
    expect(planned).toEqual([{ kind: "lotSale", key: `lotSale:${DOMAIN}/${LOCK}`, payload }]);
    expect(await w.action("lotSale", payload)).toHaveProperty("wait");
    w.state.recovered = true;
    expect(await w.action("lotSale", payload)).toMatchObject({ functionName: "startLotSale", args: [DOMAIN, LOCK] });
    w.apply(event(9, engineAbi, "LotSaleStarted", { domain: DOMAIN, lockNullifier: LOCK, startPrice: 1n }));
    expect(await w.done("lotSale", payload, 8)).toBe(false);
    expect(await w.done("lotSale", payload, 9)).toBe(true);
    expect((await w.plan()).filter(({ kind }) => kind === "lotSale")).toEqual([]);
  });
});

describe("write-off", () => {
  test("default: when the last lock is gone and something is owed", async () => {
    const w = world({});
    w.apply(takenOver(6));
    const [message] = (await w.plan()).filter(({ kind }) => kind === "writeOff");
    expect(message).toMatchObject({ key: `writeOff:${account}:0`, payload: { account, count: 0 } });
    expect(await w.action("writeOff", message!.payload)).toMatchObject({ functionName: "writeOff", args: [account] });
    w.apply(event(8, engineAbi, "WrittenOff", { account, debtAssets: 5n }));
    expect(await w.done("writeOff", message!.payload, 7)).toBe(false);
    expect(await w.done("writeOff", message!.payload, 8)).toBe(true);
    w.state.debt = 0n;
    expect(await w.action("writeOff", { account, count: 1 })).toHaveProperty("void");
  });

  test("behavior: not while a lock is left, nor when nothing is owed", async () => {
    const owesNothing = world({ debt: 0n });
    owesNothing.apply(takenOver(6));
    expect((await owesNothing.plan()).filter(({ kind }) => kind === "writeOff")).toEqual([]);
    expect(await world({ locks: [1n] }).action("writeOff", { account, count: 0 })).toHaveProperty("void");
  });
});

describe("provision", () => {
  const provisioned = (block: number, assets: bigint) =>
    event(block, creditPoolAbi, "Provisioned", { account, assets, allAssets: assets });

  test("default: released when the account is covered again", async () => {
    const w = world({});
    w.apply(provisioned(4, 9n));
    const [message] = await w.plan();
    expect(message).toMatchObject({ kind: "provision", key: `provision:${account}:1` });
    expect(await w.action("provision", message!.payload)).toHaveProperty("wait");
    w.state.covered = true;
    expect(await w.action("provision", message!.payload)).toMatchObject({ functionName: "provision" });
    expect(await w.done("provision", message!.payload)).toBe(false);
    w.apply(provisioned(7, 0n));
    expect(await w.done("provision", message!.payload, 7)).toBe(true);
    expect(await w.plan()).toEqual([]);
  });
});
