import { expect, test } from "vitest";
import type { Message } from "../store/messages.ts";
import type { MessageKind } from "./kinds.ts";
import { step, type StepServices } from "./step.ts";

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

test("behavior: a turn that began at a time to come, before the clock was set back, is no longer than others", async () => {
  const turns = await Promise.all([0, 1].map((index) => turnOf(true, { index, of: 2 }, 3_600_000)));
  expect(turns.sort((a, b) => a - b)).toEqual([0, handoverMs]);
});
