import { createPublicClient, fallback, http, type PublicClient, type Transport } from "viem";
import type { ChainConfig } from "../config/schema.ts";

const timeout = 10_000;

/** Requests of the same moment travel in one HTTP request. */
const transportOf = (url: string): Transport =>
  http(url, { batch: { wait: 0, batchSize: 100 }, retryCount: 1, retryDelay: 200, timeout });

/** A client that asks the RPCs in order, the next when one fails. */
export function createReadClient(chain: ChainConfig): PublicClient {
  const transports = chain.rpc.map(transportOf);
  return createPublicClient({
    transport: transports.length === 1 ? (transports[0] as Transport) : fallback(transports, { retryCount: 1 }),
    pollingInterval: chain.pollIntervalMs,
    cacheTime: 0,
  });
}

/** One client per RPC, for votes. */
export function createWitnessClients(chain: ChainConfig): PublicClient[] {
  return chain.rpc.map((url) => createPublicClient({ transport: transportOf(url), cacheTime: 0 }));
}
