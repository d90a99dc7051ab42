import { toErrorRecord } from "../runtime/errors.ts";
import type { OpeningRequest } from "./opener.ts";

/** Another member of the council, and the key that its relayer gave us. */
export type Peer = { index: number; url: string; apiKey: string };

/** What came of asking a peer. `partial` is not checked yet. Reasons are for people. */
export type PeerAnswer =
  { type: "partial"; partial: unknown } | { type: "refused"; reason: string } | { type: "silent"; reason: string };
export type AskPeer = (peer: Peer, request: OpeningRequest, signal: AbortSignal) => Promise<PeerAnswer>;

const timeoutMs = 10_000;
/** A partial decryption has less than a thousand characters. */
const mostBytes = 16_384;

/** Where a member answers for a lock, relative to its `url`. */
export function partialPath(request: OpeningRequest): string {
  const { kind, domain, lockNullifier } = request;
  const query = request.kind === "valuation" ? `?startBlock=${request.startBlock}` : "";
  return `v1/council/partials/${kind}/${domain}/${lockNullifier}${query}`;
}

/** Asks a peer's relayer over HTTP. Never throws: whatever goes wrong is an answer. */
export const askOverHttp: AskPeer = async ({ url, apiKey }, request, signal) => {
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/${partialPath(request)}`, {
      headers: { authorization: `Bearer ${apiKey}`, accept: "application/json" },
      redirect: "error", // the key is for this address alone
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await readAtMost(response, mostBytes);
    if (response.status === 200) return { type: "partial", partial: JSON.parse(text) as unknown };
    const reason = `HTTP ${response.status}, ${reasonIn(text)}`;
    return { type: [401, 404, 409].includes(response.status) ? "refused" : "silent", reason };
  } catch (error) {
    return { type: "silent", reason: plain(causeOf(error)) };
  }
};

async function readAtMost(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > most) throw new Error(`an answer of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The words in a peer's error. */
function reasonIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return plain(message);
  } catch {
    // not a relayer's answer
  }
  return "no reason given";
}

/** fetch hides why it failed in the cause. */
function causeOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return `no answer in ${timeoutMs / 1_000} s`;
  const { code } = (cause ?? {}) as { code?: unknown };
  if (typeof code === "string") return code;
  return cause instanceof Error ? cause.message : message;
}

/** A stranger's text goes into our log: one short line of it, without URLs. */
function plain(text: string): string {
  return toErrorRecord(text.replace(/[^\x20-\x7e]+/g, " ")).message.slice(0, 200);
}
