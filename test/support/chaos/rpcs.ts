import type { Side } from "../localnet/chain.ts";
import { startFaultyRpc, type Fault as RpcFault, type FaultyRpc } from "../localnet/faultyRpc.ts";
import type { Localnet } from "../localnet/localnet.ts";
import { OPERATORS, type Operator } from "./plan.ts";
import { seeded } from "./random.ts";

const SIDES = ["vault", "margin"] as const;
export const ENDPOINTS = [1, 2, 3] as const;

/** A transaction that a relayer has just handed to a node. */
export type Sighting = { who: Operator; side: Side; hash: `0x${string}` };

/** Each relayer's RPCs, three a chain, all of them in front of that chain's node and each able to misbehave. */
export type Rpcs = {
  urls(who: Operator): Record<Side, string[]>;
  /** Adds a fault to an endpoint (from 1); the function returned takes it away again. */
  add(at: { who: Operator; side: Side; endpoint: number }, fault: RpcFault): () => void;
  /** Called as soon as a node has taken a relayer's transaction, before the relayer knows. */
  onTransaction(listener: (sighting: Sighting) => void): void;
  reset(): void;
  stop(): Promise<void>;
};

export async function startRpcs(localnet: Localnet): Promise<Rpcs> {
  const listeners = new Set<(sighting: Sighting) => void>();
  const random = seeded(1).next;
  const places = OPERATORS.flatMap((who) =>
    SIDES.flatMap((side) => ENDPOINTS.map((endpoint) => ({ who, side, endpoint }))),
  );
  const nameOf = ({ who, side, endpoint }: { who: string; side: string; endpoint: number }) =>
    `${who}/${side}/${endpoint}`;
  const proxies = new Map<string, FaultyRpc>();
  const faults = new Map<string, RpcFault[]>();
  for (const place of places) {
    proxies.set(nameOf(place), await startFaultyRpc(localnet[place.side].url, { random }));
    faults.set(nameOf(place), []);
  }

  function apply(place: (typeof places)[number]): void {
    const { who, side } = place;
    const watch: RpcFault = {
      type: "rewrite",
      methods: ["eth_sendRawTransaction"],
      rewrite: (_, result) => {
        for (const listener of listeners) listener({ who, side, hash: result as `0x${string}` });
        return result;
      },
    };
    proxies.get(nameOf(place))!.set(watch, ...faults.get(nameOf(place))!);
  }
  for (const place of places) apply(place);

  return {
    urls: (who) => ({
      vault: ENDPOINTS.map((endpoint) => proxies.get(nameOf({ who, side: "vault", endpoint }))!.url),
      margin: ENDPOINTS.map((endpoint) => proxies.get(nameOf({ who, side: "margin", endpoint }))!.url),
    }),
    add(at, fault) {
      const place = places.find((each) => nameOf(each) === nameOf(at))!;
      const list = faults.get(nameOf(place))!;
      list.push(fault);
      apply(place);
      return () => {
        const index = list.indexOf(fault);
        if (index < 0) return;
        list.splice(index, 1);
        apply(place);
      };
    },
    onTransaction: (listener) => void listeners.add(listener),
    reset() {
      listeners.clear();
      for (const place of places) {
        faults.get(nameOf(place))!.length = 0;
        apply(place);
      }
    },
    async stop() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    },
  };
}
