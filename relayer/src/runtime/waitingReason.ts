import type { TransactionState } from "../delivery/transitions.ts";
import type { ProofSummary } from "../store/backlog.ts";
import { headStartMs, type Message } from "../store/messages.ts";
import { formatDuration } from "./duration.ts";
import { stripUrls } from "./errors.ts";
import { backstopMs } from "./transitions.ts";

/** A message's transaction, as far as it explains anything. */
export type KnownTransaction = {
  chain: string;
  state: TransactionState;
  /** Of the one that was mined, or else of the one sent last. */
  hash: string;
  replacements: number;
  block: number | null;
  reason: string | null;
};

/** What is known about a message besides its row. Milliseconds since the epoch. */
export type Circumstances = {
  transaction?: KnownTransaction;
  proof?: Pick<ProofSummary, "circuit" | "state" | "attempts" | "lastError">;
  now: number;
};

/**
 * Why a message is where it is, in a sentence or two: what the HTTP interface, its page and the command line all say. URLs are cut to
 * their hosts.
 */
export function waitingReason(message: Message, circumstances: Circumstances): string {
  const waitingFor = message.waitingFor === null ? null : stripUrls(message.waitingFor);
  const lastError = message.lastError === null ? null : stripUrls(message.lastError.message);
  if (message.state === "done") return "Done: what it was for is true in a final block.";
  if (message.state === "void") return `Not needed any more: ${waitingFor ?? "what it was about is gone"}.`;
  if (message.state === "skipped")
    return `An operator decided against it, for good: ${message.progress.skipped?.why ?? waitingFor ?? "no reason was given"}`;
  if (message.state === "dead")
    return `Given up, an operator has to look: ${lastError ?? "no error was recorded"}. Remove the cause, then "relayer messages retry ${message.id}", or skip it.`;
  // Whoever did it: the effect is there, and only finality is missing.
  const chain = /^finality of (.+)$/.exec(waitingFor ?? "")?.[1];
  if (chain !== undefined) return `Its effect is on chain ${chain}; waits until the block with it is final.`;
  if (lastError !== null && waitingFor?.startsWith("another try after:"))
    return `Attempt ${message.attempts} failed (${lastError}); the next one comes by itself.`;
  if (message.state === "sending" && circumstances.transaction !== undefined)
    return transactionReason(circumstances.transaction);
  if (message.state === "proving") return proofReason(circumstances.proof);
  if (waitingFor !== null) return `Waits: ${waitingFor}.`;
  return message.nextAttemptAt > circumstances.now
    ? "Waits until it is due."
    : "Due: it moves as soon as a place is free.";
}

function transactionReason({ chain, state, hash, replacements, block, ...rest }: KnownTransaction): string {
  const reason = rest.reason === null ? null : stripUrls(rest.reason);
  switch (state) {
    case "signed":
      return `Its transaction ${hash} is signed; no node of ${chain} has taken it yet${reason === null ? "" : ` (${reason})`}.`;
    case "sent": {
      const raised = replacements > 0 ? ` Its fees were raised ${replacements} time(s).` : "";
      return `Its transaction ${hash} waits to be mined on ${chain}.${raised}${reason === null ? "" : ` It is held up: ${reason}.`}`;
    }
    case "mined":
      if (reason !== null) return `Its transaction ${hash} ${reason}; it will be tried again.`;
      return `Its transaction ${hash} is in block ${block ?? "?"} of ${chain}; waits until that is final.`;
    case "final":
      return `Its transaction ${hash} is final on ${chain}; the effect is looked for.`;
    case "reverted":
    case "lost":
      return `Its transaction ${hash} is ${state} (${reason ?? "no reason known"}); it will be tried again.`;
  }
}

function proofReason(proof: Circumstances["proof"]): string {
  if (proof === undefined) return "Waits for its proof.";
  if (proof.state === "done") return `Its ${proof.circuit} proof is there; the transaction comes next.`;
  if (proof.attempts === 0) return `Its ${proof.circuit} proof is queued or being made.`;
  return `Its ${proof.circuit} proof failed ${proof.attempts} time(s), last with: ${stripUrls(proof.lastError?.message ?? "unknown")}; it is tried again.`;
}

/** When a message is looked at again, and on what news, or that nobody seems to; undefined when it is over. */
export function nextLook({ state, wakeOn, nextAttemptAt }: Message, now: number): string | undefined {
  if (state === "done" || state === "void" || state === "dead" || state === "skipped") return undefined;
  const left = nextAttemptAt - now;
  // Much overdue, beyond the head start that news gives: nobody moves it.
  const overdue = -left - headStartMs;
  if (overdue > 4 * backstopMs)
    return `It is due for ${formatDuration(overdue)}: the relayer does not run, or its role is off.`;
  if (left <= 0) return "It is due now.";
  return `Looks again ${wakeOn === null ? "" : `on ${announcementInWords(wakeOn)}, or `}in ${formatDuration(left)}.`;
}

function announcementInWords(announcement: string): string {
  const [type, ...rest] = announcement.split(":");
  const what = rest.join(":");
  if (type === "block") return `the next block of ${what}`;
  if (type === "final") return `the next final block of ${what}`;
  if (type === "resumed") return `the word of an operator on ${what}`;
  if (type === "tx") return `news of transaction ${what}`;
  return `news of proof ${what}`;
}
