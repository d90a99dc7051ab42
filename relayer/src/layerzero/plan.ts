import { endpointAbi } from "./abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { StoredEvent } from "../store/events.ts";
import type { Hex } from "viem";
import { decodePacket, type Packet } from "./packet.ts";
import { pathwayOf, type Pathway } from "./pathways.ts";

/** A packet of ours in a final block, with the log that proves it. */
export type PacketPayload = {
  pathway: Pathway["name"];
  packet: Packet;
  source: { txHash: Hex; blockHash: Hex; blockNumber: number; logIndex: number; data: Hex };
};

/** The packets of our pathways among final events. */
export function packetsIn(events: StoredEvent[], pathways: Pathway[]): PacketPayload[] {
  return events.flatMap((event) => {
    const args = event.contract === "endpoint" ? decodeAs(endpointAbi, "PacketSent", event) : undefined;
    if (args === undefined) return [];
    const packet = decodePacket(args.encodedPayload, args.options);
    const pathway = pathwayOf(pathways, event.chain, packet);
    // A packet sent through another library has other DVNs and fees: not what this deployment configured.
    if (args.sendLibrary.toLowerCase() !== pathway?.from.lz.sendUln.toLowerCase()) return [];
    const { txHash, blockHash, blockNumber, logIndex, data } = event;
    return [{ pathway: pathway.name, packet, source: { txHash, blockHash, blockNumber, logIndex, data } }];
  });
}
