import type { z } from "zod";
import type { Hex } from "viem";
import { recentProofs } from "../store/backlog.ts";
import {
  findMessage,
  findMessageById,
  listMessages,
  messagesOfTransaction,
  openStates,
  type MessageState,
} from "../store/messages.ts";
import { findTransactionByHash } from "../store/transactions.ts";
import { proofRequestRoutes } from "./proofRequests.ts";
import { submissionRoutes } from "./submissions.ts";
import type { ApiRole } from "../config/schema.ts";
import type { Caller } from "./apiKeys.ts";
import { accountsRoute } from "./accounts.ts";
import { councilRoute, seatRoute } from "./council.ts";
import { HttpError } from "./httpError.ts";
import { openApiDocument } from "./openapi.ts";
import type { Operator } from "./operator.ts";
import { statusPage } from "./page.ts";
import { readiness } from "./readiness.ts";
import * as schemas from "./schemas.ts";
import { chainView, messageViews, proofView } from "./views.ts";

export type Reply = { status: number; headers?: Record<string, string> } & (
  { json: unknown } | { text: string; contentType: string }
);

/** One path: what it takes, what it answers, and how. Dispatch and the OpenAPI document both read it. */
export type Route = {
  path: string;
  summary: string;
  /** @default "GET" */
  method?: "GET" | "POST" | "DELETE";
  /** Behind the rate limit and API keys of any of these roles; false = open. */
  access: false | readonly ApiRole[];
  /** Nobody gets in while no keys are configured, in place of everybody. @default false */
  keyed?: boolean;
  /** The values of the path's `{…}`, in their order. The last takes the rest of the path. */
  parameters?: { name: string; schema: z.ZodType<string> }[];
  query?: z.ZodObject;
  /** JSON that it takes. */
  body?: z.ZodType;
  /** Bytes. @default `http.maxBodyBytes` */
  largestBody?: (operator: Operator) => number | undefined;
  /** Answers other than errors, by status: a named schema or a content type. */
  answers: Record<number, { description: string } & ({ schema: schemas.SchemaName } | { contentType: string })>;
  handle: (
    operator: Operator,
    input: { path: Record<string, string>; query: unknown; body: unknown; caller: Caller },
  ) => Promise<Reply>;
};

const ok = (json: unknown): Reply => ({ status: 200, json });

async function listedMessages(operator: Operator, query: z.output<typeof schemas.messageQuery>): Promise<Reply> {
  const { state, kind, limit, cursor, hash } = query;
  if (hash !== undefined) return messagesOfHash(operator, hash.toLowerCase() as Hex);
  const states: readonly MessageState[] | undefined =
    state === undefined ? undefined : state === "open" ? openStates : [state];
  // One more than asked for says whether there is a next page.
  const rows = await listMessages(operator.database, {
    limit: limit + 1,
    ...(states === undefined ? {} : { states }),
    ...(kind === undefined ? {} : { kind }),
    ...(cursor === undefined ? {} : { before: Number(cursor) }),
  });
  const page = rows.slice(0, limit);
  return ok({
    messages: await messageViews(operator.database, page, operator.clock.now()),
    nextCursor: rows.length > limit ? String(page.at(-1)!.id) : null,
  });
}

async function messagesOfHash({ database, clock }: Operator, hash: Hex): Promise<Reply> {
  const row = await findTransactionByHash(database, hash);
  const messages = row === undefined ? [] : await messagesOfTransaction(database, row.id);
  return ok({ messages: await messageViews(database, messages, clock.now()), nextCursor: null });
}

async function oneMessage({ database, clock }: Operator, id: string): Promise<Reply> {
  const message = /^\d{1,15}$/.test(id) ? await findMessageById(database, Number(id)) : await findMessage(database, id);
  if (message === undefined)
    throw new HttpError(404, "message_unknown", "There is no message with this id or key.", "List them: /v1/messages");
  const [view] = await messageViews(database, [message], clock.now());
  return ok(view);
}

export const routes: Route[] = [
  {
    path: "/",
    summary: "Status page",
    access: false,
    answers: { 200: { description: "one HTML file", contentType: "text/html" } },
    handle: async () => ({ status: 200, ...(await statusPage()) }),
  },
  {
    path: "/health",
    summary: "The process lives",
    access: false,
    answers: { 200: { description: "it does", schema: "Health" } },
    handle: async () => ok({ status: "ok" }),
  },
  {
    path: "/ready",
    summary: "Chains are followed and the store answers",
    access: false,
    answers: { 200: { description: "ready", schema: "Ready" }, 503: { description: "not ready", schema: "Ready" } },
    handle: async (operator) => {
      const reasons = await readiness(operator);
      return { status: reasons.length === 0 ? 200 : 503, json: { ready: reasons.length === 0, reasons } };
    },
  },
  {
    path: "/metrics",
    summary: "Metrics for Prometheus",
    access: false,
    answers: { 200: { description: "text exposition format", contentType: "text/plain" } },
    handle: async (operator) => ({ status: 200, ...(await operator.metrics()) }),
  },
  {
    path: "/openapi.json",
    summary: "This document",
    access: false,
    answers: { 200: { description: "OpenAPI 3.1", schema: "Document" } },
    handle: async () => ok(openApiDocument(routes)),
  },
  {
    path: "/v1/chains",
    summary: "How far the relayer is with each chain",
    access: ["read"],
    answers: { 200: { description: "both chains", schema: "Chains" } },
    handle: async (operator) =>
      ok({ relayer: operator.name, chains: operator.chains().map((chain) => chainView(chain, operator.clock.now())) }),
  },
  {
    path: "/v1/messages",
    summary: "Messages, newest first",
    access: ["read"],
    query: schemas.messageQuery,
    answers: { 200: { description: "a page", schema: "MessagePage" } },
    handle: (operator, { query }) => listedMessages(operator, query as z.output<typeof schemas.messageQuery>),
  },
  {
    path: "/v1/messages/{id}",
    summary: "One message, and why it waits",
    access: ["read"],
    parameters: [{ name: "id", schema: schemas.messageId }],
    answers: { 200: { description: "the message", schema: "Message" } },
    handle: (operator, { path }) => oneMessage(operator, path.id!),
  },
  {
    path: "/v1/proofs",
    summary: "Proofs, the most recently changed first",
    access: ["read"],
    query: schemas.proofQuery,
    answers: { 200: { description: "proofs", schema: "Proofs" } },
    handle: async ({ database }, { query }) => {
      const { limit } = query as z.output<typeof schemas.proofQuery>;
      return ok({ proofs: (await recentProofs(database, limit)).map(proofView) });
    },
  },
  ...submissionRoutes,
  ...proofRequestRoutes,
  seatRoute,
  councilRoute,
  accountsRoute,
];
