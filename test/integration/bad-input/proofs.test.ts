import { decodeFunctionData, parseUnits, zeroHash, type Hex } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  approveToken,
  borrow,
  commitmentOf,
  creditPoolAbi,
  deposit,
  domainOf,
  FIELD_ORDER,
  findMarket,
  getAccount,
  getAccountId,
  getDebt,
  getFloors,
  getLock,
  getMarket,
  getProofsAccepted,
  getRisk,
  getSource,
  initCrypto,
  lock,
  makeMarginProof,
  MarginAction,
  marginEngineAbi,
  marginExt,
  marginWitness,
  NoteTree,
  openAccount,
  parseCoverage,
  refresh,
  release,
  removeLock,
  repay,
  scanNotes,
  supply,
  takeSnapshot,
  toAmounts,
  transact,
  withdrawSupply,
  type Deployment,
  type MarginProofCall,
  type Note,
  type NoteOpening,
  type TreePath,
} from "@hypothec/sdk";

import { hardhatArtifact, testArtifact } from "../../../scripts/deploy/artifacts.ts";
import { LOCAL_MARKET, LOCAL_POOL, LOCAL_PROFILES } from "../../support/localnet/parameters.ts";
import { refuses, reverts, type Call, type Refusal } from "./refusal.ts";
import {
  append,
  attest,
  clientOf,
  createUser,
  createWorld,
  locksOf,
  rewindAfterEach,
  sync,
  type User,
  type World,
} from "./world.ts";

const ETH = 0;
const MARKET = "USDC";
const OTHER_MARKET = "USDC 2";
const HOUR = 3_600;
const DAY = 24 * HOUR;
const SALT: Hex = `0x${"5a".repeat(32)}`;
const OTHER_SALT: Hex = `0x${"a5".repeat(32)}`;

const usdc = (amount: string) => parseUnits(amount, 6);
const ether = (amount: string) => toAmounts({ [ETH]: parseUnits(amount, 8) });

let world: World;
let alice: User;
let bob: User;
let lender: User;
/** The deployment with a second market: its own pool, the same vault and trustee. */
let twoMarkets: Deployment;
/** Alice's locks: 6 ETH that were never used; 4 ETH that back {@link account}; 0.5 ETH for an engine on another chain. */
let unused: Note;
let used: Note;
let foreign: Note;
/** Owes 5,000 USDC. */
let account: Hex;
/** Opens an account under SALT on {@link unused}; good for two hours. */
let good: MarginProofCall;

beforeAll(async () => {
  world = await createWorld();
  alice = await createUser(world, "alice");
  bob = await createUser(world, "bob");
  lender = await createUser(world, "lender");
  twoMarkets = await openSecondMarket();

  await world.local.giveDebtToken(lender.key.address, "100000");
  await world.local.giveDebtToken(alice.key.address, "100");
  const { pool, debtToken } = findMarket(world.deployment, MARKET);
  for (const { client } of [alice, lender]) {
    await approveToken(client, { side: "margin", token: debtToken, spender: pool });
  }
  await supply(lender.client, { market: MARKET, amount: usdc("50000") });

  await deposit(alice.client, { keys: alice.keys, asset: "ETH", amount: "10" });
  await deposit(alice.client, { keys: alice.keys, asset: "ETH", amount: "1" });
  await append(world);
  const [large, small] = scanNotes(alice.keys, world.state);
  const controller = alice.key.address;
  const { domain } = alice.client;
  await transact(alice.client, {
    ...spending(),
    inputs: [large!],
    outputs: [
      { amounts: ether("6"), domain, controller },
      { amounts: ether("4"), domain, controller },
    ],
  });
  await transact(alice.client, {
    ...spending(),
    inputs: [small!],
    outputs: [{ amounts: ether("0.5"), domain: foreignDomain(), controller }],
  });
  await append(world);
  await attest(world);
  const locks = locksOf(world, alice);
  [unused, used, foreign] = [locks[0]!, locks[1]!, locks[2]!];

  ({ account } = await openAccount(alice.client, { ...proving(used), borrow: usdc("5000") }));
  world.accounts.add(account);
  const opened = await getAccountId(alice.client, { market: MARKET, controller, salt: SALT });
  world.accounts.add(opened);
  const purpose = { action: MarginAction.open, account: opened, nonce: 0n, controller };
  const deadline = Number(await world.localnet.margin.time()) + 2 * HOUR;
  good = (await makeMarginProof(alice.client, { ...proving(unused), deadline }, purpose)).call;
});
afterAll(() => world.stop());
rewindAfterEach(() => world);

const spending = () => ({ keys: alice.keys, state: world.state, prover: world.prover });
const proving = (note: Note) => ({
  market: MARKET,
  lock: note,
  state: world.state,
  prover: world.prover,
  profile: LOCAL_PROFILES.ether,
});

/** The same vault, and an engine of the same address on another margin chain. */
function foreignDomain(): bigint {
  const { vaultChain, marginChain } = world.deployment;
  return domainOf({
    srcEid: vaultChain.eid,
    vault: vaultChain.vault,
    marginEid: marginChain.eid + 1,
    engine: marginChain.engine,
  });
}

async function openSecondMarket(): Promise<Deployment> {
  const { localnet, local, deployment } = world;
  const { marginChain } = deployment;
  const [first] = marginChain.markets;
  const sender = localnet.margin.sender(local.deployer);
  const poolArtifact = hardhatArtifact("margin/CreditPool");
  const ofFirst = (functionName: string) =>
    localnet.margin.public.readContract({ address: first!.pool, abi: poolArtifact.abi, functionName });
  const pool = await sender.deploy(poolArtifact, [
    sender.from,
    first!.debtToken,
    LOCAL_POOL.name,
    LOCAL_POOL.symbol,
    marginChain.engine,
    marginChain.priceBoard,
    await ofFirst("assetId"),
    await ofFirst("rateModel"),
    LOCAL_POOL.debtHaircutBps,
    LOCAL_POOL.initialExtraBps,
  ]);
  const caps = [LOCAL_POOL.supplyCap, LOCAL_POOL.borrowCap];
  await sender.call({ address: pool, abi: poolArtifact.abi, functionName: "setCaps", args: caps });
  const engine = { address: marginChain.engine, abi: marginEngineAbi };
  const [{ config }, source] = await Promise.all([
    getMarket(world.operator.client, MARKET),
    getSource(world.operator.client, { market: MARKET }),
  ]);
  await sender.call({ ...engine, functionName: "createMarket", args: [{ ...config, module: pool }] });
  const id = await localnet.margin.public.readContract({
    address: pool,
    abi: creditPoolAbi,
    functionName: "market",
  });
  await sender.call({ ...engine, functionName: "addSource", args: [id, source] });
  const second = { ...first!, name: OTHER_MARKET, id, pool };
  return { ...deployment, marginChain: { ...marginChain, markets: [first!, second] } };
}

const engineCall = (functionName: string, args: readonly unknown[]): Call => ({
  side: "margin",
  address: world.deployment.marginChain.engine,
  abi: marginEngineAbi,
  functionName,
  args,
  // What a new lock pays its attestor (FEE-2).
  ...(functionName === "open" || functionName === "addLock" ? { value: LOCAL_MARKET.attestationFee } : {}),
});

type Opening = { market?: Hex; salt?: Hex; borrow?: bigint };
const open = (call: MarginProofCall, { market, salt = SALT, borrow = 0n }: Opening = {}): Call =>
  engineCall("open", [market ?? findMarket(world.deployment, MARKET).id, salt, call, borrow, alice.key.address]);

/** A call that must be accepted. */
const send = (user: User, call: Call) => world.localnet[call.side].sender(user.key).call(call);

/** What a proof says, where the SDK would not say it. */
type Statement = {
  lock: NoteOpening;
  path?: TreePath;
  coverage: bigint;
  domain?: bigint;
  chainId?: number;
};

/** A proof that verifies, made past the SDK's checks: terms and purpose of {@link good}, another statement. */
async function proofOf({ lock, path, coverage, domain, chainId }: Statement): Promise<MarginProofCall> {
  const { client } = alice;
  const { marginChain } = world.deployment;
  const { id: market } = findMarket(world.deployment, MARKET);
  const { snapshot, floorBps, profile, riskVersion, expiry, deadline } = good;
  const [{ trusteeKey }, floorsX64, risk] = await Promise.all([
    getMarket(client, MARKET),
    getFloors(client, { market: MARKET, snapshot, floorBps, profile }),
    getRisk(client, { riskSet: marginChain.riskSet, version: riskVersion }),
  ]);
  const controller = alice.key.address;
  const ext = marginExt({
    chainId: chainId ?? marginChain.chainId,
    engine: marginChain.engine,
    market,
    action: MarginAction.open,
    account: await getAccountId(client, { market: MARKET, controller, salt: SALT }),
    accountNonce: 0n,
    caller: controller,
    fee: 0n,
    snapshot,
    riskVersion,
    expiry,
    deadline,
  });
  const witness = marginWitness({
    haircuts: risk.haircuts,
    risk: risk.risk,
    lock,
    path: path ?? world.state.tree.path((lock as Note).leafIndex),
    domain: domain ?? client.domain,
    controller,
    coverage,
    floorsX64,
    trusteeKey,
    ext,
  });
  const { mantissa, exponent } = parseCoverage(coverage);
  return {
    ...good,
    root: witness.values[0]!,
    lockNullifier: witness.lockNullifier,
    coverageMantissa: mantissa,
    coverageExponent: exponent,
    ephemeral: witness.ephemeral,
    sealedOpening: witness.sealedOpening as MarginProofCall["sealedOpening"],
    zk: await world.prover.prove(witness),
  };
}

const invalid: Refusal = { code: "InvalidProof", says: /does not verify for what this call says/ };

describe("the proof that the others are changes of", () => {
  test("default: opens the account", async () => {
    await send(alice, open(good));
    const id = await getAccountId(alice.client, { market: MARKET, controller: alice.key.address, salt: SALT });
    expect((await getAccount(alice.client, id)).locks).toEqual([unused.nullifier]);
  });

  test("default: a proof made by hand does too", async () => {
    await send(alice, open(await proofOf({ lock: unused, coverage: usdc("1000") })));
    const { nullifier: lockNullifier } = unused;
    expect((await getLock(alice.client, { lockNullifier })).coverage).toBe(usdc("1000"));
  });
});

describe("a root that was never attested", () => {
  /** A tree of one's own, with a lock of a million ETH that nobody deposited. */
  async function forge() {
    const riches = { ...unused, amounts: ether("1000000"), blinding: 1n };
    const tree = NoteTree.create(await initCrypto());
    tree.appendChunk([commitmentOf(riches)]);
    return { riches: { ...riches, leafIndex: 0 }, tree };
  }

  test("error: a valid proof of riches in a forged tree", async () => {
    const { riches, tree } = await forge();
    const call = await proofOf({ lock: riches, path: tree.path(0), coverage: usdc("5000000") });
    await reverts(world, alice, open(call, { borrow: usdc("40000") }), {
      code: "UnknownRoot",
      says: /root is not known here/,
      args: { vault: world.deployment.vaultChain.vault, root: tree.root },
    });
  });

  test("error: a root that the vault had before the attested one", async () => {
    for (const root of [world.state.roots[0]!, world.state.roots[1]!]) {
      await reverts(world, alice, open({ ...good, root }), { code: "UnknownRoot", says: /root is not known here/ });
    }
  });

  test("error: the SDK does not prove under a tree that the margin chain does not know", async () => {
    const { tree } = await forge();
    const empty = NoteTree.create(await initCrypto());
    const padded = tree.clone();
    padded.appendChunk([1n]);
    const openWith = (forged: NoteTree) => () =>
      openAccount(alice.client, { ...proving(unused), state: { ...world.state, tree: forged } });
    await refuses(world, { code: "root.different", says: /is not one of this vault's/ }, openWith(padded));
    await refuses(
      world,
      { code: "root.notSynced", says: /knows 2 chunks of the vault, the state only 0/ },
      openWith(empty),
    );
  });

  test("error: a lock that is still in the queue", async () => {
    const change = scanNotes(alice.keys, world.state).find(
      ({ domain, status }) => domain === 0n && status === "available",
    )!;
    const { address: controller } = alice.key;
    await lock(alice.client, { ...spending(), inputs: [change], controller, amounts: change.amounts });
    await sync(world);
    const queued = locksOf(world, alice).find(
      ({ status, domain }) => status === "queued" && domain === alice.client.domain,
    )!;
    await refuses(
      world,
      { code: "root.lockNotAttested", says: /lock is in chunk 2, the margin chain knows 2 chunks/ },
      () => openAccount(alice.client, proving(queued)),
    );
  });
});

describe("a root that is too old", () => {
  test("error: open, add a lock", async () => {
    const { maxRootAge } = await getSource(alice.client, { market: MARKET });
    await world.localnet.increaseTime(maxRootAge);
    const contract = { code: "RootTooOld", says: /root was sent at 2021-05-18T.*, before the oldest that is accepted/ };
    await reverts(world, alice, open(good), contract);
    await reverts(world, alice, engineCall("addLock", [account, good]), contract);
    const sdk = { code: "root.tooOld", says: /newest root was sent at 2021-05-18T.*, more than 86400 s ago/ };
    await refuses(world, sdk, () => openAccount(alice.client, proving(unused)));
  });
});

describe("a second account on one lock", () => {
  const contract: Refusal = { code: "LockUsed", says: /backs an account already, or did once/ };
  const sdk: Refusal = { code: "lock.used", says: /backs an account already, or did once/ };

  test("error: under another salt, in another market", async () => {
    await refuses(world, sdk, () => openAccount(alice.client, proving(used)));
    const { nullifier: lockNullifier } = used;
    await reverts(world, alice, open({ ...good, lockNullifier }), contract);
    // In another market the lock is as used as in its own: its key is (domain, N).
    const { id: market } = findMarket(twoMarkets, OTHER_MARKET);
    await reverts(world, alice, open({ ...good, lockNullifier }, { market }), contract);
  });

  test("error: twice in its own account", async () => {
    const again = { ...good, lockNullifier: used.nullifier };
    await reverts(world, alice, engineCall("addLock", [account, again]), contract);
  });

  test("error: once it has left its account", async () => {
    await repay(alice.client, { market: MARKET, account, amount: "max" });
    await release(alice.client, { account });
    await refuses(world, sdk, () => openAccount(alice.client, proving(used)));
    await reverts(world, alice, open({ ...good, lockNullifier: used.nullifier }), contract);
  });

  test("error: the calldata that opened an account, sent again", async () => {
    await send(alice, open(good));
    await reverts(world, alice, open(good), { code: "AccountExists", says: /exists already/ });
    await reverts(world, alice, open(good, { salt: OTHER_SALT }), contract);
    await reverts(world, bob, open(good), contract);
  });
});

describe("a proof for something else", () => {
  test("error: another market", async () => {
    const { id: market } = findMarket(twoMarkets, OTHER_MARKET);
    await reverts(world, alice, open(good, { market }), invalid);
    await reverts(world, alice, open(good, { market: zeroHash }), {
      code: "UnknownMarket",
      says: /There is no market/,
    });
  });

  test("error: an account of another market", async () => {
    const client = clientOf(world, alice.key, { deployment: twoMarkets });
    const sdk = { code: "account.market", says: /account is in another market/ };
    await refuses(world, sdk, () => refresh(client, { ...proving(used), market: OTHER_MARKET, account }));
    const { pool } = findMarket(twoMarkets, OTHER_MARKET);
    await supplyTo(pool);
    await refuses(world, { code: "NotModule", says: /is not the pool of the market of the account/ }, () =>
      borrow(client, { market: OTHER_MARKET, account, amount: usdc("100") }),
    );
  });

  test("error: another account, another action", async () => {
    await reverts(world, alice, open(good, { salt: OTHER_SALT }), invalid);
    await reverts(world, alice, engineCall("addLock", [account, good]), invalid);
    await reverts(world, alice, engineCall("refresh", [account, { ...good, lockNullifier: used.nullifier }]), invalid);
  });

  test("error: another controller", async () => {
    await refuses(world, { code: "proof.controller", says: /belongs to another controller/ }, () =>
      openAccount(bob.client, proving(unused)),
    );
    const notController = { code: "NotController", says: /is not the controller/ };
    await refuses(world, notController, () => borrow(bob.client, { market: MARKET, account, amount: usdc("100") }));
    await reverts(world, bob, engineCall("addLock", [account, good]), notController);
    await refuses(world, notController, () => removeLock(bob.client, { account, lockNullifier: used.nullifier }));
    const notAuthorised = { code: "NotAuthorised", says: /neither the controller nor an operator/ };
    await reverts(
      world,
      bob,
      engineCall("refresh", [account, { ...good, lockNullifier: used.nullifier }]),
      notAuthorised,
    );
  });

  test("error: somebody sends the controller's calldata first, and gains nothing", async () => {
    await reverts(world, bob, open(good), invalid);
    await send(alice, open(good));
  });

  test("error: another chain: the lock's domain", async () => {
    await refuses(world, { code: "proof.domain", says: /for another domain \(vault, margin chain or engine\)/ }, () =>
      openAccount(alice.client, proving(foreign)),
    );
    const call = await proofOf({ lock: foreign, domain: foreignDomain(), coverage: usdc("100") });
    await reverts(world, alice, open(call), invalid);
  });

  test("error: another chain: the same engine elsewhere", async () => {
    const call = await proofOf({ lock: unused, chainId: 1, coverage: usdc("1000") });
    await reverts(world, alice, open(call), invalid);
  });

  test("error: a deadline that has passed, or was changed", async () => {
    await reverts(world, alice, open({ ...good, deadline: good.deadline + 1 }), invalid);
    await world.localnet.increaseTime(2 * HOUR + 1);
    await reverts(world, alice, open(good), {
      code: "DeadlinePassed",
      says: /deadline 2021-05-18T02.* has passed/,
      args: { deadline: good.deadline },
    });
  });

  test.each<[string, (call: MarginProofCall) => Partial<MarginProofCall>, Refusal]>([
    ["more coverage", ({ coverageExponent }) => ({ coverageExponent: coverageExponent + 1 }), invalid],
    ["a coverage of three digits", () => ({ coverageMantissa: 100 }), { code: "BadCoverage", says: /is not allowed/ }],
    ["higher floors", () => ({ floorBps: 10_000 }), invalid],
    ["floors of 80 %", () => ({ floorBps: 8_000 }), { code: "BadFloor", says: /8000 is no allowed floor/ }],
    ["another profile", () => ({ profile: LOCAL_PROFILES.bitcoin }), invalid],
    ["no profile", () => ({ profile: 6 }), { code: "UnknownProfile", says: /no profile 6/ }],
    ["no snapshot", () => ({ snapshot: 99 }), { code: "UnknownSnapshot", says: /no snapshot 99/ }],
    ["no source", () => ({ sourceId: 1 }), { code: "UnknownSource", says: /no source 1/ }],
    [
      "no risk version",
      () => ({ riskVersion: 2 }),
      { code: "RiskVersionNotOpenable", says: /Version 2 of the risk set takes no new proofs/ },
    ],
    ["another expiry", ({ expiry }) => ({ expiry: expiry - 1 }), invalid],
    [
      "an expiry beyond the market's",
      ({ expiry }) => ({ expiry: expiry + DAY }),
      { code: "BadExpiry", says: /is not between now .* and/ },
    ],
    ["another opening for the trustee", ({ ephemeral: { x, y } }) => ({ ephemeral: { x: y, y: x } }), invalid],
    [
      "another point of the proof",
      ({ zk }) => ({ zk: { ...zk, points: [zk.points[1], zk.points[0], ...zk.points.slice(2)] as never } }),
      invalid,
    ],
    ["another lock", () => ({ lockNullifier: 7n }), invalid],
  ])("error: %s", (_, change, refusal) => reverts(world, alice, open({ ...good, ...change(good) }), refusal));

  async function supplyTo(pool: Hex): Promise<void> {
    const { client } = lender;
    const { debtToken } = findMarket(twoMarkets, OTHER_MARKET);
    await approveToken(client, { side: "margin", token: debtToken, spender: pool });
    const both = clientOf(world, lender.key, { deployment: twoMarkets });
    await supply(both, { market: OTHER_MARKET, amount: usdc("1000") });
  }
});

describe("a public value with the field's order added, the same to the circuit", () => {
  const q = FIELD_ORDER;
  const notCanonical = (index: bigint): Refusal => ({
    code: "PublicValueNotCanonical",
    says: new RegExp(`Public value ${index} is not below the field order`),
    args: { index },
  });

  test.each<[string, (call: MarginProofCall) => Partial<MarginProofCall>, Refusal]>([
    ["the root", ({ root }) => ({ root: root + q }), { code: "UnknownRoot", says: /root is not known here/ }],
    ["the lock nullifier", ({ lockNullifier }) => ({ lockNullifier: lockNullifier + q }), notCanonical(1n)],
    ["R.x", ({ ephemeral }) => ({ ephemeral: { ...ephemeral, x: ephemeral.x + q } }), notCanonical(20n)],
    [
      "the sealed opening",
      ({ sealedOpening: [a, ...rest] }) => ({ sealedOpening: [a + q, ...rest] }),
      notCanonical(22n),
    ],
    ["the commitment to them", ({ zk }) => ({ zk: { ...zk, commitment: zk.commitment + q } }), notCanonical(28n)],
  ])("error: %s", (_, change, refusal) => reverts(world, alice, open({ ...good, ...change(good) }), refusal));

  test("error: a used lock under its nullifier + q", async () => {
    const node = world.localnet.margin.public;
    const range = { fromBlock: 0n, toBlock: await node.getBlockNumber() };
    const [accepted] = await getProofsAccepted(alice.client, range, { account });
    const { input } = await node.getTransaction({ hash: accepted!.transactionHash });
    const { args } = decodeFunctionData({ abi: marginEngineAbi, data: input });
    const call = args[2] as MarginProofCall;
    const aliased = { ...call, lockNullifier: call.lockNullifier + q };
    await reverts(world, alice, open(aliased, { salt: OTHER_SALT }), notCanonical(1n));
  });
});

describe("coverage below the requirement", () => {
  const tooLow: Refusal = { code: "CoverageTooLow", says: /requirement is [0-9.]+ USD, the coverage only [0-9.]+ USD/ };

  test("error: prove more than the lock holds", async () => {
    const coverage = usdc("20000");
    await refuses(world, { code: "proof.coverage", says: /most it can prove is [0-9]+ µUSD/, args: { coverage } }, () =>
      openAccount(alice.client, { ...proving(unused), coverage }),
    );
    await refuses(world, { code: "coverage.zero", says: /coverage of 0 backs nothing/ }, () =>
      openAccount(alice.client, { ...proving(unused), coverage: 0n }),
    );
    await refuses(world, { code: "coverage.digits", says: /more than two significant digits/ }, () =>
      openAccount(alice.client, { ...proving(unused), coverage: 1_234_000_000n }),
    );
    await refuses(world, { code: "proof.coverage", says: /covers nothing at these floors/ }, () =>
      openAccount(alice.client, { ...proving(unused), profile: LOCAL_PROFILES.link }),
    );
  });

  test("error: open and borrow too much", () => reverts(world, alice, open(good, { borrow: usdc("20000") }), tooLow));

  test("error: borrow more than the coverage, less than the minimum", async () => {
    const { client } = alice;
    await refuses(world, tooLow, () => borrow(client, { market: MARKET, account, amount: usdc("10000") }));
    await reverts(world, alice, open(good, { borrow: usdc("99") }), {
      code: "DebtBelowMinimum",
      says: /debt would be 99000000 token units, the minimum is 100000000/,
    });
  });

  test("error: refresh to less than what is owed needs", () =>
    refuses(world, tooLow, () => refresh(alice.client, { ...proving(used), account, coverage: usdc("1000") })));

  test("error: take the lock out of an account that owes", async () => {
    const { client } = alice;
    await refuses(world, tooLow, () => removeLock(client, { account, lockNullifier: used.nullifier }));
    await refuses(world, { code: "DebtOutstanding", says: /owes 500[0-9]{7} token units/ }, () =>
      release(client, { account }),
    );
  });
});

describe("a pool without funds", () => {
  test("error: lenders take out what is lent", async () => {
    const refusal = (asked: string): Refusal => ({
      code: "InsufficientLiquidity",
      says: /pool has 45000000000 token units/,
      args: { requested: usdc(asked), available: usdc("45000") },
    });
    await refuses(world, refusal("50000"), () =>
      withdrawSupply(lender.client, { market: MARKET, amount: usdc("50000") }),
    );
    await refuses(world, refusal("45000.000001"), () =>
      borrow(alice.client, { market: MARKET, account, amount: usdc("45000.000001") }),
    );
    await withdrawSupply(lender.client, { market: MARKET, amount: usdc("45000") });
    await reverts(world, alice, open(good, { borrow: usdc("100") }), {
      code: "InsufficientLiquidity",
      says: /pool has 0 token units to lend, asked for 100000000/,
    });
  });
});

describe("a price that is no price", () => {
  const missing: Refusal = { code: "PriceMissing", says: /gives no valid price now/ };

  /** A round of a feed, as its oracle would report it. */
  async function push(symbol: "ETH" | "USDC", answer: bigint, secondsOld = 0): Promise<void> {
    const updatedAt = (await world.localnet.margin.time()) - BigInt(secondsOld);
    const sender = world.localnet.margin.sender(world.localnet.key("faucet"));
    const { abi } = testArtifact("support/ReplayAggregator");
    await sender.call({ address: world.local.feeds[symbol], abi, functionName: "pushAt", args: [answer, updatedAt] });
  }

  const goodPrice = { ETH: 328_000_000_000n, USDC: 100_000_000n };
  const worthless: [string, (symbol: "ETH" | "USDC") => Promise<void>][] = [
    ["stale", (symbol) => push(symbol, goodPrice[symbol], HOUR + 1)],
    ["zero", (symbol) => push(symbol, 0n)],
    ["negative", (symbol) => push(symbol, -1n)],
    ["out of bounds", (symbol) => push(symbol, 10n ** 30n)],
  ];

  test.each(worthless)("error: open, refresh and borrow at a collateral price that is %s", async (_, spoil) => {
    await spoil("ETH");
    await reverts(world, alice, open(good), missing);
    await refuses(world, missing, () => borrow(alice.client, { market: MARKET, account, amount: usdc("100") }));
    // The SDK would take a snapshot if the latest one were older; it does not, as long as there is no price.
    await world.localnet.increaseTime(HOUR / 2 + 60);
    await spoil("ETH");
    const sdk = { code: "price.missing", says: /no valid price of slot 0: its feed is stale, zero or out of bounds/ };
    await refuses(world, sdk, () => openAccount(alice.client, proving(unused)));
    await refuses(world, sdk, () => refresh(alice.client, { ...proving(used), account }));
  });

  test.each(worthless)("error: borrow when the debt's own price is %s; repaying and leaving work", async (_, spoil) => {
    await spoil("USDC");
    const { client } = alice;
    const refusal = { code: "PriceUnavailable", says: /gives no valid price now \(stale, zero or out of bounds\)/ };
    await refuses(world, refusal, () => borrow(client, { market: MARKET, account, amount: usdc("100") }));
    await reverts(world, alice, open(good, { borrow: usdc("100") }), refusal);
    await spoil("ETH");
    await repay(client, { market: MARKET, account, amount: usdc("100") });
    await repay(client, { market: MARKET, account, amount: "max" });
    expect(await getDebt(client, { market: MARKET, account })).toBe(0n);
    await release(client, { account });
    expect((await getAccount(client, account)).locks).toEqual([]);
  });

  test("error: a snapshot without the price", async () => {
    await push("ETH", 0n);
    const { snapshot } = await takeSnapshot(alice.client);
    await push("ETH", goodPrice.ETH);
    await refuses(world, { code: "price.missing", says: /no valid price of slot 0/ }, () =>
      openAccount(alice.client, { ...proving(unused), snapshot }),
    );
    await reverts(world, alice, open({ ...good, snapshot }), missing);
  });

  test("error: a snapshot that is too old", async () => {
    await world.localnet.increaseTime(HOUR + 1);
    await push("ETH", goodPrice.ETH);
    await reverts(world, alice, open(good), {
      code: "SnapshotTooOld",
      says: /Snapshot 1 is of 2021-05-18T00.*, before the oldest that is accepted/,
    });
  });
});
