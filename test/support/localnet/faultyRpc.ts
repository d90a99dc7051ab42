import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerWith, type RpcAnswer, type RpcCall, type Upstream } from "./rpcFaults.ts";

/** A log, block or receipt as JSON-RPC gives it. */
export type RpcObject = Record<string, unknown>;

/** What a fault does. Heights are those of the node behind. */
export type FaultKind =
  /** Never answers; the connection stays open until the fault is cleared. */
  | { type: "hang" }
  /** Cuts the connection. */
  | { type: "drop" }
  /** Answers with this HTTP status. */
  | { type: "http"; status: number }
  /** Answers with a JSON-RPC error. */
  | { type: "error"; code: number; message: string }
  /** Answers so much later, milliseconds. */
  | { type: "delay"; ms: number }
  /** Is so many blocks behind in everything: head, finality, logs, receipts, state. */
  | { type: "lag"; blocks: number }
  /** Stays at this block for ever. */
  | { type: "freeze"; at: number }
  /** Leaves out logs (of `topic`, if given), in eth_getLogs and in receipts. */
  | { type: "omit logs"; topic?: string }
  /** Changes logs, in eth_getLogs and in receipts. */
  | { type: "forge logs"; forge: (log: RpcObject) => RpcObject }
  /** Adds logs to every answer of eth_getLogs: what never happened. */
  | { type: "invent logs"; invent: (call: RpcCall) => RpcObject[] }
  /** Tells of another history from block `from` on: other hashes, linked to each other. `salt`: two with the same one agree. */
  | { type: "fork"; from: number; salt: string }
  /** Refuses eth_getLogs over more blocks than this. */
  | { type: "log range"; blocks: number }
  /** Any other lie: changes a result. */
  | { type: "rewrite"; rewrite: (call: RpcCall, result: unknown) => unknown };

export type Fault = FaultKind & {
  /** Only these JSON-RPC methods. @default all */
  methods?: readonly string[];
  /** How often, from 0 to 1. @default 1 */
  chance?: number;
};

export type FaultyRpc = {
  /** What a client is given. */
  url: string;
  /** The faults from now on, in place of those before. None: it is honest again, and what hangs is answered. */
  set(...faults: Fault[]): void;
  /** How often each method was asked for since the start. */
  calls: ReadonlyMap<string, number>;
  /** HTTP requests since the start: a batch is one. */
  requests: () => number;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * An RPC that misbehaves on demand: an HTTP proxy in front of a real node, on a free port of this machine. It forwards JSON-RPC, single
 * and batched, and lets faults change the question or the answer. Faults add up, in order.
 *
 * @param options.random uniform in [0, 1), for faults with a chance; give a seeded one to repeat a run. @default Math.random
 * @example
 * await using rpc = await startFaultyRpc(localnet.vault.url);
 * rpc.set({ type: "lag", blocks: 5 });
 * rpc.set({ type: "omit logs" }, { type: "delay", ms: 200, chance: 0.5 });
 * rpc.set({ type: "hang", methods: ["eth_getLogs"] });
 * rpc.set();
 */
export async function startFaultyRpc(upstream: string, options: { random?: () => number } = {}): Promise<FaultyRpc> {
  const { random = Math.random } = options;
  const calls = new Map<string, number>();
  let requests = 0;
  let faults: Fault[] = [];
  let changed = Promise.withResolvers<undefined>();

  const ask: Upstream = async (asked) => {
    const response = await fetch(upstream, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked.map((call) => ({ jsonrpc: "2.0", ...call }))),
    });
    const answers = (await response.json()) as RpcAnswer[];
    return asked.map(({ id }) => answers.find((answer) => answer.id === id) as RpcAnswer);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    type Asked = Omit<RpcCall, "params"> & { params?: unknown[] };
    const body = JSON.parse(text) as Asked | Asked[];
    const asked = (Array.isArray(body) ? body : [body]).map((call) => ({ ...call, params: call.params ?? [] }));
    requests++;
    for (const { method } of asked) calls.set(method, (calls.get(method) ?? 0) + 1);
    for (;;) {
      const active = faults.filter(
        ({ methods, chance = 1 }) =>
          (methods === undefined || asked.some(({ method }) => methods.includes(method))) && random() < chance,
      );
      if (active.some(({ type }) => type === "hang")) {
        await changed.promise;
        continue;
      }
      if (active.some(({ type }) => type === "drop")) return void response.destroy();
      const refused = active.find((fault) => fault.type === "http");
      if (refused !== undefined) return void response.writeHead(refused.status).end("refused");
      for (const fault of active) if (fault.type === "delay") await new Promise((done) => setTimeout(done, fault.ms));
      const answers = await answerWith(active, asked, ask);
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0]));
    }
  }

  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    changed.resolve(undefined);
    await closed;
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    set(...next) {
      faults = next;
      changed.resolve(undefined);
      changed = Promise.withResolvers<undefined>();
    },
    calls,
    requests: () => requests,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
