/** A stored snapshot and its prices, X64 by slot; 0 = none. Time in seconds. */
export type Shot = { id: number; time: number; prices: readonly bigint[] };

/** PriceBoard's breaker of a set. */
export type BreakerRules = {
  /** Of 10⁴ by slot; 0 = not watched. */
  limitsBps: readonly number[];
  windowSeconds: number;
  haltSeconds: number;
};

/** CircuitBreaker.CONFIRM_SECONDS */
export const CONFIRM_SECONDS = 60;
const BPS = 10_000n;

type Evidence = readonly [Shot, Shot, Shot, Shot];

/**
 * Four snapshots that trip the breaker and of which `last` is the fourth: two before a move and two after, each pair a minute apart, all within the window.
 * Pure; what CircuitBreaker.sol judges, searched.
 *
 * @param shots oldest first.
 */
export function evidenceEndingWith(last: Shot, shots: readonly Shot[], rules: BreakerRules): Evidence | undefined {
  const inWindow = shots.filter(({ time }) => time >= last.time - rules.windowSeconds && time <= last.time);
  for (let slot = 0; slot < rules.limitsBps.length; slot++) {
    const limit = BigInt(rules.limitsBps[slot]!);
    const at = last.prices[slot]!;
    if (limit === 0n || at === 0n) continue;
    for (const third of inWindow) {
      const other = third.prices[slot]!;
      if (other === 0n || last.time < third.time + CONFIRM_SECONDS) continue;
      const [lower, upper] = at < other ? [at, other] : [other, at];
      const before = inWindow.filter(({ time }) => time < third.time);
      const fell = pairOf(before, (price) => upper * BPS < price * (BPS - limit), slot);
      const pair = fell ?? pairOf(before, (price) => lower * BPS > price * (BPS + limit), slot);
      if (pair !== undefined) return [...pair, third, last];
    }
  }
  return undefined;
}

/** The first and the last that show it, if they are far enough apart: no other two are further. */
function pairOf(shots: readonly Shot[], shows: (price: bigint) => boolean, slot: number): [Shot, Shot] | undefined {
  const showing = shots.filter(({ prices }) => prices[slot]! !== 0n && shows(prices[slot]!));
  const [first, last] = [showing[0], showing.at(-1)];
  return first !== undefined && last !== undefined && last.time >= first.time + CONFIRM_SECONDS
    ? [first, last]
    : undefined;
}

/**
 * Why a snapshot should be taken now, or undefined: prices from before a move are kept at hand, and a move that the breaker would trip at is shown
 * and, a minute later, confirmed. Pure.
 *
 * @param baselineSeconds longest time between two.
 */
export function snapshotDue(
  live: Shot,
  shots: readonly Shot[],
  rules: BreakerRules,
  baselineSeconds: number,
): string | undefined {
  const newest = shots.at(-1);
  if (newest === undefined || live.time - newest.time >= baselineSeconds) return "prices of before a move";
  if (evidenceEndingWith(live, shots, rules) !== undefined) return "it confirms a move";
  const later = { ...live, time: live.time + CONFIRM_SECONDS };
  // One that shows it is there: it only has to be confirmed.
  if (evidenceEndingWith(later, shots, rules) !== undefined) return undefined;
  return evidenceEndingWith(later, [...shots, live], rules) === undefined ? undefined : "it shows a move";
}

/** What `snapshotSeconds` of 0 stands for: at least two snapshots from before a move that takes a minute to confirm. */
export const baselineOf = ({ windowSeconds }: Pick<BreakerRules, "windowSeconds">): number =>
  Math.max(CONFIRM_SECONDS, Math.floor((windowSeconds - 2 * CONFIRM_SECONDS) / 3));

/** Snapshots as close as this many to a window are as good as more: anyone can take them, and the search grows with their square. */
const PER_WINDOW = 128;

/** Leaves out what is nearer to the one before than a 128th of the window; the newest stays. Oldest first. Pure. */
export function thinned<Taken extends { time: number }>(
  taken: readonly Taken[],
  { windowSeconds }: Pick<BreakerRules, "windowSeconds">,
): Taken[] {
  const apart = windowSeconds / PER_WINDOW;
  let last = -Infinity;
  return taken.filter((each, index) => {
    if (index !== taken.length - 1 && each.time - last < apart) return false;
    last = each.time;
    return true;
  });
}
