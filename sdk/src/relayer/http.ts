import { HypothecError } from "../errors/base.ts";
import { explainContractError } from "../errors/explain.ts";
import { toJson } from "./json.ts";

export interface RelayerParameters {
  /** Where its HTTP interface is: https, or http on this machine. */
  readonly url: string;
  /** Not needed where the relayer takes submissions of everybody. */
  readonly apiKey?: string | undefined;
  /** @default the runtime's */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** One request to a relayer. @throws HypothecError `relayer.*`, or a contract's error by its name */
export type RelayerRequest = <Answer>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  options?: { readonly body?: unknown; readonly signal?: AbortSignal | undefined },
) => Promise<Answer>;

const OWN_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

interface Problem {
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly revert?: { readonly name: string; readonly args: Readonly<Record<string, string>> };
}

/** @throws HypothecError `relayer.url` for an address that would carry keys or witnesses in the clear. */
export function createRelayerRequest({ url, apiKey, fetch = globalThis.fetch }: RelayerParameters): RelayerRequest {
  const base = new URL(url);
  if (base.protocol !== "https:" && !OWN_HOSTS.has(base.hostname)) {
    throw new HypothecError(`A relayer at ${base.protocol}//${base.host} would be asked in the clear`, {
      code: "relayer.url",
      whatToDo: "Use its https address; http only for a relayer on this machine, or a tunnel's end.",
    });
  }
  return async <Answer>(
    method: "GET" | "POST" | "DELETE",
    path: string,
    { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> => {
    const headers: Record<string, string> = { accept: "application/json" };
    if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(base.href.replace(/\/$/, "") + path, {
        method,
        headers,
        redirect: "error",
        ...(body === undefined ? {} : { body: toJson(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new HypothecError(`The relayer at ${base.host} does not answer`, {
        code: "relayer.unreachable",
        cause,
        whatToDo: "Try again, or use another relayer: nothing that it does only it can do.",
      });
    }
    const json = (await response.json().catch(() => undefined)) as Answer | Problem | undefined;
    if (response.ok && json !== undefined) return json as Answer;
    throw problemOf(response, json as Problem | undefined, base.host);
  };
}

function problemOf(response: Response, problem: Problem | undefined, host: string): HypothecError {
  const { code, message, hint, revert } = problem ?? {};
  if (revert !== undefined) {
    const explained = explainContractError(revert.name, revert.args);
    return new HypothecError(explained?.message ?? message ?? `The contract would refuse it: ${revert.name}`, {
      code: revert.name,
      args: revert.args,
      details: message,
      whatToDo: explained?.whatToDo ?? hint,
    });
  }
  const retryAfter = response.headers.get("retry-after");
  return new HypothecError(message ?? `The relayer at ${host} answered with HTTP ${response.status}`, {
    code: `relayer.${code ?? "http"}`,
    args: { status: response.status, ...(retryAfter === null ? {} : { retryAfterSeconds: Number(retryAfter) }) },
    whatToDo: hint,
  });
}
