import { encodeAbiParameters, encodeEventTopics, parseAbi, parseAbiParameters, type Address, type Log } from "viem";
import { expect, test } from "vitest";
import { workerFeesIn } from "./workerFees.ts";

const abi = parseAbi([
  "event ExecutorFeePaid(address executor, uint256 fee)",
  "event DVNFeePaid(address[] requiredDVNs, address[] optionalDVNs, uint256[] fees)",
]);
const at = (digit: string): Address => `0x${digit.repeat(40)}`;
const lz = { endpoint: at("1"), sendUln: at("2"), receiveUln: at("3"), executor: at("4"), dvns: [at("5"), at("6")] };

const log = (eventName: "ExecutorFeePaid" | "DVNFeePaid", data: Log["data"], logIndex: number, address = lz.sendUln) =>
  ({ address, topics: encodeEventTopics({ abi, eventName }), data, logIndex }) as unknown as Log;
const executorPaid = (fee: bigint, logIndex: number, address = lz.sendUln) =>
  log(
    "ExecutorFeePaid",
    encodeAbiParameters(parseAbiParameters("address, uint256"), [lz.executor, fee]),
    logIndex,
    address,
  );
const dvnsPaid = (fees: bigint[], logIndex: number) =>
  log(
    "DVNFeePaid",
    encodeAbiParameters(parseAbiParameters("address[], address[], uint256[]"), [lz.dvns, [at("7")], fees]),
    logIndex,
  );

test("default: of two packets in a transaction each has the fees that were paid before it", () => {
  const logs = [executorPaid(10n, 0), dvnsPaid([1n, 2n, 3n], 1), executorPaid(20n, 3), dvnsPaid([4n, 5n, 6n], 4)];
  const first = workerFeesIn(logs, lz, 2);
  expect([first.executor, first.dvn(at("5")), first.dvn(at("6")), first.dvn(at("7"))]).toEqual([10n, 1n, 2n, 3n]);
  const second = workerFeesIn(logs, lz, 5);
  expect([second.executor, second.dvn(at("6"))]).toEqual([20n, 5n]);
});

test("behavior: nothing for others, and nothing from other contracts that say so", () => {
  const fees = workerFeesIn([executorPaid(10n, 0, at("9")), dvnsPaid([1n, 2n, 3n], 1)], lz, 2);
  expect(fees.executor).toBe(0n);
  expect(fees.dvn(at("8"))).toBe(0n);
});
