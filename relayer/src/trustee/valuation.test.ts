import { trusteeKeyOf } from "@hypothec/sdk";
import { decodeFunctionData, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { engineAbi } from "../chain/abis.ts";
import { emptyMarginView, lockKey } from "../keeper/marginView.ts";
import { domainIn } from "../layerzero/domainState.ts";
import type { StoredProof } from "../prover/proofs.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Message } from "../store/messages.ts";
import { createKeyOpener } from "./keyOpener.ts";
import { createTrustee } from "./role.ts";

const secret = 5n;
const trustee = privateKeyToAccount(`0x${"11".repeat(32)}`);
const [account, market]: Hex[] = [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`];
const vaultChain = { eid: 1, vault: `0x${"aa".repeat(20)}` };
const marginChain = { eid: 2, engine: `0x${"dd".repeat(20)}` };
const payload = { account: account!, lockNullifier: 42n, startBlock: 7 };

/** An auction of a lock whose trustee we are, unless `served` says otherwise. */
function world(
  given: Partial<{ claim: bigint; guarantee: bigint; posted: bigint; finalised: number; served: boolean }>,
) {
  const state = { claim: 100n, guarantee: 80n, posted: 0n, finalised: 7, served: true, ...given };
  const view = emptyMarginView();
  const { x, y } = trusteeKeyOf(state.served ? secret : 6n).key;
  const answers: Record<string, () => unknown> = {
    auction: () => ({ guarantee: state.guarantee }),
    quoteBuy: () => [state.claim, 1n, []],
    valuation: () => state.posted,
  };
  const context = {
    vaultChain,
    marginChain,
    markets: new Map([[market, { trustee: { x: x.toString(), y: y.toString() } }]]),
    vault: { name: "S" },
    margin: {
      name: "D",
      finalised: () => state.finalised,
      client: { readContract: async ({ functionName }: { functionName: string }) => answers[functionName]!() },
    },
    accounts: () => view,
  } as unknown as RoleContext;
  view.accounts.set(account!, { id: account!, market: market!, controller: trustee.address });
  const sealed = { account: account!, domain: 0n, lockNullifier: 42n, ephemeral: { x: 0n, y: 1n }, sealed: [] };
  view.proofs.set(lockKey(domainIn(context), 42n), sealed);
  view.auctions.push({ account: account!, lockNullifier: 42n, startBlock: 7, endBlock: null });
  const role = createTrustee(context, createKeyOpener(context, [secret]), trustee);
  const kind = role.kinds.find((each) => each.kind === "valuation") as unknown as MessageKind<typeof payload>;
  const message = { key: "valuation", payload } as Message<typeof payload>;
  return {
    state,
    view,
    plan: () => role.planners[0]!.plan(),
    build: () => role.valuer(payload as never),
    begin: () => kind.prepare(message, undefined),
    done: () => kind.done(payload, { blockTag: "latest" }),
    send: () => kind.prepare(message, { result: { call, proof: zk } } as unknown as StoredProof),
  };
}

const zk = { points: Array<bigint>(8).fill(1n), commitment: 2n };
const call = {
  sourceId: 0,
  root: 1n,
  lockNullifier: 42n,
  coverageMantissa: 90,
  coverageExponent: 0,
  snapshot: 0,
  floorBps: 0,
  profile: 0,
  riskVersion: 0,
  expiry: 9,
  deadline: 9,
  ephemeral: { x: 1n, y: 2n },
  sealedOpening: [1n, 2n, 3n, 4n, 5n],
};

describe("valuation", () => {
  test("default: proves and posts when the claim is more than the guarantee, once", async () => {
    const w = world({});
    expect(await w.plan()).toMatchObject([{ kind: "valuation", payload }]);
    expect(await w.begin()).toMatchObject({ type: "prove", request: { circuit: "margin", request: payload } });
    const action = await w.send();
    if (action.type !== "send") throw new Error(`got ${action.type}`);
    expect(action.request.account).toBe(trustee);
    const { functionName, args } = decodeFunctionData({ abi: engineAbi, data: action.request.data });
    expect([functionName, args[0]]).toEqual(["postValuation", account]);
    expect(await w.done()).toBe(false);
    w.state.posted = 90n;
    expect(await w.done()).toBe(true);
  });

  test("behavior: nothing is opened while the guarantee pays the claim, nor before the auction is final", async () => {
    const paid = world({ claim: 80n });
    expect(await paid.begin()).toMatchObject({ type: "wait", wakeOn: "block:D" });
    await expect(paid.build()).rejects.toMatchObject({ code: "not_due" });
    const young = world({ finalised: 6 });
    expect(await young.begin()).toMatchObject({ type: "wait", wakeOn: "final:D" });
    await expect(young.build()).rejects.toMatchObject({ code: "not_due" });
  });

  test("behavior: nothing is opened after the auction, nor for another trustee", async () => {
    const over = world({});
    over.view.auctions[0]!.endBlock = 8;
    expect(await over.done()).toBe(true);
    expect(await over.plan()).toEqual([]);
    await expect(over.build()).rejects.toMatchObject({ code: "not_due" });
    const foreign = world({ served: false });
    expect(await foreign.begin()).toMatchObject({ type: "void" });
    await expect(foreign.build()).rejects.toMatchObject({ code: "no_opening" });
  });

  test("behavior: void when a reorg took the auction away", async () => {
    const w = world({});
    w.view.auctions.length = 0;
    expect(await w.begin()).toMatchObject({ type: "void" });
  });
});
