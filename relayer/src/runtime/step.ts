import type { Abi } from "viem";
import type { Delivery } from "../delivery/delivery.ts";
import { explainRevert } from "../delivery/reverts.ts";
import type { ProofStore } from "../prover/proofs.ts";
import { haltedReason } from "../store/halts.ts";
import type { Message } from "../store/messages.ts";
import type { Clock } from "./clock.ts";
import { turnDelayMs } from "./backoff.ts";
import { NotNowError, RelayerError, toErrorRecord, type ErrorRecord } from "./errors.ts";
import type { Action, MessageKind } from "./kinds.ts";
import { provingRecheckMs, type StepInput } from "./transitions.ts";

export type StepServices = {
  delivery: Delivery;
  proofs: ProofStore;
  clock: Clock;
  /** Errors of the contracts: a read that reverts is told by its name. */
  errors: Abi;
  race: { index: number; of: number; handoverMs: number; proofHandoverMs: number };
  /** Last final block of a chain; −1 when there is none yet. */
  finalised: (chain: string) => number;
  /** Why nothing that rests on a chain may be signed, or null. @default never halted */
  halted?: (chain: string) => string | null;
  /** Why no quorum of a chain's RPCs agrees on what is final, or null when one does. @default one always does */
  unagreed?: (chain: string) => string | null;
  /** Whether the event that a message was planned from is still in the store, or not read again yet. @default always there */
  origin?: (message: Message) => Promise<"there" | "gone" | "unread">;
};

/** What came of a step: the input for the message's transition, and other messages that it moved too. */
export type StepResult = { input: StepInput; together: Message[] };

/** Nobody else does it: it is always our turn. */
const alonePlace = { index: 0, of: 1 };

/** The chains whose history a message takes for granted. */
function restsOn(kind: MessageKind<unknown>, message: Message): string[] {
  const chain = kind.chain(message.payload);
  return [...new Set([chain, message.origin?.chain ?? chain])];
}

const alone = (input: StepInput): StepResult => ({ input, together: [] });

/**
 * One step of one message: look at the chain first, then do at most one thing. Every effect is idempotent: a proof is
 * keyed by what it proves, a transaction by its effects, so that a crash after the effect and before the row is written
 * repeats the step without repeating the effect.
 */
export async function step(kind: MessageKind<unknown>, message: Message, services: StepServices): Promise<StepResult> {
  const chain = kind.chain(message.payload);
  for (const name of restsOn(kind, message)) {
    if (services.halted?.(name) != null)
      return alone({ type: "wait", reason: haltedReason(name), wakeOn: `resumed:${name}` });
    if (services.unagreed?.(name) != null)
      return alone({ type: "wait", reason: `a quorum of the RPCs of ${name}`, wakeOn: `final:${name}` });
  }
  if (await kind.done(message.payload, { blockTag: "latest" })) {
    // Another relayer was faster: a proof that nobody needs any more must not keep others waiting.
    if (message.state === "proving") await services.proofs.cancel(message.progress.proofKey as string);
    const finalised = services.finalised(chain);
    const final = finalised >= 0 && (await kind.done(message.payload, { blockNumber: BigInt(finalised) }));
    return alone(final ? { type: "done" } : { type: "wait", reason: `finality of ${chain}`, wakeOn: `final:${chain}` });
  }
  const origin = message.state === "sending" ? "there" : await services.origin?.(message);
  if (origin === "unread")
    return alone({ type: "wait", reason: "its event to be read again", wakeOn: `final:${message.origin?.chain}` });
  if (origin === "gone") {
    if (message.state === "proving") await services.proofs.cancel(message.progress.proofKey as string);
    return alone({ type: "void", reason: `the event of block ${message.origin?.block} that it came from is gone` });
  }
  const overtaken = await kind.overtaken?.(message.payload);
  if (overtaken !== undefined) {
    if (message.state === "proving") await services.proofs.cancel(message.progress.proofKey as string);
    return alone({ type: "void", reason: overtaken });
  }
  if (message.state === "sending") return alone(await followTransaction(message, services));
  if (message.state === "proving") return alone(await followProof(message, services));
  return act(kind, message, services);
}

async function act(kind: MessageKind<unknown>, message: Message, services: StepServices): Promise<StepResult> {
  const { proofKey, actionableSince } = message.progress;
  const proof = proofKey === undefined ? undefined : await services.proofs.find(proofKey);
  const action = await kind.prepare(message, proof?.state === "done" ? proof : undefined);
  if (action.type === "wait") return alone({ ...action, progress: {} });
  if (action.type === "void") return alone(action);
  const now = services.clock.now();
  const { race } = services;
  const handoverMs = action.type === "prove" ? race.proofHandoverMs : race.handoverMs;
  const { index, of } = kind.raced === true ? race : kind.raced === false ? alonePlace : kind.raced;
  const turn = message.state === "due" ? turnDelayMs(message.key, { index, of, handoverMs }) : 0;
  if (turn > 0) {
    // A time to come is from before the clock was set back: its turn would be as late as that.
    const since = Math.min(actionableSince ?? now, now);
    if (now < since + turn)
      return alone({
        type: "wait",
        reason: "another relayer goes first",
        delayMs: since + turn - now,
        wakeOn: `block:${kind.chain(message.payload)}`,
        progress: { actionableSince: since },
      });
  }
  return perform(action, message, services, restsOn(kind, message));
}

async function perform(
  action: Extract<Action, { type: "send" | "prove" }>,
  message: Message,
  services: StepServices,
  chains: readonly string[],
): Promise<StepResult> {
  if (action.type === "prove") {
    await services.proofs.request(action.request);
    return alone({ type: "proving", proofKey: action.request.key });
  }
  const { heldSince } = message.progress;
  const held = heldSince === undefined ? {} : { heldSince };
  let sent: Awaited<ReturnType<Delivery["submit"]>>;
  try {
    sent = await services.delivery.submit({ ...action.request, ...held, restsOn: chains });
  } catch (error) {
    if (!(error instanceof NotNowError)) throw error;
    return alone({
      type: "wait",
      reason: error.message,
      wakeOn: error.code === "halted" ? `resumed:${error.details.chain}` : `block:${action.request.chain}`,
      progress: error.code === "unprofitable" ? { heldSince: heldSince ?? services.clock.now() } : {},
    });
  }
  const { transaction, effects } = sent;
  // A group's transaction may be an earlier one, of a smaller group: those it does not serve try again after it.
  if (action.together !== undefined && !effects.includes(message.key))
    return alone({
      type: "wait",
      reason: `transaction ${transaction.id} of its companions`,
      wakeOn: `tx:${transaction.id}`,
      delayMs: 2_000,
    });
  const input: StepInput = {
    type: "sending",
    transactionId: transaction.id,
    intermediate: action.intermediate === true,
  };
  return { input, together: (action.together ?? []).filter(({ key }) => effects.includes(key)) };
}

async function followTransaction(message: Message, services: StepServices): Promise<StepInput> {
  const id = message.progress.transactionId;
  const transaction = id === undefined ? undefined : await services.delivery.find(id);
  if (transaction === undefined)
    return { type: "resend", error: problem("transaction_unknown", `transaction ${id ?? "?"} is not in the store`) };
  const mined = transaction.state === "mined" || transaction.state === "final" || transaction.state === "reverted";
  if (mined && transaction.reason !== null)
    return { type: "resend", error: problem("reverted", `transaction ${transaction.txHash} ${transaction.reason}`) };
  if (mined && message.progress.intermediate === true) return { type: "advanced" };
  switch (transaction.state) {
    case "final":
      return {
        type: "resend",
        error: problem(
          "no_effect",
          `transaction ${transaction.txHash} succeeded but what it was for is not true on chain`,
        ),
      };
    case "lost":
      return { type: "resend", error: problem("lost", transaction.reason ?? "the transaction was lost") };
    default:
      return {
        type: "wait",
        reason: `transaction ${transaction.id} (${transaction.state})`,
        wakeOn: `tx:${transaction.id}`,
      };
  }
}

async function followProof(message: Message, services: StepServices): Promise<StepInput> {
  const key = message.progress.proofKey as string;
  const proof = await services.proofs.find(key);
  if (proof?.state === "done") return { type: "proved" };
  if (proof?.state === "failed")
    return {
      type: "failed",
      error: {
        code: "proof_failed",
        severity: "permanent",
        message: `the proof ${key} failed: ${proof.lastError?.message ?? "unknown"}`,
      },
    };
  // It was stopped when somebody else's effect was seen, and a reorg took that back.
  if (proof?.state === "cancelled") await services.proofs.request(proof);
  return { type: "wait", reason: "its proof", wakeOn: `proof:${key}`, delayMs: provingRecheckMs };
}

function problem(code: string, message: string): ErrorRecord {
  return { code, severity: "retryable", message };
}

/** Runs a step and turns whatever it throws into an input; fatal errors are thrown on. */
export async function guardedStep(
  kind: MessageKind<unknown>,
  message: Message,
  services: StepServices,
): Promise<StepResult> {
  try {
    return await step(kind, message, services);
  } catch (error) {
    if (error instanceof RelayerError && error.severity === "fatal") throw error;
    return alone({ type: "failed", error: toErrorRecord(explainRevert(error, services.errors)) });
  }
}
