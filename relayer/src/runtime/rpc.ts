import { createPublicClient, fallback, http, type PublicClient, type Transport } from "viem";
import type { ChainConfig } from "../config/schema.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { rpcFailure } from "./rpcFailure.ts";
import { createRpcSocket, type RpcSocket } from "./rpcSocket.ts";

const timeout = 10_000;
const isSocket = (url: string): boolean => /^wss?:/.test(url);

/** Told how each request to an RPC ended: its failure, or undefined when it answered (a revert is an answer). */
export type RequestObserver = (request: { method: string; ms: number; result?: unknown; error?: unknown }) => void;

/** The way to one RPC. `socket` when it is a WebSocket. */
export type Connection = { transport: Transport; socket?: RpcSocket };

/** Requests of the same moment travel in one HTTP request; a socket takes them one after the other without waiting. */
export function connectionTo(url: string): Connection {
  if (!isSocket(url))
    return { transport: http(url, { batch: { wait: 0, batchSize: 100 }, retryCount: 1, retryDelay: 200, timeout }) };
  const socket = createRpcSocket(url, timeout);
  return { transport: socket.transport, socket };
}

/** The transport, with every request told of after its own retry. */
export function watched(transport: Transport, observe: RequestObserver, now: () => number = Date.now): Transport {
  return (options) => {
    const inner = transport(options);
    const request = async (...args: Parameters<typeof inner.request>) => {
      const startedAt = now();
      const { method } = args[0] as { method: string };
      try {
        const result = await inner.request(...args);
        observe({ method, ms: now() - startedAt, result });
        return result;
      } catch (error) {
        observe({ method, ms: now() - startedAt, error });
        throw error;
      }
    };
    return { ...inner, request: request as typeof inner.request };
  };
}

function transportsOf(chain: ChainConfig, observe: Observer): Transport[] {
  return chain.rpc.map((url, index) =>
    watched(connectionTo(url).transport, ({ error }) => {
      const reason = error === undefined ? undefined : rpcFailure(error);
      if (reason !== undefined) observe({ type: "rpc error", chain: chain.name, endpoint: index + 1, reason });
    }),
  );
}

/** A client that asks the RPCs in order, the next when one fails: for commands. A running relayer has a pool (rpcPool.ts). */
export function createReadClient(chain: ChainConfig, observe: Observer = ignoreEvents): PublicClient {
  const transports = transportsOf(chain, observe);
  return createPublicClient({
    transport: transports.length === 1 ? (transports[0] as Transport) : fallback(transports, { retryCount: 1 }),
    pollingInterval: chain.pollIntervalMs,
    cacheTime: 0,
  });
}

/** One client per RPC. */
export function createWitnessClients(chain: ChainConfig, observe: Observer = ignoreEvents): PublicClient[] {
  return transportsOf(chain, observe).map((transport) => createPublicClient({ transport, cacheTime: 0 }));
}
