import { parseAbi, type Hex } from "viem";

import { vaultMessengerAbi } from "../../../sdk/src/abis/index.ts";
import type { LocalHypothec } from "../../support/localnet/hypothec.ts";
import type { Localnet } from "../../support/localnet/localnet.ts";

const GAS = 600_000n;
/** Not all at once: a node's pool of transactions, and its answers, have their limits. */
const AT_ONCE = 64;

/**
 * Sends so many STATUS messages over LayerZero, as anybody may: each is a packet of its own, which two DVNs have to verify
 * and an executor to commit and to deliver. The vault chain must mine, and the messenger have no cadence.
 */
export async function sendPackets(localnet: Localnet, local: LocalHypothec, count: number): Promise<void> {
  const { vault } = localnet;
  const { vaultChain, marginChain } = local.deployment;
  const sender = await localnet.account("sender of packets");
  const wallet = vault.wallet(sender);
  const call = {
    address: vaultChain.messenger,
    abi: vaultMessengerAbi,
    args: [vaultChain.vault, marginChain.eid, "0x"],
  } as const;
  const { nativeFee } = await vault.public.readContract({ ...call, functionName: "quoteStatus" });
  let nonce = await vault.public.getTransactionCount({ address: sender.address });
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const hashes: Hex[] = [];
    for (let i = 0; i < Math.min(AT_ONCE, count - sent); i++)
      hashes.push(
        await wallet.writeContract({ ...call, functionName: "sendStatus", value: nativeFee, nonce: nonce++, gas: GAS }),
      );
    const receipts = await Promise.all(hashes.map((hash) => vault.public.waitForTransactionReceipt({ hash })));
    const failed = receipts.find(({ status }) => status !== "success");
    if (failed !== undefined) throw new Error(`A STATUS reverted in ${failed.transactionHash}.`);
  }
}

const lzEvents = parseAbi([
  "event PayloadVerified(address dvn, bytes header, uint256 confirmations, bytes32 proofHash)",
  "event PacketVerified((uint32 srcEid, bytes32 sender, uint64 nonce) origin, address receiver, bytes32 payloadHash)",
  "event PacketDelivered((uint32 srcEid, bytes32 sender, uint64 nonce) origin, address receiver)",
]);

/** What happened to packets on the margin chain: how many events there are, and of how many different packets. */
export type PacketEffects = Record<
  "verifiedBySubject" | "committed" | "delivered",
  { events: number; packets: number }
>;

/** @param dvn of the relayer that is looked at */
export async function packetEffects(localnet: Localnet, dvn: Hex): Promise<PacketEffects> {
  const { public: reader, lz } = localnet.margin;
  const eventsOf = <Name extends "PayloadVerified" | "PacketVerified" | "PacketDelivered">(
    address: Hex,
    eventName: Name,
  ) => reader.getContractEvents({ address, abi: lzEvents, eventName, fromBlock: 0n, strict: true });
  const [verified, committed, delivered] = await Promise.all([
    eventsOf(lz.receiveUln, "PayloadVerified"),
    eventsOf(lz.endpoint, "PacketVerified"),
    eventsOf(lz.endpoint, "PacketDelivered"),
  ]);
  const ours = verified.filter(({ args }) => args.dvn.toLowerCase() === dvn.toLowerCase());
  const count = (keys: unknown[]) => ({ events: keys.length, packets: new Set(keys).size });
  return {
    verifiedBySubject: count(ours.map(({ args }) => args.header)),
    committed: count(committed.map(({ args }) => args.origin.nonce)),
    delivered: count(delivered.map(({ args }) => args.origin.nonce)),
  };
}
