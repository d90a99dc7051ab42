import { decodeFunctionData, encodeAbiParameters, encodeEventTopics } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { messengerAbi, vaultAbi } from "../chain/abis.ts";
import { domainIn } from "../layerzero/domainState.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Message } from "../store/messages.ts";
import type { StoredEvent } from "../store/events.ts";
import { createStatusSender } from "./status.ts";

const DAY = 86_400;
const NOW = 100 * DAY;
const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const vaultChain = {
  eid: 1,
  vault: `0x${"aa".repeat(20)}`,
  messenger: `0x${"bb".repeat(20)}`,
  orderInbox: `0x${"cc".repeat(20)}`,
};
const marginChain = { eid: 2, engine: `0x${"dd".repeat(20)}`, rootInbox: `0x${"ee".repeat(20)}` };

/** Times in seconds. D was told at `reportedAt` that S had last heard of it at `told`; S has by now heard of it at `seen`. */
function world(given: {
  reportedAt?: number;
  told?: number;
  seen?: number;
  retired?: boolean;
  lastStatus?: number;
  sentAt?: bigint;
  fee?: bigint;
}) {
  const state = {
    reportedAt: NOW - DAY,
    told: NOW - DAY,
    seen: NOW - DAY,
    retired: false,
    lastStatus: 0,
    sentAt: 0n,
    fee: 5n,
    ...given,
  };
  const answers: Record<string, () => unknown> = {
    domainState: () => [BigInt(state.reportedAt), BigInt(state.told), state.retired],
    lastSeen: () => BigInt(state.seen),
    lastStatus: () => BigInt(state.lastStatus),
    recoveredSent: () => state.sentAt,
    quoteStatus: () => ({ nativeFee: state.fee, lzTokenFee: 0n }),
    quoteRecovered: () => ({ nativeFee: state.fee, lzTokenFee: 0n }),
  };
  const chain = (name: string) => ({
    name,
    head: () => ({ number: 1, timestamp: NOW }),
    client: { readContract: async ({ functionName }: { functionName: string }) => answers[functionName]!() },
  });
  const context = { vaultChain, marginChain, vault: chain("S"), margin: chain("D") } as unknown as RoleContext;
  const sender = (statusAfterSeconds = 2 * DAY) =>
    createStatusSender(context, { statusAfterSeconds, maxFee: "5" }, account);
  const kind = (name: string) => sender().kinds.find((each) => each.kind === name) as unknown as MessageKind<unknown>;
  return { state, context, sender, kind, plan: (after?: number) => sender(after).planners[0]!.plan() };
}

describe("STATUS", () => {
  test("default: none while the margin chain's report is young and shows no silence", async () => {
    expect(await world({}).plan()).toEqual([]);
  });

  test("behavior: one when the report is two days old", async () => {
    const [message, ...more] = await world({ reportedAt: NOW - 2 * DAY, lastStatus: 7 }).plan();
    expect(more).toEqual([]);
    expect(message).toMatchObject({ kind: "status", payload: { after: 7 } });
    expect(await world({ reportedAt: NOW - 2 * DAY + 1 }).plan()).toEqual([]);
  });

  test("behavior: one at once when a heartbeat has ended a silence that was reported", async () => {
    const told = NOW - DAY - 15 * DAY - 1;
    expect(await world({ told, seen: NOW - 60 }).plan()).toHaveLength(1);
    expect(await world({ told, seen: told }).plan()).toEqual([]);
    // Borrowing still goes on under this report.
    expect(await world({ told: told + 1, seen: NOW - 60 }).plan()).toEqual([]);
  });

  test("behavior: none while one is on its way, before the first root, for a retired domain, or when turned off", async () => {
    const old = { reportedAt: NOW - 8 * DAY };
    expect(await world({ ...old, lastStatus: NOW - 3_599 }).plan()).toEqual([]);
    expect(await world({ ...old, lastStatus: NOW - 3_600 }).plan()).toHaveLength(1);
    expect(await world({ reportedAt: 0 }).plan()).toEqual([]);
    expect(await world({ ...old, retired: true }).plan()).toEqual([]);
    expect(await world(old).plan(0)).toEqual([]);
  });

  test("behavior: its effect is there once a later one was sent, whoever sent it; the same key until then", async () => {
    const w = world({ reportedAt: NOW - 2 * DAY, lastStatus: 7 });
    const [first] = await w.plan();
    const [second] = await w.plan();
    expect(second!.key).toBe(first!.key);
    const status = w.kind("status");
    expect(await status.done(first!.payload, { blockTag: "latest" })).toBe(false);
    w.state.lastStatus = NOW;
    expect(await status.done(first!.payload, { blockTag: "latest" })).toBe(true);
  });

  test("error: a fee above maxFee", async () => {
    const prepare = (fee: bigint) =>
      world({ fee })
        .kind("status")
        .prepare({ payload: { after: 7 } } as Message, undefined);
    const action = await prepare(5n);
    if (action.type !== "send") throw new Error(`got ${action.type}`);
    expect(action.request.value).toBe(5n);
    expect(decodeFunctionData({ abi: messengerAbi, data: action.request.data }).functionName).toBe("sendStatus");
    await expect(prepare(6n)).rejects.toMatchObject({ code: "fee_too_high" });
  });
});

describe("RECOVERED", () => {
  const settled = (domain: bigint, lockNullifier: bigint): StoredEvent => {
    const topics = encodeEventTopics({ abi: vaultAbi, eventName: "PublicSettled", args: { domain, lockNullifier } });
    const data = encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [700n, 0n]);
    return { contract: "vault", name: "PublicSettled", topics, data } as unknown as StoredEvent;
  };

  test("default: one for each PUBLIC settlement of this domain, once", async () => {
    const w = world({});
    const domain = domainIn(w.context);
    const planned = w.sender().plan([settled(domain, 42n), settled(domain + 1n, 43n)]);
    expect(planned).toEqual([{ kind: "recovered", key: `recovered:${domain}:42`, payload: { lockNullifier: 42n } }]);
    const recovered = w.kind("recovered");
    const action = await recovered.prepare({ payload: planned[0]!.payload } as Message, undefined);
    if (action.type !== "send") throw new Error(`got ${action.type}`);
    expect(action.request.effects).toEqual([planned[0]!.key]);
    const { functionName, args } = decodeFunctionData({ abi: messengerAbi, data: action.request.data });
    expect([functionName, args[3]]).toEqual(["sendRecovered", 42n]);
    expect(await recovered.done(planned[0]!.payload, { blockTag: "latest" })).toBe(false);
    w.state.sentAt = 9n;
    expect(await recovered.done(planned[0]!.payload, { blockTag: "latest" })).toBe(true);
  });
});
