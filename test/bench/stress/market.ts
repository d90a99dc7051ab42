import { network } from "hardhat";
import {
  concatHex,
  encodePacked,
  pad,
  parseEventLogs,
  parseUnits,
  stringToHex,
  type Abi,
  type Address,
  type Hex,
  type TransactionReceipt,
} from "viem";

import { hardhatArtifact, packageArtifact, testArtifact, type Artifact } from "../../../scripts/deploy/artifacts.ts";
import type { RiskModel } from "../../../scripts/deploy/riskModel.ts";
import { creditPoolAbi, marginEngineAbi } from "../../../sdk/src/abis/index.ts";
import { trusteeKeyOf } from "../../../sdk/src/keys/trustee.ts";
import { maxCoverage, unpackRisk, type RiskParameters } from "../../../sdk/src/proofs/coverage.ts";
import {
  DEBT_DECIMALS,
  LOCAL_ASSETS,
  LOCAL_MARKET,
  LOCAL_POOL,
  LOCAL_PROFILES,
  SYMBOLS,
} from "../../support/localnet/parameters.ts";
import type { Borrower, Prices } from "./population.ts";

const S_EID = 40_101;
const D_EID = 40_102;
const VAULT: Address = `0x${"7a".repeat(20)}`;
const MESSENGER: Address = `0x${"3e".repeat(20)}`;
const ROOT = 0xbeefn;
const DAY = 86_400;
const GAS = 5_000_000n;
const POOL_CASH = parseUnits("2000000000", DEBT_DECIMALS);
export const FUND_CASH = parseUnits("100000", DEBT_DECIMALS);

export type Opened = {
  id: Hex;
  lockNullifier: bigint;
  borrower: Borrower;
  coverage: bigint;
  floorsX64: readonly bigint[];
  borrowed: bigint;
};
export type StressMarket = Awaited<ReturnType<typeof createStressMarket>>;

/**
 * The margin chain's contracts as they are built, in Hardhat's own chain. **Proofs are taken on trust (AlwaysTrueVerifier)**: this file is an honest prover, and
 * states for each lock the most that its basket proves, computed by the SDK's model of the circuit.
 */
export async function createStressMarket(given: {
  risk: RiskModel;
  prices: Prices;
  startsAt: number;
  fundFeeBps?: number;
}) {
  const { viem } = await network.create({
    override: { initialDate: new Date((given.startsAt - DAY) * 1000), allowBlocksWithSameTimestamp: true },
  });
  const reader = await viem.getPublicClient({ pollingInterval: 1 });
  const test = await viem.getTestClient();
  const [owner] = await viem.getWalletClients();
  const me = owner!.account.address;

  async function sent(hash: Hex): Promise<TransactionReceipt> {
    return reader.getTransactionReceipt({ hash });
  }
  async function deploy({ abi, bytecode }: Artifact, args: readonly unknown[] = []): Promise<Address> {
    const { contractAddress } = await sent(await owner!.deployContract({ abi, bytecode, args }));
    return contractAddress!;
  }
  const send = async (address: Address, abi: Abi, functionName: string, args: readonly unknown[] = []) =>
    sent(await owner!.writeContract({ address, abi, functionName, args, gas: GAS }));
  const read = (address: Address, abi: Abi, functionName: string, args: readonly unknown[] = []) =>
    reader.readContract({ address, abi, functionName, args });

  const endpoint = await deploy(
    packageArtifact("@layerzerolabs/lz-evm-protocol-v2", "artifacts/contracts/EndpointV2.sol/EndpointV2.json"),
    [D_EID, me],
  );
  const inboxArtifact = hardhatArtifact("messaging/RootInbox");
  const inbox = await deploy(inboxArtifact, [endpoint, me]);
  await send(inbox, inboxArtifact.abi, "setPeer", [S_EID, pad(MESSENGER)]);
  const queue = await deploy(hardhatArtifact("messaging/OrderQueue"), [endpoint, me]);
  const boardArtifact = hardhatArtifact("risk/PriceBoard");
  const board = await deploy(boardArtifact, [me]);
  const riskArtifact = hardhatArtifact("risk/RiskSet");
  const riskSet = await deploy(riskArtifact, [me, LOCAL_MARKET.minBonusBps]);
  await send(riskSet, riskArtifact.abi, "addVersion", [given.risk]);
  const verifier = await deploy(testArtifact("support/AlwaysTrueVerifier"));
  const wiring = { localEid: D_EID, verifier, rootInbox: inbox, orderQueue: queue, priceBoard: board };
  const losses = await deploy(hardhatArtifact("margin/MarginLosses"), [wiring]);
  const markets = await deploy(hardhatArtifact("margin/MarginMarkets"), [wiring, losses]);
  const extension = await deploy(hardhatArtifact("margin/MarginExtension"), [wiring, markets]);
  const engine = await deploy(hardhatArtifact("margin/MarginEngine"), [me, wiring, extension]);
  const engineAbi = marginEngineAbi as Abi;

  const tokenArtifact = testArtifact("support/TestToken");
  const token = await deploy(tokenArtifact, ["USD Coin", "USDC", DEBT_DECIMALS]);
  const feedArtifact = testArtifact("support/ReplayAggregator");
  const feeds = {} as Record<(typeof SYMBOLS)[number], Address>;
  for (const symbol of SYMBOLS)
    feeds[symbol] = await deploy(feedArtifact, [8, `${symbol} / USD`, given.prices[symbol]]);
  const debtFeed = await deploy(feedArtifact, [8, "debt / USD", 10n ** 8n]);
  const feedConfig = (feed: Address, assetDecimals: number) => ({
    feed,
    assetDecimals,
    heartbeat: 30 * DAY,
    minAnswer: 1n,
    maxAnswer: 10n ** 16n,
  });
  const none = { ...feedConfig(`0x${"00".repeat(20)}`, 0), heartbeat: 0, minAnswer: 0n, maxAnswer: 0n };
  const set = Array.from({ length: 8 }, (_, slot) => {
    const symbol = SYMBOLS.find((each) => LOCAL_ASSETS[each].slot === slot);
    return symbol === undefined ? none : feedConfig(feeds[symbol], LOCAL_ASSETS[symbol].sharedDecimals);
  });
  await send(board, boardArtifact.abi, "addSet", [set]);
  const assetId = stringToHex("USDC", { size: 32 });
  await send(board, boardArtifact.abi, "addAsset", [assetId, feedConfig(debtFeed, DEBT_DECIMALS)]);

  const { rateModel } = LOCAL_POOL;
  if (rateModel.kind !== "kinked") throw new Error("The local pool's rates are kinked.");
  const { baseRateYearly, kinkRateYearly, maxRateYearly, kinkUtilisation } = rateModel;
  const rates = await deploy(hardhatArtifact("margin/KinkedRateModel"), [
    baseRateYearly,
    kinkRateYearly,
    maxRateYearly,
    kinkUtilisation,
  ]);
  const { debtHaircutBps, initialExtraBps } = LOCAL_POOL;
  const pool = await deploy(hardhatArtifact("margin/CreditPool"), [
    me,
    token,
    "pool",
    "P",
    engine,
    board,
    assetId,
    rates,
    debtHaircutBps,
    initialExtraBps,
  ]);
  const poolAbi = creditPoolAbi as Abi;
  await send(pool, poolAbi, "setCaps", [2n ** 127n, 2n ** 127n]);
  const fund = await deploy(hardhatArtifact("margin/InsuranceFund"), [me, pool]);
  await send(pool, poolAbi, "setInsuranceFund", [fund]);
  await send(token, tokenArtifact.abi, "mint", [fund, FUND_CASH]);
  await send(token, tokenArtifact.abi, "mint", [me, 10n * POOL_CASH]);
  await send(token, tokenArtifact.abi, "approve", [pool, 2n ** 256n - 1n]);
  await send(pool, poolAbi, "deposit", [POOL_CASH, me]);

  const { name: _, ...marketConfig } = LOCAL_MARKET;
  const trusteeKey = trusteeKeyOf(7n).submitted;
  const times = {
    graceSeconds: 1_800,
    reflagWindowSeconds: 3_600,
    auctionSeconds: 3_600,
    fundFeeBps: given.fundFeeBps ?? 0,
    attestationFee: 0n,
  };
  const created = await send(engine, engineAbi, "createMarket", [
    { ...marketConfig, ...times, module: pool, trusteeKey },
  ]);
  const marketId = parseEventLogs({ abi: marginEngineAbi, eventName: "MarketCreated", logs: created.logs })[0]!.args
    .market;
  const [usd2, most] = [parseUnits("2000000000", 6), parseUnits("1000000000000", 6)];
  const source = {
    eid: S_EID,
    vault: VAULT,
    riskSet,
    setId: 1,
    maxRootAge: 10 * DAY,
    maxCoveragePerLock: most,
    exposureCap: most,
    coverageBurst: usd2,
    coveragePerHour: usd2,
  };
  await send(engine, engineAbi, "addSource", [marketId, source]);
  const domain = (await read(engine, engineAbi, "domainOf", [S_EID, VAULT])) as bigint;

  /** ROOT as S sends it, delivered by LayerZero's endpoint. */
  async function attest(): Promise<void> {
    const { timestamp } = await reader.getBlock();
    const head = encodePacked(
      ["uint8", "uint8", "address", "uint256", "uint64", "uint64", "address", "uint8"],
      [1, 1, VAULT, ROOT, 1n, timestamp, me, 1],
    );
    const report = encodePacked(["uint248", "uint64", "bool"], [domain, timestamp, false]);
    await test.impersonateAccount({ address: endpoint });
    await test.setBalance({ address: endpoint, value: 10n ** 20n });
    const message = concatHex([head, report]);
    const origin = { srcEid: S_EID, sender: pad(MESSENGER), nonce: 1n };
    await owner!.writeContract({
      account: endpoint,
      address: inbox,
      abi: inboxArtifact.abi,
      functionName: "lzReceive",
      args: [origin, pad("0x"), message, me, "0x"],
      gas: GAS,
    });
  }

  const [haircutsPacked, riskPacked] = (await read(riskSet, riskArtifact.abi, "packed", [1])) as [bigint, bigint[]];
  const risk: RiskParameters = unpackRisk({ haircutsPacked, riskPacked });
  const requirementBps = 10_000n + BigInt(LOCAL_MARKET.maxBonusBps + LOCAL_MARKET.bufferBps);

  async function openAll(borrowers: readonly Borrower[]): Promise<Opened[]> {
    await send(board, boardArtifact.abi, "takeSnapshot", [1]);
    await attest();
    const floorsOf = new Map<string, readonly bigint[]>();
    const opened: Opened[] = [];
    for (const [i, borrower] of borrowers.entries()) {
      const profile = LOCAL_PROFILES[borrower.profile];
      let floorsX64 = floorsOf.get(borrower.profile);
      if (floorsX64 === undefined) {
        floorsX64 = (await read(engine, engineAbi, "floors", [marketId, 0, 1, 10_000, profile])) as bigint[];
        floorsOf.set(borrower.profile, floorsX64);
      }
      const m = maxCoverage({ amounts: borrower.amounts, floorsX64, ...risk });
      // (1 + debt haircut)·(1 + maxBonus + buffer + extra) of the debt at $1 must be at most G.
      const factor = (10_000n + BigInt(debtHaircutBps)) * (requirementBps + BigInt(initialExtraBps));
      const most = ((m.value - 8n) * 10n ** 8n) / factor;
      const worth = borrower.amounts.reduce((sum, a, slot) => sum + ((a * floorsX64[slot]!) >> 64n), 0n);
      const wanted = (worth * BigInt(Math.floor(borrower.wanted * 10_000))) / 10_000n;
      const borrowed = wanted < (most * 99n) / 100n ? wanted : (most * 99n) / 100n;
      if (borrowed < LOCAL_MARKET.minDebt) continue;
      const { timestamp } = await reader.getBlock();
      const proof = {
        sourceId: 0,
        root: ROOT,
        lockNullifier: BigInt(i + 1),
        coverageMantissa: m.mantissa,
        coverageExponent: m.exponent,
        snapshot: 1,
        floorBps: 10_000,
        profile,
        riskVersion: 1,
        expiry: Number(timestamp) + 20 * DAY,
        deadline: Number(timestamp) + 600,
        ephemeral: { x: 1n, y: 2n },
        sealedOpening: [0n, 0n, 0n, 0n, 0n],
        zk: { points: Array<bigint>(8).fill(0n), commitment: 0n },
      };
      const salt = pad(`0x${(i + 1).toString(16)}`);
      const { logs } = await send(engine, engineAbi, "open", [marketId, salt, proof, borrowed, me]);
      const { account } = parseEventLogs({ abi: marginEngineAbi, eventName: "AccountOpened", logs })[0]!.args;
      opened.push({ id: account, lockNullifier: BigInt(i + 1), borrower, coverage: m.value, floorsX64, borrowed });
    }
    return opened;
  }

  let shown = { ...given.prices };
  /** Brings the clock to `time` and the feeds to these prices. */
  async function tick(time: number, prices: Prices): Promise<void> {
    await test.setNextBlockTimestamp({ timestamp: BigInt(time) });
    await test.mine({ blocks: 1 });
    for (const symbol of SYMBOLS)
      if (prices[symbol] !== shown[symbol]) await send(feeds[symbol], feedArtifact.abi, "push", [prices[symbol]]);
    shown = { ...prices };
  }

  return {
    marketId,
    openAll,
    tick,
    /** Calls of the engine, by anyone. */
    engine: (functionName: string, args: readonly unknown[]) => send(engine, engineAbi, functionName, args),
    ask: (functionName: string, args: readonly unknown[]) => read(engine, engineAbi, functionName, args),
    pool: (functionName: string, args: readonly unknown[] = []) => read(pool, poolAbi, functionName, args),
    repay: (id: Hex, assets: bigint) => send(pool, poolAbi, "repay", [id, assets]),
    livePrices: () => read(board, boardArtifact.abi, "livePrices", [1]) as Promise<readonly bigint[]>,
    /** @throws Error when the pool's books are not what its tokens and its debts say. */
    async assertBooks(): Promise<void> {
      const names = ["cash", "totalDebt", "carriedClaims", "lockedGain", "provisions", "totalAssets"];
      const asked = names.map((name) => read(pool, poolAbi, name) as Promise<bigint>);
      const [cash, debt, carried, locked, provisions, assets] = (await Promise.all(asked)) as [
        bigint,
        bigint,
        bigint,
        bigint,
        bigint,
        bigint,
      ];
      const held = (await read(token, tokenArtifact.abi, "balanceOf", [pool])) as bigint;
      if (held !== cash) throw new Error(`The pool holds ${held} and thinks it holds ${cash}.`);
      if (assets !== cash + debt + carried - locked - provisions) throw new Error(`The pool's assets are ${assets}.`);
    },
    fundCash: () => read(token, tokenArtifact.abi, "balanceOf", [fund]) as Promise<bigint>,
  };
}
