import { decodeFunctionData, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { engineAbi } from "../chain/abis.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Message } from "../store/messages.ts";
import { createLotKinds, lotProfitBps } from "./lots.ts";
import { emptyMarginView, lockKey, type Lot } from "./marginView.ts";

const X64 = 1n << 64n;
const NOW = 100 * 86_400;
const buyer = privateKeyToAccount(`0x${"11".repeat(32)}`);
const recipient: Hex = `0x${"22".repeat(20)}`;
const payload = { domain: 7n, lockNullifier: 42n };
const market: Hex = `0x${"3a".repeat(32)}`;

test("lotProfitBps: what it is worth beyond its price, rounded down; no price is no worth", () => {
  const lot = { amounts: [10n, 5n], livePricesX64: [100n * X64, 0n], price: 800n, debtPriceX64: X64 };
  expect(lotProfitBps(lot)).toBe(2_500n);
  expect(lotProfitBps({ ...lot, livePricesX64: [100n * X64, 100n * X64] })).toBe(8_750n);
  expect(lotProfitBps({ ...lot, price: 1_001n })).toBe(-10n);
  expect(lotProfitBps({ ...lot, price: 0n })).toBeUndefined();
});

function world(given: Partial<Lot> = {}, bought = true) {
  const chain = {
    price: 800n,
    startedAt: 1,
    sold: false,
    recovered: true,
    takenAt: NOW,
    balance: 10_000n,
    allowance: 10_000n,
  };
  const view = emptyMarginView();
  const known: Lot = { ...payload, saleBlock: 3, soldBlock: null, writtenDownBlock: null, ...given };
  view.lots.set(lockKey(payload.domain, payload.lockNullifier), known);
  const answers: Record<string, () => unknown> = {
    lot: () => ({ ...chain, market, amountsLo: 10n, amountsHi: 0n }),
    livePrices: () => [100n * X64, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
    debtPriceX64: () => X64,
    balanceOf: () => chain.balance,
    allowance: () => chain.allowance,
  };
  const context = {
    marginChain: { engine: `0x${"dd".repeat(20)}` },
    markets: new Map([
      [market, { pool: `0x${"aa".repeat(20)}`, debtToken: `0x${"bb".repeat(20)}`, debtSymbol: "USDC" }],
    ]),
    accounts: () => view,
    margin: {
      name: "D",
      head: () => ({ number: 1, timestamp: NOW }),
      client: { readContract: async ({ functionName }: { functionName: string }) => answers[functionName]!() },
    },
  } as unknown as RoleContext;
  const lots = bought ? { recipient, maxSpend: 900n, minProfitBps: 300n } : undefined;
  const { kinds, planners } = createLotKinds(context, { buyer, lots });
  const kind = (name: string) => kinds.find((each) => each.kind === name) as unknown as MessageKind<unknown>;
  return {
    chain,
    known,
    plan: async () => (await planners[0]!.plan()).map(({ kind: what }) => what),
    prepare: (name: string) => kind(name).prepare({ payload } as Message, undefined),
    done: (name: string) => kind(name).done(payload, { blockTag: "latest" }),
  };
}

describe("buying a lot", () => {
  test("default: at a profit, for the recipient, once its sale runs", async () => {
    const w = world();
    expect(await w.plan()).toEqual(["buyLot"]);
    const action = await w.prepare("buyLot");
    if (action.type !== "send") throw new Error(action.type);
    expect(decodeFunctionData({ abi: engineAbi, data: action.request.data })).toMatchObject({
      functionName: "buyLot",
      args: [7n, 42n, 800n, expect.stringMatching(new RegExp(recipient, "i"))],
    });
    expect(await w.done("buyLot")).toBe(false);
    w.known.soldBlock = 9;
    expect([await w.done("buyLot"), await w.plan()]).toEqual([true, []]);
  });

  test("behavior: waits for its price to fall, and for what may be spent; approves first", async () => {
    const w = world();
    w.chain.price = 980n;
    expect(await w.prepare("buyLot")).toMatchObject({
      type: "wait",
      reason: expect.stringMatching(/300 bps, it is 204/),
    });
    w.chain.price = 901n;
    expect(await w.prepare("buyLot")).toMatchObject({ type: "wait", reason: expect.stringMatching(/maxSpend/) });
    w.chain.price = 800n;
    w.chain.allowance = 799n;
    expect(await w.prepare("buyLot")).toMatchObject({ type: "send", intermediate: true });
    w.chain.balance = 799n;
    await expect(w.prepare("buyLot")).rejects.toMatchObject({ code: "insufficient_debt_tokens" });
  });

  test("behavior: none where it is off", async () => {
    const w = world({}, false);
    expect(await w.plan()).toEqual([]);
    expect(await w.prepare("buyLot")).toMatchObject({ type: "void" });
  });
});

describe("writing down", () => {
  test("default: sixty days after the takeover, while S has said nothing", async () => {
    const w = world({ saleBlock: null });
    expect(await w.plan()).toEqual(["writeDown"]);
    Object.assign(w.chain, { recovered: false, takenAt: NOW - 60 * 86_400 + 2 });
    expect(await w.prepare("writeDown")).toMatchObject({ type: "wait" });
    w.chain.takenAt -= 1;
    const action = await w.prepare("writeDown");
    if (action.type !== "send") throw new Error(action.type);
    expect(decodeFunctionData({ abi: engineAbi, data: action.request.data }).functionName).toBe("writeDownLot");
    w.known.writtenDownBlock = 4;
    expect([await w.done("writeDown"), await w.plan()]).toEqual([true, []]);
  });

  test("behavior: not once S has spoken", async () => {
    expect(await world({ saleBlock: null }).prepare("writeDown")).toMatchObject({ type: "void" });
  });
});
