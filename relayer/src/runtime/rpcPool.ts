import { createPublicClient, createTransport, type PublicClient, type Transport } from "viem";
import { isRangeRefusal } from "../chain/logRange.ts";
import { answered, failed, lied, ranking, sawHead, unknownHealth, type RpcHealth } from "../chain/rpcHealth.ts";
import { quorumOf } from "../chain/tally.ts";
import type { ChainConfig } from "../config/schema.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { elapsedMs, type Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { connectionTo, watched } from "./rpc.ts";
import { rpcFailure } from "./rpcFailure.ts";
import { askQuorum, isPinned, type RpcRequest } from "./rpcQuorum.ts";

/** An RPC as operators see it: by its place in `chains[].rpc`, from 1, for its URL may hold a key. */
export type RpcStatus = RpcHealth & { chain: string; endpoint: number; preferred: boolean };

/** One that lies goes on lying: it is logged as an error when it begins, or begins again after so many milliseconds. */
const quietMs = 60_000;

/** All RPCs of a chain. */
export type RpcPool = {
  /**
   * Asks the healthiest RPC, the next when it fails. Reads of state at a block *number* are asked of as many as must agree, and fail
   * with `no_quorum` when they do not; a signed transaction is given to all.
   */
  read: PublicClient;
  /** One client per RPC, in the order of the configuration. */
  witnesses: PublicClient[];
  quorum: number;
  /** A quorum said otherwise than these (places, from 1), about `what`. */
  outvoted: (endpoints: number[], what: string) => void;
  /** Asks every RPC for its head: those that are never read from are known too, and one that was bad gets its chance. */
  probe: () => Promise<void>;
  /** Resolves with the next head that a subscription tells of; `subscribed` is false while none does. */
  nextHead: () => Promise<void>;
  subscribed: () => boolean;
  status: () => RpcStatus[];
  /** Closes sockets. */
  close: () => void;
};

export function createRpcPool(options: {
  chain: ChainConfig;
  clock: Clock;
  logger: Logger;
  observe?: Observer;
}): RpcPool {
  const { chain, clock, observe = ignoreEvents } = options;
  const logger = options.logger.child({ part: "rpc", chain: chain.name });
  const quorum = quorumOf(chain);
  const health: RpcHealth[] = chain.rpc.map(() => unknownHealth);
  let preferred = 0;
  const update = (index: number, change: (before: RpcHealth) => RpcHealth) => {
    health[index] = change(health[index] as RpcHealth);
  };

  const connections = chain.rpc.map(connectionTo);
  const transports = connections.map(({ transport }, index) =>
    watched(
      transport,
      ({ method, ms, result, error }) => {
        const reason =
          error === undefined || (method === "eth_getLogs" && isRangeRefusal(error)) ? undefined : rpcFailure(error);
        if (reason !== undefined) {
          observe({ type: "rpc error", chain: chain.name, endpoint: index + 1, reason });
          update(index, (before) => failed(before, clock.now(), clock.random()));
          return;
        }
        update(index, (before) => answered(before, ms));
        if (method === "eth_blockNumber") update(index, (before) => sawHead(before, Number(result)));
      },
      clock.now,
    ),
  );
  const witnesses = transports.map((transport) => createPublicClient({ transport, cacheTime: 0 }));

  /** Indices, the healthiest first. */
  function order(): number[] {
    const ranked = ranking(health, preferred, clock.now());
    if (ranked[0] !== undefined && ranked[0] !== preferred) {
      preferred = ranked[0];
      logger.info({ endpoint: preferred + 1 }, "reads go to another RPC");
    }
    return ranked;
  }

  async function ask(request: RpcRequest): Promise<unknown> {
    if (request.method === "eth_sendRawTransaction") return Promise.any(send(request)).catch(firstOf);
    if (quorum > 1 && isPinned(request))
      return askQuorum({ request, order: order(), quorum, ask: askOne, outvoted, chain: chain.name });
    let last: unknown;
    for (const index of order()) {
      try {
        return await askOne(index, request);
      } catch (error) {
        // An answer, or a question that another RPC may not take either: whoever asked has to ask for less.
        if (rpcFailure(error) === undefined || (request.method === "eth_getLogs" && isRangeRefusal(error))) throw error;
        last = error;
      }
    }
    throw last;
  }

  const askOne = (index: number, { method, params }: RpcRequest): Promise<unknown> =>
    (witnesses[index] as PublicClient).request({ method, params } as never);

  /** To all of them: one that swallows what it is given must not hold it back. */
  const send = (request: RpcRequest): Promise<unknown>[] => order().map((index) => askOne(index, request));
  const firstOf = (error: AggregateError): never => {
    throw error.errors[0];
  };

  function outvoted(endpoints: number[], what: string): void {
    for (const endpoint of endpoints) {
      const { liedAt } = health[endpoint - 1] as RpcHealth;
      const level = liedAt === null || elapsedMs(clock.now(), liedAt) > quietMs ? "error" : "debug";
      update(endpoint - 1, (before) => lied(before, clock.now()));
      observe({ type: "rpc outvoted", chain: chain.name, endpoint });
      logger[level]({ endpoint, what }, `RPC ${endpoint} says otherwise than ${quorum} others; it is outvoted`);
    }
  }

  const sockets = connections.map(({ socket }) => socket).filter((socket) => socket !== undefined);
  let announce: () => void = () => {};
  let head = new Promise<void>((resolve) => (announce = resolve));
  for (const socket of sockets)
    socket.watchHeads(() => {
      const told = announce;
      head = new Promise<void>((resolve) => (announce = resolve));
      told();
    });

  const transport: Transport = () =>
    createTransport({
      key: "pool",
      name: "RPC pool",
      type: "pool",
      retryCount: 0,
      request: ask as never,
    });
  return {
    read: createPublicClient({ transport, pollingInterval: chain.pollIntervalMs, cacheTime: 0 }),
    witnesses,
    quorum,
    outvoted,
    probe: async () => {
      await Promise.allSettled(
        witnesses.map(async (client, index) => {
          const { suspendedUntil } = health[index] as RpcHealth;
          if (suspendedUntil <= clock.now()) await client.request({ method: "eth_blockNumber" });
        }),
      );
    },
    nextHead: () => head,
    subscribed: () => sockets.some((socket) => socket.subscribed()),
    status: () =>
      health.map((each, index) => ({
        ...each,
        chain: chain.name,
        endpoint: index + 1,
        preferred: index === preferred,
      })),
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}
