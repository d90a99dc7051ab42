import type { Bn128, Group } from "ffjavascript";

import type { KeyPoints } from "./zkey.ts";

/** A point in G1: x, y, "1" (decimal strings). */
export type PointG1 = readonly [x: string, y: string, z: string];
/** A point in G2: each coordinate as [c0, c1]. */
export type PointG2 = readonly [
  x: readonly [string, string],
  y: readonly [string, string],
  z: readonly [string, string],
];

/** A Groth16 verification key in snarkjs's JSON form. */
export interface VerificationKey {
  readonly protocol: "groth16";
  readonly curve: "bn128";
  readonly nPublic: number;
  readonly vk_alpha_1: PointG1;
  readonly vk_beta_2: PointG2;
  readonly vk_gamma_2: PointG2;
  readonly vk_delta_2: PointG2;
  readonly IC: readonly PointG1[];
}

/** A verification key as it is written, hashed and committed. */
export function keyText(key: VerificationKey): string {
  return `${JSON.stringify(key, null, 1)}\n`;
}

export function verificationKey(curve: Bn128, points: KeyPoints, publicCount: number): VerificationKey {
  const read = (group: Group, bytes: Uint8Array, offset = 0): unknown =>
    decimal(group.toObject(group.fromRprLEM(bytes, offset)));
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: publicCount,
    vk_alpha_1: read(curve.G1, points.alpha1) as PointG1,
    vk_beta_2: read(curve.G2, points.beta2) as PointG2,
    vk_gamma_2: read(curve.G2, points.gamma2) as PointG2,
    vk_delta_2: read(curve.G2, points.delta2) as PointG2,
    IC: Array.from({ length: publicCount + 1 }, (_, i) => read(curve.G1, points.public1, i * 64) as PointG1),
  };
}

function decimal(value: unknown): unknown {
  return Array.isArray(value) ? value.map(decimal) : String(value);
}
