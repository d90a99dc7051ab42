import { parseUnits, type Address } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  addLock,
  admitLender,
  announceEscape,
  approveToken,
  borrow,
  claimUnlisted,
  createDebtTree,
  deposit,
  findMarket,
  getDomainState,
  getEscape,
  getPendingOrders,
  getRecovered,
  heartbeat,
  isLock,
  marginEngineAbi,
  openAccount,
  openedPrices,
  openingOf,
  recoveryVaultAbi,
  restOf,
  returnExcess,
  riskSetAbi,
  scanNotes,
  sendOrders,
  sendRecovered,
  sendStatus,
  settle,
  shareLock,
  supply,
  takeShare,
  toAmounts,
  transact,
  type Note,
} from "@hypothec/sdk";

import { pricesAt } from "../support/localnet/hypothec.ts";
import { LOCAL_PROFILES } from "../support/localnet/parameters.ts";
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
} from "./bad-input/world.ts";

// The margin chain falls silent, with real proofs and LayerZero's own contracts: nothing new is opened, locks go home, lenders get what they were owed.

const ETH = 0;
const MARKET = "USDC";
const DAY = 86_400;
const usdc = (amount: string) => parseUnits(amount, 6);
const ether = (amount: string) => toAmounts({ [ETH]: parseUnits(amount, 8) });

let world: World;
let alice: User;
let lender: User;
/** 9 ETH that back a loan of 10,000 USDC; 1 ETH that was never used. */
let opened: Note;
let unused: Note;
let account: `0x${string}`;

const provingState = () => ({ state: world.state, prover: world.prover });

beforeAll(async () => {
  world = await createWorld();
  alice = await createUser(world, "alice");
  lender = await createUser(world, "lender");
  const { pool, debtToken } = findMarket(world.deployment, MARKET);
  await world.local.giveDebtToken(lender.key.address, "50000");
  await approveToken(lender.client, { side: "margin", token: debtToken, spender: pool });
  await supply(lender.client, { market: MARKET, amount: usdc("50000") });

  const { client, keys, key } = alice;
  await deposit(client, { keys, asset: "ETH", amount: "10" });
  await append(world);
  const [note] = scanNotes(keys, world.state);
  const lockOf = (amount: string) => ({ amounts: ether(amount), domain: client.domain, controller: key.address });
  await transact(client, { keys, ...provingState(), inputs: [note!], outputs: ["9", "1"].map(lockOf) });
  await append(world);
  await attest(world);
  [opened, unused] = locksOf(world, alice) as [Note, Note];
  ({ account } = await openAccount(client, {
    ...provingState(),
    market: MARKET,
    lock: opened,
    profile: LOCAL_PROFILES.ether,
    borrow: usdc("10000"),
  }));
  world.accounts.add(account);
  await heartbeat(world.operator.client, { market: MARKET }); // the margin chain has lived
  await sendAllOrders();
});
afterAll(() => world.stop());
rewindAfterEach(() => world);

async function sendAllOrders(): Promise<void> {
  const { client } = world.operator;
  if ((await getPendingOrders(client)).length === 0) return;
  const { receipt } = await sendOrders(client);
  await world.worker.relay("margin", receipt);
}

async function report(): Promise<void> {
  const { receipt } = await sendStatus(world.operator.client);
  await world.worker.relay("vault", receipt);
}

/** Prices of the beginning, as of now. */
const renewPrices = () => world.local.setPrices(pricesAt("2021-05-18"));

describe("a margin chain that is heard of", () => {
  test("behavior: a quiet vault needs a STATUS, and a quiet engine a HEARTBEAT too, for borrowing to go on", async () => {
    await world.localnet.increaseTime(6 * DAY);
    await renewPrices();
    await borrow(alice.client, { market: MARKET, account, amount: usdc("100") });

    await world.localnet.increaseTime(2 * DAY);
    await renewPrices();
    const more = () => borrow(alice.client, { market: MARKET, account, amount: usdc("100") });
    await expect(more()).rejects.toThrow(/vault chain last reported/);
    await report();
    await more();

    await world.localnet.increaseTime(8 * DAY);
    await renewPrices();
    await report();
    await expect(more()).rejects.toThrow(/had not heard of this engine/);
    await heartbeat(world.operator.client, { market: MARKET });
    await sendAllOrders();
    await world.localnet.increaseTime(60); // the messenger's cadence
    await report();
    const { lastSeen, reportedAt, retired } = await getDomainState(alice.client);
    expect(Number(reportedAt - lastSeen)).toBeLessThan(3_600);
    expect(retired).toBe(false);
    await more();
  });

  test("error: no lock can leave without it", async () => {
    await expect(announceEscape(alice.client, { lockNullifier: unused.nullifier })).rejects.toThrow(
      /heard of too lately/,
    );
  });

  test("error: a heartbeat voids what was announced", async () => {
    await world.localnet.increaseTime(31 * DAY);
    const { order } = await announceEscape(alice.client, { lockNullifier: unused.nullifier });
    await world.localnet.increaseTime(7 * DAY);
    expect(await getEscape(alice.client, order)).toMatchObject({ isCurrent: true, stands: true });
    await heartbeat(world.operator.client, { market: MARKET });
    await sendAllOrders();
    expect(await getEscape(alice.client, order)).toMatchObject({ stands: false });
    await expect(settle(alice.client, { ...openingOf(unused), order, ...provingState() })).rejects.toThrow(/order/i);
  });
});

describe("a margin chain that is dead", () => {
  test("default: unused locks go home, opened ones pay the lenders first", async () => {
    await world.localnet.increaseTime(31 * DAY);
    const { client, keys } = alice;
    const unusedEscape = await announceEscape(client, { lockNullifier: unused.nullifier });
    await expect(announceEscape(client, { lockNullifier: opened.nullifier })).rejects.toThrow(/largest OPENED/);
    const openedEscape = await announceEscape(client, {
      lockNullifier: opened.nullifier,
      seizurePricesX64: await pricesOfTheNotice(),
    });
    expect(openedEscape.order).toMatchObject({ isPublic: true });
    const early = settle(client, { ...openingOf(unused), order: unusedEscape.order, ...provingState() });
    await expect(early).rejects.toThrow(/order/i);

    await world.localnet.increaseTime(7 * DAY);
    await sync(world);
    await settle(client, { ...openingOf(unused), order: unusedEscape.order, ...provingState() });
    await settle(client, { ...openingOf(opened), order: openedEscape.order, ...provingState() });
    await append(world);
    const mine = () => scanNotes(keys, world.state);
    expect(mine().some((note) => !isLock(note) && note.amounts[ETH] === unused.amounts[ETH])).toBe(true);
    // What the claim left.
    const rest = restOf(world.state, opened)!;
    const seized = opened.amounts[ETH]! - rest.amounts[ETH]!;
    expect(seized).toBeGreaterThan(0n);

    // The margin chain is told, should it come back.
    const { claim, lockNullifier } = openedEscape.order;
    expect(await getRecovered(client, { lockNullifier })).toEqual({ known: false, amounts: toAmounts({}) });
    const { receipt } = await sendRecovered(world.operator.client, { lockNullifier });
    await world.worker.relay("vault", receipt);
    expect(await getRecovered(client, { lockNullifier })).toEqual({
      known: true,
      amounts: toAmounts({ [ETH]: seized }),
    });

    // Of the claim a fifth was owed.
    const debt = claim / 5n;
    const tree = createDebtTree([{ lockNullifier, debt }], [{ lender: lender.key.address, share: 10n ** 18n }]);
    await postDebts(tree.root);
    const sharing = { lockNullifier, debt, proof: tree.proofOfLock(lockNullifier) };
    await expect(shareLock(lender.client, sharing)).rejects.toThrow(/not known before/);
    await world.localnet.increaseTime(14 * DAY);
    await expect(shareLock(lender.client, { ...sharing, debt: claim })).rejects.toThrow(/list of debts/);
    await shareLock(lender.client, sharing);
    await admitLender(lender.client, {
      lender: lender.key.address,
      share: 10n ** 18n,
      proof: tree.proofOfLender(lender.key.address),
    });
    const recipient: Address = "0x000000000000000000000000000000000000b0b0";
    await takeShare(lender.client, { lockNullifier, slot: ETH, to: recipient });
    // One priced slot, and a rest of it: what was seized is worth the claim.
    const part = (seized * debt + claim - 1n) / claim;
    expect(await world.localnet.vault.public.getBalance({ address: recipient })).toBe(part * 10n ** 10n);

    // The rest of the claim is Alice's again: she finds it and takes it out.
    await returnExcess(client, { lockNullifier, rest });
    await append(world);
    const back = mine().find(({ amounts }) => amounts[ETH] === seized - part);
    expect(back).toMatchObject({ origin: "rest", status: "available" });
    const before = await world.localnet.vault.public.getBalance({ address: recipient });
    await transact(client, {
      keys,
      ...provingState(),
      inputs: [back!],
      withdraw: back!.amounts,
      recipient,
    });
    const after = await world.localnet.vault.public.getBalance({ address: recipient });
    expect(after - before).toBe((seized - part) * 10n ** 10n);
  });

  test("behavior: once the vault chain says that a lock has left, nothing is opened any more", async () => {
    await world.localnet.increaseTime(31 * DAY);
    const { order } = await announceEscape(alice.client, { lockNullifier: unused.nullifier });
    await world.localnet.increaseTime(7 * DAY);
    await settle(alice.client, { ...openingOf(unused), order, ...provingState() });
    await report();
    expect(await getDomainState(alice.client)).toMatchObject({ retired: true });
    await renewPrices();
    const proof = { ...provingState(), market: MARKET, account, lock: unused, profile: LOCAL_PROFILES.ether };
    await expect(addLock(alice.client, proof)).rejects.toThrow(/went home without its margin chain|root/i);
    await expect(borrow(alice.client, { market: MARKET, account, amount: usdc("100") })).rejects.toThrow(/went home/);
    await expect(claimUnlisted(alice.client, { lockNullifier: opened.nullifier })).rejects.toThrow(/public settlement/);
  });
});

/** s° of the one OPENED: floors and haircuts of Alice's proof. */
async function pricesOfTheNotice(): Promise<bigint[]> {
  const { engine, riskSet, markets } = world.deployment.marginChain;
  const reader = world.localnet.margin.public;
  const { id, sourceId } = markets[0]!;
  const lock = await reader.readContract({
    address: engine,
    abi: marginEngineAbi,
    functionName: "lock",
    args: [alice.client.domain, opened.nullifier],
  });
  const floors = await reader.readContract({
    address: engine,
    abi: marginEngineAbi,
    functionName: "floors",
    args: [id, sourceId, lock.snapshot, lock.floorBps, LOCAL_PROFILES.ether],
  });
  const haircuts = await reader.readContract({
    address: riskSet,
    abi: riskSetAbi,
    functionName: "haircutFactors",
    args: [lock.riskVersion],
  });
  return openedPrices(floors, haircuts);
}

function postDebts(root: `0x${string}`) {
  const { recoveryVault } = world.deployment.vaultChain;
  return world.localnet.vault.sender(world.local.deployer).call({
    address: recoveryVault,
    abi: recoveryVaultAbi,
    functionName: "postDebts",
    args: [alice.client.domain, root],
  });
}
