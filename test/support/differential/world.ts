import {
  concatHex,
  encodePacked,
  numberToHex,
  pad,
  parseEther,
  parseEventLogs,
  size,
  sliceHex,
  stringToHex,
  type Abi,
  type Address,
  type Hex,
  type TransactionReceipt,
} from "viem";

import { hardhatArtifact, packageArtifact, testArtifact } from "../../../scripts/deploy/artifacts.ts";
import * as abis from "../../../sdk/src/abis/index.ts";
import { base8 } from "../model/jub.ts";
import { createChain, type Chain, type Outcome } from "./chain.ts";
import type { Proof } from "./marginModel.ts";
import { packed } from "./numbers.ts";
import {
  CHUNK,
  DEBT_DECIMALS,
  ENTRY_FEE,
  FLOORS,
  MARKET,
  OUTFLOW,
  POOL,
  PROFILES,
  SEAL_DELAY,
  SLOTS,
} from "./terms.ts";
import type { Order } from "./vaultModel.ts";

const S_EID = 30_101;
const D_EID = 30_202;
const FIRST_ROOT = 0xbeefn;
const DAY = 86_400;
const NOBODY: Address = `0x${"00".repeat(20)}`;
const MESSENGER: Address = `0x${"3e".repeat(20)}`;
const MOST = 2n ** 127n;
const ETHER = parseEther("1");
const USD_ID = stringToHex("USD on D", { size: 32 });
const ENDPOINT = "artifacts/contracts/EndpointV2.sol/EndpointV2.json";

const all = Object.values(abis).flat() as Abi;
/** Every error that a call may give, ours and OpenZeppelin's. */
export const ERRORS = [
  ...all.filter(({ type }) => type === "error"),
  ...["CollateralVault", "RecoveryVault"].flatMap((name) =>
    hardhatArtifact(`vault/${name}`).abi.filter(({ type }) => type === "error"),
  ),
] as Abi;

export type Who = "user" | "keeper" | "lender" | "recipient" | "attestor";
export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * A vault chain and a margin chain in this process, with the contracts as they are built and LayerZero's endpoints; messages go over when they are told to.
 * **Proofs are taken on trust (AlwaysTrueVerifier)**: who uses this is an honest prover.
 */
export async function createWorld(startsAt: bigint) {
  const [s, d] = [await createChain(startsAt, ERRORS), await createChain(startsAt, ERRORS)];
  // The same keys on both chains. None of these sends a transaction but the first three.
  const [user, keeper, lender, recipient, attestor] = s.people as [Address, Address, Address, Address, Address];
  const people: Record<Who, Address> = { user, keeper, lender, recipient, attestor };
  const vaultSide = await deployVaultSide(s);
  const marginSide = await deployMarginSide(d, vaultSide.vault);
  const { vault, inbox, tokens } = vaultSide;
  const { engine, queue, rootInbox, board, pool, debtToken, feeds, debtFeed, market } = marginSide;

  const abi = {
    vault: hardhatArtifact("vault/CollateralVault").abi,
    recovery: hardhatArtifact("vault/RecoveryVault").abi,
    inbox: hardhatArtifact("messaging/OrderInbox").abi,
    queue: hardhatArtifact("messaging/OrderQueue").abi,
    rootInbox: hardhatArtifact("messaging/RootInbox").abi,
    engine: abis.marginEngineAbi as Abi,
    pool: hardhatArtifact("margin/CreditPool").abi,
    board: hardhatArtifact("risk/PriceBoard").abi,
    token: testArtifact("support/TestToken").abi,
    feed: testArtifact("support/ReplayAggregator").abi,
  };
  await s.must({ to: inbox, abi: abi.inbox, name: "setPeer", args: [D_EID, pad(queue)] });
  await s.must({ to: inbox, abi: abi.inbox, name: "registerEngine", args: [D_EID, engine] });
  const domain = (await d.read(engine, abi.engine, "domainOf", [S_EID, vault])) as bigint;
  for (const token of tokens)
    await s.must({ from: user, to: token, abi: abi.token, name: "approve", args: [vault, 2n ** 256n - 1n] });
  for (const from of [user, keeper, lender])
    await d.must({ from, to: debtToken, abi: abi.token, name: "approve", args: [pool, 2n ** 256n - 1n] });

  let root = 0n;
  let nullifiers = 0n;
  const entries: { value: bigint; meta: bigint }[][] = [];
  const orders: Hex[] = [];
  const accounts = new Map<string, Hex>();

  /** Keeps what the vault's queue took. */
  function queued({ receipt, ...rest }: Outcome): Outcome {
    if (receipt === undefined) return rest as Outcome;
    for (const { args } of parseEventLogs({ abi: abi.vault, eventName: "Queued", logs: receipt.logs })) {
      const { chunk, value, meta } = args as unknown as { chunk: bigint; value: bigint; meta: bigint };
      (entries[Number(chunk)] ??= []).push({ value, meta });
    }
    return { receipt };
  }
  /** Keeps what the order queue took, heartbeats left out. */
  function ordered(outcome: Outcome): Outcome {
    if (outcome.receipt === undefined) return outcome;
    for (const { args } of parseEventLogs({ abi: abi.queue, eventName: "OrderQueued", logs: outcome.receipt.logs })) {
      const { order } = args as unknown as { order: Hex };
      if (sliceHex(order, 0, 1) !== "0x03") orders.push(order);
    }
    return outcome;
  }
  const onVault = async (name: string, args: readonly unknown[], value: bigint) =>
    queued(await s.attempt({ from: user, to: vault, abi: abi.vault, name, args, value }));
  const onEngine = async (from: Address, name: string, args: readonly unknown[], value?: bigint) =>
    ordered(await d.attempt({ from, to: engine, abi: abi.engine, name, args, value }));
  const onPool = (from: Address, name: string, args: readonly unknown[]) =>
    d.attempt({ from, to: pool, abi: abi.pool, name, args });
  const noProof = { points: Array<bigint>(8).fill(0n), commitment: 0n };

  async function toInbox(list: readonly Hex[]): Promise<void> {
    const parts = list.map((order) => concatHex([numberToHex(size(order), { size: 2 }), order]));
    const message = concatHex(["0x0301", numberToHex(list.length, { size: 1 }), ...parts]);
    const args = [{ srcEid: D_EID, sender: pad(queue), nonce: 1n }, pad("0x"), message, NOBODY, "0x"];
    await s.must({ from: vaultSide.endpoint, to: inbox, abi: abi.inbox, name: "lzReceive", args });
  }
  async function toRootInbox(message: Hex): Promise<void> {
    const args = [{ srcEid: S_EID, sender: pad(MESSENGER), nonce: 1n }, pad("0x"), message, NOBODY, "0x"];
    await d.must({ from: marginSide.endpoint, to: rootInbox, abi: abi.rootInbox, name: "lzReceive", args });
  }

  async function proofOf(proof: Proof | { lock: number; profile: 0; unused: true }, deadline: bigint) {
    const { lock, profile } = proof;
    const unused = "unused" in proof;
    return {
      sourceId: 0,
      root,
      lockNullifier: BigInt(lock + 1),
      coverageMantissa: unused ? 0 : proof.mantissa,
      coverageExponent: unused ? 0 : proof.exponent,
      snapshot: (await d.read(board, abi.board, "latestSnapshot", [1])) as number,
      floorBps: unused ? 10_000 : Number(FLOORS[proof.floor]),
      profile,
      riskVersion: 1,
      expiry: unused ? Number(deadline) : Number(proof.expiry),
      deadline: Number(deadline),
      ephemeral: { x: 1n, y: 2n },
      sealedOpening: [0n, 0n, 0n, 0n, 0n],
      zk: noProof,
    };
  }

  const world = {
    s,
    d,
    people,
    domain,
    addresses: { ...vaultSide, ...marginSide },
    abi,
    accounts,
    orders,

    // Time, prices, money.
    async at(time: bigint): Promise<void> {
      await s.at(time);
      await d.at(time);
    },
    async pushPrices(answers: readonly bigint[], debtAnswer: bigint): Promise<void> {
      for (const [slot, answer] of answers.entries())
        await d.must({ to: feeds[slot]!, abi: abi.feed, name: "push", args: [answer] });
      await d.must({ to: debtFeed, abi: abi.feed, name: "push", args: [debtAnswer] });
    },
    takeSnapshot: () => d.must({ to: board, abi: abi.board, name: "takeSnapshot", args: [1] }),
    mintDebt: (to: Address, amount: bigint) =>
      d.must({ to: debtToken, abi: abi.token, name: "mint", args: [to, amount] }),
    /** A heartbeat of D, and what S knows of it in a ROOT. */
    async attest(): Promise<void> {
      const { logs } = await d.must({ to: engine, abi: abi.engine, name: "heartbeat", args: [market, 0] });
      const [beat] = parseEventLogs({ abi: abi.queue, eventName: "OrderQueued", logs });
      await toInbox([(beat!.args as unknown as { order: Hex }).order]);
      const { timestamp } = await s.reader.getBlock();
      const head = encodePacked(
        ["uint8", "uint8", "address", "uint256", "uint64", "uint64", "address", "uint8"],
        [1, 1, vault, root, 1n, timestamp, attestor, 1],
      );
      await toRootInbox(concatHex([head, encodePacked(["uint248", "uint64", "bool"], [domain, timestamp, false])]));
    },

    // S.
    deposit(slot: number, amount: bigint): Promise<Outcome> {
      const units = amount * 10n ** BigInt(SLOTS[slot]!.decimals - SLOTS[slot]!.shared);
      return onVault("deposit", [slot, units, 1n, "0x"], slot === 2 ? units + ENTRY_FEE : ENTRY_FEE);
    },
    transact(amounts: readonly bigint[]): Promise<Outcome> {
      const { lo, hi } = packed(amounts);
      const params = {
        root,
        nullifiers: [++nullifiers, ++nullifiers],
        outCommitments: [201n, 202n],
        withdrawLo: lo,
        withdrawHi: hi,
        recipient,
        relayer: NOBODY,
        feeSlot: 0,
        fee: 0n,
        deadline: 2 ** 39,
        memo0: pad("0x", { size: 288 }),
        memo1: pad("0x", { size: 288 }),
      };
      return onVault("transact", [params, noProof], 2n * ENTRY_FEE);
    },
    seal: (value: bigint) => onVault("seal", [], value),
    async append(): Promise<Outcome> {
      const [, , , appended] = (await s.read(vault, abi.vault, "queueState")) as [bigint, number, bigint, bigint];
      const chunk = entries[Number(appended)] ?? [];
      const full = Array.from({ length: CHUNK }, (_, i) => chunk[i] ?? { value: 0n, meta: 0n });
      const next = FIRST_ROOT + appended;
      const outcome = await s.attempt({
        from: user,
        to: vault,
        abi: abi.vault,
        name: "appendBatch",
        args: [full, next, noProof, keeper],
      });
      if (outcome.receipt !== undefined) root = next;
      return outcome;
    },
    claimDelayed: (slot: number, index: number) => onVault("claimDelayed", [slot, BigInt(index)], 0n),
    /** @param order what the model expects of it; its raw form is the one that D queued */
    settle(order: Order, raw: Hex | undefined, payout: readonly bigint[]): Promise<Outcome> {
      const hasBuyer = order.claim > 0n && !order.isPublic;
      const word = (from: number) => (raw === undefined ? 0n : BigInt(sliceHex(raw, from, from + 32)));
      const struct = {
        vault,
        engine,
        lockNullifier: BigInt(order.lock + 1),
        claim: order.claim,
        seizurePricesX64: order.prices,
        isPublic: order.isPublic,
        buyerOwner: word(178),
        buyerKey: { x: word(210), y: word(242) },
      };
      const { lo, hi } = packed(order.isPublic ? payout : []);
      const params = {
        root,
        payoutLo: lo,
        payoutHi: hi,
        buyerCommitment: hasBuyer ? 72n : 0n,
        restCommitment: 71n,
        ephemeralX: 1n,
        ephemeralY: 2n,
        sealedOpening: [0n, 0n, 0n],
      };
      return onVault("settle", [struct, D_EID, params, noProof], (hasBuyer ? 2n : 1n) * ENTRY_FEE);
    },
    async collect(lock: number, slot: number): Promise<Outcome> {
      const ref = { vault, marginEid: D_EID, engine, lockNullifier: BigInt(lock + 1) };
      return s.attempt({ from: user, to: vaultSide.recovery, abi: abi.recovery, name: "collect", args: [ref, slot] });
    },

    // Between.
    deliver: (indices: readonly number[]) => toInbox(indices.map((i) => orders[i]!)),
    async recovered(lock: number, seized: readonly bigint[]): Promise<void> {
      const { lo, hi } = packed(seized);
      const types = ["uint8", "uint8", "address", "address", "uint256", "uint256", "uint256"] as const;
      await toRootInbox(encodePacked(types, [4, 1, vault, engine, BigInt(lock + 1), lo, hi]));
    },

    // D.
    lend: (assets: bigint) => onPool(lender, "deposit", [assets, lender]),
    unlend: (assets: bigint) => onPool(lender, "withdraw", [assets, lender, lender]),
    borrow: (id: string, assets: bigint) => onPool(user, "borrow", [accounts.get(id), assets, user]),
    repay: (id: string, assets: bigint) => onPool(user, "repay", [accounts.get(id), assets]),
    async open(id: string, proof: Proof, assets: bigint, now: bigint): Promise<Outcome> {
      const salt = stringToHex(id, { size: 32 });
      const args = [market, salt, await proofOf(proof, now), assets, user];
      const outcome = await onEngine(user, "open", args, MARKET.attestationFee);
      if (outcome.receipt !== undefined)
        accounts.set(id, (await d.read(engine, abi.engine, "accountId", [market, user, salt])) as Hex);
      return outcome;
    },
    addLock: async (id: string, proof: Proof, now: bigint) =>
      onEngine(user, "addLock", [accounts.get(id), await proofOf(proof, now)], MARKET.attestationFee),
    refresh: async (id: string, proof: Proof, now: bigint) =>
      onEngine(user, "refresh", [accounts.get(id), await proofOf(proof, now)]),
    releaseUnused: async (lock: number, now: bigint) =>
      onEngine(user, "releaseUnused", [market, await proofOf({ lock, profile: 0, unused: true }, now)]),
    removeLock: (id: string, lock: number) => onEngine(user, "removeLock", [accounts.get(id), BigInt(lock + 1)]),
    release: (id: string) => onEngine(user, "release", [accounts.get(id)]),
    flag: (id: string) => onEngine(keeper, "flag", [accounts.get(id)]),
    startAuctions: (id: string) => onEngine(keeper, "startAuctions", [accounts.get(id)]),
    provision: (id: string) => onEngine(keeper, "provision", [accounts.get(id)]),
    writeOff: (id: string) => onEngine(keeper, "writeOff", [accounts.get(id)]),
    buy: (id: string, lock: number) =>
      onEngine(keeper, "buy", [accounts.get(id), BigInt(lock + 1), MOST, 7n, { x: base8.x, y: base8.y }]),
    takeOver: (id: string, lock: number) => onEngine(keeper, "takeOver", [accounts.get(id), BigInt(lock + 1)]),
    startLotSale: (lock: number) => onEngine(keeper, "startLotSale", [domain, BigInt(lock + 1)]),
    buyLot: (lock: number) => onEngine(keeper, "buyLot", [domain, BigInt(lock + 1), MOST, recipient]),

    /** Back to here, as often as one likes. */
    async mark(): Promise<() => Promise<void>> {
      let ids = [await s.test.snapshot(), await d.test.snapshot()] as const;
      const kept = structuredClone({ root, nullifiers, entries, orders, accounts });
      return async () => {
        await s.test.revert({ id: ids[0] });
        await d.test.revert({ id: ids[1] });
        ids = [await s.test.snapshot(), await d.test.snapshot()];
        await world.at(startsAt);
        ({ root, nullifiers } = kept);
        entries.splice(0, entries.length, ...structuredClone(kept.entries));
        orders.splice(0, orders.length, ...kept.orders);
        accounts.clear();
      };
    },
  };
  return world;
}

async function deployVaultSide(s: Chain) {
  const endpoint = await s.deploy(packageArtifact("@layerzerolabs/lz-evm-protocol-v2", ENDPOINT), [S_EID, s.owner]);
  await s.impersonate(endpoint);
  const verifier = await s.deploy(testArtifact("support/AlwaysTrueVerifier"));
  const inbox = await s.deploy(hardhatArtifact("messaging/OrderInbox"), [endpoint, s.owner]);
  const noteHash = await s.deploy(hardhatArtifact("vault/NoteHash"));
  const recovery = await s.deploy(hardhatArtifact("vault/RecoveryVault"), [s.owner, s.owner, inbox, noteHash]);
  const artifact = hardhatArtifact("vault/CollateralVault");
  const vault = await s.deploy(artifact, [
    {
      owner: s.owner,
      guardian: s.owner,
      orderInbox: inbox,
      recoveryVault: recovery,
      batch16Verifier: verifier,
      batch64Verifier: verifier,
      transactVerifier: verifier,
      settleVerifier: verifier,
      entryFee: ENTRY_FEE,
      sealDelay: SEAL_DELAY,
    },
  ]);
  const tokens: Address[] = [];
  for (const [slot, { symbol, decimals, shared }] of SLOTS.entries()) {
    let token = NOBODY;
    if (symbol !== "ETH")
      tokens.push((token = await s.deploy(testArtifact("support/TestToken"), [symbol, symbol, decimals])));
    await s.must({ to: vault, abi: artifact.abi, name: "listAsset", args: [slot, token, shared, 10n ** 16n] });
    const limit = OUTFLOW[slot];
    if (limit === undefined) continue;
    await s.must({ to: vault, abi: artifact.abi, name: "setOutflowLimit", args: [slot, limit.burst, limit.hourly] });
  }
  for (const token of tokens) {
    const mint = { to: token, abi: testArtifact("support/TestToken").abi, name: "mint" };
    await s.must({ ...mint, args: [s.people[0], 10n ** 24n] });
  }
  await s.test.setBalance({ address: s.people[0]!, value: 10n ** 9n * ETHER });
  return { endpoint, inbox, recovery, vault, tokens };
}

async function deployMarginSide(d: Chain, vault: Address) {
  const endpoint = await d.deploy(packageArtifact("@layerzerolabs/lz-evm-protocol-v2", ENDPOINT), [D_EID, d.owner]);
  await d.impersonate(endpoint);
  const rootInboxArtifact = hardhatArtifact("messaging/RootInbox");
  const rootInbox = await d.deploy(rootInboxArtifact, [endpoint, d.owner]);
  await d.must({ to: rootInbox, abi: rootInboxArtifact.abi, name: "setPeer", args: [S_EID, pad(MESSENGER)] });
  const queue = await d.deploy(hardhatArtifact("messaging/OrderQueue"), [endpoint, d.owner]);
  const boardArtifact = hardhatArtifact("risk/PriceBoard");
  const board = await d.deploy(boardArtifact, [d.owner]);
  const riskArtifact = hardhatArtifact("risk/RiskSet");
  const riskSet = await d.deploy(riskArtifact, [d.owner, MARKET.minBonusBps]);
  const haircutFactors = Array.from({ length: 8 }, (_, slot) => Number(SLOTS[slot]?.haircutFactor ?? 0n));
  const none = { loadings: [], specificVariance: Array<bigint>(8).fill(0n), zE4: 0 };
  await d.must({ to: riskSet, abi: riskArtifact.abi, name: "addVersion", args: [{ haircutFactors, ...none }] });

  const verifier = await d.deploy(testArtifact("support/AlwaysTrueVerifier"));
  const wiring = { localEid: D_EID, verifier, rootInbox, orderQueue: queue, priceBoard: board };
  const losses = await d.deploy(hardhatArtifact("margin/MarginLosses"), [wiring]);
  const markets = await d.deploy(hardhatArtifact("margin/MarginMarkets"), [wiring, losses]);
  const extension = await d.deploy(hardhatArtifact("margin/MarginExtension"), [wiring, markets]);
  const engine = await d.deploy(hardhatArtifact("margin/MarginEngine"), [d.owner, wiring, extension]);

  const feedArtifact = testArtifact("support/ReplayAggregator");
  const feeds: Address[] = [];
  for (const { symbol, price } of SLOTS) feeds.push(await d.deploy(feedArtifact, [8, symbol, price]));
  const debtFeed = await d.deploy(feedArtifact, [8, "debt", 10n ** 8n]);
  const config = (feed: Address, assetDecimals: number) => ({
    feed,
    assetDecimals,
    heartbeat: DAY,
    minAnswer: 1n,
    maxAnswer: 10n ** 16n,
  });
  const unused = { feed: NOBODY, assetDecimals: 0, heartbeat: 0, minAnswer: 0n, maxAnswer: 0n };
  const set = Array.from({ length: 8 }, (_, slot) =>
    feeds[slot] === undefined ? unused : config(feeds[slot], SLOTS[slot]!.shared),
  );
  await d.must({ to: board, abi: boardArtifact.abi, name: "addSet", args: [set] });
  await d.must({
    to: board,
    abi: boardArtifact.abi,
    name: "addAsset",
    args: [USD_ID, config(debtFeed, DEBT_DECIMALS)],
  });
  await d.must({ to: board, abi: boardArtifact.abi, name: "takeSnapshot", args: [1] });

  const tokenArtifact = testArtifact("support/TestToken");
  const debtToken = await d.deploy(tokenArtifact, ["USD", "USD", DEBT_DECIMALS]);
  const { baseRate, kinkRate, maxRate, kink } = POOL;
  const rates = await d.deploy(hardhatArtifact("margin/KinkedRateModel"), [baseRate, kinkRate, maxRate, kink]);
  const poolArtifact = hardhatArtifact("margin/CreditPool");
  const pool = await d.deploy(poolArtifact, [
    d.owner,
    debtToken,
    "pool",
    "P",
    engine,
    board,
    USD_ID,
    rates,
    POOL.debtHaircutBps,
    POOL.initialExtraBps,
  ]);
  const fund = await d.deploy(hardhatArtifact("margin/InsuranceFund"), [d.owner, pool]);
  const set_ = (name: string, ...args: unknown[]) => d.must({ to: pool, abi: poolArtifact.abi, name, args });
  await set_("setCaps", MOST, MOST);
  await set_("setInsuranceFund", fund);
  await set_("setReserve", POOL.reserveBps, fund);

  const marketConfig = {
    module: pool,
    trusteeKey: { x: base8.x, y: base8.y },
    graceSeconds: MARKET.grace,
    reflagWindowSeconds: MARKET.reflagWindow,
    auctionSeconds: MARKET.auction,
    maxProofAgeSeconds: MARKET.proofAge,
    maxSnapshotAgeSeconds: 3_600,
    minBonusBps: MARKET.minBonusBps,
    maxBonusBps: MARKET.maxBonusBps,
    bufferBps: MARKET.bufferBps,
    flagFee: MARKET.flagFee,
    minDebt: MARKET.minDebt,
    fundFeeBps: MARKET.fundFeeBps,
    attestationFee: MARKET.attestationFee,
    profiles: PROFILES,
  };
  const engineAbi = abis.marginEngineAbi as Abi;
  const created = await d.must({ to: engine, abi: engineAbi, name: "createMarket", args: [marketConfig] });
  const market = marketOf(created);
  const source = {
    eid: S_EID,
    vault,
    riskSet,
    setId: 1,
    maxRootAge: DAY,
    maxCoveragePerLock: 10n ** 15n,
    exposureCap: 10n ** 17n,
    coverageBurst: 4n * 10n ** 15n,
    coveragePerHour: 4n * 10n ** 15n,
  };
  await d.must({ to: engine, abi: engineAbi, name: "addSource", args: [market, source] });
  return { endpoint, rootInbox, queue, board, engine, feeds, debtFeed, debtToken, pool, fund, market };
}

function marketOf({ logs }: TransactionReceipt): Hex {
  const [event] = parseEventLogs({ abi: abis.marginEngineAbi, eventName: "MarketCreated", logs });
  return event!.args.market;
}
