import type { Deployment } from "@hypothec/sdk";
import {
  decodeEventLog,
  toEventSelector,
  type Abi,
  type Address,
  type ContractEventName,
  type DecodeEventLogReturnType,
  type Hex,
} from "viem";
import type { StoredEvent } from "../store/events.ts";
import { endpointAbi, layerZeroErrorsAbi } from "../layerzero/abis.ts";
import {
  creditPoolAbi,
  engineAbi,
  messengerAbi,
  orderInboxAbi,
  orderQueueAbi,
  priceBoardAbi,
  rootInboxAbi,
  vaultAbi,
} from "./abis.ts";
import type { RawLog } from "./source.ts";

/** A contract that chain sync watches; `endpoint` only through the transactions that send a packet of ours. */
type Watched = { contract: string; address: Address; abi: Abi; viaTransaction?: boolean };

/** Which contracts and events of a chain matter. */
export type ContractTable = {
  /** Lower case; for eth_getLogs. */
  addresses: Address[];
  /** Undefined when the log is of another contract, or an event we do not know. */
  identify: (chain: string, log: RawLog) => StoredEvent | undefined;
  /** Whether the transaction of such an event carries a LayerZero packet. */
  sendsPacket: (eventName: string) => boolean;
};

const packetSenders = new Set(["Attested", "OrdersSent", "RecoveredSent", "StatusSent"]);

export function createContractTable(watched: Watched[]): ContractTable {
  const byAddress = new Map(
    watched.map((entry) => [
      entry.address.toLowerCase(),
      {
        ...entry,
        events: new Map(
          entry.abi.filter((item) => item.type === "event").map((item) => [toEventSelector(item), item.name]),
        ),
      },
    ]),
  );
  return {
    addresses: watched
      .filter((entry) => entry.viaTransaction !== true)
      .map((entry) => entry.address.toLowerCase() as Address),
    identify(chain, log) {
      const entry = byAddress.get(log.address.toLowerCase());
      const name = log.topics[0] === undefined ? undefined : entry?.events.get(log.topics[0]);
      if (entry === undefined || name === undefined) return undefined;
      return {
        chain,
        blockNumber: log.blockNumber,
        logIndex: log.logIndex,
        blockHash: log.blockHash,
        txHash: log.txHash,
        contract: entry.contract,
        address: log.address.toLowerCase() as Hex,
        name,
        topics: log.topics,
        data: log.data,
      };
    },
    sendsPacket: (name) => packetSenders.has(name),
  };
}

export function vaultChainContracts(deployment: Deployment): ContractTable {
  const { vault, messenger, orderInbox, lz } = deployment.vaultChain;
  return createContractTable([
    { contract: "vault", address: vault, abi: vaultAbi },
    { contract: "messenger", address: messenger, abi: messengerAbi },
    { contract: "orderInbox", address: orderInbox, abi: orderInboxAbi },
    { contract: "endpoint", address: lz.endpoint, abi: endpointAbi, viaTransaction: true },
  ]);
}

export function marginChainContracts(deployment: Deployment): ContractTable {
  const { engine, orderQueue, rootInbox, priceBoard, markets, lz } = deployment.marginChain;
  const pools = new Map(markets.map((market) => [market.pool.toLowerCase(), market.pool]));
  return createContractTable([
    { contract: "engine", address: engine, abi: engineAbi },
    { contract: "orderQueue", address: orderQueue, abi: orderQueueAbi },
    { contract: "rootInbox", address: rootInbox, abi: rootInboxAbi },
    { contract: "priceBoard", address: priceBoard, abi: priceBoardAbi },
    ...[...pools.values()].map((pool) => ({ contract: "pool", address: pool, abi: creditPoolAbi })),
    { contract: "endpoint", address: lz.endpoint, abi: endpointAbi, viaTransaction: true },
  ]);
}

/** Every custom error that a call of the relayer can meet, for decoding reverts. */
export function knownErrors(): Abi {
  const all: Abi = [
    ...vaultAbi,
    ...messengerAbi,
    ...orderInboxAbi,
    ...engineAbi,
    ...orderQueueAbi,
    ...rootInboxAbi,
    ...priceBoardAbi,
    ...creditPoolAbi,
    ...layerZeroErrorsAbi,
  ];
  const seen = new Set<string>();
  return all.filter((item) => {
    if (item.type !== "error") return false;
    const key = `${item.name}(${item.inputs.map((input) => input.type).join()})`;
    return seen.has(key) ? false : (seen.add(key), true);
  });
}

/** Decodes an event that the caller knows by name; undefined when it is another one. */
export function decodeAs<const EventAbi extends Abi, Name extends ContractEventName<EventAbi>>(
  abi: EventAbi,
  name: Name,
  event: StoredEvent,
): DecodeEventLogReturnType<EventAbi, Name, [Hex, ...Hex[]], Hex>["args"] | undefined {
  if (event.name !== name) return undefined;
  const decoded = decodeEventLog({
    abi: abi,
    eventName: name,
    topics: event.topics,
    data: event.data,
    strict: true,
  });
  return decoded.args as never;
}
