import type { Transaction } from "../delivery/transitions.ts";
import { stripUrls } from "../runtime/errors.ts";
import type { ProofSummary } from "../store/backlog.ts";
import type { Message } from "../store/messages.ts";

/** What is known about a message besides its row. */
export type Circumstances = { transaction?: Transaction; proof?: ProofSummary; now: number };

/** Why a message is where it is, in a sentence or two for an operator; URLs are cut to their hosts. */
export function waitingReason(message: Message, circumstances: Circumstances): string {
  const waitingFor = message.waitingFor === null ? null : stripUrls(message.waitingFor);
  const lastError = message.lastError === null ? null : stripUrls(message.lastError.message);
  if (message.state === "done") return "Done: what it was for is true in a final block.";
  if (message.state === "void") return `Not needed any more: ${waitingFor ?? "what it was about is gone"}.`;
  if (message.state === "skipped")
    return `An operator decided against it, for good: ${message.progress.skipped?.why ?? waitingFor ?? "no reason was given"}`;
  if (message.state === "dead") return `Given up, an operator has to look: ${lastError ?? "no error was recorded"}`;
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

function transactionReason(transaction: Transaction): string {
  const { chain, state, block, variants } = transaction;
  const reason = transaction.reason === null ? null : stripUrls(transaction.reason);
  const hash = transaction.txHash ?? variants.at(-1)?.hash ?? "";
  switch (state) {
    case "signed":
      return `Its transaction ${hash} is signed; no node of ${chain} has taken it yet${reason === null ? "" : ` (${reason})`}.`;
    case "sent": {
      const raised = variants.length > 1 ? ` Its fees were raised ${variants.length - 1} time(s).` : "";
      return `Its transaction ${hash} waits to be mined on ${chain}.${raised}${reason === null ? "" : ` It is held up: ${reason}.`}`;
    }
    case "mined":
      if (reason !== null) return `Its transaction ${hash} ${reason}; it will be tried again.`;
      return `Its transaction ${hash} is in block ${block?.number ?? "?"} of ${chain}; waits until that is final.`;
    case "final":
      return `Its transaction ${hash} is final on ${chain}; the effect is looked for.`;
    case "reverted":
    case "lost":
      return `Its transaction ${hash} is ${state} (${reason ?? "no reason known"}); it will be tried again.`;
  }
}

function proofReason(proof: ProofSummary | undefined): string {
  if (proof === undefined) return "Waits for its proof.";
  if (proof.state === "done") return `Its ${proof.circuit} proof is there; the transaction comes next.`;
  if (proof.attempts === 0) return `Its ${proof.circuit} proof is queued or being made.`;
  return `Its ${proof.circuit} proof failed ${proof.attempts} time(s), last with: ${stripUrls(proof.lastError?.message ?? "unknown")}; it is tried again.`;
}
