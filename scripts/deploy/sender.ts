import {
  getAddress,
  type Abi,
  type Account,
  type Address,
  type Chain,
  type Hex,
  type PublicClient,
  type TransactionReceipt,
  type Transport,
  type WalletClient,
} from "viem";

import type { Artifact } from "./artifacts.ts";

export type SendingWallet = WalletClient<Transport, Chain, Account>;

/** A chain as deployment sees it: who reads it and who pays. */
export type ChainClients = { name: string; public: PublicClient; wallet: SendingWallet };

/** One line of the deploy report. */
export type GasEntry = { chain: string; what: string; contract?: Address; gas: bigint; hash: Hex };

export type Call = {
  address: Address;
  abi: Abi | readonly unknown[];
  functionName: string;
  args?: readonly unknown[];
  value?: bigint;
};

/** Sends one transaction at a time from one account, waits for each, and keeps what it cost. */
export type Sender = {
  chain: string;
  from: Address;
  public: PublicClient;
  /** Deploys a contract. `what` names it in the report. @default the contract's name */
  deploy(artifact: Artifact, args?: readonly unknown[], what?: string): Promise<Address>;
  /** Calls a function; the revert reason, decoded, becomes the error. */
  call(call: Call): Promise<TransactionReceipt>;
  ledger: GasEntry[];
};

/** @param ledger Shared between senders to get one report. */
export function createSender(clients: ChainClients, ledger: GasEntry[] = []): Sender {
  const { name, wallet } = clients;
  const reader = clients.public;

  async function mined(what: string, hash: Hex): Promise<TransactionReceipt> {
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`${what} reverted on ${name} in transaction ${hash}.`);
    const contract = receipt.contractAddress == null ? undefined : getAddress(receipt.contractAddress);
    ledger.push({ chain: name, what, contract, gas: receipt.gasUsed, hash });
    return receipt;
  }

  return {
    chain: name,
    from: wallet.account.address,
    public: reader,
    ledger,
    async deploy(artifact, args = [], what = artifact.name) {
      const hash = await wallet.deployContract({ abi: artifact.abi, bytecode: artifact.bytecode, args });
      const { contractAddress } = await mined(what, hash);
      if (contractAddress == null) throw new Error(`The receipt of ${what} on ${name} (${hash}) names no contract.`);
      return getAddress(contractAddress);
    },
    async call({ address, abi, functionName, args = [], value }) {
      const request = { address, abi: abi as Abi, functionName, args, account: wallet.account, value };
      // Simulated first: the node's answer to an estimate does not carry the contract's own error everywhere.
      await reader.simulateContract(request);
      const hash = await wallet.writeContract({ ...request, chain: wallet.chain });
      return mined(functionName, hash);
    },
  };
}
