import { z } from "zod";
import { submittedCalls } from "../config/roles.ts";
import { clientCircuits } from "../prover/witnessWire.ts";
import { account, accounts } from "./accounts.ts";
import { messageStates, openStates } from "../store/messages.ts";

/** What the interface answers, as schemas: the handlers' types, the OpenAPI document and the tests come from here. */
const time = z.iso.datetime().describe("UTC, ISO 8601");
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .describe("transaction hash, lower case");
const count = z.number().int().nonnegative();

export const error = z.strictObject({
  code: z.string().describe("stable, for programs"),
  message: z.string().describe("what is wrong"),
  hint: z.string().describe("what to do next"),
  revert: z
    .strictObject({ name: z.string(), args: z.record(z.string(), z.string()) })
    .optional()
    .describe("the contract's error, when that is why"),
});

export const health = z.strictObject({ status: z.literal("ok") });

export const ready = z.strictObject({
  ready: z.boolean(),
  reasons: z.array(z.string()).describe("why not; empty when ready"),
});

const failure = z.strictObject({
  code: z.string(),
  severity: z.enum(["retryable", "permanent", "fatal"]),
  message: z.string(),
});

export const transaction = z.strictObject({
  hash: hash.describe("the one that was mined, or else the one sent last"),
  chain: z.string(),
  description: z.string(),
  state: z.enum(["signed", "sent", "mined", "final", "reverted", "lost"]),
  sender: z.string(),
  nonce: count,
  replacements: count.describe("how often its fees were raised"),
  block: count.nullable(),
  reason: z.string().nullable().describe("why it reverted or was lost"),
  createdAt: time,
  updatedAt: time,
});

export const proof = z.strictObject({
  key: z.string(),
  circuit: z.enum(["batch16", "batch64", "transact", "margin", "settle"]),
  state: z.enum(["queued", "done", "failed", "cancelled"]),
  attempts: count.describe("failed attempts"),
  lastError: failure.nullable(),
  createdAt: time,
  updatedAt: time,
});

export const message = z.strictObject({
  id: count,
  kind: z.string(),
  key: z.string().describe("what has to become true on chain, unique"),
  state: z.enum(messageStates),
  reason: z.string().describe("why it is where it is, in words"),
  attempts: count.describe("failures since the last success of a step"),
  nextAttemptAt: time.nullable().describe("when it is looked at again at the latest; null when it is over"),
  lastError: failure.nullable(),
  transaction: transaction.nullable(),
  proof: proof.nullable(),
  createdAt: time,
  updatedAt: time,
});

export const messagePage = z.strictObject({
  messages: z.array(message).describe("newest first"),
  nextCursor: z.string().nullable().describe("give it as `cursor` for the next page; null on the last one"),
});

export const submission = z.strictObject({
  id: hash.describe("names the call: ask for it with GET /v1/transactions/{id}"),
  call: z.enum(submittedCalls),
  chain: z.string(),
  submitter: z.string().describe("whom proof or signature names as sender and payee"),
  state: z.enum(messageStates),
  reason: z.string().describe("why it is where it is, in words"),
  deadline: time.describe("after it the contract refuses the call"),
  transaction: transaction.nullable(),
  createdAt: time,
  updatedAt: time,
});

const feeAmount = z.string().regex(/^\d+$/);

export const fees = z.strictObject({
  submitter: z.string().describe("bind the fee to this address"),
  quotes: z
    .array(
      z.strictObject({
        call: z.enum(submittedCalls),
        chain: z.string(),
        slot: z.number().int().nullable().describe("slot of the vault that the fee is paid in (transact)"),
        market: z.string().nullable().describe("market whose debt token it is paid in (openFor, refreshFor)"),
        symbol: z.string(),
        fee: feeAmount.describe("shared units of the slot, or units of the debt token: bind at least this"),
        costUsd: feeAmount.describe("what the relayer expects to spend, µUSD"),
      }),
    )
    .describe("what would be taken now; nothing is reserved"),
});

export const clientProof = z.strictObject({
  id: z.string().describe("names the request to whoever made it"),
  circuit: z.enum([...clientCircuits, "batch16", "batch64"]),
  state: z.enum(["queued", "done", "failed", "cancelled"]),
  attempts: count.describe("failed attempts"),
  lastError: failure.nullable(),
  proof: z
    .strictObject({ points: z.array(feeAmount).length(8), commitment: feeAmount })
    .nullable()
    .describe("the proof, as the contracts take it, once it is done"),
  createdAt: time,
  expiresAt: time.describe("then witness, request and proof are erased"),
});

export const transactionWithMessages = z.strictObject({
  submission: submission.nullable().describe("what a user handed in, when that is what it is or was sent for"),
  transaction: transaction.nullable().describe("null while nothing was sent for a submission"),
  messages: z
    .array(message)
    .describe("what it was sent for; empty when all of it has been sent again since, or came about otherwise"),
});

export const chain = z.strictObject({
  name: z.string(),
  side: z.enum(["vault", "margin"]),
  chainId: count,
  head: z.number().int().describe("last block in the store; below the start block when there is none"),
  headTime: time.nullable(),
  nodeHead: count.nullable().describe("the node's head when it was last asked"),
  lagBlocks: count.nullable(),
  finalised: z.number().int().describe("last final block; below the start block when there is none"),
  lastReadAt: time.nullable().describe("when the store last took what the node said"),
  halted: z
    .string()
    .nullable()
    .describe("why nothing of the chain is signed until an operator has looked; null = it is"),
  noQuorum: z
    .strictObject({ since: time, reason: z.string() })
    .nullable()
    .describe("why its RPCs call nothing more final; null while a quorum does"),
  rpcs: z
    .array(
      z.strictObject({
        endpoint: count.describe("its place in chains[].rpc, from 1"),
        preferred: z.boolean().describe("whether it is the one that is read from"),
        head: count.nullable().describe("the highest block that it told of"),
        latencyMs: z.number().nonnegative().nullable(),
        errorRate: z.number().min(0).max(1),
        outvoted: count.describe("how often a quorum said otherwise"),
        suspendedUntil: time.nullable().describe("left alone until then, for it fails; null = it is asked"),
      }),
    )
    .describe("how its RPCs do"),
});

export const chains = z.strictObject({ relayer: z.string().describe("its name"), chains: z.array(chain) });

export const proofs = z.strictObject({ proofs: z.array(proof).describe("the most recently changed first") });

const word = z.string().regex(/^0x[0-9a-f]{64}$/);

/** docs/council.md, Formats. */
export const partialDecryption = z.strictObject({
  index: z.number().int().min(1).max(255).describe("of the member"),
  purpose: word.describe("what it is for, hashed"),
  point: z.strictObject({ x: word, y: word }),
  proof: z.strictObject({ challenge: word, response: word }),
});

const memberIndex = z.number().int().min(1).max(255);

export const council = z.strictObject({
  seat: z
    .strictObject({
      id: word.describe("of the council"),
      epoch: count.describe("grows by one with every refresh of the shares"),
      threshold: count,
      members: z.array(memberIndex),
      index: memberIndex.describe("this member"),
      peers: z.array(
        z.strictObject({
          index: memberIndex,
          last: z
            .strictObject({ type: z.enum(["partial", "refused", "silent"]), reason: z.string().nullable(), at: time })
            .nullable()
            .describe("what came of asking it last since the start"),
        }),
      ),
    })
    .nullable()
    .describe("null without a seat"),
});

/** A document that describes itself (OpenAPI). */
export const document = z.record(z.string(), z.unknown());

/** The schemas that have a name in the OpenAPI document. */
export const named = {
  Error: error,
  Health: health,
  Ready: ready,
  Transaction: transaction,
  Proof: proof,
  Message: message,
  MessagePage: messagePage,
  TransactionWithMessages: transactionWithMessages,
  Chain: chain,
  Chains: chains,
  Proofs: proofs,
  Submission: submission,
  Fees: fees,
  ClientProof: clientProof,
  Council: council,
  PartialDecryption: partialDecryption,
  Document: document,
  Account: account,
  Accounts: accounts,
} as const;
export type SchemaName = keyof typeof named;

const limit = (most: number, otherwise: number) =>
  z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(most)
    .default(otherwise)
    .describe(`most entries in the answer, 1 to ${most}`);

export const messageQuery = z.strictObject({
  state: z
    .enum([...messageStates, "open"])
    .optional()
    .describe(`a state, or "open" for ${openStates.join(", ")}`),
  kind: z.string().min(1).max(64).optional(),
  hash: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, "a transaction hash is 0x and 64 hex digits")
    .optional()
    .describe("messages that this transaction, or one that it replaced, was sent for; the other filters do not apply"),
  limit: limit(200, 50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "a cursor is the nextCursor of an earlier answer")
    .optional(),
});

export const proofId = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "an id is 64 hex digits")
  .describe("the id that POST /v1/proofs gave");

export const proofQuery = z.strictObject({ limit: limit(200, 50) });

export const messageId = z.string().min(1).max(512).describe("the message's id (digits) or its key (percent-encoded)");

export const transactionHash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "a transaction hash is 0x and 64 hex digits")
  .describe("id of a submission, or hash of a transaction or of one of its replacements");

const number = (what: string) =>
  z
    .string()
    .regex(/^\d{1,78}$/, `${what} is a decimal number`)
    .describe(`${what}, decimal`);

export const openingKind = z.enum(["settle", "valuation"]).describe("what the lock is opened for");
export const domain = number("the lock's domain");
export const lockNullifier = number("the lock's nullifier N");

export const partialQuery = z.strictObject({
  startBlock: z.coerce
    .number<string>()
    .int()
    .nonnegative()
    .optional()
    .describe("block in which the auction began: for a valuation, and only for one"),
});
