/** A number in [0, 1). */
export type Uniform = () => number;

/** mulberry32: small, seeded, and not used for anything secret. */
export function uniform(seed: number): Uniform {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Searches for the least score: from a random start, one random change at a time, kept when the score does not rise.
 *
 * @returns the best point and its score over all starts.
 */
export function climb<Point>(parameters: {
  readonly starts: number;
  readonly steps: number;
  readonly start: () => Point;
  readonly change: (point: Point) => Point;
  readonly score: (point: Point) => bigint | number;
}): { readonly point: Point; readonly score: bigint | number } {
  let best: { point: Point; score: bigint | number } | undefined;
  for (let n = 0; n < parameters.starts; n++) {
    let point = parameters.start();
    let score = parameters.score(point);
    for (let step = 0; step < parameters.steps; step++) {
      const next = parameters.change(point);
      const nextScore = parameters.score(next);
      if (nextScore <= score) [point, score] = [next, nextScore];
    }
    if (best === undefined || score < best.score) best = { point, score };
  }
  if (best === undefined) throw new Error("A search needs at least one start.");
  return best;
}
