import { encodeErrorResult, parseAbi, RawContractError } from "viem";
import { expect, test } from "vitest";
import type { TransactionRequest } from "../delivery/delivery.ts";
import type { Message } from "../store/messages.ts";
import type { MessageKind } from "./kinds.ts";
import { haltedReason } from "../store/halts.ts";
import { NotNowError } from "./errors.ts";
import { guardedStep, step, type StepServices } from "./step.ts";

const message = { key: "settle:9:42", state: "due", payload: {}, progress: {} } as unknown as Message;
const handoverMs = 20_000;

/** When the step proves, milliseconds after it first could. */
async function turnOf(raced: MessageKind["raced"], race = { index: 0, of: 1 }, started?: number): Promise<number> {
  let now = 0;
  const services = {
    clock: { now: () => now },
    race: { ...race, handoverMs: 5_000, proofHandoverMs: handoverMs },
    proofs: { request: async () => {} },
    finalised: () => -1,
  } as unknown as StepServices;
  const kind = {
    kind: "settle",
    raced,
    chain: () => "S",
    done: async () => false,
    prepare: async () => ({ type: "prove", request: { key: "settle:9:42", circuit: "settle", request: {} } }),
  } as unknown as MessageKind<unknown>;
  let progress = { ...message.progress, ...(started === undefined ? {} : { actionableSince: started }) };
  for (;;) {
    const { input } = await step(kind, { ...message, progress }, services);
    if (input.type === "proving") return now;
    if (input.type !== "wait") throw new Error(`got ${input.type}`);
    expect(input.reason).toBe("another relayer goes first");
    progress = { ...progress, ...input.progress };
    now += input.delayMs!;
  }
}

test("behavior: a place that the kind knows goes before the configuration's, and each has its turn", async () => {
  const turns = await Promise.all([0, 1, 2].map((index) => turnOf({ index, of: 3 })));
  expect(turns.sort((a, b) => a - b)).toEqual([0, handoverMs, 2 * handoverMs]);
});

test("behavior: what is raced takes the configuration's place, what is not has no turn", async () => {
  const turns = await Promise.all([0, 1].map((index) => turnOf(true, { index, of: 2 })));
  expect(turns.sort((a, b) => a - b)).toEqual([0, handoverMs]);
  expect(await turnOf(false, { index: 1, of: 2 })).toBe(0);
});

test("behavior: nothing is done on a halted chain, nor for an event of one", async () => {
  const kind = { kind: "dvn", chain: () => "D", done: async () => true } as unknown as MessageKind<unknown>;
  const services = (halted: string) =>
    ({
      halted: (chain: string) => (chain === halted ? "reorganised" : null),
      finalised: () => 9,
    }) as unknown as StepServices;
  const planned = { ...message, origin: { chain: "S", block: 5, hash: "0x05" } } as Message;
  for (const halted of ["S", "D"])
    expect((await step(kind, planned, services(halted))).input).toMatchObject({
      type: "wait",
      wakeOn: `resumed:${halted}`,
    });
  expect((await step(kind, message, services("S"))).input).toEqual({ type: "done" });
});

test("behavior: what an event that vanished had asked for is void, and waits while its block is read again", async () => {
  const kind = { kind: "dvn", chain: () => "D", done: async () => false } as unknown as MessageKind<unknown>;
  const planned = { ...message, origin: { chain: "S", block: 5, hash: "0x05" } } as Message;
  const input = async (found: "gone" | "unread") =>
    (await step(kind, planned, { finalised: () => -1, origin: async () => found } as unknown as StepServices)).input;
  expect(await input("gone")).toMatchObject({ type: "void", reason: expect.stringContaining("block 5") });
  expect(await input("unread")).toMatchObject({ type: "wait", wakeOn: "final:S" });
});

test("behavior: without a quorum of RPCs nothing is done either, until something is final again", async () => {
  const kind = { kind: "seal", chain: () => "S", done: async () => true } as unknown as MessageKind<unknown>;
  const services = { unagreed: () => "two say otherwise", finalised: () => 9 } as unknown as StepServices;
  expect((await step(kind, message, services)).input).toMatchObject({ type: "wait", wakeOn: "final:S" });
});

/** Services whose delivery answers so. */
const sending = (submit: (request: TransactionRequest) => Promise<never>, now = 5_000) =>
  ({
    clock: { now: () => now },
    race: { index: 0, of: 1, handoverMs: 1, proofHandoverMs: 1 },
    delivery: { submit },
    errors: parseAbi(["error TooSoon(uint256 until)"]),
    finalised: () => -1,
  }) as unknown as StepServices;
const kindThat = (prepare: () => Promise<unknown>) =>
  ({
    kind: "attest",
    raced: false,
    chain: () => "S",
    done: async () => false,
    prepare,
  }) as unknown as MessageKind<unknown>;
const sends = kindThat(async () => ({ type: "send", request: { chain: "S", effects: ["e"] } }));

test("behavior: what does not pay waits for the next block with its reason, since when is kept, and is no failure", async () => {
  const heldSince: (number | undefined)[] = [];
  const services = sending(async (request) => {
    heldSince.push(request.heldSince);
    throw new NotNowError("unprofitable", "gas to be cheaper: it earns 1 and costs 2");
  });
  const { input } = await guardedStep(sends, message, services);
  expect(input).toEqual({
    type: "wait",
    reason: "gas to be cheaper: it earns 1 and costs 2",
    wakeOn: "block:S",
    progress: { heldSince: 5_000 },
  });
  const later = await guardedStep(sends, { ...message, progress: { heldSince: 3_000 } }, services);
  expect(later.input).toMatchObject({ progress: { heldSince: 3_000 } });
  expect(heldSince).toEqual([undefined, 3_000]);
});

test("behavior: a base fee above the cap is waited for too, without counting as unprofitable", async () => {
  const services = sending(async () => {
    throw new NotNowError("gas_above_cap", "the base fee of S to fall");
  });
  expect((await guardedStep(sends, message, services)).input).toMatchObject({ type: "wait", progress: {} });
});

test("behavior: a chain that is halted while a transaction is prepared holds it back, until an operator has looked", async () => {
  const rests: (readonly string[] | undefined)[] = [];
  const services = sending(async (request) => {
    rests.push(request.restsOn);
    throw new NotNowError("halted", haltedReason("M"), { details: { chain: "M" } });
  });
  const fromM = { ...message, origin: { chain: "M", block: 3, hash: "0x03" as const } };
  const { input } = await guardedStep(sends, fromM, services);
  expect(input).toEqual({ type: "wait", reason: haltedReason("M"), wakeOn: "resumed:M", progress: {} });
  expect(rests).toEqual([["S", "M"]]);
});

test("error: a read that reverts is told by the contract's error and its arguments", async () => {
  const services = sending(async () => Promise.reject(new Error("not asked")));
  const data = encodeErrorResult({ abi: services.errors, errorName: "TooSoon", args: [42n] });
  const reverts = kindThat(async () => {
    throw Object.assign(new RawContractError({ data }), { functionName: "quoteAttest" });
  });
  expect((await guardedStep(reverts, message, services)).input).toMatchObject({
    type: "failed",
    error: {
      code: "simulation_reverted",
      message: "quoteAttest: the call would revert with TooSoon(42)",
      details: { error: "TooSoon", args: "42" },
    },
  });
});

test("behavior: a turn that began at a time to come, before the clock was set back, is no longer than others", async () => {
  const turns = await Promise.all([0, 1].map((index) => turnOf(true, { index, of: 2 }, 3_600_000)));
  expect(turns.sort((a, b) => a - b)).toEqual([0, handoverMs]);
});
