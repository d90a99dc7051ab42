import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  type Address,
  type Chain,
  type PublicClient,
  type TestClient,
  type WaitForTransactionReceiptParameters,
} from "viem";

import { createSender, type GasEntry, type Sender, type SendingWallet } from "../../../scripts/deploy/sender.ts";
import type { AnvilNode } from "./anvil.ts";
import type { LocalKey } from "./keys.ts";
import type { LayerZero } from "./layerzero.ts";

/** The chain that holds collateral, or the one that lends. */
export type Side = "vault" | "margin";

export type ChainSpec = { side: Side; name: string; chainId: number; eid: number };

/** Endpoint ids are LayerZero's business: any two that its fee contracts map to no special rollup. */
export const chainSpecs: Record<Side, ChainSpec> = {
  vault: { side: "vault", name: "vault chain", chainId: 31337, eid: 30901 },
  margin: { side: "margin", name: "margin chain", chainId: 31338, eid: 30902 },
};

const POLLING_MS = 50;
/** A node on a machine that is busy otherwise may take longer than the ten seconds that viem gives it. */
const TIMEOUT_MS = 60_000;

/** A running node with what one needs to use it, before LayerZero is there. */
export type LocalNode = ChainSpec & {
  url: string;
  logFile: string;
  chain: Chain;
  public: PublicClient;
  test: TestClient<"anvil">;
  /** A wallet client that signs with `key`. */
  wallet(key: LocalKey): SendingWallet;
  /** Sends transactions of `key` one after the other. */
  sender(key: LocalKey, ledger?: GasEntry[]): Sender;
  /** Adds wei to a balance. */
  fund(address: Address, wei: bigint): Promise<void>;
  /** Time of the newest block, unix seconds. */
  time(): Promise<bigint>;
};

export type LocalChain = LocalNode & { lz: LayerZero };

export function describeNode(spec: ChainSpec, node: AnvilNode, logFile: string): LocalNode {
  const chain = defineChain({
    id: spec.chainId,
    name: spec.name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [node.url] } },
  });
  const transport = http(node.url, { retryCount: 0, timeout: TIMEOUT_MS });
  const common = { chain, transport, pollingInterval: POLLING_MS, cacheTime: 0 } as const;
  // Blocks are made on demand: the one that has a transaction may be the last for long. While viem looks for a replacement of a
  // transaction it lets a new block go by, and would wait for another one.
  const reader = createPublicClient(common).extend((client) => ({
    waitForTransactionReceipt: (parameters: WaitForTransactionReceiptParameters) =>
      client.waitForTransactionReceipt({ ...parameters, checkReplacement: false }),
  }));
  const test = createTestClient({ ...common, mode: "anvil" });
  const wallet = (key: LocalKey): SendingWallet => createWalletClient({ ...common, account: key.account });

  return {
    ...spec,
    url: node.url,
    logFile,
    chain,
    public: reader,
    test,
    wallet,
    sender: (key, ledger) => createSender({ name: spec.name, public: reader, wallet: wallet(key) }, ledger),
    async fund(address, wei) {
      const value = (await reader.getBalance({ address })) + wei;
      await test.setBalance({ address, value });
    },
    time: async () => (await reader.getBlock()).timestamp,
  };
}
