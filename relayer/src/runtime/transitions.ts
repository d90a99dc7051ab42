import { RefusedError, type ErrorRecord } from "./errors.ts";
import { backoffMs, defaultBackoff, type BackoffPolicy } from "./backoff.ts";
import type { Message, Progress } from "../store/messages.ts";

/** What a step found out or did. Together with the row it fully decides the next row. */
export type StepInput =
  /** Nothing to do until something is announced, or the delay is over. */
  | { type: "wait"; reason: string; wakeOn?: string; delayMs?: number; progress?: Partial<Progress> }
  /** A proof is being made. */
  | { type: "proving"; proofKey: string }
  /** The proof is there. */
  | { type: "proved" }
  /** A transaction that will have the effect is persisted. */
  | { type: "sending"; transactionId: number; intermediate: boolean }
  /** The transaction of an intermediate step is mined: go on with the next one. */
  | { type: "advanced" }
  /** The transaction reverted, got lost, or did not have the effect. */
  | { type: "resend"; error: ErrorRecord }
  | { type: "failed"; error: ErrorRecord }
  | { type: "done" }
  | { type: "void"; reason: string }
  /** An operator wants it tried again, now. `proofFailed`: the proof it had was given up, and is made anew. */
  | { type: "retry"; by: string; proofFailed?: boolean }
  /** An operator decided against it, for good. */
  | { type: "skip"; by: string; why: string };

/** How long a row sleeps when nothing announces anything: a safety net, not the way things move. Milliseconds. */
export const backstopMs = 15_000;

/**
 * After so many transactions for it that were mined and reverted, a message is given up: each costs gas, and what passes every
 * simulation and reverts every time needs somebody to look.
 */
export const maxReverts = 5;

/** How often a message whose proof is being made looks whether that is still needed: a proof takes seconds, all cores, and keeps others waiting. */
export const provingRecheckMs = 2_000;

/**
 * The next row. Pure: effects happened before, in the step that produced `input`; writing the row is the caller's.
 * `random` is uniform in [0, 1).
 *
 * @throws RefusedError `message_state` when an operator asks for what the state does not allow ({@link refusal}).
 */
export function transition(
  row: Message,
  input: StepInput,
  context: { now: number; random: number; backoff?: BackoffPolicy },
): Message {
  const { now } = context;
  const base: Message = { ...row, wakeOn: null, waitingFor: null, updatedAt: now };
  const before = row.progress.proofKey === undefined ? "due" : "ready";
  switch (input.type) {
    case "wait":
      return {
        ...base,
        progress: { ...row.progress, ...input.progress },
        wakeOn: input.wakeOn ?? null,
        waitingFor: input.reason,
        nextAttemptAt: now + (input.delayMs ?? backstopMs),
      };
    case "proving":
      return {
        ...base,
        state: "proving",
        progress: { ...row.progress, proofKey: input.proofKey },
        wakeOn: `proof:${input.proofKey}`,
        waitingFor: "its proof",
        nextAttemptAt: now + provingRecheckMs,
      };
    case "proved":
      return { ...base, state: "ready", attempts: 0, lastError: null, nextAttemptAt: now };
    case "sending":
      return {
        ...base,
        state: "sending",
        progress: {
          ...withoutHold(row.progress),
          transactionId: input.transactionId,
          intermediate: input.intermediate,
        },
        wakeOn: `tx:${input.transactionId}`,
        waitingFor: "its transaction",
        nextAttemptAt: now + backstopMs,
      };
    case "advanced":
      return { ...base, state: before, progress: withoutTransaction(row.progress), nextAttemptAt: now };
    case "resend": {
      const reverts = (row.progress.reverts ?? 0) + Number(input.error.code === "reverted");
      const progress = { ...withoutTransaction(row.progress), ...(reverts > 0 ? { reverts } : {}) };
      if (reverts >= maxReverts)
        return {
          ...base,
          state: "dead",
          progress,
          attempts: row.attempts + 1,
          lastError: {
            ...input.error,
            severity: "permanent",
            message: `${reverts} transactions for it were mined and reverted, the last: ${input.error.message}`,
          },
          waitingFor: "an operator",
        };
      return {
        ...base,
        state: before,
        progress,
        attempts: row.attempts + 1,
        lastError: input.error,
        waitingFor: `another try after: ${input.error.message}`,
        nextAttemptAt: now + backoffMs(row.attempts + 1, context.random, context.backoff ?? defaultBackoff),
      };
    }
    case "failed":
      if (input.error.severity === "permanent")
        return {
          ...base,
          state: "dead",
          attempts: row.attempts + 1,
          lastError: input.error,
          waitingFor: "an operator",
        };
      return {
        ...base,
        attempts: row.attempts + 1,
        lastError: input.error,
        waitingFor: `another try after: ${input.error.message}`,
        nextAttemptAt: now + backoffMs(row.attempts + 1, context.random, context.backoff ?? defaultBackoff),
      };
    case "done":
      return { ...base, state: "done" };
    case "void":
      return { ...base, state: "void", waitingFor: input.reason };
    case "retry": {
      requireAllowed(row, "retry");
      const { proofKey, reverts: _, ...rest } = withoutHold(withoutTransaction(row.progress));
      const isProved = proofKey !== undefined && input.proofFailed !== true;
      return {
        ...base,
        state: isProved ? "ready" : "due",
        progress: isProved ? { ...rest, proofKey } : rest,
        attempts: 0,
        waitingFor: `its next step: ${input.by} asked for another try`,
        nextAttemptAt: now,
      };
    }
    case "skip":
      requireAllowed(row, "skip");
      return {
        ...base,
        state: "skipped",
        progress: { ...row.progress, skipped: { by: input.by, why: input.why, at: now } },
        waitingFor: `nothing: ${input.by} skipped it: ${input.why}`,
      };
  }
}

/** Why an operator cannot do this to a message in its state, in words, or undefined when they can. */
export function refusal(row: Message, action: "retry" | "skip"): string | undefined {
  switch (row.state) {
    case "sending":
      return `transaction ${row.progress.transactionId ?? "?"} is in flight and may still have its effect. Wait until it is mined, lost or reverted`;
    case "done":
      return "it has had its effect, finally";
    case "skipped":
      return `${row.progress.skipped?.by ?? "an operator"} skipped it, and that is final`;
    case "proving":
      return action === "retry" ? "its proof is being made. Wait for it" : undefined;
    case "void":
      return action === "retry" ? "what it was about is gone. It comes back by itself if that does" : undefined;
    case "due":
    case "ready":
    case "dead":
      return undefined;
  }
}

function requireAllowed(row: Message, action: "retry" | "skip"): void {
  const why = refusal(row, action);
  if (why !== undefined)
    throw new RefusedError("message_state", `Message ${row.id} (${row.key}) is ${row.state}, no ${action}: ${why}.`);
}

function withoutTransaction(progress: Progress): Progress {
  const { transactionId: _, intermediate: __, ...rest } = progress;
  return rest;
}

function withoutHold(progress: Progress): Progress {
  const { heldSince: _, ...rest } = progress;
  return rest;
}
