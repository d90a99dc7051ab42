import type { Abi, Address, Chain, ContractFunctionArgs, ContractFunctionName, Hash, TransactionReceipt } from "viem";

import { HypothecError } from "../errors/base.ts";
import { errorsAbi, toHypothecError } from "../errors/decode.ts";
import { assertChain, walletOf, type HypothecClient, type Side, type Wallet } from "./client.ts";

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
    const gas = withHeadroom(await publicClient.estimateContractGas(call));
    const chain = chainOf(client, side);
    await assertWalletChain(wallet, chain);
    const hash = await wallet.writeContract({ ...call, gas, chain } as never);
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") {
      // Once more on the state that it met: the contract's own reason, where it can be had.
      await publicClient.simulateContract({ ...call, gas, blockNumber: receipt.blockNumber });
      throw reverted(functionName, hash, { gasUsed: receipt.gasUsed, gas });
    }
    return { hash, receipt, result };
  } catch (error) {
    throw toHypothecError(error, functionName);
  }
}

/** The deployment's chain: the wallet's description of it, if that is where the wallet says it is. */
function chainOf(client: HypothecClient, side: Side): Chain {
  const { chainId: id, name } = side === "vault" ? client.deployment.vaultChain : client.deployment.marginChain;
  const known = client[side].wallet?.chain;
  if (known?.id === id) return known;
  const nativeCurrency = { name: "native asset", symbol: "native", decimals: 18 };
  return { id, name, nativeCurrency, rpcUrls: { default: { http: [] } } };
}

/**
 * Before every transaction, because wallets switch. viem itself compares chains for a browser wallet's account only: a local one it
 * has sign for whatever chain the wallet's node is on, where the call would go to an address without code and leave its money there.
 */
async function assertWalletChain(wallet: Wallet, { id, name }: Chain): Promise<void> {
  const got = await wallet.getChainId();
  if (got === id) return;
  throw new HypothecError(`The wallet is on another chain (${got}) than the deployment (${id}, ${name})`, {
    code: "client.wrongChain",
    args: { got, expected: id },
    whatToDo: "Switch the wallet's chain, or give it the RPC address of the deployment's.",
  });
}

/** A later block may cost more: interest that was up to date in the estimate's block is accrued in the next one. */
function withHeadroom(estimate: bigint): bigint {
  return (estimate * 5n) / 4n + 20_000n;
}

/** The simulation passed but the chain had moved on when the transaction was mined. */
function reverted(functionName: string, hash: Hash, spent: { gasUsed: bigint; gas: bigint }): HypothecError {
  return new HypothecError(`The transaction of ${functionName} was mined but reverted`, {
    code: "contract.revertedOnChain",
    args: { hash, ...spent },
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
