import type { z } from "zod";
import type { Hex } from "viem";
import { RelayerError } from "../runtime/errors.ts";
import type { SubmissionDesk } from "../submission/desk.ts";
import { findMessageById, messagesOfTransaction, type Message } from "../store/messages.ts";
import { findTransactionByHash } from "../store/transactions.ts";
import type { SubmittedCall } from "../submission/calls.ts";
import { submissionKind } from "../submission/kind.ts";
import { submission, type Submission } from "../submission/wire.ts";
import type { Caller } from "./apiKeys.ts";
import { HttpError } from "./httpError.ts";
import type { Operator } from "./operator.ts";
import type { Reply, Route } from "./routes.ts";
import * as schemas from "./schemas.ts";
import { messageViews, submissionView, transactionView } from "./views.ts";

/** What users hand in for this operator to send, and what became of it. */
export const submissionRoutes: Route[] = [
  {
    path: "/v1/fees",
    summary: "Fees to bind in a proof or a signature, and whom to bind them to",
    access: ["submit"],
    answers: { 200: { description: "what would be taken now", schema: "Fees" } },
    handle: async (operator) => ({ status: 200, json: await quoted(deskOf(operator)) }),
  },
  {
    path: "/v1/transactions",
    method: "POST",
    summary: "Hand in a finished call that pays this relayer for sending it",
    access: ["submit"],
    body: submission,
    answers: {
      202: { description: "it will be sent; the same call again is the same submission", schema: "Submission" },
      409: {
        description: "another submission under way spends the same note, or is for the same account",
        schema: "Error",
      },
      422: {
        description: "the contract would refuse it (revert says how), or its fee is too low or not ours",
        schema: "Error",
      },
      503: { description: "too many are waiting, or a price is missing", schema: "Error" },
    },
    async handle(operator, { body }) {
      const message = await deskOf(operator).accept(body as Submission);
      operator.announce?.(`submission:${message.id}`);
      return { status: 202, json: await submissionView(operator.database, message, operator.clock.now()) };
    },
  },
  {
    path: "/v1/transactions/{hash}",
    summary: "A submission by its id, or a transaction by its hash: what it was sent for, and why that waits",
    access: ["read", "submit"],
    parameters: [{ name: "hash", schema: schemas.transactionHash }],
    answers: { 200: { description: "what is known of it", schema: "TransactionWithMessages" } },
    handle: (operator, { path, caller }) => oneTransaction(operator, path.hash!.toLowerCase() as Hex, caller),
  },
];

function deskOf({ submissions }: Operator): SubmissionDesk {
  if (submissions !== undefined) return submissions;
  throw new HttpError(404, "no_submitter", "This relayer sends nothing for others.", "Ask a relayer with that role.");
}

async function quoted(desk: SubmissionDesk): Promise<z.output<typeof schemas.fees>> {
  const { submitter, quotes } = await desk.quotes().catch((error: unknown) => {
    if (error instanceof RelayerError && error.code === "price_missing")
      throw new HttpError(503, error.code, error.message, "Try again when prices are there.");
    throw error;
  });
  return {
    submitter,
    quotes: quotes.map(({ call, chain, asset, fee, costUsd }) => ({
      call,
      chain,
      slot: "slot" in asset ? asset.slot : null,
      market: "market" in asset ? asset.market : null,
      symbol: asset.symbol,
      fee: String(fee),
      costUsd: String(costUsd),
    })),
  };
}

/** Who may only submit is told of submissions, and of nothing else that this relayer does. */
async function oneTransaction(operator: Operator, hash: Hex, caller: Caller): Promise<Reply> {
  const { database, clock, submissions } = operator;
  const row = await findTransactionByHash(database, hash);
  const submitted = row === undefined ? await submissions?.find(hash) : undefined;
  const messages: Message[] =
    row !== undefined
      ? await messagesOfTransaction(database, row.id)
      : submitted === undefined
        ? []
        : [await findMessageById(database, submitted.id)].filter((found) => found !== undefined);
  const own = messages.find(({ kind }) => kind === submissionKind) as Message<SubmittedCall> | undefined;
  const mayRead = caller.roles.includes("read");
  if ((row === undefined && own === undefined) || (!mayRead && own === undefined))
    throw new HttpError(
      404,
      "transaction_unknown",
      "This relayer has sent no transaction with this hash, and has no submission with this id.",
      "It may be another relayer's, or older than this store.",
    );
  const view = own === undefined ? null : await submissionView(database, own, clock.now());
  return {
    status: 200,
    json: {
      submission: view,
      transaction: row === undefined ? (view?.transaction ?? null) : transactionView(row),
      messages: mayRead ? await messageViews(database, messages, clock.now()) : [],
    },
  };
}
