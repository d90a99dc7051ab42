import { keccak256 } from "viem";
import type { ChainHandle } from "../runtime/context.ts";
import type { ReadAt } from "../runtime/kinds.ts";
import { endpointAbi, receiveUlnAbi } from "./abis.ts";
import type { Packet } from "./packet.ts";
import type { Pathway } from "./pathways.ts";

const zero = `0x${"0".repeat(64)}`;

/**
 * How far a packet is at its destination:
 * `open` nothing is committed; `committed` its hash is in the endpoint; `executable` and every earlier nonce is too;
 * `delivered` it was received (or cleared, skipped, burnt: it will not be received any more).
 */
export type Delivered = "open" | "committed" | "executable" | "delivered";

const originOf = (packet: Packet) => ({ srcEid: packet.srcEid, sender: packet.sender, nonce: packet.nonce });

export async function packetState(
  chain: ChainHandle,
  pathway: Pathway,
  packet: Packet,
  at: ReadAt,
): Promise<Delivered> {
  const endpoint = { address: pathway.to.lz.endpoint, abi: endpointAbi, ...at } as const;
  const path = [packet.receiver, packet.srcEid, packet.sender] as const;
  const [hash, lazyNonce] = await Promise.all([
    chain.client.readContract({ ...endpoint, functionName: "inboundPayloadHash", args: [...path, packet.nonce] }),
    chain.client.readContract({ ...endpoint, functionName: "lazyInboundNonce", args: path }),
  ]);
  if (hash === zero) return packet.nonce <= lazyNonce ? "delivered" : "open";
  if (hash !== packet.payloadHash) return "open";
  if (packet.nonce <= lazyNonce) return "executable";
  const inbound = await chain.client.readContract({ ...endpoint, functionName: "inboundNonce", args: path });
  return packet.nonce <= inbound ? "executable" : "committed";
}

/** Whether a DVN has verified the packet, and with enough confirmations. */
export async function isVerifiedBy(
  chain: ChainHandle,
  pathway: Pathway,
  packet: Packet,
  dvn: `0x${string}`,
  at: ReadAt,
): Promise<boolean> {
  const [submitted, confirmations] = await chain.client.readContract({
    address: pathway.to.lz.receiveUln,
    abi: receiveUlnAbi,
    functionName: "hashLookup",
    args: [keccak256(packet.header), packet.payloadHash, dvn],
    ...at,
  });
  return submitted && confirmations >= (await requiredConfirmations(chain, pathway));
}

/** Whether the receive library would commit it now: the endpoint takes the packet and enough DVNs have verified it. */
export async function isVerifiable(chain: ChainHandle, pathway: Pathway, packet: Packet): Promise<boolean> {
  const library = { address: pathway.to.lz.receiveUln, abi: receiveUlnAbi } as const;
  const endpoint = { address: pathway.to.lz.endpoint, abi: endpointAbi } as const;
  const config = await chain.client.readContract({
    ...library,
    functionName: "getUlnConfig",
    args: [packet.receiver, packet.srcEid],
  });
  const [initializable, takes, verifiable] = await Promise.all([
    chain.client.readContract({
      ...endpoint,
      functionName: "initializable",
      args: [originOf(packet), packet.receiver],
    }),
    chain.client.readContract({ ...endpoint, functionName: "verifiable", args: [originOf(packet), packet.receiver] }),
    chain.client.readContract({
      ...library,
      functionName: "verifiable",
      args: [config, keccak256(packet.header), packet.payloadHash],
    }),
  ]);
  return initializable && takes && verifiable;
}

export async function requiredConfirmations(chain: ChainHandle, pathway: Pathway): Promise<bigint> {
  const config = await chain.client.readContract({
    address: pathway.to.lz.receiveUln,
    abi: receiveUlnAbi,
    functionName: "getUlnConfig",
    args: [pathway.to.receiver, pathway.from.eid],
  });
  return config.confirmations;
}
