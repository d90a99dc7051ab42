import { isAddressEqual, parseAbi, parseEventLogs, type Address, type Log, type PublicClient } from "viem";
import type { Pathway } from "./pathways.ts";
import type { PacketPayload } from "./plan.ts";

const feeEvents = parseAbi([
  "event ExecutorFeePaid(address executor, uint256 fee)",
  "event DVNFeePaid(address[] requiredDVNs, address[] optionalDVNs, uint256[] fees)",
]);

/** What the sender of a packet paid LayerZero's workers, wei of the source chain. */
export type WorkerFees = { executor: bigint; dvn: (address: Address) => bigint };

/** Reads them from the packet's transaction. The send library emits both before the endpoint emits the packet. */
export async function workerFeesOf(
  client: PublicClient,
  path: Pathway,
  source: PacketPayload["source"],
): Promise<WorkerFees> {
  const { logs } = await client.getTransactionReceipt({ hash: source.txHash });
  return workerFeesIn(logs, path.from.lz, source.logIndex);
}

/** The fees among a transaction's logs that belong to the packet of log `logIndex`: the last before it. */
export function workerFeesIn(logs: Log[], lz: Pathway["from"]["lz"], logIndex: number): WorkerFees {
  const before = logs.filter((log) => isAddressEqual(log.address, lz.sendUln) && (log.logIndex ?? 0) < logIndex);
  const paid = parseEventLogs({ abi: feeEvents, logs: before });
  const executor = paid.findLast(({ eventName }) => eventName === "ExecutorFeePaid");
  const dvns = paid.findLast(({ eventName }) => eventName === "DVNFeePaid");
  return {
    executor:
      executor?.eventName === "ExecutorFeePaid" && isAddressEqual(executor.args.executor, lz.executor)
        ? executor.args.fee
        : 0n,
    dvn(address) {
      if (dvns?.eventName !== "DVNFeePaid") return 0n;
      const { requiredDVNs, optionalDVNs, fees } = dvns.args;
      const index = [...requiredDVNs, ...optionalDVNs].findIndex((each) => isAddressEqual(each, address));
      return fees[index] ?? 0n;
    },
  };
}
