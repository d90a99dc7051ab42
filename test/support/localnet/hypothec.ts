import { parseEther, parseUnits, zeroAddress, type Address, type Hex } from "viem";

import { hardhatArtifact, testArtifact } from "../../../scripts/deploy/artifacts.ts";
import { deployHypothec } from "../../../scripts/deploy/deploy.ts";
import type {
  AssetPlan,
  DeployPlan,
  FeedPlan,
  MarketPlan,
  PoolPlan,
  SourcePlan,
} from "../../../scripts/deploy/plan.ts";
import { estimateRiskModel, type RiskModel } from "../../../scripts/deploy/riskModel.ts";
import type { GasEntry, Sender } from "../../../scripts/deploy/sender.ts";
import { developmentVerifier } from "../../../scripts/deploy/verifiers.ts";
import type { Deployment } from "../../../sdk/src/client/deployment.ts";
import { createTrusteeKey, type TrusteeKey } from "../../../sdk/src/keys/trustee.ts";
import { bars, dayStart } from "../prices.ts";
import { replay } from "../replay.ts";
import type { LocalChain } from "./chain.ts";
import type { LocalKey } from "./keys.ts";
import type { Localnet } from "./localnet.ts";
import {
  DEBT_DECIMALS,
  FEED_DECIMALS,
  HORIZON_SECONDS,
  LOCAL_ASSETS,
  LOCAL_ENTRY_FEE,
  LOCAL_MARKET,
  LOCAL_POOL,
  LOCAL_BREAKER,
  LOCAL_SOURCE,
  SYMBOLS,
  Z,
  type LocalPrices,
  type LocalSymbol,
} from "./parameters.ts";

export type LocalHypothecOptions = {
  /** The prices that the feeds start with, and the day up to which the risk model knows prices. @default "2021-05-18" */
  day?: string;
  /** Seed of the market's trustee key. @default one that everybody can know */
  trusteeSeed?: Hex;
  /** Blocks on top of a message's before DVNs verify it, both ways. @default 2 */
  confirmations?: bigint;
  /** @default 0.0001 ether */
  entryFee?: bigint;
  /** Seconds. @default 10 */
  sealDelaySeconds?: bigint;
  /** Seconds between attestations. @default 2 */
  cadenceSeconds?: bigint;
  /** Seconds after which a price is stale. @default 3600 */
  heartbeatSeconds?: number;
  market?: Partial<MarketPlan>;
  pool?: Partial<PoolPlan>;
  source?: Partial<SourcePlan>;
};

/** Hypothec on a local network, with tokens that anyone may mint and feeds that anyone may push. */
export type LocalHypothec = {
  deployment: Deployment;
  ledger: GasEntry[];
  /** Owns every contract. */
  deployer: LocalKey;
  trustee: TrusteeKey;
  /** On the vault chain; ETH is the zero address. */
  vaultTokens: Record<LocalSymbol, Address>;
  /** The token that the market lends, on the margin chain. */
  debtToken: Address;
  /** On the margin chain. */
  feeds: Record<LocalSymbol, Address>;
  /** Gives an account tokens of the vault chain, or ether; whole units as text ("1.5"). */
  give(to: Address, symbol: LocalSymbol, amount: string): Promise<void>;
  /** Gives an account the debt token on the margin chain; whole units. */
  giveDebtToken(to: Address, amount: string): Promise<void>;
  /** Starts a round of each feed with prices of 8 decimals; the time is the chain's. */
  setPrices(prices: LocalPrices): Promise<void>;
  /** Stores the feeds' prices as a snapshot. */
  takeSnapshot(): Promise<void>;
};

/** What {@link planLocalHypothec} made ready. */
export type LocalPlan = Pick<
  LocalHypothec,
  "deployer" | "trustee" | "vaultTokens" | "debtToken" | "feeds" | "ledger"
> & {
  plan: DeployPlan;
};

/** Deploys tokens and feeds, and says what is to be deployed around them. */
export async function planLocalHypothec(localnet: Localnet, options: LocalHypothecOptions = {}): Promise<LocalPlan> {
  const { day = "2021-05-18", confirmations = 2n, heartbeatSeconds = 3_600 } = options;
  const deployer = await localnet.account("hypothec deployer");
  const faucet = await localnet.account("faucet");
  const ledger: GasEntry[] = [];
  const trustee = createTrusteeKey(options.trusteeSeed ?? localnet.key("trustee").privateKey);
  const [vaultTokens, { feeds, debtToken }] = await Promise.all([
    deployTokens(localnet.vault.sender(faucet, ledger)),
    deployFeedsAndDebt(localnet.margin.sender(faucet, ledger), pricesAt(day)),
  ]);
  const feedPlan = (symbol: LocalSymbol): FeedPlan => ({
    feed: feeds[symbol],
    heartbeatSeconds,
    minAnswer: parseUnits("0.01", FEED_DECIMALS),
    maxAnswer: parseUnits("10000000", FEED_DECIMALS),
  });
  const plan: DeployPlan = {
    vaultChain: {
      ...chainPlan(localnet.vault, deployer, confirmations),
      guardian: deployer.address,
      entryFee: options.entryFee ?? LOCAL_ENTRY_FEE,
      sealDelaySeconds: options.sealDelaySeconds ?? 10n,
      cadenceSeconds: options.cadenceSeconds ?? 2n,
      verifiers: {
        batch16: developmentVerifier("batch16"),
        batch64: developmentVerifier("batch64"),
        transact: developmentVerifier("transact"),
        settle: developmentVerifier("settle"),
      },
      assets: SYMBOLS.map((symbol): AssetPlan => {
        const { slot, sharedDecimals, cap } = LOCAL_ASSETS[symbol];
        const most = parseUnits(cap, sharedDecimals);
        const outflow = { burst: most / 2n, hourly: most / 100n };
        return { slot, symbol, token: vaultTokens[symbol], sharedDecimals, cap: most, outflow };
      }),
    },
    marginChain: {
      ...chainPlan(localnet.margin, deployer, confirmations),
      verifier: developmentVerifier("margin"),
      guardian: deployer.address,
      breaker: LOCAL_BREAKER,
      feeds: Object.fromEntries(SYMBOLS.map((symbol) => [LOCAL_ASSETS[symbol].slot, feedPlan(symbol)])),
      risk: localRiskModel(day),
      debt: { token: debtToken, symbol: "USDC", feed: feedPlan("USDC") },
      pool: { ...LOCAL_POOL, ...options.pool },
      market: { ...LOCAL_MARKET, trusteeKey: trustee.submitted, ...options.market },
      source: { ...LOCAL_SOURCE, ...options.source },
    },
  };
  return { plan, deployer, trustee, vaultTokens, debtToken, feeds, ledger };
}

/** Deploys tokens, feeds and Hypothec with the real verifiers, and takes a first snapshot. */
export async function deployLocalHypothec(
  localnet: Localnet,
  options: LocalHypothecOptions = {},
): Promise<LocalHypothec> {
  const { plan, ledger, ...local } = await planLocalHypothec(localnet, options);
  const deployed = await deployHypothec(plan);
  ledger.push(...deployed.ledger);
  const { deployment } = deployed;
  const { vaultTokens, debtToken, feeds } = local;

  const faucet = localnet.key("faucet");
  const onMargin = localnet.margin.sender(faucet);
  const onVault = localnet.vault.sender(faucet);
  const takeSnapshot = async (): Promise<void> => {
    const { priceBoard, setId } = deployment.marginChain;
    const { abi } = hardhatArtifact("risk/PriceBoard");
    await onMargin.call({ address: priceBoard, abi, functionName: "takeSnapshot", args: [setId] });
  };
  await takeSnapshot();

  return {
    ...local,
    deployment,
    ledger,
    takeSnapshot,
    async give(to, symbol, amount) {
      const { token } = LOCAL_ASSETS[symbol];
      if (token === undefined) await localnet.vault.fund(to, parseEther(amount));
      else await mint(onVault, vaultTokens[symbol], to, parseUnits(amount, token.decimals));
    },
    giveDebtToken: (to, amount) => mint(onMargin, debtToken, to, parseUnits(amount, DEBT_DECIMALS)),
    async setPrices(prices) {
      const { abi } = testArtifact("support/ReplayAggregator");
      const wallet = localnet.margin.wallet(faucet);
      let nonce = await localnet.margin.public.getTransactionCount({ address: faucet.address, blockTag: "pending" });
      // All in flight at once, so that with blocks of a second they land in one.
      const hashes: Hex[] = [];
      for (const symbol of SYMBOLS) {
        const price = prices[symbol];
        if (price === undefined) continue;
        const push = { address: feeds[symbol], abi, functionName: "push", args: [price] } as const;
        hashes.push(await wallet.writeContract({ ...push, nonce: nonce++, gas: 200_000n }));
      }
      for (const hash of hashes) {
        const { status } = await localnet.margin.public.waitForTransactionReceipt({ hash });
        if (status !== "success") throw new Error(`Pushing a price reverted in ${hash}.`);
      }
    },
  };
}

/** Prices of a moment for {@link LocalHypothec.setPrices}; a day's are those of its start. */
export function pricesAt(moment: string | number): Record<LocalSymbol, bigint> {
  return replayLocal(moment, moment)[0]!.prices;
}

/** Prices of the local assets, step by step: {@link replay} under their symbols here. */
export function replayLocal(
  from: string | number,
  to: string | number,
  stepSeconds?: number,
): { time: number; prices: Record<LocalSymbol, bigint> }[] {
  const assets = SYMBOLS.map((symbol) => LOCAL_ASSETS[symbol].priced);
  return replay({ assets, from, to, stepSeconds }).map(({ time, prices }) => ({
    time,
    prices: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, prices[LOCAL_ASSETS[symbol].priced]])) as never,
  }));
}

/** The risk model as it would have been on the morning of a day. */
export function localRiskModel(day: string): RiskModel {
  const bySlot = [...SYMBOLS].sort((a, b) => LOCAL_ASSETS[a].slot - LOCAL_ASSETS[b].slot);
  return estimateRiskModel({
    closes: bySlot.map((symbol) => bars(LOCAL_ASSETS[symbol].priced, "daily")),
    haircutFactors: bySlot.map((symbol) => LOCAL_ASSETS[symbol].haircutFactor),
    asOf: dayStart(day),
    horizonSeconds: HORIZON_SECONDS,
    z: Z,
  });
}

const chainPlan = (chain: LocalChain, deployer: LocalKey, confirmations: bigint) => ({
  clients: { name: chain.name, public: chain.public, wallet: chain.wallet(deployer) },
  chainId: chain.chainId,
  eid: chain.eid,
  lz: {
    endpoint: chain.lz.endpoint,
    sendUln: chain.lz.sendUln,
    receiveUln: chain.lz.receiveUln,
    executor: chain.lz.executor,
    dvns: chain.lz.dvns,
  },
  confirmations,
});

async function deployTokens(sender: Sender): Promise<Record<LocalSymbol, Address>> {
  const tokens = {} as Record<LocalSymbol, Address>;
  for (const symbol of SYMBOLS) {
    const { token } = LOCAL_ASSETS[symbol];
    tokens[symbol] = token === undefined ? zeroAddress : await deployToken(sender, token.name, symbol, token.decimals);
  }
  return tokens;
}

async function deployFeedsAndDebt(sender: Sender, prices: Record<LocalSymbol, bigint>) {
  const feeds = {} as Record<LocalSymbol, Address>;
  for (const symbol of SYMBOLS) {
    const args = [FEED_DECIMALS, `${symbol} / USD`, prices[symbol]];
    feeds[symbol] = await sender.deploy(testArtifact("support/ReplayAggregator"), args, `${symbol} / USD feed`);
  }
  return { feeds, debtToken: await deployToken(sender, "USD Coin", "USDC", DEBT_DECIMALS) };
}

function deployToken(sender: Sender, name: string, symbol: string, decimals: number): Promise<Address> {
  return sender.deploy(testArtifact("support/TestToken"), [name, symbol, decimals], `${symbol} token`);
}

async function mint(sender: Sender, token: Address, to: Address, amount: bigint): Promise<void> {
  const { abi } = testArtifact("support/TestToken");
  await sender.call({ address: token, abi, functionName: "mint", args: [to, amount] });
}
