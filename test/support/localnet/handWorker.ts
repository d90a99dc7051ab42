import { Options, PacketV1Codec } from "@layerzerolabs/lz-v2-utilities";
import {
  encodeFunctionData,
  encodePacked,
  getAddress,
  keccak256,
  parseAbi,
  parseEventLogs,
  type Address,
  type Hex,
  type TransactionReceipt,
} from "viem";

import type { LocalChain, Side } from "./chain.ts";
import type { Operator } from "./keys.ts";
import { layerZeroArtifacts } from "./layerzero.ts";
import type { Localnet } from "./localnet.ts";

/** A LayerZero message on its way. */
export type Packet = {
  from: Side;
  to: Side;
  /** Block of the source chain that sent it. */
  blockNumber: bigint;
  /** 81 bytes: version, nonce, path. */
  header: Hex;
  payloadHash: Hex;
  guid: Hex;
  nonce: bigint;
  srcEid: number;
  sender: Hex;
  receiver: Address;
  message: Hex;
  /** Gas for lzReceive that the sender paid for, all such options added up. */
  gas: bigint;
};

/**
 * The work of DVNs and executor, done by hand, one call at a time: for tests that do not run relayers. It acts with the
 * operators' own keys through the same contracts as a relayer.
 */
export type HandWorker = {
  /** The packets that a transaction sent. */
  packets(from: Side, receipt: TransactionReceipt): Packet[];
  /**
   * Has operators' DVNs verify a packet.
   *
   * @param operators @default all
   * @param confirmations What they say they have seen. @default what the receiver asks for, mined first where they are missing
   */
  verify(packet: Packet, operators?: readonly Operator[], confirmations?: bigint): Promise<TransactionReceipt[]>;
  /** Commits a packet that every required DVN verified. */
  commit(packet: Packet): Promise<TransactionReceipt>;
  /** Delivers a committed packet through the executor; throws with the receiver's revert data when it did not take it. */
  execute(packet: Packet): Promise<TransactionReceipt>;
  /** Delivers a committed packet as anyone may. */
  lzReceive(packet: Packet): Promise<TransactionReceipt>;
  /** Carries every packet of a transaction all the way. */
  relay(from: Side, receipt: TransactionReceipt): Promise<TransactionReceipt[]>;
};

const SIGNATURE_TTL_SECONDS = 3_600n;
/** lzReceive's own cost within the executor, on top of the receiver's gas. */
const EXECUTOR_OVERHEAD_GAS = 150_000n;

const packetSent = parseAbi(["event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)"]);
const executorEvents = parseAbi([
  "event PacketDelivered((uint32 srcEid, bytes32 sender, uint64 nonce) origin, address receiver)",
  "event LzReceiveAlert(address indexed receiver, address indexed executor, (uint32 srcEid, bytes32 sender, uint64 nonce) origin, bytes32 guid, uint256 gas, uint256 value, bytes message, bytes extraData, bytes reason)",
]);
const dvnEvents = parseAbi([
  "event PayloadVerified(address dvn, bytes header, uint256 confirmations, bytes32 proofHash)",
]);
const receiveUlnAbi = parseAbi([
  "function verify(bytes packetHeader, bytes32 payloadHash, uint64 confirmations)",
  "function getUlnConfig(address oapp, uint32 remoteEid) view returns ((uint64 confirmations, uint8 requiredDVNCount, uint8 optionalDVNCount, uint8 optionalDVNThreshold, address[] requiredDVNs, address[] optionalDVNs))",
]);

export function createHandWorker(localnet: Localnet): HandWorker {
  const worker = localnet.operators[0]!;
  const dvnIndex = new Map(localnet.operators.map((operator, index) => [operator.name, index]));

  /** Mines what is missing of the receiver's confirmations and returns how many there are. */
  async function confirm(packet: Packet): Promise<bigint> {
    const source = localnet[packet.from];
    const destination = localnet[packet.to];
    const { confirmations } = await destination.public.readContract({
      address: destination.lz.receiveUln,
      abi: receiveUlnAbi,
      functionName: "getUlnConfig",
      args: [packet.receiver, packet.srcEid],
    });
    const head = await source.public.getBlockNumber();
    const missing = packet.blockNumber + confirmations - head;
    if (missing > 0n) await localnet.mine(Number(missing), packet.from);
    return missing > 0n ? confirmations : head - packet.blockNumber;
  }

  async function verifyBy(operator: Operator, packet: Packet, confirmations: bigint): Promise<TransactionReceipt> {
    const destination = localnet[packet.to];
    const dvn = destination.lz.operatorDvns[dvnIndex.get(operator.name)!]!;
    const target = destination.lz.receiveUln;
    const vid = destination.eid % 30_000;
    const expiration = (await destination.time()) + SIGNATURE_TTL_SECONDS;
    const args = [packet.header, packet.payloadHash, confirmations] as const;
    const callData = encodeFunctionData({ abi: receiveUlnAbi, functionName: "verify", args });
    const instruction = encodePacked(["uint32", "address", "uint256", "bytes"], [vid, target, expiration, callData]);
    const signatures = await operator.dvnSigner.account.signMessage({ message: { raw: keccak256(instruction) } });
    const receipt = await destination.sender(operator.dvnAdmin).call({
      address: dvn,
      abi: layerZeroArtifacts.dvn.abi,
      functionName: "execute",
      args: [[{ vid, target, callData, expiration, signatures }]],
    });
    // A bad or expired instruction is skipped, not reverted.
    if (parseEventLogs({ abi: dvnEvents, logs: receipt.logs }).length === 0) {
      throw new Error(`DVN ${dvn} of ${operator.name} skipped the packet ${packet.guid}.`);
    }
    return receipt;
  }

  const origin = ({ srcEid, sender, nonce }: Packet) => ({ srcEid, sender, nonce });

  const self: HandWorker = {
    packets: (from, receipt) => packetsOf(localnet, from, receipt),
    async verify(packet, operators = localnet.operators, claimed?) {
      const confirmations = claimed ?? (await confirm(packet));
      const receipts: TransactionReceipt[] = [];
      for (const operator of operators) receipts.push(await verifyBy(operator, packet, confirmations));
      return receipts;
    },
    commit: (packet) =>
      localnet[packet.to].sender(worker.executor).call({
        address: localnet[packet.to].lz.receiveUln,
        abi: layerZeroArtifacts.receiveUln.abi,
        functionName: "commitVerification",
        args: [packet.header, packet.payloadHash],
      }),
    async execute(packet) {
      const destination = localnet[packet.to];
      const { receiver, guid, message, gas } = packet;
      const parameters = { receiver, origin: origin(packet), guid, message, extraData: "0x", gasLimit: gas };
      // Estimates find the least gas with which the outer call succeeds: too little for the inner one, whose failure it catches.
      const hash = await destination.wallet(worker.executor).writeContract({
        address: destination.lz.executor,
        abi: layerZeroArtifacts.executor.abi,
        functionName: "execute302",
        args: [parameters],
        gas: (gas * 64n) / 63n + EXECUTOR_OVERHEAD_GAS,
      });
      const receipt = await destination.public.waitForTransactionReceipt({ hash });
      requireDelivered(packet, receipt);
      return receipt;
    },
    async lzReceive(packet) {
      return localnet[packet.to].sender(worker.executor).call({
        address: localnet[packet.to].lz.endpoint,
        abi: layerZeroArtifacts.endpoint.abi,
        functionName: "lzReceive",
        args: [origin(packet), packet.receiver, packet.guid, packet.message, "0x"],
      });
    },
    async relay(from, receipt) {
      const receipts: TransactionReceipt[] = [];
      for (const packet of self.packets(from, receipt)) {
        receipts.push(...(await self.verify(packet)), await self.commit(packet), await self.execute(packet));
      }
      return receipts;
    },
  };
  return self;
}

function packetsOf(localnet: Localnet, from: Side, receipt: TransactionReceipt): Packet[] {
  const source: LocalChain = localnet[from];
  const logs = parseEventLogs({ abi: packetSent, eventName: "PacketSent", logs: receipt.logs });
  return logs
    .filter((log) => log.address.toLowerCase() === source.lz.endpoint.toLowerCase())
    .map(({ args }) => {
      const codec = PacketV1Codec.from(args.encodedPayload);
      const destination = localnet.chains.find((chain) => chain.eid === codec.dstEid());
      if (destination === undefined)
        throw new Error(`A packet goes to eid ${codec.dstEid()}, which is no local chain.`);
      return {
        from,
        to: destination.side,
        blockNumber: receipt.blockNumber,
        header: codec.header() as Hex,
        payloadHash: codec.payloadHash() as Hex,
        guid: codec.guid() as Hex,
        nonce: BigInt(codec.nonce()),
        srcEid: codec.srcEid(),
        sender: codec.sender() as Hex,
        receiver: getAddress(codec.receiverAddressB20()),
        message: codec.message() as Hex,
        gas: Options.fromOptions(args.options).decodeExecutorLzReceiveOption()?.gas ?? 0n,
      };
    });
}

function requireDelivered(packet: Packet, receipt: TransactionReceipt): void {
  const events = parseEventLogs({ abi: executorEvents, logs: receipt.logs });
  if (events.some((event) => event.eventName === "PacketDelivered")) return;
  const alert = events.find((event) => event.eventName === "LzReceiveAlert");
  const reason = alert === undefined ? "nothing was emitted" : `the receiver reverted with ${alert.args.reason}`;
  throw new Error(`Packet ${packet.guid} was not delivered with ${String(packet.gas)} gas: ${reason}.`);
}
