import { base8, multiply } from "../reference/crypto.ts";
import type { JubPoint } from "../reference/crypto.ts";
import { divide, mod, squareRoot } from "../reference/field.ts";

const [a, d] = [168_700n, 168_696n];

/**
 * A point off the curve that circomlib's formulas take for a key with a known secret: its double's double's double plus Base8
 * is (secret + 1)·Base8. The addition is two equations of degree two in the unknown point; one of its two solutions is the
 * curve's own, the other is off it. Doubling is undone three times by square roots, where they exist.
 */
export function keyOffCurve(random: (bits: number) => bigint): { readonly key: JubPoint; readonly secret: bigint } {
  for (let attempt = 0; attempt < 500; attempt++) {
    const secret = random(250);
    const key = halves(stranger(multiply(base8, secret + 1n), multiply(base8, secret)), 3);
    if (key !== undefined) return { key, secret };
  }
  throw new Error("no point off the curve has an eighth in 500 attempts; use another seed");
}

/** The other P with P + Base8 = sum by the formulas, `curves` being the one on the curve. */
function stranger(sum: JubPoint, curves: JubPoint): JubPoint {
  const { x: x2, y: y2 } = base8;
  const k = mod(d * x2 * y2);
  const D = mod(y2 * y2 + a * x2 * x2);
  const [X, Y] = [sum.x, sum.y];
  // x = p0 + p1·m and y = r0 + r1·m for m = x·y.
  const p0 = divide(y2 * X - x2 * Y, D);
  const p1 = divide(k * (y2 * X + x2 * Y), D);
  const r0 = divide(a * x2 * X + y2 * Y, D);
  const r1 = divide(k * (a * x2 * X - y2 * Y), D);
  const m = divide(divide(p0 * r0, p1 * r1), curves.x * curves.y);
  return { x: mod(p0 + p1 * m), y: mod(r0 + r1 * m) };
}

function halves({ x: X, y: Y }: JubPoint, times: number): JubPoint | undefined {
  if (times === 0) return { x: X, y: Y };
  for (const m of quadratic(d * X, -2n, X)) {
    const w = mod((1n - d * m * m) * Y);
    for (const square of quadratic(a, w, -m * m)) {
      const x = squareRoot(square);
      if (x === undefined || x === 0n) continue;
      const found = halves({ x, y: divide(m, x) }, times - 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function quadratic(A: bigint, B: bigint, C: bigint): bigint[] {
  const root = squareRoot(B * B - 4n * A * C);
  return root === undefined ? [] : [root, -root].map((sign) => divide(sign - B, 2n * A));
}
