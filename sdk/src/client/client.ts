import type { Account, Address, Chain, Hash, Hex, PublicClient } from "viem";

import { domainOf } from "../crypto/domain.ts";
import { HypothecError } from "../errors/base.ts";
import type { Deployment } from "./deployment.ts";

/** A viem wallet client that holds its account: what the SDK uses of it, whatever its transport and chain are typed as. */
export interface Wallet {
  readonly account?: Account | undefined;
  readonly chain?: Chain | undefined;
  /** Asked of the wallet's own node. */
  getChainId(): Promise<number>;
  writeContract(parameters: never): Promise<Hash>;
  signTypedData(parameters: never): Promise<Hex>;
}

/** viem clients of one chain. `wallet` is only needed to write. */
export interface ChainClients {
  readonly public: PublicClient;
  readonly wallet?: Wallet | undefined;
}

/** Which of the two chains. */
export type Side = "vault" | "margin";

/** What every action takes: where the contracts are, and how to reach both chains. */
export interface HypothecClient {
  readonly deployment: Deployment;
  readonly vault: ChainClients;
  readonly margin: ChainClients;
  /** Domain of the locks between this vault and this engine. */
  readonly domain: bigint;
}

export interface CreateHypothecClientParameters {
  readonly deployment: Deployment;
  readonly vault: ChainClients;
  readonly margin: ChainClients;
}

/**
 * A client for both chains.
 *
 * @example
 * const client = createHypothecClient({ deployment, vault: { public: s, wallet: sWallet }, margin: { public: d } });
 */
export function createHypothecClient({ deployment, vault, margin }: CreateHypothecClientParameters): HypothecClient {
  const { vaultChain, marginChain } = deployment;
  const domain = domainOf({
    srcEid: vaultChain.eid,
    vault: vaultChain.vault,
    marginEid: marginChain.eid,
    engine: marginChain.engine,
  });
  return { deployment, vault, margin, domain };
}

const checkedChains = new WeakMap<PublicClient, Map<string, Promise<void>>>();

/**
 * Once per viem client and contract: that it speaks to the chain of the deployment, and that the chain's main contract is there.
 *
 * @throws HypothecError `client.wrongChain`, `client.noContract`.
 */
export function assertChain(client: HypothecClient, side: Side): Promise<void> {
  const publicClient = client[side].public;
  const checks = checkedChains.get(publicClient) ?? new Map<string, Promise<void>>();
  checkedChains.set(publicClient, checks);
  const { chain, contract } = expectedOn(client, side);
  const key = `${chain.chainId} ${contract}`;
  let check = checks.get(key);
  if (check === undefined) {
    check = checkChain(client, side);
    checks.set(key, check);
    // A node that was not up yet must be asked again.
    check.catch(() => checks.delete(key));
  }
  return check;
}

function expectedOn(client: HypothecClient, side: Side) {
  const { vaultChain, marginChain } = client.deployment;
  return side === "vault"
    ? { chain: vaultChain, contract: vaultChain.vault }
    : { chain: marginChain, contract: marginChain.engine };
}

async function checkChain(client: HypothecClient, side: Side): Promise<void> {
  const { chain, contract } = expectedOn(client, side);
  const got = await client[side].public.getChainId();
  if (got !== chain.chainId) {
    throw new HypothecError(
      `The ${side} client is on chain ${got}, the deployment is on ${chain.chainId} (${chain.name})`,
      {
        code: "client.wrongChain",
        args: { side, got, expected: chain.chainId },
        whatToDo: "Give the RPC address of that chain, or the deployment file of this one.",
      },
    );
  }
  const code = await client[side].public.getCode({ address: contract });
  if (code === undefined || code === "0x") {
    throw new HypothecError(`There is no contract at ${contract} on ${chain.name}`, {
      code: "client.noContract",
      args: { side, address: contract },
      whatToDo: "Check that the deployment file belongs to this chain, and that the node is not an empty or older one.",
    });
  }
}

/**
 * The wallet of a side and its account.
 *
 * @throws HypothecError `client.noWallet`.
 */
export function walletOf(client: HypothecClient, side: Side): { wallet: Wallet; account: Account } {
  const wallet = client[side].wallet;
  const account = wallet?.account;
  if (wallet === undefined || account === undefined) {
    throw new HypothecError(`The ${side} client has no wallet with an account`, {
      code: "client.noWallet",
      whatToDo: `Give createHypothecClient a wallet client with an account for the ${side} chain.`,
    });
  }
  return { wallet, account };
}

/** The address that a side's wallet signs with. */
export function accountOf(client: HypothecClient, side: Side): Address {
  return walletOf(client, side).account.address;
}
