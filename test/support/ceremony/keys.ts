import { bn254 } from "@noble/curves/bn254.js";
import { randomBytes } from "node:crypto";

import type { PointG1, PointG2, VerificationKey } from "../../../circuits/setup/verificationKey.ts";

const { G1, G2, fields } = bn254;

export function jsonG1(point: InstanceType<typeof G1.Point>): PointG1 {
  const { x, y } = point.toAffine();
  return [String(x), String(y), "1"];
}

export function jsonG2(point: InstanceType<typeof G2.Point>): PointG2 {
  const { x, y } = point.toAffine();
  return [[String(x.c0), String(x.c1)], [String(y.c0), String(y.c1)], ["1", "0"]]; // prettier-ignore
}

/** A key as a ceremony makes it: gamma is the generator, nobody knows the other points' logarithms. */
export function honestKey(): VerificationKey {
  const secret = (): bigint => (BigInt(`0x${randomBytes(48).toString("hex")}`) % (fields.Fr.ORDER - 2n)) + 2n;
  const first = (): PointG1 => jsonG1(G1.Point.BASE.multiply(secret()));
  const second = (): PointG2 => jsonG2(G2.Point.BASE.multiply(secret()));
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: 3,
    vk_alpha_1: first(),
    vk_beta_2: second(),
    vk_gamma_2: jsonG2(G2.Point.BASE),
    vk_delta_2: second(),
    IC: [first(), first(), first(), first()],
  };
}
