import { fitsHaircuts, riskMatrix } from "../reference/riskMatrix.ts";
import type { RiskModel } from "../reference/riskMatrix.ts";

const slots = [0, 1, 2, 3, 4, 5, 6, 7];

/** A risk model as directions of the assets' moves, and how near each comes to the most its haircut allows. */
export interface ModelShape {
  readonly haircutFactors: readonly number[];
  /** direction[i][k]: any length, also 0. */
  readonly direction: readonly (readonly number[])[];
  /** Q_ii as a share of h_i², at most 1. */
  readonly share: readonly number[];
  /** Part of that variance that is the asset's own. */
  readonly own: readonly number[];
  readonly z: number;
}

/**
 * A model whose Q_ii reaches `share` of h_i²: at 1, monotonicity has no room left. Shrunk by parts in a million until `RiskSet` takes it.
 */
export function modelOf(shape: ModelShape): RiskModel {
  const factors = shape.direction[0]!.length;
  const zE4 = Math.round(shape.z * 1e4);
  for (let shrink = 1; shrink > 0; shrink -= 1e-6) {
    const sigma = slots.map((i) => (shape.haircutFactors[i]! * Math.sqrt(shape.share[i]!) * shrink) / zE4);
    const length = shape.direction.map((d) => Math.hypot(...d));
    const model = {
      haircutFactors: shape.haircutFactors,
      loadings: Array.from({ length: factors }, (_, k) =>
        slots.map((i) => {
          if (length[i] === 0) return 0n;
          const common = sigma[i]! * Math.sqrt(1 - shape.own[i]!);
          return BigInt(Math.trunc((common * 1e9 * shape.direction[i]![k]!) / length[i]!));
        }),
      ),
      specificVariance: slots.map((i) => BigInt(Math.trunc(sigma[i]! ** 2 * shape.own[i]! * 1e18))),
      zE4,
    };
    if (fitsHaircuts(riskMatrix(model), model.haircutFactors)) return model;
  }
  throw new Error("No shrinking of the model fits its haircuts.");
}
