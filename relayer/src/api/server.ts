import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpConfig } from "../config/schema.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { exitCodes, RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { Refusal } from "../runtime/refusal.ts";
import { createAdmission } from "./admission.ts";
import type { ApiKey } from "./apiKeys.ts";
import { parseBody, readBody } from "./body.ts";
import { findRoute, parametersIn } from "./dispatch.ts";
import { HttpError, httpErrorOf } from "./httpError.ts";
import type { Operator } from "./operator.ts";
import type { Reply, Route } from "./routes.ts";

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
  apiKeys: ApiKey[];
  operator: Operator;
  logger: Logger;
  observe?: Observer;
}): Promise<HttpServer> {
  const { config, operator, observe = ignoreEvents } = options;
  const logger = options.logger.child({ part: "http" });
  const admit = createAdmission({ config, apiKeys: options.apiKeys, operator });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let route: Route | undefined;
    let reply: Reply;
    try {
      const found = findRoute(request);
      route = found.route;
      const caller = admit(request, route);
      const most = route.largestBody?.(operator) ?? config.maxBodyBytes;
      const text = await readBody(request, most);
      const body = route.body === undefined ? undefined : parseBody(request, text, route.body);
      reply = await route.handle(operator, { ...parametersIn(found), body, caller });
    } catch (error) {
      reply = errorReply(error);
    }
    observe({ type: "http request", route: route?.path ?? "unknown", status: reply.status });
    response.shouldKeepAlive &&= server.listening; // a connection that stays open would hold up the shutdown
    send(request, response, reply);
  }

  function errorReply(thrown: unknown): Reply {
    const error = thrown instanceof Refusal ? httpErrorOf(thrown) : thrown;
    if (error instanceof HttpError) {
      const { status, code, message, hint, headers, revert } = error;
      return { status, json: { code, message, hint, ...(revert === undefined ? {} : { revert }) }, headers };
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
