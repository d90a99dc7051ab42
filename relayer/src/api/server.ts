import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { HttpConfig } from "../config/schema.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { exitCodes, RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { createKeyCheck } from "./apiKeys.ts";
import { HttpError } from "./httpError.ts";
import type { Operator } from "./operator.ts";
import { createRateLimit } from "./rateLimit.ts";
import { routes, type Reply, type Route } from "./routes.ts";

export type HttpServer = {
  /** Where it listens, e.g. "http://127.0.0.1:8787". */
  url: string;
  /** Takes no more requests, lets those under way finish for a few seconds, and frees the port. */
  close: () => Promise<void>;
};

/** A client must have sent its request, and may keep a connection idle, for this long. */
const requestTimeoutMs = 10_000;
const idleTimeoutMs = 5_000;
/** What a request under way gets when the relayer stops. */
const closeGraceMs = 3_000;

const commonHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/**
 * Starts the operator's interface.
 *
 * @throws RelayerError `http_listen` when the address cannot be listened on.
 */
export async function startHttpServer(options: {
  config: HttpConfig;
  /** The keys themselves, resolved. */
  apiKeys: string[];
  operator: Operator;
  logger: Logger;
  observe?: Observer;
}): Promise<HttpServer> {
  const { config, operator, observe = ignoreEvents } = options;
  const logger = options.logger.child({ part: "http" });
  const isAllowed = createKeyCheck(options.apiKeys);
  const rateLimit = createRateLimit({ perMinute: config.requestsPerMinute, now: operator.clock.now });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let route: Route | undefined;
    let reply: Reply;
    try {
      const found = findRoute(request);
      route = found.route;
      if (route.guarded !== false) admit(request, route.guarded === "always");
      if (request.method !== "GET" && request.method !== "HEAD")
        throw new HttpError(405, "method_not_allowed", "This interface only reads.", "Use GET.", {
          allow: "GET, HEAD",
        });
      await refuseLargeBody(request, config.maxBodyBytes);
      reply = await route.handle(operator, inputOf(route, found));
    } catch (error) {
      reply = errorReply(error);
    }
    observe({ type: "http request", route: route?.path ?? "unknown", status: reply.status });
    response.shouldKeepAlive &&= server.listening; // a connection that stays open would hold up the shutdown
    send(request, response, reply);
  }

  /** Limits first: guessing keys is limited too. */
  function admit(request: IncomingMessage, always: boolean): void {
    const waitSeconds = rateLimit(request.socket.remoteAddress ?? "unknown");
    if (waitSeconds > 0)
      throw new HttpError(
        429,
        "too_many_requests",
        `More than ${config.requestsPerMinute} requests in a minute came from this address.`,
        `Wait ${waitSeconds} s, or raise http.requestsPerMinute.`,
        { "retry-after": String(waitSeconds) },
      );
    const isOpen = options.apiKeys.length === 0;
    if ((always && isOpen) || !isAllowed(request.headers.authorization))
      throw new HttpError(
        401,
        "unauthorized",
        "This path needs an API key of this relayer.",
        "Send the header Authorization: Bearer KEY.",
        { "www-authenticate": "Bearer" },
      );
  }

  function errorReply(error: unknown): Reply {
    if (error instanceof HttpError) {
      const { status, code, message, hint, headers } = error;
      return { status, json: { code, message, hint }, headers };
    }
    logger.error({ error }, "a request failed");
    const json = { code: "internal", message: "The relayer could not answer.", hint: "Its log says why." };
    return { status: 500, json };
  }

  const server = createServer(
    { requestTimeout: requestTimeoutMs, keepAliveTimeout: idleTimeoutMs },
    (request, response) => {
      void answer(request, response).catch((error: unknown) => {
        logger.warn({ error }, "an answer could not be sent");
        response.destroy();
      });
    },
  );
  server.headersTimeout = requestTimeoutMs;
  await listen(server, config);
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  logger.info({ address, port, keys: options.apiKeys.length }, "the operator's interface is open");
  return { url, close: () => close(server) };
}

type Found = { route: Route; values: string[]; search: URLSearchParams };

function findRoute(request: IncomingMessage): Found {
  const [path = "", ...rest] = (request.url ?? "").split("?");
  const search = new URLSearchParams(rest.join("?"));
  for (const route of routes) {
    const values = valuesIn(route, path);
    if (values !== undefined) return { route, values: values.map(decoded), search };
  }
  throw new HttpError(404, "path_unknown", "There is nothing at this path.", "See /openapi.json for what there is.");
}

/** What stands for the route's parameters in a path, still encoded; undefined when it is not the route's. */
function valuesIn({ path: pattern, parameters = [] }: Route, path: string): string[] | undefined {
  if (parameters.length === 0) return path === pattern ? [] : undefined;
  const names = pattern.split("/");
  const given = path.split("/");
  const parts = [...given.slice(0, names.length - 1), given.slice(names.length - 1).join("/")];
  const fits = parts.length === names.length && names.every((name, i) => name.startsWith("{") || name === parts[i]);
  const values = parts.filter((_, i) => names[i]!.startsWith("{"));
  return fits && values.every((value) => value !== "") ? values : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, "bad_parameter", "The path is not percent-encoded UTF-8.", "Encode the id.");
  }
}

function inputOf(route: Route, { values, search }: Found): { path: Record<string, string>; query: unknown } {
  const path: Record<string, string> = {};
  for (const [i, { name, schema }] of (route.parameters ?? []).entries()) {
    const checked = schema.safeParse(values[i]);
    if (!checked.success) throw badParameter(name, checked.error);
    path[name] = checked.data;
  }
  const query = route.query?.safeParse(Object.fromEntries(search));
  if (query?.success === false) throw badParameter("", query.error);
  return { path, query: query?.data };
}

function badParameter(name: string, error: z.ZodError): HttpError {
  const problems = error.issues.map((issue) => `${name || z.core.toDotPath(issue.path) || "query"}: ${issue.message}`);
  return new HttpError(400, "bad_parameter", problems.join("; "), "See /openapi.json for the parameters.");
}

/** Nothing here takes a body: a small one is read and dropped, so that the connection can be used again. */
async function refuseLargeBody(request: IncomingMessage, most: number): Promise<void> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced <= most && (await readsAtMost(request, most))) return;
  throw new HttpError(413, "body_too_large", `The request has a body of more than ${most} bytes.`, "Send no body.", {
    connection: "close",
  });
}

/** Whether the body ends within so many bytes; a longer one is left where it is, and the connection stays for the answer. */
function readsAtMost(request: IncomingMessage, most: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) return;
      request.off("data", onData).pause();
      resolve(false);
    };
    request.on("data", onData);
    request.once("end", () => resolve(true));
    request.once("error", reject);
  });
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const isJson = "json" in reply;
  const body = isJson ? `${JSON.stringify(reply.json)}\n` : reply.text;
  response.writeHead(reply.status, {
    ...commonHeaders,
    "content-type": isJson ? "application/json; charset=utf-8" : reply.contentType,
    "content-length": Buffer.byteLength(body),
    ...reply.headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function listen(server: Server, { host, port }: HttpConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new RelayerError(
          "http_listen",
          `The operator's interface cannot listen on ${host}:${port} (${cause.code ?? cause.message}). Free the port, or change http.host and http.port.`,
          { severity: "fatal", exitCode: exitCodes.config, cause },
        ),
      ),
    );
    server.listen({ host, port }, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
