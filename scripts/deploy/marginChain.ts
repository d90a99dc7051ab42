import {
  parseEventLogs,
  stringToHex,
  zeroAddress,
  type Abi,
  type Address,
  type Hex,
  type TransactionReceipt,
} from "viem";

import type { AssetInfo, MarketDeployment, VerifierDeployment } from "../../sdk/src/client/deployment.ts";
import { hardhatArtifact, hardhatInterface } from "./artifacts.ts";
import type { FeedPlan, MarginChainPlan, RateModelPlan } from "./plan.ts";
import { SLOTS } from "./riskModel.ts";
import type { Sender } from "./sender.ts";
import { decimalsOf } from "./vaultChain.ts";
import { deployVerifier } from "./verifiers.ts";

export type MarginChainContracts = {
  rootInbox: Address;
  orderQueue: Address;
  priceBoard: Address;
  riskSet: Address;
  verifier: VerifierDeployment;
  engine: Address;
  lens: Address;
};

/** Deploys what does not depend on a vault: inbox, queue, price board, risk set, engine. */
export async function deployMarginChain(sender: Sender, plan: MarginChainPlan): Promise<MarginChainContracts> {
  const owner = sender.from;
  const { endpoint } = plan.lz;
  const rootInbox = await sender.deploy(hardhatArtifact("messaging/RootInbox"), [endpoint, owner]);
  const orderQueue = await sender.deploy(hardhatArtifact("messaging/OrderQueue"), [endpoint, owner]);
  const priceBoard = await sender.deploy(hardhatArtifact("risk/PriceBoard"), [owner]);
  const riskSet = await sender.deploy(hardhatArtifact("risk/RiskSet"), [owner, plan.market.minBonusBps]);
  const verifier = await deployVerifier(sender, plan.verifier);
  const wiring = { localEid: plan.eid, verifier: verifier.address, rootInbox, orderQueue, priceBoard };
  const losses = await sender.deploy(hardhatArtifact("margin/MarginLosses"), [wiring]);
  const markets = await sender.deploy(hardhatArtifact("margin/MarginMarkets"), [wiring, losses]);
  const extension = await sender.deploy(hardhatArtifact("margin/MarginExtension"), [wiring, markets]);
  const engine = await sender.deploy(hardhatArtifact("margin/MarginEngine"), [owner, wiring, extension]);

  const riskAbi = hardhatArtifact("risk/RiskSet").abi;
  await sender.call({ address: riskSet, abi: riskAbi, functionName: "addVersion", args: [plan.risk] });
  if (plan.sequencer !== undefined) {
    const args = [plan.sequencer.feed, plan.sequencer.graceSeconds];
    const { abi } = hardhatArtifact("risk/PriceBoard");
    await sender.call({ address: priceBoard, abi, functionName: "setSequencerFeed", args });
  }
  const lens = await sender.deploy(hardhatArtifact("periphery/MarginLens"), []);
  return { rootInbox, orderQueue, priceBoard, riskSet, verifier, engine, lens };
}

/** Adds the collateral set's feeds, the debt asset, its pool, the market, and the vault as its source. */
export async function openMarket(
  sender: Sender,
  plan: MarginChainPlan,
  contracts: MarginChainContracts,
  vault: { eid: number; address: Address; assets: readonly AssetInfo[] },
): Promise<{ setId: number; market: MarketDeployment }> {
  const { priceBoard, riskSet, engine } = contracts;
  const boardAbi = hardhatArtifact("risk/PriceBoard").abi;
  // The engine's own ABI has only the functions of its first half; the interface has all.
  const { abi } = hardhatInterface("interfaces/IMarginEngine");

  const feeds = Array.from({ length: SLOTS }, (_, slot) => {
    const asset = vault.assets.find((each) => each.slot === slot);
    const feed = plan.feeds[slot];
    if (asset === undefined || feed === undefined) return feedConfig({ ...NO_FEED, feed: zeroAddress }, 0);
    return feedConfig(feed, asset.sharedDecimals);
  });
  const setAdded = await sender.call({ address: priceBoard, abi: boardAbi, functionName: "addSet", args: [feeds] });
  const { setId } = onlyEvent(boardAbi, "SetAdded", setAdded) as { setId: number };
  if (plan.breaker !== undefined) {
    const { limitsBps, windowSeconds, haltSeconds } = plan.breaker;
    const limits = Array.from({ length: SLOTS }, (_, slot) => limitsBps[slot] ?? 0);
    const args = [setId, limits, windowSeconds, haltSeconds];
    await sender.call({ address: priceBoard, abi: boardAbi, functionName: "setBreaker", args });
  }

  const { debt } = plan;
  const debtDecimals = await decimalsOf(sender, debt.token);
  const assetId = stringToHex(debt.symbol, { size: 32 });
  const debtFeed = feedConfig(debt.feed, debtDecimals);
  await sender.call({ address: priceBoard, abi: boardAbi, functionName: "addAsset", args: [assetId, debtFeed] });
  const { pool, insuranceFund } = await deployPool(sender, plan, { engine, priceBoard, assetId });

  const { name, ...marketConfig } = plan.market;
  const config = { ...marketConfig, module: pool };
  const created = await sender.call({ address: engine, abi, functionName: "createMarket", args: [config] });
  const event = onlyEvent(abi, "MarketCreated", created) as { market: Hex; trusteeX: bigint; trusteeY: bigint };
  const id = event.market;
  const source = { ...plan.source, eid: vault.eid, vault: vault.address, riskSet, setId };
  const added = await sender.call({ address: engine, abi, functionName: "addSource", args: [id, source] });
  const { sourceId } = onlyEvent(abi, "SourceAdded", added) as { sourceId: number };
  if (plan.guardian !== undefined) {
    await sender.call({ address: engine, abi, functionName: "setGuardian", args: [plan.guardian] });
  }

  return {
    setId,
    market: {
      id,
      name,
      pool,
      insuranceFund,
      debtToken: debt.token,
      debtSymbol: debt.symbol,
      debtDecimals,
      sourceId,
      profiles: plan.market.profiles,
      trustee: { x: event.trusteeX.toString(), y: event.trusteeY.toString() },
    },
  };
}

async function deployPool(
  sender: Sender,
  { pool, debt }: MarginChainPlan,
  at: { engine: Address; priceBoard: Address; assetId: Hex },
): Promise<{ pool: Address; insuranceFund: Address }> {
  const rateModel = await deployRateModel(sender, pool.rateModel);
  const artifact = hardhatArtifact("margin/CreditPool");
  const address = await sender.deploy(artifact, [
    sender.from,
    debt.token,
    pool.name,
    pool.symbol,
    at.engine,
    at.priceBoard,
    at.assetId,
    rateModel,
    pool.debtHaircutBps,
    pool.initialExtraBps,
  ]);
  const call = (functionName: string, ...args: unknown[]) =>
    sender.call({ address, abi: artifact.abi, functionName, args });
  await call("setCaps", pool.supplyCap, pool.borrowCap);
  if (pool.guardian !== undefined) await call("setGuardian", pool.guardian);
  const insuranceFund = await sender.deploy(hardhatArtifact("margin/InsuranceFund"), [sender.from, address]);
  await call("setInsuranceFund", insuranceFund);
  if (pool.reserve !== undefined) {
    await call("setReserve", pool.reserve.factorBps, pool.reserve.recipient ?? insuranceFund);
  }
  return { pool: address, insuranceFund };
}

function deployRateModel(sender: Sender, plan: RateModelPlan): Promise<Address> {
  if (plan.kind === "adaptive") return sender.deploy(hardhatArtifact("margin/AdaptiveRateModel"));
  return sender.deploy(hardhatArtifact("margin/KinkedRateModel"), [
    plan.baseRateYearly,
    plan.kinkRateYearly,
    plan.maxRateYearly,
    plan.kinkUtilisation,
  ]);
}

const NO_FEED: Omit<FeedPlan, "feed"> = { heartbeatSeconds: 0, minAnswer: 0n, maxAnswer: 0n };

/** `IPriceBoard.FeedConfig`. */
function feedConfig({ feed, heartbeatSeconds, minAnswer, maxAnswer }: FeedPlan, assetDecimals: number) {
  return { feed, assetDecimals, heartbeat: heartbeatSeconds, minAnswer, maxAnswer };
}

function onlyEvent(abi: Abi, eventName: string, { logs, transactionHash }: TransactionReceipt): unknown {
  const found = parseEventLogs({ abi, eventName, logs });
  if (found.length !== 1) {
    throw new Error(`Expected one ${eventName} in transaction ${transactionHash}, found ${found.length}.`);
  }
  return (found[0] as unknown as { args: unknown }).args;
}
