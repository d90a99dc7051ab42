import { createPublicClient, fallback, http, type PublicClient, type Transport } from "viem";
import { revertData } from "../delivery/reverts.ts";
import type { ChainConfig } from "../config/schema.ts";
import { ignoreEvents, type Observer, type RpcFailure } from "../metrics/events.ts";

const timeout = 10_000;

/** Requests of the same moment travel in one HTTP request. */
const transportOf = (url: string): Transport =>
  http(url, { batch: { wait: 0, batchSize: 100 }, retryCount: 1, retryDelay: 200, timeout });

/** The transport, with the requests counted that its RPC failed to answer after its own retry. */
function watched(transport: Transport, onFailure: (reason: RpcFailure) => void): Transport {
  return (options) => {
    const inner = transport(options);
    const request = async (...args: Parameters<typeof inner.request>) => {
      try {
        return await inner.request(...args);
      } catch (error) {
        const reason = rpcFailure(error);
        if (reason !== undefined) onFailure(reason);
        throw error;
      }
    };
    return { ...inner, request: request as typeof inner.request };
  };
}

/** Why an RPC failed; undefined when the error is its answer: a call that reverts is the contract's doing, not the node's. */
export function rpcFailure(error: unknown): RpcFailure | undefined {
  const { name, code, status, message } = error as { name?: string; code?: number; status?: number; message?: string };
  if (name === "TimeoutError") return "timeout";
  if (status === 429 || code === -32005) return "limit";
  if (name === "HttpRequestError") return "http";
  if (code === 3 || revertData(error) !== undefined || /\breverted\b/i.test(message ?? "")) return undefined;
  return "rpc";
}

function transportsOf(chain: ChainConfig, observe: Observer): Transport[] {
  return chain.rpc.map((url, index) =>
    watched(transportOf(url), (reason) =>
      observe({ type: "rpc error", chain: chain.name, endpoint: index + 1, reason }),
    ),
  );
}

/** A client that asks the RPCs in order, the next when one fails. */
export function createReadClient(chain: ChainConfig, observe: Observer = ignoreEvents): PublicClient {
  const transports = transportsOf(chain, observe);
  return createPublicClient({
    transport: transports.length === 1 ? (transports[0] as Transport) : fallback(transports, { retryCount: 1 }),
    pollingInterval: chain.pollIntervalMs,
    cacheTime: 0,
  });
}

/** One client per RPC, for votes. */
export function createWitnessClients(chain: ChainConfig, observe: Observer = ignoreEvents): PublicClient[] {
  return transportsOf(chain, observe).map((transport) => createPublicClient({ transport, cacheTime: 0 }));
}
