import type { Abi, Address, ContractFunctionArgs, ContractFunctionName, Hash, TransactionReceipt } from "viem";

import { HypothecError } from "../errors/base.ts";
import { errorsAbi, toHypothecError } from "../errors/decode.ts";
import { assertChain, walletOf, type HypothecClient, type Side } from "./client.ts";

/** What every write action gives back. */
export interface WriteResult {
  readonly hash: Hash;
  readonly receipt: TransactionReceipt;
}

export interface WriteParameters<abi extends Abi, name extends ContractFunctionName<abi, "payable" | "nonpayable">> {
  readonly side: Side;
  readonly address: Address;
  readonly abi: abi;
  readonly functionName: name;
  readonly args: ContractFunctionArgs<abi, "payable" | "nonpayable", name>;
  /** Wei. */
  readonly value?: bigint | undefined;
}

/**
 * Simulate, send, and wait for the receipt. Nothing is sent when the simulation reverts.
 *
 * @throws HypothecError decoded from the contract's error, the node's, or the wallet's.
 */
export async function write<const abi extends Abi, name extends ContractFunctionName<abi, "payable" | "nonpayable">>(
  client: HypothecClient,
  parameters: WriteParameters<abi, name>,
): Promise<WriteResult & { readonly result: unknown }> {
  const { side, address, functionName, args, value } = parameters;
  const { wallet, account } = walletOf(client, side);
  const publicClient = client[side].public;
  await assertChain(client, side).catch((error: unknown) => {
    throw toHypothecError(error, functionName);
  });
  // Errors of the contracts that this one calls are decoded too.
  const abi = [...parameters.abi.filter((item) => item.type !== "error"), ...errorsAbi] as Abi;
  const call = {
    address,
    abi,
    functionName: functionName as string,
    args: args as readonly unknown[],
    account,
    ...(value === undefined ? {} : { value }),
  };
  try {
    const { result } = await publicClient.simulateContract(call);
    const hash = await wallet.writeContract({ ...call, chain: wallet.chain ?? null } as Parameters<
      typeof wallet.writeContract
    >[0]);
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw reverted(functionName, hash);
    return { hash, receipt, result };
  } catch (error) {
    throw toHypothecError(error, functionName);
  }
}

/** The simulation passed but the chain had moved on when the transaction was mined. */
function reverted(functionName: string, hash: Hash): HypothecError {
  return new HypothecError(`The transaction of ${functionName} was mined but reverted`, {
    code: "contract.revertedOnChain",
    args: { hash },
    whatToDo: "The state changed between simulation and block: sync and try again to see the reason.",
  });
}

/** Run a read and explain what it throws. */
export async function reading<T>(
  client: HypothecClient,
  side: Side,
  doing: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    await assertChain(client, side);
    return await read();
  } catch (error) {
    throw toHypothecError(error, doing);
  }
}
