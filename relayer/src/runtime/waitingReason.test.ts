import { describe, expect, test } from "vitest";
import type { ProofSummary } from "../store/backlog.ts";
import type { Message } from "../store/messages.ts";
import { nextLook, waitingReason, type Circumstances, type KnownTransaction } from "./waitingReason.ts";

const message = (changes: Partial<Message>): Message => ({
  id: 1,
  kind: "batch",
  key: "batch:1",
  state: "due",
  payload: {},
  progress: {},
  attempts: 0,
  nextAttemptAt: 0,
  wakeOn: null,
  waitingFor: null,
  lastError: null,
  version: 0,
  createdAt: 0,
  updatedAt: 0,
  ...changes,
});
const reason = (changes: Partial<Message>, circumstances: Partial<Circumstances> = {}) =>
  waitingReason(message(changes), { now: 10, ...circumstances });

describe("waitingReason", () => {
  test("default: due now, later, or for what its kind says", () => {
    expect(reason({})).toBe("Due: it moves as soon as a place is free.");
    expect(reason({ nextAttemptAt: 11 })).toBe("Waits until it is due.");
    expect(reason({ waitingFor: "another relayer goes first" })).toBe("Waits: another relayer goes first.");
  });

  test("behavior: over, in words", () => {
    expect(reason({ state: "void", waitingFor: "a reorg" })).toBe("Not needed any more: a reorg.");
    expect(reason({ state: "dead" })).toBe(
      'Given up, an operator has to look: no error was recorded. Remove the cause, then "relayer messages retry 1", or skip it.',
    );
  });

  test("behavior: a failed attempt says which and why", () => {
    const lastError = { code: "c", severity: "retryable" as const, message: "no gas money" };
    expect(reason({ attempts: 2, lastError, waitingFor: "another try after: no gas money" })).toBe(
      "Attempt 2 failed (no gas money); the next one comes by itself.",
    );
    // An older error says nothing about what it waits for now.
    expect(reason({ lastError, waitingFor: "the next block" })).toBe("Waits: the next block.");
  });

  test("behavior: somebody's effect is on chain: only finality is missing", () => {
    expect(reason({ state: "sending", waitingFor: "finality of vault" })).toBe(
      "Its effect is on chain vault; waits until the block with it is final.",
    );
  });

  test("behavior: every state of its transaction", () => {
    const base = { chain: "vault", hash: "0xaa", block: 5, replacements: 0, reason: null } as const;
    const of = (changes: Pick<KnownTransaction, "state"> & Partial<KnownTransaction>) =>
      reason({ state: "sending" }, { transaction: { ...base, ...changes } });
    expect(of({ state: "signed" })).toBe("Its transaction 0xaa is signed; no node of vault has taken it yet.");
    expect(of({ state: "sent" })).toBe("Its transaction 0xaa waits to be mined on vault.");
    expect(of({ state: "sent", replacements: 2 })).toMatch(/on vault\. Its fees were raised 2 time\(s\)\.$/);
    expect(of({ state: "mined" })).toBe("Its transaction 0xaa is in block 5 of vault; waits until that is final.");
    expect(of({ state: "mined", reason: "reverted with Paused()" })).toBe(
      "Its transaction 0xaa reverted with Paused(); it will be tried again.",
    );
    expect(of({ state: "final" })).toBe("Its transaction 0xaa is final on vault; the effect is looked for.");
    expect(of({ state: "lost", reason: "nonce 3 was used" })).toBe(
      "Its transaction 0xaa is lost (nonce 3 was used); it will be tried again.",
    );
  });

  test("behavior: its proof: queued, failing, there, unknown", () => {
    const of = (changes: Partial<ProofSummary>) =>
      reason(
        { state: "proving" },
        { proof: { circuit: "settle", state: "queued", attempts: 0, lastError: null, ...changes } },
      );
    expect(of({})).toBe("Its settle proof is queued or being made.");
    expect(of({ attempts: 2 })).toBe("Its settle proof failed 2 time(s), last with: unknown; it is tried again.");
    expect(of({ state: "done" })).toBe("Its settle proof is there; the transaction comes next.");
    expect(reason({ state: "proving" })).toBe("Waits for its proof.");
  });
});

describe("nextLook", () => {
  const look = (changes: Partial<Message>) => nextLook(message({ nextAttemptAt: 70_000, ...changes }), 60_000);
  test.each([
    [{ state: "done" }, undefined],
    [{ state: "dead" }, undefined],
    [{}, "Looks again in 10 s."],
    [{ wakeOn: "final:S" }, "Looks again on the next final block of S, or in 10 s."],
    [{ wakeOn: "tx:3" }, "Looks again on news of transaction 3, or in 10 s."],
    [{ wakeOn: "block:D" }, "Looks again on the next block of D, or in 10 s."],
    [{ wakeOn: "proof:a:b" }, "Looks again on news of proof a:b, or in 10 s."],
    [{ nextAttemptAt: 50_000 }, "It is due now."],
    [{ nextAttemptAt: -60_000 }, "It is due for 2 min: the relayer does not run, or its role is off."],
  ] as const)("behavior: %o", (changes, text) => expect(look(changes)).toBe(text));
});
