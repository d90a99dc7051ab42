import { parseAbi } from "viem";

import { getQueuedOrders, sendOrders } from "../../../sdk/src/actions/index.ts";
import { createHypothecClient } from "../../../sdk/src/client/client.ts";
import type { Side } from "../localnet/chain.ts";
import { createHandWorker, type Packet } from "../localnet/handWorker.ts";
import { layerZeroArtifacts } from "../localnet/layerzero.ts";
import type { Battlefield, Struck } from "./faults.ts";

const PATIENCE_BLOCKS = 80;
const packetSent = parseAbi(["event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)"]);

/** Somebody without a role sends every order that is queued next, twice. */
export async function sendOrdersAgain({ world, blocks }: Battlefield): Promise<Struck> {
  const { localnet, local, startBlocks } = world;
  const key = localnet.key("stranger");
  const client = createHypothecClient({
    deployment: local.deployment,
    vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(key) },
    margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(key) },
  });
  for (let i = 0; i < PATIENCE_BLOCKS; i++) {
    const toBlock = await localnet.margin.public.getBlockNumber();
    const queued =
      toBlock < startBlocks.margin ? [] : await getQueuedOrders(client, { fromBlock: startBlocks.margin, toBlock });
    if (queued.length > 0) {
      const orders = queued.map(({ args }) => args);
      for (let time = 0; time < 2; time++) await sendOrders(client, { orders });
      return { done: true };
    }
    await blocks.after(1);
  }
  return { done: false, why: "no order was queued" };
}

/** Somebody without a role commits and delivers what the DVNs have verified, newest first, and then tries to deliver it again. */
export async function deliverAsStranger({ world, blocks }: Battlefield, to: Side): Promise<Struck> {
  const { localnet, startBlocks } = world;
  const from: Side = to === "vault" ? "margin" : "vault";
  const worker = createHandWorker(localnet);
  const there = localnet[to];
  const sender = there.sender(localnet.key("stranger"));
  const commit = (packet: Packet) =>
    sender.call({
      address: there.lz.receiveUln,
      abi: layerZeroArtifacts.receiveUln.abi,
      functionName: "commitVerification",
      args: [packet.header, packet.payloadHash],
    });
  const deliver = (packet: Packet) =>
    sender.call({
      address: there.lz.endpoint,
      abi: layerZeroArtifacts.endpoint.abi,
      functionName: "lzReceive",
      args: [
        { srcEid: packet.srcEid, sender: packet.sender, nonce: packet.nonce },
        packet.receiver,
        packet.guid,
        packet.message,
        "0x",
      ],
    });

  for (let i = 0; i < PATIENCE_BLOCKS; i++) {
    const logs = await localnet[from].public.getContractEvents({
      address: localnet[from].lz.endpoint,
      abi: packetSent,
      fromBlock: startBlocks[from],
    });
    for (const { transactionHash } of logs.reverse()) {
      const receipt = await localnet[from].public
        .getTransactionReceipt({ hash: transactionHash })
        .catch(() => undefined);
      if (receipt === undefined) continue; // a reorg took it back
      for (const packet of worker.packets(from, receipt)) {
        await commit(packet).catch(ignored); // not verified yet, or somebody was faster
        if (!(await deliver(packet).then(() => true, ignored))) continue;
        await deliver(packet).catch(ignored); // again: that nothing was delivered twice is checked at the end
        return { done: true };
      }
    }
    await blocks.after(1);
  }
  return { done: false, why: "relayers were always faster" };
}

const ignored = () => false;
