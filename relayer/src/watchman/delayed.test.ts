import { decodeFunctionData, encodeAbiParameters, encodeEventTopics } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { vaultAbi } from "../chain/abis.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Message } from "../store/messages.ts";
import type { StoredEvent } from "../store/events.ts";
import { createDelayedClaims, type DelayedPayload } from "./delayed.ts";

const NOW = 1_000_000;
const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const to = `0x${"22".repeat(20)}` as const;
const vault = `0x${"aa".repeat(20)}` as const;
const payload: DelayedPayload = { slot: 2, index: 3n };

function world(given: { readyAt?: number; amount?: bigint; baseFee?: bigint } = {}) {
  const state = { readyAt: NOW, amount: 5n, baseFee: 10n, ...given };
  const context = {
    vaultChain: { vault },
    vault: {
      name: "S",
      head: () => ({ number: 1, timestamp: NOW }),
      client: {
        readContract: async () => [to, state.amount, BigInt(state.readyAt)],
        getBlock: async () => ({ baseFeePerGas: state.baseFee }),
      },
    },
  } as unknown as RoleContext;
  const claims = createDelayedClaims(context, { account, maxBaseFee: 10n });
  const kind = claims.kinds[0] as unknown as MessageKind<DelayedPayload>;
  return {
    state,
    plan: (events: StoredEvent[]) => claims.plan(events),
    prepare: () => kind.prepare({ payload } as Message<DelayedPayload>, undefined),
    done: () => kind.done(payload, { blockTag: "latest" }),
  };
}

describe("delayed withdrawals", () => {
  test("default: one message for each, from a final block", () => {
    const item = vaultAbi.find((each) => each.type === "event" && each.name === "WithdrawalDelayed");
    if (item?.type !== "event") throw new Error("no such event");
    const values: Record<string, unknown> = { recipient: to, slot: 2, index: 3n, amount: 5n, readyAt: BigInt(NOW) };
    const plain = item.inputs.filter((input) => !("indexed" in input && input.indexed));
    const data = encodeAbiParameters(plain, plain.map(({ name }) => values[name]) as never);
    const topics = encodeEventTopics({ abi: [item], eventName: "WithdrawalDelayed", args: values });
    const event = { contract: "vault", name: "WithdrawalDelayed", topics, data } as unknown as StoredEvent;
    expect(world().plan([event])).toEqual([{ kind: "claimDelayed", key: `claimDelayed:${vault}:2:3`, payload }]);
  });

  test("default: paid when it is due, and done once it is paid, by whomever", async () => {
    const w = world({ readyAt: NOW + 1 });
    const action = await w.prepare();
    if (action.type !== "send") throw new Error(action.type);
    expect(decodeFunctionData({ abi: vaultAbi, data: action.request.data })).toEqual({
      functionName: "claimDelayed",
      args: [2, 3n],
    });
    expect(await w.done()).toBe(false);
    w.state.amount = 0n;
    expect(await w.done()).toBe(true);
  });

  test("behavior: sleeps until it is nearly due, then wakes with every block; waits for cheap gas", async () => {
    expect(await world({ readyAt: NOW + 7 * 86_400 }).prepare()).toMatchObject({ type: "wait", delayMs: 3_600_000 });
    expect(await world({ readyAt: NOW + 161 }).prepare()).toMatchObject({ type: "wait", delayMs: 100_000 });
    const near = await world({ readyAt: NOW + 2 }).prepare();
    expect(near).toMatchObject({ type: "wait", wakeOn: "block:S" });
    expect(near).not.toHaveProperty("delayMs");
    expect(await world({ baseFee: 11n }).prepare()).toMatchObject({ type: "wait", wakeOn: "block:S" });
  });
});
