import { createTransport, RpcRequestError, TimeoutError, WebSocketRequestError, type Transport } from "viem";
import { stripUrls } from "./errors.ts";

/** An RPC behind a WebSocket: requests, and news of heads. */
export type RpcSocket = {
  transport: Transport;
  /** Subscribes to new heads, again after every reconnection, until closed. What a head says is not taken from it: it only wakes who polls. */
  watchHeads: (onHead: () => void) => void;
  /** Whether a subscription stands. */
  subscribed: () => boolean;
  close: () => void;
};

type Answer = { id?: number; method?: string; result?: unknown; error?: { code: number; message: string } };
type Pending = { resolve: (result: unknown) => void; reject: (error: unknown) => void };

/** How long until a subscription that broke is tried again, milliseconds. */
const againMs = 2_000;

/** The socket is opened by the first request, and again by the next one after it closed. */
export function createRpcSocket(url: string, timeout: number): RpcSocket {
  const pending = new Map<number, Pending>();
  let connection: Promise<WebSocket> | undefined;
  let nextId = 1;
  let onHead: (() => void) | undefined;
  let isSubscribed = false;
  let isClosed = false;
  let again: NodeJS.Timeout | undefined;

  const closedError = (body: Record<string, unknown>) =>
    new WebSocketRequestError({ url, body, details: "the socket is closed" });

  function connect(): Promise<WebSocket> {
    connection ??= new Promise<WebSocket>((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.addEventListener("open", () => resolve(socket));
      socket.addEventListener("error", () => socket.close());
      socket.addEventListener("close", () => {
        connection = undefined;
        isSubscribed = false;
        reject(closedError({}));
        for (const { reject: refuse } of pending.values()) refuse(closedError({}));
        pending.clear();
        subscribeLater();
      });
      socket.addEventListener("message", ({ data }) => take(String(data)));
    });
    return connection;
  }

  function take(text: string): void {
    const answer = JSON.parse(text) as Answer;
    if (answer.method === "eth_subscription") return onHead?.();
    const waiting = pending.get(answer.id ?? -1);
    if (waiting === undefined) return;
    pending.delete(answer.id ?? -1);
    const { error } = answer;
    if (error === undefined) waiting.resolve(answer.result);
    else waiting.reject(new RpcRequestError({ url, body: {}, error: { ...error, message: stripUrls(error.message) } }));
  }

  async function request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    const body = { jsonrpc: "2.0", id: nextId++, method, params: params ?? [] };
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<unknown>((resolve, reject) => {
      timer = setTimeout(() => reject(new TimeoutError({ body, url })), timeout);
      void connect()
        .then((socket) => {
          if (socket.readyState !== WebSocket.OPEN) throw closedError(body);
          pending.set(body.id, { resolve, reject });
          socket.send(JSON.stringify(body));
        }, reject)
        .catch(reject);
    });
    try {
      return await answered;
    } finally {
      clearTimeout(timer);
      pending.delete(body.id);
    }
  }

  function subscribeLater(): void {
    if (onHead === undefined || isClosed || again !== undefined) return;
    again = setTimeout(() => {
      again = undefined;
      void subscribe();
    }, againMs).unref();
  }

  /** A node without subscriptions is polled; whether it has them is asked once a connection. */
  async function subscribe(): Promise<void> {
    isSubscribed = await request({ method: "eth_subscribe", params: ["newHeads"] }).then(
      () => true,
      () => false,
    );
    if (connection === undefined) subscribeLater();
  }

  return {
    transport: ({ retryCount }) =>
      createTransport({
        key: "socket",
        name: "WebSocket",
        type: "socket",
        request: request as never,
        retryCount: retryCount ?? 1,
        timeout,
      }),
    watchHeads(callback) {
      onHead = callback;
      void subscribe();
    },
    subscribed: () => isSubscribed,
    close() {
      isClosed = true;
      clearTimeout(again);
      void connection?.then(
        (socket) => socket.close(),
        () => {},
      );
    },
  };
}
