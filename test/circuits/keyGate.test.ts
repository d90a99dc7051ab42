import { readFileSync } from "node:fs";
import { join } from "node:path";

import { bn254 } from "@noble/curves/bn254.js";
import * as snarkjs from "snarkjs";
import { afterAll, describe, expect, test } from "vitest";

import { projectRoot, readInstances } from "../../circuits/codegen/instances.ts";
import { verifierSolidity } from "../../circuits/codegen/verifier.ts";
import { stopWorkers } from "../../circuits/setup/ceremony/phase2.ts";
import { developmentCircuit, keyProblems } from "../../circuits/setup/keyGate.ts";
import { readManifest } from "../../circuits/setup/manifest.ts";
import type { PointG1, PointG2, VerificationKey } from "../../circuits/setup/verificationKey.ts";
import { honestKey, jsonG1, jsonG2 } from "../support/ceremony/keys.ts";

const { G1, G2, fields } = bn254;
const p = fields.Fp.ORDER;
const good = honestKey();
const names = [...readInstances().keys()];
const development = (circuit: string): VerificationKey =>
  JSON.parse(readFileSync(join(projectRoot, readManifest()[circuit]!.verificationKey), "utf8")) as VerificationKey;

const refused = (change: Partial<Record<keyof VerificationKey, unknown>>): string =>
  keyProblems({ ...good, ...change } as VerificationKey, "ceremony").join("; ");
const withIC = (i: number, point: unknown): unknown[] => good.IC.map((each, k) => (k === i ? point : each));
const negated = ([x, y, z]: PointG1): PointG1 => [x, String(p - BigInt(y)), z];
const negated2 = ([x, y, z]: PointG2): PointG2 => [x, [String(p - BigInt(y[0])), String(p - BigInt(y[1]))], z];

afterAll(() => stopWorkers());

/** X = IC0 + Σ signal_i·IC_i, and a "proof" made of the key's own points. */
function forge(key: VerificationKey, signals: readonly bigint[], sign: 1 | -1): snarkjs.Groth16Proof {
  const points = key.IC.map(([x, y]) => G1.Point.fromAffine({ x: BigInt(x), y: BigInt(y) }));
  const sum = signals.reduce((total, signal, i) => total.add(points[i + 1]!.multiply(signal)), points[0]!);
  const c = sign === 1 ? sum : sum.negate();
  return { pi_a: key.vk_alpha_1, pi_b: key.vk_beta_2, pi_c: jsonG1(c), protocol: "groth16", curve: "bn128" } as never;
}

describe("keys that accept forged proofs (Veil Cash, FoomCash: gamma = delta)", () => {
  const signals = [5n, 6n, 7n];
  const accepts = (key: VerificationKey, sign: 1 | -1) =>
    snarkjs.groth16.verify(key, signals.map(String), forge(key, signals, sign));

  test("default: a key whose secrets nobody knows is sound, and the forgery fails for it", async () => {
    expect(keyProblems(good, "ceremony")).toEqual([]);
    expect(verifierSolidity("margin", good, "ceremony")).toContain("contract MarginVerifier is IProofVerifier");
    expect(await accepts(good, 1)).toBe(false);
    expect(await accepts(good, -1)).toBe(false);
  });

  test("error: gamma = delta verifies anything, and is refused", async () => {
    const key = { ...good, vk_delta_2: good.vk_gamma_2 };
    expect(await accepts(key, -1)).toBe(true);
    expect(refused(key)).toContain("gamma and delta are equal points");
    expect(() => verifierSolidity("margin", key, "ceremony")).toThrow("The verification key of margin is refused");
  });

  test("error: gamma = −delta verifies anything too, and is refused", async () => {
    const key = { ...good, vk_delta_2: negated2(good.vk_gamma_2) };
    expect(await accepts(key, 1)).toBe(true);
    expect(refused(key)).toContain("gamma and delta are equal points up to sign");
  });

  test("error: the generator as delta, alpha or beta: nobody contributed", () => {
    const [base1, base2] = [jsonG1(G1.Point.BASE), jsonG2(G2.Point.BASE)];
    expect(refused({ vk_delta_2: base2 })).toContain("delta is the generator");
    expect(refused({ vk_delta_2: negated2(base2) })).toContain("delta is the generator");
    expect(refused({ vk_alpha_1: base1 })).toContain("alpha is the generator");
    expect(refused({ vk_beta_2: base2 })).toContain("beta is the generator");
  });

  test("error: a gamma that is not the generator, which no ceremony makes", () => {
    const key = { ...good, vk_gamma_2: jsonG2(G2.Point.BASE.multiply(77n)) };
    expect(keyProblems(key, "ceremony").join()).toContain("gamma is not the generator");
    expect(keyProblems(key, "rehearsal").join()).toContain("gamma is not the generator");
  });
});

describe("points", () => {
  test("error: off the curve, in G1 and in G2", () => {
    expect(refused({ vk_alpha_1: ["1", "3", "1"] })).toMatch(/^alpha is a bad point/);
    expect(refused({ IC: withIC(2, ["1", "3", "1"]) })).toMatch(/^IC\[2\] is a bad point/);
    const [x, y, z] = good.vk_beta_2;
    expect(refused({ vk_beta_2: [x, [y[0], String((BigInt(y[1]) + 1n) % p)], z] })).toMatch(/^beta is a bad point/);
  });

  test("error: on the curve of G2 but outside the subgroup of prime order", () => {
    const outside = outsideSubgroup();
    expect(
      outside
        .multiplyUnsafe(fields.Fr.ORDER - 1n)
        .add(outside)
        .is0(),
    ).toBe(false);
    for (const name of ["vk_beta_2", "vk_gamma_2", "vk_delta_2"] as const) {
      expect(refused({ [name]: jsonG2(outside) })).toMatch(/is a bad point: not in prime-order subgroup/);
    }
  });

  test("error: at infinity, not affine, not canonical, not a number", () => {
    const [x, y] = good.vk_alpha_1;
    expect(refused({ vk_alpha_1: ["0", "1", "0"] })).toContain("alpha is at infinity or not affine");
    expect(refused({ vk_alpha_1: ["0", "0", "1"] })).toContain("alpha is the point at infinity");
    expect(refused({ vk_alpha_1: [x, y, "2"] })).toContain("alpha is at infinity or not affine");
    expect(refused({ vk_alpha_1: [String(BigInt(x) + p), y, "1"] })).toContain("not below the base field order");
    expect(refused({ vk_alpha_1: [x, "-1", "1"] })).toContain('the coordinate "-1"');
    expect(refused({ vk_alpha_1: [x, `0${y}`, "1"] })).toContain("expected a decimal");
    expect(refused({ vk_delta_2: [["0", "0"], ["1", "0"], ["0", "0"]] })).toContain("delta is at infinity"); // prettier-ignore
    expect(refused({ vk_delta_2: [["0", "0"], ["0", "0"], ["1", "0"]] })).toContain("delta is the point at infinity"); // prettier-ignore
  });

  test("error: equal points, also up to sign: two public signals would be interchangeable", () => {
    expect(refused({ IC: withIC(2, good.IC[1]) })).toContain("IC[1] and IC[2] are equal points");
    expect(refused({ IC: withIC(3, negated(good.IC[1]!)) })).toContain("IC[1] and IC[3] are equal points up to sign");
    expect(refused({ vk_alpha_1: good.IC[0] })).toContain("alpha and IC[0] are equal points");
    expect(refused({ vk_beta_2: good.vk_delta_2 })).toContain("beta and delta are equal points");
  });

  test("error: another number of public signals, another system or curve", () => {
    expect(refused({ IC: good.IC.slice(0, 3) })).toContain("it has 3 IC points, expected 4");
    expect(refused({ IC: [...good.IC, jsonG1(G1.Point.BASE.multiply(99n))] })).toContain(
      "it has 5 IC points, expected 4",
    );
    expect(refused({ nPublic: 4 })).toContain("it has 4 public signals, expected 3");
    expect(refused({ protocol: "plonk" })).toContain("plonk");
    expect(refused({ curve: "bls12381" })).toContain("bls12381");
  });
});

describe("development keys", () => {
  test.each(names)("behavior: the one of %s is well formed, and is recognised whatever it is called", (name) => {
    const key = development(name);
    expect(keyProblems(key, "development")).toEqual([]);
    expect(developmentCircuit(key)).toBe(name);
    expect(developmentCircuit(good)).toBeUndefined();
    expect(() => verifierSolidity(name, key, "ceremony")).toThrow(`it has points of the development key of ${name}`);
    // One known secret is enough to be refused.
    expect(refused({ vk_alpha_1: key.vk_alpha_1 })).toContain(`the development key of ${name}`);
    expect(refused({ vk_delta_2: key.vk_delta_2 })).toContain(`the development key of ${name}`);
  });
});

/** The first point of the twist, by x = k + i, that the group order does not send to the identity. */
function outsideSubgroup(): InstanceType<typeof G2.Point> {
  const { Fp2 } = fields;
  const b = Fp2.sub(Fp2.sqr(G2.Point.BASE.y), Fp2.mul(Fp2.sqr(G2.Point.BASE.x), G2.Point.BASE.x));
  for (let k = 1n; ; k++) {
    const x = Fp2.fromBigTuple([k, 1n]);
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
    try {
      return G2.Point.fromAffine({ x, y: Fp2.sqrt(square) });
    } catch {
      continue; // not a square
    }
  }
}
