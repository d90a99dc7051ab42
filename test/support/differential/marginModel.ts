import { BPS, ceilDiv, kept, less, max, min, twoDigits, X64 } from "./numbers.ts";
import * as pool from "./poolModel.ts";
import type { PoolState } from "./poolModel.ts";
import { FLOORS, MARKET, LEAST_PER_FEE, MAX_LOCKS, MIN_COVERAGE, PROFILES, refuseIf, SLOTS } from "./terms.ts";
import type { Order } from "./vaultModel.ts";

export type Proof = {
  lock: number;
  mantissa: number;
  exponent: number;
  coverage: bigint;
  floor: number;
  profile: number;
  expiry: bigint;
};
/** All as it was when the auction began. */
type Auction = { prices: bigint[]; reliedOn: boolean[]; guarantee: bigint; debtPrice: bigint; startedAt: bigint };
export type MarginLock = {
  account?: string;
  /** Every lock has one use: opened, or sent home unused. */
  used: boolean;
  coverage: bigint;
  cap: bigint;
  expiry: bigint;
  floors: bigint[];
  auction?: Auction;
};
export type Account = {
  locks: number[];
  flaggedAt: bigint;
  graceEndsAt: bigint;
  clearedAt: bigint;
};
export type Lot = { owed: bigint; takenAt: bigint; startedAt: bigint; recovered: boolean; sold: boolean };

/** What D tells S. */
export type Message =
  | { kind: "opened"; lock: number; cap: bigint }
  | { kind: "settle"; order: Order }
  | { kind: "release"; lock: number; recipient: string };

/** The margin chain by its rules. Prices µUSD per shared unit · 2⁶⁴, other amounts µUSD unless they are the pool's. */
export type MarginState = {
  now: bigint;
  pool: PoolState;
  /** Answers of the feeds, 8 decimals. */
  answers: bigint[];
  debtAnswer: bigint;
  snapshot: bigint[];
  accounts: Record<string, Account>;
  locks: Record<number, MarginLock>;
  lots: Record<number, Lot>;
  messages: Message[];
  /** Wei that the engine keeps for attestors. */
  attestationFees: bigint;
};

export const live = (d: MarginState): bigint[] =>
  d.answers.map((answer, slot) => (answer * 10n ** 6n * X64) / 10n ** BigInt(8 + SLOTS[slot]!.shared));
export const debtPrice = (d: MarginState): bigint => pool.debtPriceX64(d.debtAnswer);
const cautious = (d: MarginState): bigint[] => live(d).map((price, slot) => min(price, d.snapshot[slot]!));
const reliesOn = (it: { floors: bigint[] }, slot: number): boolean => it.floors[slot]! > 0n;

/** ⌊min(1, λ)·M⌋ − 8, λ the least price over floor. */
export function guarantee(it: { coverage: bigint; floors: bigint[] }, prices: readonly bigint[]): bigint {
  const scaled = it.floors.map((floor, slot) => (floor === 0n ? it.coverage : (it.coverage * prices[slot]!) / floor));
  return less(scaled.reduce(min, it.coverage), 8n);
}

const locksOf = (d: MarginState, a: Account): MarginLock[] => a.locks.map((n) => d.locks[n]!);
const guarantees = (d: MarginState, a: Account, prices: readonly bigint[]): bigint =>
  locksOf(d, a).reduce((total, it) => total + guarantee(it, prices), 0n);
/** Live coverage: locks whose proof has not expired. */
const coverage = (d: MarginState, locks: readonly MarginLock[], prices: readonly bigint[]): bigint =>
  locks.filter((it) => d.now <= it.expiry).reduce((total, it) => total + guarantee(it, prices), 0n);
const required = (d: MarginState, id: string, initial: boolean): bigint =>
  pool.requirement(d.pool, id, debtPrice(d), initial);
const auctionsOf = (d: MarginState, a: Account): number =>
  locksOf(d, a).filter((it) => it.auction !== undefined).length;

export function takeSnapshot(d: MarginState): void {
  d.snapshot = live(d).map(kept);
}

/** The most that a basket proves at floors under the last snapshot: what an honest prover states. */
export function bestProof(
  d: MarginState,
  lock: number,
  amounts: readonly bigint[],
  floor: number,
  profile: number,
): Proof | undefined {
  const floors = floorsOf(d, floor, profile);
  const value = amounts.reduce(
    (total, amount, slot) => total + ((amount * floors[slot]!) / X64) * SLOTS[slot]!.haircutFactor,
    0n,
  );
  const digits = twoDigits(value / BPS);
  if (digits === undefined || digits.value < MIN_COVERAGE) return undefined;
  const { mantissa, exponent } = digits;
  return { lock, mantissa, exponent, coverage: digits.value, floor, profile, expiry: d.now + MARKET.proofAge };
}

function floorsOf(d: MarginState, floor: number, profile: number): bigint[] {
  return d.snapshot.map((price, slot) => ((PROFILES[profile]! >> slot) & 1 ? (price * FLOORS[floor]!) / BPS : 0n));
}

/** The lock with its new proof; D announces a cap that is larger than before. */
function proven(d: MarginState, proof: Proof, old: MarginLock | undefined): MarginLock {
  const cap = max(old?.cap ?? 0n, (proof.coverage * (BPS + MARKET.maxBonusBps)) / BPS);
  if (cap > (old?.cap ?? 0n)) d.messages.push({ kind: "opened", lock: proof.lock, cap });
  const floors = floorsOf(d, proof.floor, proof.profile);
  return { ...old, used: true, coverage: proof.coverage, cap, expiry: proof.expiry, floors };
}

export function open(d: MarginState, id: string, proof: Proof, assets: bigint, to: string): void {
  refuseIf(d.accounts[id] !== undefined, "AccountExists");
  refuseIf(d.locks[proof.lock]?.used === true, "LockUsed");
  d.attestationFees += MARKET.attestationFee;
  d.locks[proof.lock] = { ...proven(d, proof, undefined), account: id };
  d.accounts[id] = { locks: [proof.lock], flaggedAt: 0n, graceEndsAt: 0n, clearedAt: 0n };
  if (assets === 0n) return;
  pool.borrow(d.pool, id, assets, to);
  refuseIf(required(d, id, true) > guarantee(d.locks[proof.lock]!, cautious(d)), "CoverageTooLow");
}

export function addLock(d: MarginState, id: string, proof: Proof): void {
  const a = d.accounts[id]!;
  refuseIf(d.locks[proof.lock]?.used === true, "LockUsed");
  refuseIf(a.locks.length === MAX_LOCKS, "TooManyLocks");
  d.attestationFees += MARKET.attestationFee;
  d.locks[proof.lock] = { ...proven(d, proof, undefined), account: id };
  a.locks.push(proof.lock);
  recover(d, id);
}

export function refresh(d: MarginState, proof: Proof): void {
  const old = d.locks[proof.lock]!;
  const id = old.account!;
  const counted = d.now <= old.expiry;
  d.locks[proof.lock] = proven(d, proof, old);
  if (guarantee(d.locks[proof.lock]!, cautious(d)) < guarantee(old, cautious(d))) {
    // Covered; or, where the old proof counts no more, at least not late.
    const a = d.accounts[id]!;
    const lateAt = ceilDiv(pool.debtValue(d.pool, id, debtPrice(d)) * (BPS + MARKET.maxBonusBps), BPS);
    const isShort = counted
      ? required(d, id, false) > coverage(d, locksOf(d, a), cautious(d))
      : lateAt > guarantees(d, a, cautious(d));
    refuseIf(isShort, "CoverageTooLow");
  }
  recover(d, id);
}

export function borrow(d: MarginState, id: string, assets: bigint, to: string): void {
  const a = d.accounts[id]!;
  pool.borrow(d.pool, id, assets, to);
  refuseIf(a.flaggedAt !== 0n, "AccountFlagged");
  refuseIf(required(d, id, true) > coverage(d, locksOf(d, a), cautious(d)), "CoverageTooLow");
}

export function repay(d: MarginState, id: string, assets: bigint, payer: string): void {
  refuseIf(pool.repay(d.pool, id, assets, 0n, payer) === 0n, "NoDebt");
  recover(d, id);
}

/** The lock's one use is over. */
function retire(d: MarginState, lock: number): void {
  const it = d.locks[lock]!;
  const a = d.accounts[it.account!]!;
  // The last takes the free place.
  const last = a.locks.pop()!;
  if (last !== lock) a.locks[a.locks.indexOf(lock)] = last;
  delete it.account;
  delete it.auction;
}

const home = (lock: number): Message => ({
  kind: "settle",
  order: { lock, claim: 0n, prices: Array<bigint>(8).fill(0n), isPublic: false },
});

export function removeLock(d: MarginState, lock: number): void {
  const id = d.locks[lock]!.account!;
  const a = d.accounts[id]!;
  refuseIf(a.flaggedAt !== 0n, "AccountFlagged");
  retire(d, lock);
  refuseIf(required(d, id, true) > coverage(d, locksOf(d, a), cautious(d)), "CoverageTooLow");
  d.messages.push(home(lock));
}

export function release(d: MarginState, id: string): void {
  const a = d.accounts[id]!;
  refuseIf(pool.debtOf(d.pool, id) !== 0n, "DebtOutstanding");
  if (a.flaggedAt !== 0n) clear(d, a);
  for (const lock of [...a.locks].reverse()) {
    retire(d, lock);
    d.messages.push(home(lock));
  }
}

export function releaseUnused(d: MarginState, lock: number): void {
  refuseIf(d.locks[lock]?.used === true, "LockUsed");
  d.locks[lock] = { used: true, coverage: 0n, cap: 0n, expiry: 0n, floors: [] };
  d.messages.push(home(lock));
}

function clear(d: MarginState, a: Account): void {
  for (const it of locksOf(d, a)) delete it.auction;
  a.flaggedAt = 0n;
  a.clearedAt = d.now;
}

/** A flag goes when the account is covered again; once a lock is for sale, when it meets the initial requirement. */
function recover(d: MarginState, id: string): void {
  const a = d.accounts[id]!;
  if (a.flaggedAt === 0n) return;
  if (required(d, id, auctionsOf(d, a) > 0) <= coverage(d, locksOf(d, a), live(d))) clear(d, a);
}

/** @param without µUSD of the debt that do not count */
const isLate = (d: MarginState, id: string, without = 0n): boolean =>
  less(pool.debtValue(d.pool, id, debtPrice(d)), without) * (BPS + MARKET.maxBonusBps) >
  guarantees(d, d.accounts[id]!, live(d)) * BPS;
const isCovered = (d: MarginState, id: string, initial = false): boolean =>
  required(d, id, initial) <= coverage(d, locksOf(d, d.accounts[id]!), live(d));

export function provision(d: MarginState, id: string): void {
  const short = less(pool.debtValue(d.pool, id, debtPrice(d)), guarantees(d, d.accounts[id]!, live(d)));
  pool.provide(d.pool, id, ceilDiv(short * X64, debtPrice(d)));
}

export function flag(d: MarginState, id: string): void {
  const a = d.accounts[id]!;
  refuseIf(a.flaggedAt !== 0n, "AlreadyFlagged");
  refuseIf(isCovered(d, id), "AccountCovered");
  const resumed = a.clearedAt !== 0n && d.now <= a.clearedAt + MARKET.reflagWindow;
  const grace = isLate(d, id) ? 0n : resumed ? less(a.graceEndsAt, a.clearedAt) : MARKET.grace;
  if (pool.debtValue(d.pool, id, debtPrice(d)) > guarantees(d, a, live(d))) provision(d, id);
  a.flaggedAt = d.now;
  a.graceEndsAt = d.now + grace;
  if (!resumed) pool.chargeFee(d.pool, id, MARKET.flagFee, "keeper");
}

/** X and what of it repays debt, µUSD: min(debt, cap, max(G, debt·G/ΣG)), the fund's part on top while the guarantee pays for it. */
function claimOf(
  value: bigint,
  it: { cap: bigint },
  g: bigint,
  weight: bigint,
  weights: bigint,
  last: boolean,
): { x: bigint; repaid: bigint } {
  const x = (owed: bigint) => min(it.cap, last ? owed : min(owed, max(g, (owed * weight) / weights)));
  const withFee = ceilDiv(value * (BPS + MARKET.fundFeeBps), BPS);
  const within = x(withFee);
  if (within > g) return { x: x(value), repaid: x(value) };
  return { x: within, repaid: within === withFee ? value : ceilDiv(within * BPS, BPS + MARKET.fundFeeBps) };
}

export function startAuctions(d: MarginState, id: string): void {
  const a = d.accounts[id]!;
  refuseIf(a.flaggedAt === 0n, "NotFlagged");
  refuseIf(isCovered(d, id), "AccountCovered");
  const free = a.locks.filter((n) => d.locks[n]!.auction === undefined);
  let chosen = free;
  const fee = (MARKET.flagFee * debtPrice(d)) / X64;
  if (!isLate(d, id, fee)) {
    refuseIf(d.now < a.graceEndsAt, "GraceRunning");
    refuseIf(free.length !== a.locks.length, "AuctionRunning");
    chosen = bestToSell(d, id);
  }
  refuseIf(chosen.length === 0, "NothingToAuction");
  for (const n of chosen) {
    const it = d.locks[n]!;
    const prices = live(d).map(kept);
    const reliedOn = prices.map((_, slot) => reliesOn(it, slot));
    it.auction = { prices, reliedOn, guarantee: guarantee(it, prices), debtPrice: debtPrice(d), startedAt: d.now };
  }
  const worth = chosen.reduce((total, n) => total + guarantee(d.locks[n]!, live(d)), 0n);
  if (worth >= fee * LEAST_PER_FEE) pool.chargeFee(d.pool, id, MARKET.flagFee, "keeper");
}

/** The smallest whose sale restores cover, else the largest; the first of equals. */
function bestToSell(d: MarginState, id: string): number[] {
  const a = d.accounts[id]!;
  const [need, value] = [required(d, id, false), pool.debtValue(d.pool, id, debtPrice(d))];
  const [sum, covered] = [guarantees(d, a, live(d)), coverage(d, locksOf(d, a), live(d))];
  const worthSelling = a.locks.filter((n) => guarantee(d.locks[n]!, live(d)) > 0n);
  const candidates = worthSelling.map((n) => {
    const it = d.locks[n]!;
    const g = guarantee(it, live(d));
    const { repaid } = claimOf(value, it, g, g, sum, a.locks.length === 1);
    const left = covered - (d.now <= it.expiry ? g : 0n);
    return { n, g, restores: ceilDiv(need * (value - repaid), value) <= left };
  });
  const able = candidates.filter(({ restores }) => restores);
  if (able.length > 0) return [able.reduce((best, each) => (each.g < best.g ? each : best)).n];
  return candidates.length === 0 ? [] : [candidates.reduce((best, each) => (each.g > best.g ? each : best)).n];
}

/** Weight of a lock and of all: guarantees, frozen where they are for sale; coverage where every guarantee is 0. */
function weightsOf(d: MarginState, a: Account, lock: number): { weight: bigint; sum: bigint } {
  const g = (it: MarginLock) => it.auction?.guarantee ?? guarantee(it, live(d));
  const sum = locksOf(d, a).reduce((total, it) => total + g(it), 0n);
  if (sum > 0n) return { weight: g(d.locks[lock]!), sum };
  return { weight: d.locks[lock]!.coverage, sum: locksOf(d, a).reduce((total, it) => total + it.coverage, 0n) };
}

/** From 1 − minBonus to the haircut factor over the auction; slots that nothing relies on only where the guarantee is not enough. */
function seizurePrices(it: Auction, prices: readonly bigint[], elapsed: bigint, beyond: boolean): bigint[] {
  const passed = min(elapsed, MARKET.auction);
  return Array.from({ length: 8 }, (_, slot) => {
    const asset = SLOTS[slot];
    if (asset === undefined) return 0n;
    if (!it.reliedOn[slot]) return beyond ? ceilDiv(prices[slot]! * asset.haircutFactor, BPS) : 0n;
    const start = BPS - MARKET.minBonusBps;
    const factor = start * MARKET.auction - (start - asset.haircutFactor) * passed;
    return ceilDiv(prices[slot]! * factor, BPS * MARKET.auction);
  });
}

export type Quote = { claim: bigint; debtAssets: bigint; feeAssets: bigint; prices: bigint[] };

export function quote(d: MarginState, lock: number): Quote {
  const it = d.locks[lock]!;
  const { auction } = it;
  if (auction === undefined) return refuse("NotInAuction");
  const id = it.account!;
  const a = d.accounts[id]!;
  const debt = pool.debtOf(d.pool, id);
  const value = ceilDiv(debt * auction.debtPrice, X64);
  const { weight, sum } = weightsOf(d, a, lock);
  const { x, repaid } = claimOf(value, it, auction.guarantee, weight, sum, a.locks.length === 1);
  return {
    claim: x,
    debtAssets: min(debt, ceilDiv(repaid * X64, auction.debtPrice)),
    feeAssets: ceilDiv((x - repaid) * X64, auction.debtPrice),
    prices: seizurePrices(auction, auction.prices, d.now - auction.startedAt, x > auction.guarantee),
  };
}

function refuse(error: string): never {
  refuseIf(true, error);
  throw new Error("unreachable");
}

export function buy(d: MarginState, lock: number): Quote {
  const id = d.locks[lock]!.account!;
  const q = quote(d, lock);
  refuseIf(q.claim === 0n, "NothingOwed");
  retire(d, lock);
  pool.repay(d.pool, id, q.debtAssets, q.feeAssets, "keeper");
  d.messages.push({ kind: "settle", order: { lock, claim: q.claim, prices: q.prices, isPublic: false } });
  recover(d, id);
  return q;
}

/** What is worth its guarantee at the frozen prices p is worth λ times that at lower ones, less what flooring takes. */
function inProportion({ guarantee: value, prices: p, reliedOn }: Auction, lower: readonly bigint[]): bigint {
  const scaled = p.map((price, slot) => (reliedOn[slot] ? (value * lower[slot]!) / price : value)).reduce(min, value);
  return scaled === value ? value : less(scaled, 8n);
}

export function takeOver(d: MarginState, lock: number): void {
  const it = d.locks[lock]!;
  const id = it.account!;
  const a = d.accounts[id]!;
  if (it.auction === undefined) {
    refuseIf(a.flaggedAt === 0n, "NotFlagged");
    refuseIf(isCovered(d, id), "AccountCovered");
    refuseIf(d.now < a.graceEndsAt, "GraceRunning");
    refuse("NotInAuction");
  }
  const auction = it.auction;
  refuseIf(d.now < auction.startedAt + MARKET.auction, "AuctionNotOver");
  refuseIf(required(d, id, true) !== 0n && isCovered(d, id, true), "AccountCovered");
  const prices = live(d).map((price, slot) => min(price, auction.prices[slot]!));
  const sureOfClaim = inProportion(auction, prices);
  const debt = pool.debtOf(d.pool, id);
  const value = ceilDiv(debt * auction.debtPrice, X64);
  const { weight, sum } = weightsOf(d, a, lock);
  const last = a.locks.length === 1 || sum === 0n;
  const claim = min(it.cap, last ? value : min(value, max(auction.guarantee, (value * weight) / sum)));
  refuseIf(claim === 0n, "NothingOwed");
  const assets = min(debt, ceilDiv(claim * X64, auction.debtPrice));
  const seizure = seizurePrices(auction, prices, MARKET.auction, claim > sureOfClaim);
  const sure = min(claim, sureOfClaim);
  const carried = sure === claim ? assets : (sure * X64) / auction.debtPrice;
  retire(d, lock);
  d.lots[lock] = { owed: assets, takenAt: d.now, startedAt: 0n, recovered: false, sold: false };
  pool.takeOver(d.pool, id, String(lock), assets, carried);
  d.messages.push({ kind: "settle", order: { lock, claim, prices: seizure, isPublic: true } });
  recover(d, id);
}

export function writeOff(d: MarginState, id: string): void {
  refuseIf(d.accounts[id]!.locks.length !== 0, "LocksLeft");
  const debt = pool.debtOf(d.pool, id);
  refuseIf(debt === 0n, "NothingOwed");
  pool.takeOver(d.pool, id, undefined, debt, 0n);
  recover(d, id);
}

export function startLotSale(d: MarginState, lock: number): void {
  const lot = d.lots[lock];
  refuseIf(lot === undefined || lot.sold, "UnknownLot");
  refuseIf(lot!.startedAt !== 0n, "LotSaleRunning");
  refuseIf(!lot!.recovered, "NotRecovered");
  lot!.startedAt = d.now;
}

/** 16 times what it paid off, halved every hour, in a straight line within one. */
export function lotPrice(d: MarginState, lot: Lot): bigint {
  const [hours, rest] = [(d.now - lot.startedAt) / 3_600n, (d.now - lot.startedAt) % 3_600n];
  const base = (lot.owed * 16n) >> hours;
  return base - (base * rest) / 7_200n;
}

export function buyLot(d: MarginState, lock: number, recipient: string): void {
  const lot = d.lots[lock];
  refuseIf(lot === undefined || lot.sold, "UnknownLot");
  refuseIf(lot!.startedAt === 0n, "LotSaleNotStarted");
  const price = lotPrice(d, lot!);
  lot!.sold = true;
  pool.sellLot(d.pool, String(lock), price, "keeper");
  d.messages.push({ kind: "release", lock, recipient });
}

export const newMargin = (now: bigint): MarginState => {
  const d: MarginState = {
    now,
    pool: pool.newPool(now),
    answers: SLOTS.map(({ price }) => price),
    debtAnswer: 10n ** 8n,
    snapshot: [],
    accounts: {},
    locks: {},
    lots: {},
    messages: [],
    attestationFees: 0n,
  };
  takeSnapshot(d);
  return d;
};
