import type { z } from "zod";
import type { Transaction, Variant } from "../delivery/transitions.ts";
import { stripUrls, type ErrorRecord } from "../runtime/errors.ts";
import { findProofSummaries, type ProofSummary } from "../store/backlog.ts";
import type { Sql } from "../store/database.ts";
import type { Message } from "../store/messages.ts";
import { findTransactions } from "../store/transactions.ts";
import type { ClientProof } from "../prover/requests.ts";
import type { SubmittedCall } from "../submission/calls.ts";
import type { SeatView } from "../trustee/seat.ts";
import type { ChainStatus } from "./operator.ts";
import type * as schemas from "./schemas.ts";
import { waitingReason } from "../runtime/waitingReason.ts";

/**
 * Rows as the interface shows them: field by field, so that nothing gets out because it was there. Payloads, proof requests
 * and results, and signed transactions stay in; URLs in texts are cut to their hosts.
 */
const timeOf = (ms: number): string => new Date(ms).toISOString();

const failureOf = (record: ErrorRecord | null) =>
  record === null ? null : { code: record.code, severity: record.severity, message: stripUrls(record.message) };

export function transactionView(row: Transaction): z.output<typeof schemas.transaction> {
  return {
    hash: row.txHash ?? (row.variants.at(-1) as Variant).hash,
    chain: row.chain,
    description: stripUrls(row.description),
    state: row.state,
    sender: row.sender,
    nonce: row.nonce,
    replacements: row.variants.length - 1,
    block: row.block?.number ?? null,
    reason: row.reason === null ? null : stripUrls(row.reason),
    createdAt: timeOf(row.createdAt),
    updatedAt: timeOf(row.updatedAt),
  };
}

export function proofView(proof: ProofSummary): z.output<typeof schemas.proof> {
  return {
    key: proof.key,
    circuit: proof.circuit,
    state: proof.state,
    attempts: proof.attempts,
    lastError: failureOf(proof.lastError),
    createdAt: timeOf(proof.createdAt),
    updatedAt: timeOf(proof.updatedAt),
  };
}

/** Messages with their transactions and proofs: two more queries, however many messages. */
export async function messageViews(
  sql: Sql,
  messages: Message[],
  now: number,
): Promise<z.output<typeof schemas.message>[]> {
  const defined = <Value>(values: (Value | undefined)[]): Value[] => values.filter((value) => value !== undefined);
  const ids = defined(messages.map(({ progress }) => progress.transactionId));
  const keys = defined(messages.map(({ progress }) => progress.proofKey));
  const transactions = new Map((await findTransactions(sql, ids)).map((row) => [row.id, row]));
  const proofs = new Map((await findProofSummaries(sql, keys)).map((row) => [row.key, row]));
  return messages.map((message) => {
    const transaction = transactions.get(message.progress.transactionId ?? -1);
    const proof = proofs.get(message.progress.proofKey ?? "");
    const isOver = message.state === "done" || message.state === "void" || message.state === "dead";
    const sent = transaction === undefined ? undefined : transactionView(transaction);
    const known = { ...(sent && { transaction: sent }), ...(proof && { proof }) };
    return {
      id: message.id,
      kind: message.kind,
      key: message.key,
      state: message.state,
      reason: waitingReason(message, { ...known, now }),
      attempts: message.attempts,
      nextAttemptAt: isOver ? null : timeOf(message.nextAttemptAt),
      lastError: failureOf(message.lastError),
      transaction: sent ?? null,
      proof: proof === undefined ? null : proofView(proof),
      createdAt: timeOf(message.createdAt),
      updatedAt: timeOf(message.updatedAt),
    };
  });
}

/** A submission as its user sees it. */
export async function submissionView(
  sql: Sql,
  message: Message<SubmittedCall>,
  now: number,
): Promise<z.output<typeof schemas.submission>> {
  const [view] = await messageViews(sql, [message], now);
  const { id, call, chain, submitter, deadline } = message.payload;
  const { state, reason, transaction, createdAt, updatedAt } = view!;
  return {
    id,
    call,
    chain,
    submitter,
    state,
    reason,
    deadline: timeOf(Math.min(deadline * 1_000, latestTime)),
    transaction,
    createdAt,
    updatedAt,
  };
}

/** Deadlines reach further than ISO 8601 has four digits for a year. */
const latestTime = Date.UTC(9999, 11, 31);

export function clientProofView(made: ClientProof): z.output<typeof schemas.clientProof> {
  const { id, circuit, state, attempts, lastError, proof, createdAt, expiresAt } = made;
  return {
    id,
    circuit,
    state,
    attempts,
    lastError: failureOf(lastError),
    proof: proof && { points: proof.points.map(String), commitment: String(proof.commitment) },
    createdAt: timeOf(createdAt),
    expiresAt: timeOf(expiresAt),
  };
}

export function seatView(seat: SeatView): NonNullable<z.output<typeof schemas.council>["seat"]> {
  const { id, epoch, threshold, members, index } = seat;
  const peers = seat.peers.map(({ index: member, last }) => ({
    index: member,
    last:
      last === null
        ? null
        : { type: last.type, reason: last.reason === null ? null : stripUrls(last.reason), at: timeOf(last.at) },
  }));
  return { id, epoch, threshold, members: [...members], index, peers };
}

export function chainView(chain: ChainStatus, now: number): z.output<typeof schemas.chain> {
  const { name, side, chainId, head, finalised, nodeHead, polledAt, halted, unagreed, rpcs = [] } = chain;
  return {
    name,
    side,
    chainId,
    head: head.number,
    headTime: head.timestamp === 0 ? null : timeOf(head.timestamp * 1_000),
    nodeHead,
    lagBlocks: nodeHead === null ? null : Math.max(0, nodeHead - head.number),
    finalised,
    lastReadAt: polledAt === null ? null : timeOf(polledAt),
    halted: halted == null ? null : stripUrls(halted),
    noQuorum: unagreed == null ? null : { since: timeOf(unagreed.since), reason: stripUrls(unagreed.reason) },
    rpcs: rpcs.map((rpc) => ({
      endpoint: rpc.endpoint,
      preferred: rpc.preferred,
      head: rpc.head,
      latencyMs: rpc.latencyMs === null ? null : Math.round(rpc.latencyMs),
      errorRate: Number(rpc.errorRate.toFixed(3)),
      outvoted: rpc.lies,
      suspendedUntil: rpc.suspendedUntil > now ? timeOf(rpc.suspendedUntil) : null,
    })),
  };
}
