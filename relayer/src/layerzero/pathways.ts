import { pad, type Address, type Hex } from "viem";
import type { Deployment, LzChain } from "@hypothec/sdk";
import type { Packet } from "./packet.ts";

/** One direction between the two chains: who sends, who receives, and with which libraries and DVNs. */
export type Pathway = {
  name: "roots" | "orders";
  from: { chain: string; eid: number; sender: Address; lz: LzChain };
  to: { chain: string; eid: number; receiver: Address; lz: LzChain };
};

/** The two pathways of a deployment. Packets of any other path are nobody's business here. */
export function pathwaysOf(deployment: Deployment): Pathway[] {
  const { vaultChain, marginChain } = deployment;
  return [
    {
      name: "roots",
      from: { chain: vaultChain.name, eid: vaultChain.eid, sender: vaultChain.messenger, lz: vaultChain.lz },
      to: { chain: marginChain.name, eid: marginChain.eid, receiver: marginChain.rootInbox, lz: marginChain.lz },
    },
    {
      name: "orders",
      from: { chain: marginChain.name, eid: marginChain.eid, sender: marginChain.orderQueue, lz: marginChain.lz },
      to: { chain: vaultChain.name, eid: vaultChain.eid, receiver: vaultChain.orderInbox, lz: vaultChain.lz },
    },
  ];
}

const same = (a: Hex, b: Hex) => a.toLowerCase() === b.toLowerCase();

export function pathwayOf(pathways: Pathway[], chain: string, packet: Packet): Pathway | undefined {
  return pathways.find(
    ({ from, to }) =>
      from.chain === chain &&
      from.eid === packet.srcEid &&
      to.eid === packet.dstEid &&
      same(pad(from.sender, { size: 32 }), packet.sender) &&
      same(to.receiver, packet.receiver),
  );
}
