import { parseEventLogs } from "viem";

import { leastProfitBps } from "../../../relayer/src/keeper/profit.ts";
import { creditPoolAbi, marginEngineAbi } from "../../../sdk/src/abis/index.ts";
import { replay, type MarketStep } from "../../support/replay.ts";
import { LOCAL_ASSETS, SYMBOLS } from "../../support/localnet/parameters.ts";
import { createStressMarket, FUND_CASH, type Opened, type StressMarket } from "./market.ts";
import { drawPopulation, type Prices } from "./population.ts";
import type { StressModel } from "./models.ts";

export type Scenario = {
  name: string;
  /** Risk models know what was before it. */
  day: string;
  from: number;
  to: number;
  /** Nobody flags, buys or repays in these seconds, from … to: chains are congested, as they were. */
  blackout?: readonly [number, number];
};

/** USD unless said otherwise. */
export type StressResult = {
  scenario: string;
  model: string;
  accounts: number;
  collateral: number;
  debt: number;
  /** Debt per collateral at the start, %. */
  efficiency: number;
  /** Flags; an account can have several. */
  flagged: number;
  cured: number;
  bought: number;
  takenOver: number;
  /** Debt that liquidations repaid or took over. */
  liquidated: number;
  /** What buyers got above what they paid, at the prices of the moment, and in bps of it; below 0 where a basket did not hold what the claim said. */
  bonus: number;
  bonusBps: number;
  /** Booked by the pool: debt beyond what claims guaranteed, when it was taken over or written off. */
  booked: number;
  /** What the insurance fund paid, for losses and for claims that it bought whole. */
  insurance: number;
  /** Debt beyond what the seized collateral would bring at the prices of the moment, less 5 %. */
  badDebt: number;
  /** [hours since the start, ETH / USD, debt at risk (flagged, USD), liquidated so far (USD)] */
  path: [number, number, number, number][];
};

const STEP = 300;
const TAKEOVER_DELAY = 600;
/** What a buyer wants at least, bps of what it pays. */
const PROFIT_BPS = 100n;
const SALE_COST = 0.05;
const micro = (value: bigint): number => Number(value) / 1e6;

type Position = Opened & { state: "open" | "flagged" | "auction" | "gone"; graceEndsAt: number; endsAt: number };

/** One stressed market with one risk model, from the opening of all accounts to the end. */
export async function runScenario(
  scenario: Scenario,
  model: StressModel,
  options: { accounts: number; seed: number; progress: (what: string) => void },
): Promise<StressResult> {
  const steps = replay({
    assets: SYMBOLS.map((symbol) => LOCAL_ASSETS[symbol].priced),
    from: scenario.from,
    to: scenario.to,
    stepSeconds: STEP,
  });
  const first = pricesOf(steps[0]!);
  const market = await createStressMarket({ risk: model.risk(scenario.day), prices: first, startsAt: scenario.from });
  const population = drawPopulation(options.accounts, options.seed, first);
  options.progress(`${scenario.name}, ${model.name}: opening ${population.length} accounts`);
  const positions = (await market.openAll(population)).map((opened): Position => ({
    ...opened,
    state: "open",
    graceEndsAt: 0,
    endsAt: 0,
  }));
  const run = new Run(market, positions);
  const live = await market.livePrices();
  const collateral = positions.reduce((sum, { borrower }) => sum + micro(worth(borrower.amounts, live)), 0);
  const debt = positions.reduce((sum, { borrowed }) => sum + micro(borrowed), 0);

  for (const [i, step] of steps.entries()) {
    if (i % 12 === 0) options.progress(`${scenario.name}, ${model.name}: hour ${i / 12} of ${steps.length / 12}`);
    await market.tick(step.time, pricesOf(step));
    const [dark, light] = scenario.blackout ?? [0, 0];
    if (step.time < dark || step.time >= light) await run.step(step.time);
    if (i % 12 === 0) run.note(i / 12, Number(step.prices.ETH) / 1e8);
  }
  await run.writeOffs();
  await market.assertBooks();
  const { bonus, paid, ...counted } = run.totals;
  return {
    scenario: scenario.name,
    model: model.name,
    accounts: positions.length,
    collateral,
    debt,
    efficiency: (100 * debt) / collateral,
    ...counted,
    bonus,
    bonusBps: paid === 0 ? 0 : (10_000 * bonus) / paid,
    insurance: micro(FUND_CASH - (await market.fundCash())),
    path: run.path,
  };
}

class Run {
  readonly totals = {
    flagged: 0,
    cured: 0,
    bought: 0,
    takenOver: 0,
    liquidated: 0,
    bonus: 0,
    paid: 0,
    booked: 0,
    badDebt: 0,
  };
  readonly path: [number, number, number, number][] = [];
  readonly market: StressMarket;
  readonly positions: Position[];
  readonly #reference: Position | undefined;

  constructor(market: StressMarket, positions: Position[]) {
    this.market = market;
    this.positions = positions;
    this.#reference = positions[0];
  }

  /** Everything that a keeper, buyers and borrowers do at one moment. */
  async step(time: number): Promise<void> {
    const live = await this.market.livePrices();
    // All accounts opened within minutes of each other: interest of one is that of all.
    const growth =
      this.#reference === undefined || this.#reference.state === "gone"
        ? 1
        : Number(await this.market.pool("debtOf", [this.#reference.id])) / Number(this.#reference.borrowed);
    for (const position of this.positions) {
      if (position.state === "open" && this.#isNear(position, live, growth)) await this.#flag(position);
      if (position.state === "flagged" && !(await this.#cure(position)) && time >= position.graceEndsAt)
        await this.#start(position, time);
      if (position.state === "auction") await this.#sell(position, live, time);
    }
  }

  note(hour: number, eth: number): void {
    const atRisk = this.positions.filter(({ state }) => state === "flagged" || state === "auction");
    const usd = atRisk.reduce((sum, { borrowed }) => sum + micro(borrowed), 0);
    this.path.push([hour, eth, Math.round(usd), Math.round(this.totals.liquidated)]);
  }

  async writeOffs(): Promise<void> {
    for (const { id, state } of this.positions) {
      if (state !== "gone" || (await this.market.pool("debtOf", [id])) === 0n) continue;
      const { logs } = await this.market.engine("writeOff", [id]);
      this.#book(logs);
      const { args } = parseEventLogs({ abi: marginEngineAbi, eventName: "WrittenOff", logs })[0]!;
      this.totals.badDebt += micro(args.debtAssets);
    }
  }

  /** A first look without asking the chain: what is far from uncovered needs none. The chain decides. */
  #isNear({ coverage, floorsX64, borrowed }: Position, live: readonly bigint[], growth: number): boolean {
    let lambda = 1;
    floorsX64.forEach((floor, i) => {
      if (floor !== 0n) lambda = Math.min(lambda, Number(live[i]!) / Number(floor));
    });
    // (1 + debt haircut)·(1 + maxBonus + buffer)
    return Number(borrowed) * growth * 1.01 * 1.1 * 1.0001 > Number(coverage) * lambda;
  }

  async #flag(position: Position): Promise<void> {
    if (await this.market.ask("isCovered", [position.id])) return;
    await this.market.engine("flag", [position.id]);
    const { graceEndsAt } = (await this.market.ask("account", [position.id])) as { graceEndsAt: number };
    [position.state, position.graceEndsAt] = ["flagged", graceEndsAt];
    this.totals.flagged += 1;
    if (!position.borrower.attentive) return;
    const debt = (await this.market.pool("debtOf", [position.id])) as bigint;
    await this.market.repay(position.id, debt / 4n);
    position.borrowed = (position.borrowed * 3n) / 4n;
  }

  async #cure(position: Position): Promise<boolean> {
    const { flaggedAt } = (await this.market.ask("account", [position.id])) as { flaggedAt: number };
    if (flaggedAt !== 0 && !(await this.market.ask("isCovered", [position.id]))) return false;
    if (flaggedAt !== 0) await this.market.engine("clear", [position.id]);
    position.state = "open";
    this.totals.cured += 1;
    return true;
  }

  async #start(position: Position, time: number): Promise<void> {
    await this.market.engine("startAuctions", [position.id]);
    const { endsAt } = (await this.market.ask("auction", [position.id, position.lockNullifier])) as { endsAt: number };
    [position.state, position.endsAt] = ["auction", Math.max(endsAt, time)];
  }

  async #sell(position: Position, live: readonly bigint[], time: number): Promise<void> {
    const { id, lockNullifier } = position;
    const auction = (await this.market.ask("auction", [id, lockNullifier])) as { startedAt: number; guarantee: bigint };
    if (auction.startedAt === 0) {
      position.state = "open"; // its owner repaid
      return;
    }
    const [claim, debtAssets, seizurePricesX64] = (await this.market.ask("quoteBuy", [id, lockNullifier])) as [
      bigint,
      bigint,
      bigint[],
    ];
    const { guarantee } = auction;
    const debtPriceX64 = 1n << 64n;
    const profit = leastProfitBps({
      claim,
      guarantee,
      debtAssets,
      debtPriceX64,
      seizurePricesX64,
      livePricesX64: live,
    });
    if (profit !== undefined && profit >= PROFIT_BPS) {
      await this.market.engine("buy", [id, lockNullifier, debtAssets + debtAssets / 1000n + 1n, 7n, BASE8]);
      this.totals.bought += 1;
      this.totals.bonus += micro(seizedWorth(position, claim, seizurePricesX64, live)) - micro(debtAssets);
      this.totals.paid += micro(debtAssets);
      this.#gone(position, debtAssets);
    } else if (time >= position.endsAt + TAKEOVER_DELAY) {
      const { logs } = await this.market.engine("takeOver", [id, lockNullifier]);
      this.#book(logs);
      const { args } = parseEventLogs({ abi: marginEngineAbi, eventName: "TakenOver", logs })[0]!;
      const brings = micro(seizedWorth(position, args.claim, args.seizurePricesX64, live)) * (1 - SALE_COST);
      this.totals.takenOver += 1;
      this.totals.badDebt += Math.max(0, micro(args.debtAssets) - brings);
      this.#gone(position, args.debtAssets);
    }
  }

  #gone(position: Position, debtAssets: bigint): void {
    position.state = "gone";
    this.totals.liquidated += micro(debtAssets);
  }

  #book(logs: Parameters<typeof parseEventLogs>[0]["logs"]): void {
    for (const { args } of parseEventLogs({ abi: creditPoolAbi, eventName: "LossBooked", logs }))
      this.totals.booked += micro((args as unknown as { assets: bigint }).assets);
  }
}

/** The base point of BabyJubJub's prime-order subgroup (ERC-2494). */
const BASE8 = {
  x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
};

/** SET-1 with the lock's true basket, µUSD at live prices. */
export function seizedWorth(
  { borrower: { amounts } }: Pick<Opened, "borrower">,
  claim: bigint,
  seizurePricesX64: readonly bigint[],
  live: readonly bigint[],
): bigint {
  const value = amounts.reduce((sum, a, i) => sum + ((a * seizurePricesX64[i]!) >> 64n), 0n);
  const seized = amounts.map((a, i) => {
    if (seizurePricesX64[i] === 0n) return 0n;
    return claim >= value ? a : (a * claim + value - 1n) / value;
  });
  return worth(seized, live);
}

const worth = (amounts: readonly bigint[], live: readonly bigint[]): bigint =>
  amounts.reduce((sum, a, i) => sum + ((a * (live[i] ?? 0n)) >> 64n), 0n);

function pricesOf({ prices }: MarketStep): Prices {
  return Object.fromEntries(SYMBOLS.map((symbol) => [symbol, prices[LOCAL_ASSETS[symbol].priced]])) as Prices;
}
