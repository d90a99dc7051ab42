import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseEther, type Address } from "viem";

import type { GasEntry } from "../../../scripts/deploy/sender.ts";
import { startAnvil, startWatchdog, type AnvilNode } from "./anvil.ts";
import { chainSpecs, describeNode, type LocalChain, type LocalNode, type Side } from "./chain.ts";
import { localKey, operatorKeys, type LocalKey, type Operator } from "./keys.ts";
import { deployLayerZero } from "./layerzero.ts";

const FUNDS = parseEther("1000");
const FIRST_MARGIN_NONCE = 1_000;
const SIDES: readonly Side[] = ["vault", "margin"];

export type LocalnetOptions = {
  /** Time of both genesis blocks, unix seconds. @default now */
  startTime?: number;
  /** Every key follows from it. @default "hypothec" */
  seed?: string;
  /** DVN operators, one DVN each on both chains. @default ["alpha", "beta"] */
  operators?: readonly string[];
  /** Where the nodes listen. @default free ports */
  ports?: Record<Side, number>;
  /** Where the nodes' logs go, kept. @default a temporary directory, removed at the end */
  logDir?: string;
};

/** Two chains with LayerZero V2 between them. */
export type Localnet = {
  vault: LocalChain;
  margin: LocalChain;
  chains: readonly [LocalChain, LocalChain];
  /** Owns LayerZero's contracts. */
  layerZeroOwner: LocalKey;
  operators: readonly Operator[];
  /** What setting up LayerZero cost. */
  ledger: readonly GasEntry[];
  /** A key of its own for each label, with 1,000 ETH on both chains. */
  account(label: string): Promise<LocalKey>;
  /** The same without funds. */
  key(label: string): LocalKey;
  /** Sets both nodes to mine every `seconds`. */
  mineEvery(seconds: number): Promise<void>;
  /** Sets both nodes to mine each transaction at once (as they start). */
  mineInstantly(): Promise<void>;
  /** Mines blocks on both chains, or one. */
  mine(blocks: number, side?: Side): Promise<void>;
  /** Moves both clocks forward together and mines a block. */
  increaseTime(seconds: number): Promise<void>;
  /** Remembers both chains; the function returned brings them back to here, once. */
  snapshot(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts two anvil nodes and deploys LayerZero V2 on both. They mine each transaction at once until told otherwise.
 * They end with `stop()`, or with this process, however that ends.
 *
 * @example
 * await using localnet = await startLocalnet();
 * const alice = await localnet.account("alice");
 * await localnet.vault.wallet(alice).sendTransaction({ to, value: 1n });
 */
export async function startLocalnet(options: LocalnetOptions = {}): Promise<Localnet> {
  const { seed = "hypothec", operators: names = ["alpha", "beta"] } = options;
  const startTime = options.startTime ?? Math.floor(Date.now() / 1000);
  const directory = mkdtempSync(join(tmpdir(), "hypothec-localnet-"));
  const logDir = options.logDir ?? directory;
  mkdirSync(logDir, { recursive: true });
  const watchdog = startWatchdog(directory);
  const running: AnvilNode[] = [];

  async function stop(): Promise<void> {
    await Promise.all(running.splice(0).map((node) => node.stop()));
    rmSync(directory, { recursive: true, force: true });
    watchdog.close();
  }

  async function node(side: Side): Promise<LocalNode> {
    const spec = chainSpecs[side];
    const logFile = join(logDir, `${side}.log`);
    const stateDir = join(directory, side);
    const port = options.ports?.[side] ?? 0;
    const anvil = await startAnvil({ chainId: spec.chainId, port, startTime, logFile, stateDir }, watchdog);
    running.push(anvil);
    return describeNode(spec, anvil, logFile);
  }

  try {
    const started = await Promise.allSettled(SIDES.map(node));
    const failed = started.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const nodes = started.map((result) => (result as PromiseFulfilledResult<LocalNode>).value);

    const key = (label: string): LocalKey => localKey(seed, label);
    const fund = (address: Address) => Promise.all(nodes.map((each) => provide(each, address)));
    const account = async (label: string): Promise<LocalKey> => {
      const funded = key(label);
      await fund(funded.address);
      return funded;
    };

    const layerZeroOwner = await account("layerzero owner");
    const operators = names.map((name) => operatorKeys(seed, name));
    for (const operator of operators) {
      await fund(operator.dvnAdmin.address);
      await fund(operator.executor.address);
    }

    const ledger: GasEntry[] = [];
    const [vault, margin] = await Promise.all([
      withLayerZero(nodes[0]!, nodes[1]!, layerZeroOwner, operators, ledger),
      withLayerZero(nodes[1]!, nodes[0]!, layerZeroOwner, operators, ledger),
    ]);
    const chains = [vault, margin] as const;
    const onBoth = async (each: (chain: LocalChain) => Promise<unknown>): Promise<void> => {
      await Promise.all(chains.map(each));
    };
    return {
      vault,
      margin,
      chains,
      layerZeroOwner,
      operators,
      ledger,
      account,
      key,
      mineEvery: (seconds) =>
        onBoth(async ({ test }) => {
          await test.setAutomine(false);
          await test.setIntervalMining({ interval: seconds });
        }),
      mineInstantly: () =>
        onBoth(async ({ test }) => {
          await test.setIntervalMining({ interval: 0 });
          await test.setAutomine(true);
        }),
      mine: (blocks, side) =>
        onBoth(async (chain) => {
          if (side === undefined || side === chain.side) await chain.test.mine({ blocks });
        }),
      increaseTime: (seconds) =>
        onBoth(async ({ test }) => {
          await test.increaseTime({ seconds });
          await test.mine({ blocks: 1 });
        }),
      async snapshot() {
        const ids = await Promise.all(chains.map(({ test }) => test.snapshot()));
        return async () => {
          await Promise.all(chains.map(({ test }, index) => test.revert({ id: ids[index]! })));
        };
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Funds an account. On the margin chain its nonces start elsewhere: with equal nonces a key would deploy to the same addresses
 * on both chains, and taking a contract of one chain for that of the other would go unnoticed.
 */
async function provide(node: LocalNode, address: Address): Promise<void> {
  await node.fund(address, FUNDS);
  if (node.side !== "margin") return;
  const nonce = await node.public.getTransactionCount({ address });
  if (nonce === 0) await node.test.setNonce({ address, nonce: FIRST_MARGIN_NONCE });
}

async function withLayerZero(
  here: LocalNode,
  there: LocalNode,
  owner: LocalKey,
  operators: readonly Operator[],
  ledger: GasEntry[],
): Promise<LocalChain> {
  const lz = await deployLayerZero({
    eid: here.eid,
    remoteEid: there.eid,
    owner: here.sender(owner, ledger),
    operators: operators.map((operator) => ({
      admin: here.sender(operator.dvnAdmin, ledger),
      signer: operator.dvnSigner.address,
      executor: operator.executor.address,
    })),
  });
  return { ...here, lz };
}
