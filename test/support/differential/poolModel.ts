import { BPS, ceilDiv, grown, less, min, RAY, WAD, X64 } from "./numbers.ts";
import { LEAST_PER_FEE, MARKET, POOL, refuseIf } from "./terms.ts";

/** A lending pool by its rules: what lenders, borrowers and the fund have, to the unit. Names of people and accounts are the test's. */
export type PoolState = {
  now: bigint;
  /** Debt token, by holder; the pool's own is its cash. */
  tokens: Record<string, bigint>;
  index: bigint;
  accruedAt: bigint;
  debtShares: Record<string, bigint>;
  shares: Record<string, bigint>;
  provisions: Record<string, bigint>;
  claims: Record<string, { owed: bigint; carried: bigint; covered: bigint }>;
  gain: { amount: bigint; since: bigint };
};

const YEAR = 365n * 86_400n;
const VIRTUAL_SHARES = 10n ** 6n;
const GAIN_SECONDS = 7n * 86_400n;

export const newPool = (now: bigint): PoolState => ({
  now,
  tokens: { pool: 0n, fund: 0n },
  index: RAY,
  accruedAt: now,
  debtShares: {},
  shares: { fund: 0n },
  provisions: {},
  claims: {},
  gain: { amount: 0n, since: 0n },
});

const sum = (values: Record<string, bigint>): bigint => Object.values(values).reduce((a, b) => a + b, 0n);
const add = (values: Record<string, bigint>, key: string, amount: bigint): void => {
  values[key] = (values[key] ?? 0n) + amount;
};
const supply = (p: PoolState): bigint => sum(p.shares);

function move(p: PoolState, from: string, to: string, amount: bigint): void {
  add(p.tokens, from, -amount);
  add(p.tokens, to, amount);
}

/** Per second, WAD: two straight lines of utilisation. */
function rate(p: PoolState, debt: bigint): bigint {
  const { baseRate, kinkRate, maxRate, kink } = POOL;
  const used = debt === 0n ? 0n : (debt * WAD) / (p.tokens.pool! + debt);
  const yearly =
    used <= kink
      ? baseRate + ((kinkRate - baseRate) * used) / kink
      : kinkRate + ((maxRate - kinkRate) * (used - kink)) / (WAD - kink);
  return ceilDiv(yearly, YEAR);
}

const owedInAll = (p: PoolState, index: bigint): bigint => (sum(p.debtShares) * index) / RAY;

function indexNow(p: PoolState): bigint {
  const elapsed = min(p.now - p.accruedAt, YEAR);
  if (elapsed === 0n || sum(p.debtShares) === 0n) return p.index;
  return grown(p.index, rate(p, owedInAll(p, p.index)), elapsed);
}

export const debtOf = (p: PoolState, account: string): bigint =>
  ceilDiv((p.debtShares[account] ?? 0n) * indexNow(p), RAY);
export const totalDebt = (p: PoolState): bigint => owedInAll(p, indexNow(p));
export const carriedClaims = (p: PoolState): bigint =>
  Object.values(p.claims).reduce((total, { carried }) => total + carried, 0n);
export const provisions = (p: PoolState): bigint => sum(p.provisions);

/** What sold claims brought beyond what they were carried at comes in evenly over seven days. */
export function lockedGain(p: PoolState): bigint {
  const left = less(GAIN_SECONDS, p.now - p.gain.since);
  return ceilDiv(p.gain.amount * left, GAIN_SECONDS);
}

const face = (p: PoolState): bigint => less(p.tokens.pool! + totalDebt(p) + carriedClaims(p), lockedGain(p));
export const totalAssets = (p: PoolState): bigint => less(face(p), provisions(p));

/** Interest up to now is owed, and the reserve's part of it is the fund's, in shares. */
function accrue(p: PoolState): void {
  const before = owedInAll(p, p.index);
  const index = indexNow(p);
  p.index = index;
  p.accruedAt = p.now;
  const interest = owedInAll(p, index) - before;
  if (interest === 0n) return;
  // s of S + s shares are worth the part: s = part·S / (assets − part), virtual unit and shares included.
  const part = interest * POOL.reserveBps;
  p.shares.fund! += (part * (supply(p) + VIRTUAL_SHARES)) / (BPS * (face(p) + 1n) - part);
}

function owe(p: PoolState, account: string, assets: bigint): void {
  add(p.debtShares, account, ceilDiv(assets * RAY, p.index));
}

/** @returns what was taken off, at most the debt */
function payOff(p: PoolState, account: string, assets: bigint): bigint {
  const debt = debtOf(p, account);
  if (debt === 0n || assets === 0n) return 0n;
  const held = p.debtShares[account]!;
  p.debtShares[account] = assets >= debt ? 0n : held - (assets * RAY) / p.index;
  return min(assets, debt);
}

export function provide(p: PoolState, account: string, shortfall: bigint): void {
  accrue(p);
  p.provisions[account] = min(shortfall, debtOf(p, account));
}

/** `realised` of what the account was short of is lost by now. */
function ease(p: PoolState, account: string, realised: bigint): void {
  p.provisions[account] = min(less(p.provisions[account] ?? 0n, realised), debtOf(p, account));
}

export function lend(p: PoolState, lender: string, assets: bigint): void {
  accrue(p);
  const shares = (assets * (supply(p) + VIRTUAL_SHARES)) / (face(p) + 1n);
  move(p, lender, "pool", assets);
  add(p.shares, lender, shares);
}

export function unlend(p: PoolState, lender: string, assets: bigint): void {
  accrue(p);
  refuseIf(assets > p.tokens.pool!, "InsufficientLiquidity");
  const [value, parts] = [totalAssets(p) + 1n, supply(p) + VIRTUAL_SHARES];
  refuseIf(assets > (p.shares[lender]! * value) / parts, "ERC4626ExceededMaxWithdraw");
  p.shares[lender]! -= ceilDiv(assets * parts, value);
  move(p, "pool", lender, assets);
}

export function borrow(p: PoolState, account: string, assets: bigint, to: string): void {
  refuseIf(assets > p.tokens.pool!, "InsufficientLiquidity");
  accrue(p);
  owe(p, account, assets);
  refuseIf(debtOf(p, account) < MARKET.minDebt, "DebtBelowMinimum");
  move(p, "pool", to, assets);
}

/** @param fee on top, for the fund, which gets it as shares */
export function repay(p: PoolState, account: string, assets: bigint, fee: bigint, payer: string): bigint {
  accrue(p);
  const repaid = payOff(p, account, assets);
  const before = face(p);
  move(p, payer, "pool", repaid + fee);
  ease(p, account, 0n);
  // `before` has the debt without its part that was repaid already, and cash without it too.
  p.shares.fund! += (fee * (supply(p) + VIRTUAL_SHARES)) / (before + repaid + 1n);
  return repaid;
}

export function chargeFee(p: PoolState, account: string, fee: bigint, to: string): void {
  accrue(p);
  const paid = min(min(fee, p.tokens.pool!), debtOf(p, account) / LEAST_PER_FEE);
  if (paid === 0n) return;
  owe(p, account, paid);
  move(p, "pool", to, paid);
}

/** @param key of the claim; undefined: the account has none, its debt is lost. @param sure what the claim is sure to bring */
export function takeOver(p: PoolState, account: string, key: string | undefined, assets: bigint, sure: bigint): void {
  accrue(p);
  const owed = payOff(p, account, assets);
  let loss = 0n;
  if (key !== undefined && p.tokens.fund! >= owed && owed > 0n) {
    move(p, "fund", "pool", owed);
    p.claims[key] = { owed, carried: 0n, covered: owed };
  } else if (owed > 0n) {
    const carried = key === undefined ? 0n : min(sure, owed);
    loss = owed - carried;
    if (key !== undefined) p.claims[key] = { owed, carried, covered: 0n };
    const covered = bear(p, loss, face(p) + loss);
    if (key !== undefined) p.claims[key]!.covered = covered;
  }
  ease(p, account, loss);
}

/** The fund's assets, then its shares, then gains that are nobody's yet. @returns what the fund bore */
function bear(p: PoolState, loss: bigint, faceBefore: bigint): bigint {
  if (loss === 0n) return 0n;
  let covered = min(p.tokens.fund!, loss);
  move(p, "fund", "pool", covered);
  if (covered < loss) {
    const parts = supply(p) + VIRTUAL_SHARES;
    const burnt = min(ceilDiv((loss - covered) * parts, faceBefore + 1n), p.shares.fund!);
    covered += min(loss - covered, (burnt * (faceBefore + 1n)) / parts);
    p.shares.fund! -= burnt;
  }
  const left = loss - covered;
  const locked = lockedGain(p);
  if (locked > 0n && left > 0n) p.gain = { amount: locked - min(locked, left), since: p.now };
  return covered;
}

/** A lot was sold: the pool has what it carried, lenders what they lost, the fund the rest. */
export function sellLot(p: PoolState, key: string, price: bigint, payer: string): void {
  accrue(p);
  const { owed, carried, covered } = p.claims[key]!;
  p.claims = Object.fromEntries(Object.entries(p.claims).filter(([each]) => each !== key));
  const left = less(price, carried);
  const gain = min(less(left, covered), owed - carried - covered);
  move(p, payer, "pool", price);
  if (gain > 0n) p.gain = { amount: lockedGain(p) + gain, since: p.now };
  move(p, "pool", "fund", left - gain);
  const loss = less(carried, price);
  bear(p, loss, face(p) + loss);
}

/** µUSD · 2⁶⁴ per unit of debt, up. */
export const debtPriceX64 = (answer: bigint): bigint => ceilDiv(answer * 10n ** 6n * X64, 10n ** 14n);

/** What is asked for the account's debt, µUSD. */
export function requirement(p: PoolState, account: string, priceX64: bigint, initial: boolean): bigint {
  const factor = BPS + MARKET.maxBonusBps + MARKET.bufferBps + (initial ? POOL.initialExtraBps : 0n);
  return ceilDiv(debtOf(p, account) * priceX64 * (BPS + POOL.debtHaircutBps) * factor, BPS * BPS * X64);
}

export const debtValue = (p: PoolState, account: string, priceX64: bigint): bigint =>
  ceilDiv(debtOf(p, account) * priceX64, X64);
