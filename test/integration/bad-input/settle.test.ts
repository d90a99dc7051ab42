import { decodeFunctionData, parseUnits, zeroAddress, zeroHash, type Hex } from "viem";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import {
  approveToken,
  asSettleOrderStruct,
  buy,
  collateralVaultAbi,
  decodeOrder,
  decodeSettleOrder,
  deposit,
  FIELD_ORDER,
  findMarket,
  flag,
  getPendingOrders,
  openAccount,
  openingOf,
  openLock,
  orderInboxAbi,
  prepareTransact,
  releaseUnused,
  scanNotes,
  sendOrders,
  settle,
  settleOrderHash,
  settleWitness,
  startAuctions,
  submitTransact,
  supply,
  toAmounts,
  transact,
  withdraw,
  type Deployment,
  type HypothecClient,
  type KeptOrder,
  type Note,
  type PreparedTransact,
  type SettleOrder,
  type SettleParams,
  type TransactCall,
  type VaultState,
  type ZkProof,
} from "@hypothec/sdk";

import { testArtifact } from "../../../scripts/deploy/artifacts.ts";
import { pricesAt } from "../../support/localnet/hypothec.ts";
import { LOCAL_PROFILES } from "../../support/localnet/parameters.ts";
import { refuses, reverts, type Call, type Refusal } from "./refusal.ts";
import {
  append,
  attest,
  createUser,
  createWorld,
  locksOf,
  rewindAfterEach,
  sync,
  type User,
  type World,
} from "./world.ts";

const ETH = 0;
const GOLD = 6;
const GOLD_DECIMALS = 6;
const MARKET = "USDC";
const DAY = "2021-05-18";
const HOUR = 3_600;
const NO_KEY = { x: 0n, y: 0n };

const usdc = (amount: string) => parseUnits(amount, 6);
const gold = (amount: string) => parseUnits(amount, GOLD_DECIMALS);
const ether = (amount: string) => toAmounts({ [ETH]: parseUnits(amount, 8) });

let world: World;
let alice: User;
let bob: User;
/** A token on the vault chain whose issuer can take it back. */
let goldToken: Hex;
/** Alice's locks: 9 ETH that backed a loan and were sold to Bob; 6 and 4 ETH that were sent home; 1 ETH that is still locked. */
let sold: Note;
let home: Note;
let unsent: Note;
let locked: Note;
/** On the margin chain. Delivered: the release of {@link home} only. */
let kept: { notice: KeptOrder; claim: KeptOrder; unsent: KeptOrder };
/** Alice's 100 GOLD on their way out of the vault: proven, not sent. */
let withdrawal: { prepared: PreparedTransact; proof: ZkProof };
/** The transact that made {@link home} and {@link unsent}. */
let lockedBy: Hex;

beforeAll(async () => {
  world = await createWorld();
  await listGold();
  alice = await createUser(world, "alice");
  bob = await createUser(world, "bob");
  const lender = await createUser(world, "lender");
  const { pool, debtToken } = findMarket(world.deployment, MARKET);
  for (const { client, key } of [bob, lender]) {
    await world.local.giveDebtToken(key.address, "50000");
    await approveToken(client, { side: "margin", token: debtToken, spender: pool });
  }
  await supply(lender.client, { market: MARKET, amount: usdc("50000") });

  const { client, keys, key } = alice;
  for (const amount of ["10", "10"]) await deposit(client, { keys, asset: "ETH", amount });
  await mintGold(key.address, gold("100"));
  await approveToken(client, { side: "vault", token: goldToken, spender: world.deployment.vaultChain.vault });
  await deposit(client, { keys, asset: "GOLD", amount: "100" });
  await append(world);
  const [first, second] = scanNotes(keys, world.state);
  const lockOf = (amount: string) => ({ amounts: ether(amount), domain: client.domain, controller: key.address });
  ({ hash: lockedBy } = await transact(client, { ...spending(), inputs: [first!], outputs: ["6", "4"].map(lockOf) }));
  await transact(client, { ...spending(), inputs: [second!], outputs: ["9", "1"].map(lockOf) });
  await append(world);
  await attest(world);
  const [nine, six, four, one] = locksOf(world, alice);
  [sold, home, unsent, locked] = [nine!, six!, four!, one!];

  for (const note of [home, unsent]) await releaseUnused(client, { market: MARKET, lock: note, ...provingState() });
  await sellToBob();
  const { claim, notice, back } = await pendingOrders();
  kept = { notice, claim, unsent: back(unsent) };
  await deliver(back(home));
  withdrawal = await proveWithdrawal(alice.client);
});
afterAll(() => world.stop());
rewindAfterEach(() => world);

const provingState = () => ({ state: world.state, prover: world.prover });
const spending = () => ({ keys: alice.keys, ...provingState() });

async function listGold(): Promise<void> {
  const { localnet, local, deployment } = world;
  const sender = localnet.vault.sender(local.deployer);
  goldToken = await sender.deploy(testArtifact("support/SeizableToken"), ["Gold", "GOLD", GOLD_DECIMALS]);
  await sender.call({
    address: deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "listAsset",
    args: [GOLD, goldToken, GOLD_DECIMALS, gold("1000000")],
  });
  const asset = {
    slot: GOLD,
    symbol: "GOLD",
    token: goldToken,
    decimals: GOLD_DECIMALS,
    sharedDecimals: GOLD_DECIMALS,
  };
  const vaultChain = { ...deployment.vaultChain, assets: [...deployment.vaultChain.assets, asset] };
  // So that the digest looks at it too.
  world = { ...world, deployment: { ...deployment, vaultChain } };
}

const asIssuer = (functionName: "mint" | "seize", args: readonly unknown[]) =>
  world.localnet.vault
    .sender(world.local.deployer)
    .call({ address: goldToken, abi: testArtifact("support/SeizableToken").abi, functionName, args });
const mintGold = (to: Hex, amount: bigint) => asIssuer("mint", [to, amount]);

async function proveWithdrawal(client: HypothecClient): Promise<{ prepared: PreparedTransact; proof: ZkProof }> {
  const note = goldNote();
  const deadline = Number(await world.localnet.vault.time()) + HOUR;
  const to = { withdraw: note.amounts, recipient: alice.key.address, deadline };
  const prepared = await prepareTransact(client, { ...spending(), inputs: [note], ...to });
  return { prepared, proof: await world.prover.prove(prepared.witness) };
}

const goldNote = () => scanNotes(alice.keys, world.state).find(({ amounts }) => amounts[GOLD]! > 0n)!;

/** A loan on the largest lock that a fall of ETH leaves uncovered; Bob buys the claim. */
async function sellToBob(): Promise<void> {
  const { account } = await openAccount(alice.client, {
    ...provingState(),
    market: MARKET,
    lock: sold,
    profile: LOCAL_PROFILES.ether,
    borrow: usdc("15000"),
  });
  world.accounts.add(account);
  const { ETH: price } = pricesAt(DAY);
  await world.local.setPrices({ ETH: (price * 65n) / 100n });
  await flag(bob.client, { account });
  await world.localnet.increaseTime(11);
  await startAuctions(bob.client, { account });
  await buy(bob.client, { account, lockNullifier: sold.nullifier, buyer: bob.keys });
}

/** What waits on the margin chain, by what it says. */
async function pendingOrders() {
  const pending = await getPendingOrders(alice.client);
  const find = (matches: (order: ReturnType<typeof decodeOrder>) => boolean): KeptOrder => {
    const found = pending.filter(({ order }) => matches(decodeOrder(order)));
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  return {
    notice: find(({ kind }) => kind === "opened"),
    claim: find((order) => order.kind === "settle" && order.claim > 0n),
    back: ({ nullifier }: Note) => find((order) => order.kind === "settle" && order.lockNullifier === nullifier),
  };
}

/** Sends orders to the vault chain and has them delivered. */
async function deliver(...orders: KeptOrder[]): Promise<VaultState> {
  const { receipt } = await sendOrders(world.operator.client, { orders });
  await world.worker.relay("margin", receipt);
  return sync(world);
}

const recordedOrder = ({ nullifier }: Note): SettleOrder => {
  const found = [...world.state.orders.values()].find(({ lockNullifier }) => lockNullifier === nullifier);
  if (found === undefined) throw new Error("No order of this lock was delivered.");
  return found;
};

/** A proof that carries out an order, whether or not it is the recorded one. */
async function proofOf(note: Note, order: SettleOrder): Promise<{ params: SettleParams; proof: ZkProof }> {
  const { domain } = alice.client;
  const witness = settleWitness({ ...openingOf(note), order, domain, path: world.state.tree.path(note.leafIndex) });
  return { params: witness.params, proof: await world.prover.prove(witness) };
}

type Settlement = { order: SettleOrder; params: SettleParams; proof: ZkProof; eid?: number; notes?: bigint };
const settleCall = ({ order, params, proof, eid, notes }: Settlement): Call => ({
  side: "vault",
  address: world.deployment.vaultChain.vault,
  abi: collateralVaultAbi,
  functionName: "settle",
  args: [asSettleOrderStruct(order), eid ?? world.deployment.marginChain.eid, params, proof],
  value: (notes ?? (order.claim > 0n ? 2n : 1n)) * BigInt(world.deployment.vaultChain.entryFee),
});

const settleAs = (user: User, note: Note, order?: SettleOrder) =>
  settle(user.client, { ...openingOf(note), ...provingState(), order });

const transactCall = (call: TransactCall, proof: ZkProof): Call => ({
  side: "vault",
  address: world.deployment.vaultChain.vault,
  abi: collateralVaultAbi,
  functionName: "transact",
  args: [call, proof],
  value: 2n * BigInt(world.deployment.vaultChain.entryFee),
});

const notExecutable = (order: SettleOrder, expected: Hex): Refusal => ({
  code: "OrderNotExecutable",
  says: expected === zeroHash ? /can be executed now: none has arrived.*recorded: 0x0+\)/ : /or it is another one/,
  args: { lockNullifier: order.lockNullifier, expected, got: settleOrderHash(order) },
});
const invalid: Refusal = { code: "InvalidProof", says: /does not verify for what this call says/ };

describe("a second settle of one lock", () => {
  const settled: Refusal = { code: "AlreadySettled", says: /settled before/ };

  test("error: by its owner, by another, with the calldata of the first", async () => {
    const { hash } = await settleAs(alice, home);
    await refuses(world, settled, () => settleAs(alice, home));
    await refuses(world, settled, () => settleAs(bob, home));
    const { input } = await world.localnet.vault.public.getTransaction({ hash });
    const { functionName, args } = decodeFunctionData({ abi: collateralVaultAbi, data: input });
    const order = recordedOrder(home);
    const first = settleCall({ order, ...(await proofOf(home, order)) });
    expect(functionName).toBe("settle");
    await reverts(world, bob, { ...first, args: args }, settled);
    await sync(world);
    await refuses(world, settled, () => settleAs(alice, home));
  });

  test("error: under its nullifier + q, the same to the circuit", async () => {
    const order = recordedOrder(home);
    const made = await proofOf(home, order);
    await settleAs(alice, home);
    const aliased = { ...order, lockNullifier: order.lockNullifier + FIELD_ORDER };
    await reverts(world, alice, settleCall({ order: aliased, ...made }), notExecutable(aliased, zeroHash));
  });
});

describe("an order that was never delivered", () => {
  test("error: though the margin chain keeps it", async () => {
    const order = decodeSettleOrder(kept.unsent.order);
    const none = (says: RegExp): Refusal => ({ code: "order.none", says });
    await refuses(world, none(/No settlement order of this lock has arrived/), () => settleAs(alice, unsent));
    await refuses(world, none(/has not recorded this order/), () => settleAs(alice, unsent, order));
    const call = settleCall({ order, ...(await proofOf(unsent, order)) });
    await reverts(world, alice, call, notExecutable(order, zeroHash));

    await deliver(kept.unsent);
    await settleAs(alice, unsent);
  });

  test("error: none was ever made", async () => {
    await refuses(world, { code: "order.none", says: /No settlement order/ }, () => settleAs(alice, locked));
    const order = { ...recordedOrder(home), lockNullifier: locked.nullifier };
    const call = settleCall({ order, ...(await proofOf(locked, order)) });
    await reverts(world, alice, call, notExecutable(order, zeroHash));
  });
});

describe("a large claim (ORD-4)", () => {
  const governs = (functionName: "setOrderDelay" | "setGuardian" | "veto", args: readonly unknown[]) =>
    world.localnet.vault
      .sender(world.local.deployer)
      .call({ address: world.deployment.vaultChain.orderInbox, abi: orderInboxAbi, functionName, args });

  test("error: waits for its delay, and longer under a veto, and is settled then", async () => {
    const { lockNullifier, claim } = decodeSettleOrder(kept.claim.order);
    await governs("setOrderDelay", [world.deployment.marginChain.eid, claim - 1n, HOUR]);
    await deliver(kept.notice, kept.claim);
    const early = () => settleAs(alice, sold);
    await refuses(world, { code: "order.delayed", says: /is a large one and waits until 20/ }, early);

    await governs("setGuardian", [world.local.deployer.address]);
    await governs("veto", [alice.client.domain, lockNullifier]);
    await world.localnet.increaseTime(HOUR);
    await refuses(world, { code: "order.delayed", says: /is vetoed until 20/ }, early);
    await world.localnet.increaseTime(7 * 24 * HOUR);
    await settleAs(alice, sold);
  });
});

describe("a claim whose notice has not arrived", () => {
  beforeEach(async () => {
    await deliver(kept.claim);
  });

  test("error: waits, and is settled by the trustee when it has", async () => {
    const order = recordedOrder(sold);
    await refuses(world, { code: "order.waits", says: /waits for its notice; the largest so far is 0 µUSD/ }, () =>
      settleAs(alice, sold),
    );
    const call = settleCall({ order, ...(await proofOf(sold, order)) });
    await reverts(world, alice, call, notExecutable(order, zeroHash));

    await deliver(kept.notice);
    const { secret } = world.local.trustee;
    const opening = await openLock(bob.client, { lockNullifier: sold.nullifier, secret, state: world.state });
    await settle(bob.client, { ...opening, ...provingState() });
    await append(world);
    const bought = scanNotes(bob.keys, world.state).filter(({ origin }) => origin === "bought");
    expect(bought).toHaveLength(1);
    expect(bought[0]!.amounts[ETH]).toBeGreaterThan(0n);
  });

  test("error: a trustee with another secret, or for a lock that no proof was accepted for", async () => {
    const { lockNullifier } = recordedOrder(sold);
    const secret = world.local.trustee.secret + 1n;
    const { client } = bob;
    await refuses(world, { code: "trustee.wrongKey", says: /does not open this lock/ }, () =>
      openLock(client, { lockNullifier, secret, state: world.state }),
    );
    await refuses(world, { code: "trustee.noProof", says: /never accepted a proof of this lock/ }, () =>
      openLock(client, { lockNullifier: home.nullifier, secret, state: world.state }),
    );
  });
});

describe("another order than the recorded one", () => {
  beforeEach(async () => {
    await deliver(kept.claim);
  });

  const changes: [string, (order: SettleOrder, stranger: User) => SettleOrder][] = [
    [
      "nothing is claimed",
      (order) => ({ ...order, claim: 0n, seizurePricesX64: order.seizurePricesX64.map(() => 0n), ...noBuyer }),
    ],
    ["less is claimed", (order) => ({ ...order, claim: order.claim / 2n })],
    ["another buyer", (order, { keys }) => ({ ...order, buyerOwner: keys.owner(0), buyerKey: keys.encryption.key })],
  ];
  const noBuyer = { buyerOwner: 0n, buyerKey: NO_KEY };

  test.each(changes)("error: %s", async (_, change) => {
    await deliver(kept.notice);
    const order = recordedOrder(sold);
    const changed = change(order, alice);
    await refuses(world, { code: "order.none", says: /has not recorded this order/ }, () =>
      settleAs(alice, sold, changed),
    );
    const made = await proofOf(sold, changed);
    await reverts(
      world,
      alice,
      settleCall({ order: changed, ...made }),
      notExecutable(changed, settleOrderHash(order)),
    );
    // The recorded order, with the outputs that follow from the other one.
    await reverts(world, alice, settleCall({ order, ...made }), invalid);
  });

  test("error: of another vault, another margin chain, another lock", async () => {
    await deliver(kept.notice);
    const order = recordedOrder(sold);
    const made = await proofOf(sold, order);
    const elsewhere = { ...order, vault: world.deployment.vaultChain.messenger };
    await reverts(world, alice, settleCall({ order: elsewhere, ...made }), {
      code: "OrderOfAnotherVault",
      says: /is for the vault 0x/,
    });
    const eid = world.deployment.marginChain.eid + 1;
    await reverts(world, alice, settleCall({ order, ...made, eid }), notExecutable(order, zeroHash));
    await refuses(world, { code: "proof.orderLock", says: /belongs to another lock than the order/ }, () =>
      settleAs(alice, home, order),
    );
  });

  test("error: other outputs than those that follow from it", async () => {
    await deliver(kept.notice);
    const order = recordedOrder(sold);
    const { params, proof } = await proofOf(sold, order);
    const own = locked.commitment;
    const wrong: [Partial<SettleParams>, Refusal][] = [
      [{ restCommitment: own }, invalid],
      [{ buyerCommitment: own }, invalid],
      [{ ephemeralX: params.ephemeralY }, invalid],
      [{ sealedOpening: [1n, 2n, 3n] }, invalid],
      [{ root: world.state.roots[1]! }, invalid],
      [{ root: 1n }, { code: "UnknownRoot", says: /not known here/ }],
      [{ payoutLo: 1n }, { code: "UnexpectedPayout", says: /pays no tokens out/ }],
      [
        { restCommitment: params.restCommitment + FIELD_ORDER },
        { code: "PublicValueNotCanonical", says: /Public value 19 is not below the field order/, args: { index: 19n } },
      ],
    ];
    for (const [change, refusal] of wrong) {
      await reverts(world, alice, settleCall({ order, params: { ...params, ...change }, proof }), refusal);
    }
    await reverts(world, alice, settleCall({ order, params, proof, notes: 1n }), {
      code: "WrongEntryFee",
      says: /batch fee is 200000000000000 wei, got 100000000000000/,
    });
  });
});

describe("a lock is not money", () => {
  const withdrawing = (note: Note) => () =>
    withdraw(alice.client, { ...spending(), inputs: [note], amounts: note.amounts, recipient: alice.key.address });
  const refusal: Refusal = { code: "notes.locked", says: /is a lock and cannot be spent/ };

  test("error: spend it, before and after it was sent home, sold and settled", async () => {
    for (const note of [locked, unsent, sold]) await refuses(world, refusal, withdrawing(note));
    await settleAs(alice, home);
    await sync(world);
    const notes = scanNotes(alice.keys, world.state);
    const settled = notes.find(({ nullifier }) => nullifier === home.nullifier)!;
    expect(settled.status).toBe("settled");
    await refuses(world, refusal, withdrawing(settled));
    const rest = notes.find(({ origin }) => origin === "rest")!;
    await refuses(world, { code: "notes.queued", says: /is queued/ }, withdrawing(rest));
  });

  test("error: say that it was a free note", () =>
    refuses(
      world,
      { code: "proof.notInTree", says: /is not leaf [0-9]+ of the tree/ },
      withdrawing({ ...locked, domain: 0n, controller: 0n }),
    ));
});

describe("a note that was spent", () => {
  test("error: spend it again", async () => {
    const spent = scanNotes(alice.keys, world.state).find(({ status }) => status === "spent")!;
    await refuses(world, { code: "notes.spent", says: /is spent/ }, () =>
      withdraw(alice.client, { ...spending(), inputs: [spent], amounts: spent.amounts, recipient: alice.key.address }),
    );
    const { input } = await world.localnet.vault.public.getTransaction({ hash: lockedBy });
    const { args } = decodeFunctionData({ abi: collateralVaultAbi, data: input });
    const [call, proof] = args as readonly [TransactCall, ZkProof];
    const again = (nullifiers: readonly [bigint, bigint]) => transactCall({ ...call, nullifiers }, proof);
    const [first, second] = call.nullifiers;
    const q = FIELD_ORDER;
    await reverts(world, bob, again([first, second]), { code: "AlreadySpent", says: /spent before/ });
    await reverts(world, bob, again([first + q, second + q]), {
      code: "PublicValueNotCanonical",
      says: /Public value 1 is not below the field order/,
    });
    await reverts(world, bob, again([first, first]), { code: "SameNullifier", says: /are the same note/ });
  });
});

describe("a withdrawal that was changed on its way", () => {
  const somebody = () => bob.key.address;
  const theVault = () => world.deployment.vaultChain.vault;

  test.each<[string, (call: TransactCall) => Partial<TransactCall>, Refusal]>([
    ["to another recipient", () => ({ recipient: somebody() }), invalid],
    ["to nobody", () => ({ recipient: zeroAddress }), { code: "BadRecipient", says: /cannot receive a withdrawal/ }],
    ["to the vault", () => ({ recipient: theVault() }), { code: "BadRecipient", says: /cannot receive a withdrawal/ }],
    ["a fee for a relayer", () => ({ relayer: somebody(), feeSlot: GOLD, fee: 1n }), invalid],
    [
      "a fee above it",
      () => ({ relayer: somebody(), feeSlot: ETH, fee: 1n }),
      { code: "BadRelayerFee", says: /fee \(1\) exceeds the withdrawal of slot 0 \(0\)/ },
    ],
    ["more of another asset", () => ({ withdrawLo: 1n }), invalid],
    [
      "more bits than amounts have",
      () => ({ withdrawLo: 1n << 252n }),
      { code: "PublicValueTooWide", says: /Public value 5 has more than 252 bits/ },
    ],
    ["other notes", ({ outCommitments: [a, b] }) => ({ outCommitments: [b, a] }), invalid],
    ["another memo", ({ memo1 }) => ({ memo0: memo1 }), invalid],
    ["a short memo", () => ({ memo0: "0x00" }), { code: "BadMemoLength", says: /1 bytes, expected 288/ }],
    ["a later deadline", ({ deadline }) => ({ deadline: deadline + 1 }), invalid],
    ["a root of nobody's", () => ({ root: 1n }), { code: "UnknownRoot", says: /not known here/ }],
  ])("error: %s", (_, change, refusal) => {
    const { prepared, proof } = withdrawal;
    return reverts(world, bob, transactCall({ ...prepared.call, ...change(prepared.call) }, proof), refusal);
  });

  test("error: past its deadline", async () => {
    const { prepared, proof } = withdrawal;
    await world.localnet.increaseTime(HOUR + 1);
    await refuses(world, { code: "DeadlinePassed", says: /deadline .* has passed/ }, () =>
      submitTransact(alice.client, prepared, proof),
    );
  });

  test.each<[string, (chain: Deployment["vaultChain"]) => Partial<Deployment["vaultChain"]>]>([
    ["chain", ({ chainId }) => ({ chainId: chainId + 100 })],
    ["vault", ({ messenger }) => ({ vault: messenger })],
  ])("error: made for another %s", async (_, change) => {
    const { deployment } = world;
    const vaultChain = { ...deployment.vaultChain, ...change(deployment.vaultChain) };
    const elsewhere = { ...alice.client, deployment: { ...deployment, vaultChain } };
    const { prepared, proof } = await proveWithdrawal(elsewhere);
    await reverts(world, alice, transactCall(prepared.call, proof), invalid);
  });
});

describe("a vault without funds", () => {
  test("error: its token's issuer took some back: nothing is paid, and all of it once the token is there again", async () => {
    const { prepared, proof } = withdrawal;
    const { vault } = world.deployment.vaultChain;
    await asIssuer("seize", [vault, gold("60")]);
    await refuses(
      world,
      { code: "ERC20InsufficientBalance", says: /has 40000000 token units, needs 100000000/, args: { sender: vault } },
      () => submitTransact(alice.client, prepared, proof),
    );
    await mintGold(vault, gold("60"));
    await submitTransact(alice.client, prepared, proof);
    await sync(world);
    expect(goldNote().status).toBe("spent");
  });
});
