import type {
  Abi,
  Address,
  ContractEventName,
  GetContractEventsParameters,
  GetContractEventsReturnType,
  PublicClient,
} from "viem";

import { toHypothecError } from "../errors/decode.ts";

/** A range of blocks, both ends included. */
export interface BlockRange {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

export interface LogParameters<abi extends Abi, name extends ContractEventName<abi> | undefined> extends BlockRange {
  readonly address: Address;
  readonly abi: abi;
  /** undefined: every event of the ABI. */
  readonly eventName: name;
  readonly args?: Readonly<Record<string, unknown>> | undefined;
  /** Blocks asked for at once; halved where a node refuses. @default 5000 */
  readonly chunk?: bigint | undefined;
}

/** Typed logs of one event, in order, the range cut into pieces that nodes answer. */
export async function getLogs<const abi extends Abi, name extends ContractEventName<abi> | undefined>(
  publicClient: PublicClient,
  parameters: LogParameters<abi, name>,
): Promise<GetContractEventsReturnType<abi, name, true, bigint, bigint>> {
  const { address, abi, eventName, args, fromBlock, toBlock } = parameters;
  const logs: unknown[] = [];
  let chunk = parameters.chunk ?? 5_000n;
  let from = fromBlock;
  while (from <= toBlock) {
    const to = from + chunk - 1n < toBlock ? from + chunk - 1n : toBlock;
    try {
      const filter: GetContractEventsParameters<Abi, string | undefined, true, bigint, bigint> = {
        address,
        abi,
        eventName,
        fromBlock: from,
        toBlock: to,
        strict: true,
        ...(args === undefined ? {} : { args }),
      };
      logs.push(...(await publicClient.getContractEvents(filter)));
      from = to + 1n;
    } catch (error) {
      if (chunk <= 1n) throw toHypothecError(error, `reading ${eventName ?? "the contract's"} events`);
      chunk = isRangeError(error) ? (chunk + 1n) / 2n : 0n;
      if (chunk === 0n) throw toHypothecError(error, `reading ${eventName ?? "the contract's"} events`);
    }
  }
  return logs as GetContractEventsReturnType<abi, name, true, bigint, bigint>;
}

/** Nodes word their limits differently, but all speak of a range, a limit, a size or too many results. */
function isRangeError(error: unknown): boolean {
  return error instanceof Error && /range|limit|too (?:many|large|big)|exceed|response size|10000/i.test(error.message);
}
