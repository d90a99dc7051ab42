import { describe, expect, test } from "vitest";
import type { Message } from "../store/messages.ts";
import { backstopMs, maxReverts, provingRecheckMs, refusal, transition } from "./transitions.ts";

const row: Message = {
  id: 7,
  kind: "batch",
  key: "batch:1:0xaa",
  state: "due",
  payload: { chunk: 1 },
  progress: {},
  attempts: 0,
  nextAttemptAt: 100,
  wakeOn: "block:S",
  waitingFor: "something",
  lastError: null,
  version: 3,
  createdAt: 50,
  updatedAt: 90,
};
const context = { now: 1_000, random: 0.5 };
const failure = { code: "rpc", severity: "retryable", message: "no answer" } as const;

describe("transition", () => {
  test("default: due → proving → ready → sending → done", () => {
    const proving = transition(row, { type: "proving", proofKey: "p" }, context);
    expect(proving).toMatchObject({ state: "proving", progress: { proofKey: "p" }, wakeOn: "proof:p" });
    expect(proving.nextAttemptAt).toBe(1_000 + provingRecheckMs);
    const ready = transition(proving, { type: "proved" }, context);
    expect(ready).toMatchObject({ state: "ready", nextAttemptAt: 1_000, wakeOn: null });
    const sending = transition(ready, { type: "sending", transactionId: 4, intermediate: false }, context);
    expect(sending).toMatchObject({ state: "sending", wakeOn: "tx:4", progress: { proofKey: "p", transactionId: 4 } });
    expect(transition(sending, { type: "done" }, context)).toMatchObject({
      state: "done",
      wakeOn: null,
      waitingFor: null,
    });
  });

  test("behavior: never changes its input", () => {
    const frozen = Object.freeze({ ...row, progress: Object.freeze({}) });
    expect(() => transition(frozen, { type: "proving", proofKey: "p" }, context)).not.toThrow();
  });

  test("behavior: waiting keeps the state, says why, and has a backstop", () => {
    const waiting = transition(row, { type: "wait", reason: "the DVNs", wakeOn: "block:D" }, context);
    expect(waiting).toMatchObject({
      state: "due",
      waitingFor: "the DVNs",
      wakeOn: "block:D",
      nextAttemptAt: 1_000 + backstopMs,
    });
    expect(transition(row, { type: "wait", reason: "r", delayMs: 30 }, context).nextAttemptAt).toBe(1_030);
  });

  test("behavior: a reverted transaction goes back to where its proof is kept, with back-off", () => {
    const sending = { ...row, state: "sending" as const, progress: { proofKey: "p", transactionId: 4 }, attempts: 1 };
    const again = transition(sending, { type: "resend", error: failure }, context);
    expect(again).toMatchObject({ state: "ready", progress: { proofKey: "p" }, attempts: 2, lastError: failure });
    expect(again.progress.transactionId).toBeUndefined();
    expect(again.nextAttemptAt).toBe(1_000 + 1_500); // 2nd failure: 2 s, half of it fixed, half of it jitter at 0.5
    expect(
      transition({ ...sending, progress: { transactionId: 4 } }, { type: "resend", error: failure }, context).state,
    ).toBe("due");
  });

  test("behavior: transactions that always revert are given up after so many, and an operator's retry counts anew", () => {
    const reverted = { ...failure, code: "reverted", message: "transaction 0x1 reverted with Poisoned(7)" };
    let now: Message = row;
    for (let count = 1; count <= maxReverts; count++) {
      expect(now.state).toBe("due");
      const sending = transition(now, { type: "sending", transactionId: count, intermediate: false }, context);
      now = transition(sending, { type: "resend", error: reverted }, context);
      expect(now.progress.reverts).toBe(count);
    }
    expect(now).toMatchObject({ state: "dead", waitingFor: "an operator", lastError: { severity: "permanent" } });
    expect(now.lastError?.message).toContain(
      "5 transactions for it were mined and reverted, the last: transaction 0x1",
    );
    const again = transition(now, { type: "retry", by: "ann" }, context);
    expect(again).toMatchObject({ state: "due", attempts: 0, progress: {} });
    // Lost ones cost nothing.
    expect(transition(row, { type: "resend", error: failure }, context).progress.reverts).toBeUndefined();
  });

  test("behavior: what was held back is not any more once it is sent", () => {
    const held = { ...row, progress: { heldSince: 900 } };
    const sending = transition(held, { type: "sending", transactionId: 4, intermediate: false }, context);
    expect(sending.progress).toEqual({ transactionId: 4, intermediate: false });
  });

  test("behavior: an intermediate transaction leads on at once and is no failure", () => {
    const sending = { ...row, state: "sending" as const, progress: { transactionId: 4, intermediate: true } };
    expect(transition(sending, { type: "advanced" }, context)).toMatchObject({
      state: "due",
      attempts: 0,
      progress: {},
      nextAttemptAt: 1_000,
    });
  });

  test("error: retryable backs off, permanent is a dead letter", () => {
    expect(transition(row, { type: "failed", error: failure }, context)).toMatchObject({
      state: "due",
      attempts: 1,
      nextAttemptAt: 1_750,
    });
    const dead = transition(row, { type: "failed", error: { ...failure, severity: "permanent" } }, context);
    expect(dead).toMatchObject({ state: "dead", attempts: 1 });
  });

  test("behavior: void says why", () => {
    expect(transition(row, { type: "void", reason: "a reorg" }, context)).toMatchObject({
      state: "void",
      waitingFor: "a reorg",
    });
  });
});

describe("what an operator does", () => {
  const retry = { type: "retry", by: "alice" } as const;
  const skip = { type: "skip", by: "alice", why: "sold elsewhere" } as const;
  const dead: Message = { ...row, state: "dead", attempts: 5, lastError: failure };

  test("default: retry makes it due now, with its attempts forgotten and its last error kept", () => {
    expect(transition(dead, retry, context)).toMatchObject({
      state: "due",
      attempts: 0,
      nextAttemptAt: 1_000,
      wakeOn: null,
      lastError: failure,
      waitingFor: "its next step: alice asked for another try",
    });
  });

  test("behavior: retry keeps a proof that is there and drops one that failed", () => {
    const proved = { ...dead, progress: { proofKey: "p", transactionId: 4, intermediate: true } };
    expect(transition(proved, retry, context)).toMatchObject({ state: "ready", progress: { proofKey: "p" } });
    expect(transition(proved, retry, context).progress).toEqual({ proofKey: "p" });
    const anew = transition(proved, { ...retry, proofFailed: true }, context);
    expect(anew).toMatchObject({ state: "due", progress: {} });
  });

  test("behavior: skip records who, why and when", () => {
    const skipped = transition({ ...dead, progress: { proofKey: "p" } }, skip, context);
    expect(skipped).toMatchObject({
      state: "skipped",
      progress: { proofKey: "p", skipped: { by: "alice", why: "sold elsewhere", at: 1_000 } },
      wakeOn: null,
      waitingFor: "nothing: alice skipped it: sold elsewhere",
    });
    expect(() => transition(skipped, retry, context)).toThrow("alice skipped it, and that is final");
    expect(() => transition(skipped, skip, context)).toThrow("final");
  });

  test.each([
    ["due", undefined, undefined],
    ["ready", undefined, undefined],
    ["dead", undefined, undefined],
    ["proving", /its proof is being made/, undefined],
    ["void", /comes back by itself/, undefined],
    ["sending", /transaction 4 is in flight/, /transaction 4 is in flight/],
    ["done", /had its effect/, /had its effect/],
    ["skipped", /final/, /final/],
  ] as const)("error: %s", (state, noRetry, noSkip) => {
    const message: Message = { ...row, state, progress: { transactionId: 4 } };
    for (const [input, pattern] of [
      [retry, noRetry],
      [skip, noSkip],
    ] as const) {
      const why = refusal(message, input.type);
      if (pattern === undefined) expect(why).toBeUndefined();
      else {
        expect(why).toMatch(pattern);
        expect(() => transition(message, input, context)).toThrow(`Message 7 (batch:1:0xaa) is ${state}`);
      }
    }
  });
});
