import { ceilDiv, less, max, min, X64 } from "./numbers.ts";
import { CHUNK, ENTRY_FEE, LONGEST_WAIT, OUTFLOW, refuseIf, SEAL_DELAY, SLOTS } from "./terms.ts";

export type Order = {
  lock: number;
  claim: bigint;
  /** Eight of µUSD per shared unit · 2⁶⁴. */
  prices: bigint[];
  isPublic: boolean;
};
export type VaultLock = { amounts: bigint[]; settled?: { seized: bigint[]; isPublic: boolean }; taken: bigint[] };
type Delayed = { slot: number; to: string; amount: bigint; readyAt: bigint; claimed: boolean };

/** The vault chain by its rules. Amounts in shared units by slot, coin in wei. */
export type VaultState = {
  now: bigint;
  /** Token units by slot, then holder; slot 2 is the coin. */
  tokens: Record<string, bigint>[];
  /** What free notes hold, by owner. */
  notes: Record<string, bigint[]>;
  locks: VaultLock[];
  /** Per slot, of PUBLIC settlements and of withdrawals that wait. */
  owed: bigint[];
  delayed: Delayed[];
  /** When each slot's bucket is full again, seconds · 2²⁴. */
  fullAt: bigint[];
  queue: { open: number; since: bigint; sealed: { entries: number; paid: boolean }[]; appended: number };
  /** What D announced, and the first order of each lock. */
  caps: Record<number, bigint>;
  orders: Record<number, Order>;
  recipients: Record<number, string>;
};

const unit = (slot: number): bigint => 10n ** BigInt(SLOTS[slot]!.decimals - SLOTS[slot]!.shared);
const HOUR_X24 = 3_600n << 24n;

export const newVault = (now: bigint): VaultState => ({
  now,
  tokens: SLOTS.map(() => ({ vault: 0n })),
  notes: {},
  locks: [],
  owed: SLOTS.map(() => 0n),
  delayed: [],
  fullAt: SLOTS.map(() => 0n),
  queue: { open: 0, since: 0n, sealed: [], appended: 0 },
  caps: {},
  orders: {},
  recipients: {},
});

function pay(v: VaultState, slot: number, from: string, to: string, units: bigint): void {
  const of = v.tokens[slot]!;
  of[from] = (of[from] ?? 0n) - units;
  of[to] = (of[to] ?? 0n) + units;
}
const coin = (v: VaultState, from: string, to: string, wei: bigint): void => pay(v, 2, from, to, wei);

function queue(v: VaultState, entries: number, payer: string): void {
  coin(v, payer, "vault", BigInt(entries) * ENTRY_FEE);
  for (let i = 0; i < entries; i++) {
    if (v.queue.open === 0) v.queue.since = v.now;
    if (++v.queue.open === CHUNK) close(v, true);
  }
}
function close(v: VaultState, paid: boolean): void {
  v.queue.sealed.push({ entries: v.queue.open, paid });
  v.queue.open = 0;
}

/** @param paying the fees of what is missing, or nothing */
export function seal(v: VaultState, payer: string, paying: boolean): void {
  refuseIf(v.queue.open === 0, "NothingToSeal");
  refuseIf(!paying && v.now < v.queue.since + SEAL_DELAY, "WrongSealFee");
  if (paying) coin(v, payer, "vault", BigInt(CHUNK - v.queue.open) * ENTRY_FEE);
  close(v, paying);
}

export function append(v: VaultState, batcher: string): void {
  const chunk = v.queue.sealed[v.queue.appended];
  refuseIf(chunk === undefined, "ChunkNotSealed");
  v.queue.appended++;
  coin(v, "vault", batcher, BigInt(chunk!.paid ? CHUNK : chunk!.entries) * ENTRY_FEE);
}

const notesOf = (v: VaultState, owner: string): bigint[] => (v.notes[owner] ??= SLOTS.map(() => 0n));
const inNotes = (v: VaultState, slot: number): bigint =>
  Object.values(v.notes).reduce((total, amounts) => total + amounts[slot]!, 0n) +
  v.locks.reduce((total, lock) => total + (lock.settled === undefined ? lock.amounts[slot]! : 0n), 0n);

/** What notes hold of a slot. */
export const held = inNotes;

export function deposit(v: VaultState, owner: string, slot: number, amount: bigint): void {
  queue(v, 1, owner);
  pay(v, slot, owner, "vault", amount * unit(slot));
  notesOf(v, owner)[slot]! += amount;
  const limit = OUTFLOW[slot];
  if (limit !== undefined) v.fullAt[slot] = less(v.fullAt[slot]!, (amount * HOUR_X24) / limit.hourly);
}

export function lock(v: VaultState, owner: string, amounts: bigint[]): void {
  queue(v, 2, owner);
  amounts.forEach((amount, slot) => (notesOf(v, owner)[slot]! -= amount));
  v.locks.push({ amounts, taken: SLOTS.map(() => 0n) });
}

/** What leaves now, or waits its turn: a bucket that fills again by the hour. */
function leave(v: VaultState, slot: number, amount: bigint, to: string): void {
  if (amount === 0n) return;
  const limit = OUTFLOW[slot];
  const now = v.now << 24n;
  let readyAt = v.now;
  if (limit !== undefined) {
    const latest = now + ceilDiv(limit.burst * HOUR_X24, limit.hourly);
    const next = max(v.fullAt[slot]!, now) + ceilDiv(amount * HOUR_X24, limit.hourly);
    v.fullAt[slot] = min(next, latest + (LONGEST_WAIT << 24n));
    readyAt = v.now + ceilDiv(less(v.fullAt[slot], latest), 1n << 24n);
  }
  if (readyAt === v.now) {
    pay(v, slot, "vault", to, amount * unit(slot));
    return;
  }
  v.owed[slot]! += amount;
  v.delayed.push({ slot, to, amount, readyAt, claimed: false });
}

export function withdraw(v: VaultState, owner: string, amounts: readonly bigint[], to: string): void {
  queue(v, 2, "user");
  amounts.forEach((amount, slot) => {
    notesOf(v, owner)[slot]! -= amount;
    leave(v, slot, amount, to);
  });
}

export function claimDelayed(v: VaultState, index: number): void {
  const it = v.delayed[index]!;
  refuseIf(it.claimed, "NothingDelayed");
  refuseIf(v.now < it.readyAt, "WithdrawalNotReady");
  it.claimed = true;
  v.owed[it.slot]! -= it.amount;
  pay(v, it.slot, "vault", it.to, it.amount * unit(it.slot));
}

/** What an order takes of a lock (SET-1). */
export function seizedBy({ claim, prices }: Order, amounts: readonly bigint[]): bigint[] {
  const worth = amounts.reduce((total, amount, slot) => total + (amount * prices[slot]!) / X64, 0n);
  return amounts.map((amount, slot) => {
    if (claim === 0n) return 0n;
    if (claim >= worth) return amount;
    return prices[slot] === 0n ? 0n : ceilDiv(amount * claim, worth);
  });
}

export function settle(v: VaultState, index: number): void {
  const it = v.locks[index]!;
  const order = v.orders[index];
  refuseIf(it.settled !== undefined, "AlreadySettled");
  refuseIf(order === undefined || order.claim > (v.caps[index] ?? 0n), "OrderNotExecutable");
  const { claim, isPublic } = order!;
  const seized = seizedBy(order!, it.amounts);
  queue(v, claim > 0n && !isPublic ? 2 : 1, "user");
  it.settled = { seized, isPublic };
  seized.forEach((amount, slot) => {
    notesOf(v, "user")[slot]! += it.amounts[slot]! - amount;
    if (isPublic) v.owed[slot]! += amount;
    else notesOf(v, "keeper")[slot]! += amount;
  });
}

/** Anyone has what a PUBLIC settlement seized of a slot paid to whom D's RELEASE names. */
export function collect(v: VaultState, index: number, slot: number): void {
  const to = v.recipients[index];
  refuseIf(to === undefined, "NotReleased");
  const it = v.locks[index]!;
  refuseIf(it.settled?.isPublic !== true, "NotSettled");
  const left = it.settled!.seized[slot]! - it.taken[slot]!;
  refuseIf(left === 0n, "NothingLeft");
  it.taken[slot]! += left;
  v.owed[slot]! -= left;
  leave(v, slot, left, to!);
}
