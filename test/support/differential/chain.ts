import { network } from "hardhat";
import {
  BaseError,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  isHex,
  numberToHex,
  size,
  type Abi,
  type Address,
  type Hex,
  type TransactionReceipt,
} from "viem";

import type { Artifact } from "../../../scripts/deploy/artifacts.ts";

const GAS = 8_000_000n;

/** How a call ended: undefined went through, else the error's name. */
export type Outcome = { receipt: TransactionReceipt; error?: undefined } | { receipt?: undefined; error: string };
export type Call = {
  from?: Address;
  to: Address;
  abi: Abi;
  name: string;
  args?: readonly unknown[];
  value?: bigint;
};
export type Chain = Awaited<ReturnType<typeof createChain>>;

/** A chain in this process, whose clock stands still unless told, where gas costs nothing. */
export async function createChain(startsAt: bigint, errors: Abi) {
  const { viem } = await network.create({
    override: {
      initialDate: new Date(Number(startsAt) * 1000),
      allowBlocksWithSameTimestamp: true,
      initialBaseFeePerGas: 0n,
      gasPrice: 0n,
    },
  });
  const reader = await viem.getPublicClient({ pollingInterval: 1 });
  const test = await viem.getTestClient();
  const [wallet, ...people] = await viem.getWalletClients();
  const owner = wallet!.account.address;
  let now = startsAt;

  async function send(request: { from: Address; to?: Address; data: Hex; value?: bigint }): Promise<Outcome> {
    await test.setNextBlockTimestamp({ timestamp: now });
    try {
      const hash = await reader.request({
        method: "eth_sendTransaction" as never,
        params: [
          {
            ...request,
            gas: numberToHex(GAS),
            gasPrice: "0x0",
            ...(request.value === undefined ? {} : { value: numberToHex(request.value) }),
          },
        ] as never,
      });
      return { receipt: await reader.getTransactionReceipt({ hash: hash }) };
    } catch (error) {
      return { error: nameOf(error, errors) };
    }
  }

  async function call({ from = owner, to, abi, name, args = [], value }: Call): Promise<Outcome> {
    return send({ from, to, data: encodeFunctionData({ abi, functionName: name, args }), value });
  }

  return {
    owner,
    people: people.map(({ account }) => account.address),
    reader,
    test,
    /** From now on, for whatever is sent and read. */
    async at(time: bigint): Promise<void> {
      now = time;
      await test.setNextBlockTimestamp({ timestamp: now });
      await test.mine({ blocks: 1 });
    },
    async deploy({ abi, bytecode }: Artifact, args: readonly unknown[] = []): Promise<Address> {
      const outcome = await send({ from: owner, data: encodeDeployData({ abi, bytecode, args }) });
      if (outcome.receipt?.contractAddress == null) throw new Error(`Not deployed: ${outcome.error}`);
      return outcome.receipt.contractAddress;
    },
    /** A call that may be refused. */
    attempt: call,
    /** One that may not. */
    async must(request: Call): Promise<TransactionReceipt> {
      const outcome = await call(request);
      if (outcome.receipt === undefined) throw new Error(`${request.name} was refused: ${outcome.error}`);
      return outcome.receipt;
    },
    read: (to: Address, abi: Abi, name: string, args: readonly unknown[] = []): Promise<unknown> =>
      reader.readContract({ address: to, abi, functionName: name, args }),
    /** Sends as a contract would, LayerZero's endpoint for one. */
    async impersonate(address: Address): Promise<void> {
      await test.impersonateAccount({ address });
      await test.setBalance({ address, value: 10n ** 24n });
    },
  };
}

function nameOf(error: unknown, errors: Abi): string {
  if (!(error instanceof BaseError)) throw error;
  for (let each: unknown = error; each !== undefined && each !== null; each = (each as { cause?: unknown }).cause) {
    const data = dataOf((each as { data?: unknown }).data);
    if (data === undefined || size(data) < 4) continue;
    return decodeErrorResult({ abi: errors, data }).errorName;
  }
  throw error;
}

/** Revert data as Hardhat gives it: by itself, or beside the transaction's hash. */
function dataOf(data: unknown): Hex | undefined {
  if (isHex(data)) return data;
  if (typeof data === "object" && data !== null && "data" in data) return dataOf(data.data);
  return undefined;
}
