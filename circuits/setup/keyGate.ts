import { bn254 } from "@noble/curves/bn254.js";

import { readInstances } from "../codegen/instances.ts";
import type { Provenance } from "../codegen/verifier.ts";
import { devInsecureToxicWaste } from "./toxic.ts";
import type { PointG1, PointG2, VerificationKey } from "./verificationKey.ts";

const { G1, G2, fields } = bn254;
interface GroupPoint {
  equals(other: unknown): boolean;
  negate(): GroupPoint;
}

/** c, y and r. */
const publicSignals = 3;

/**
 * Everything that makes a verification key unfit: whoever finds one of these can forge proofs, or nothing is known about who can.
 * Empty for a good key.
 *
 * The forgery behind "equal up to sign": with γ = ±δ, A = α, B = β, C = ∓X satisfies e(A, B) = e(α, β)·e(X, γ)·e(C, δ) for any public
 * values. snarkjs starts phase 2 with γ = δ = the generator, so a key that nobody contributed to is of this class.
 */
export function keyProblems(key: VerificationKey, provenance: Provenance): string[] {
  const problems: string[] = [];
  // It was read from a file, whatever its type says.
  const { protocol, curve }: { protocol: string; curve: string } = key;
  if (protocol !== "groth16" || curve !== "bn128") {
    problems.push(`it is a ${protocol} key on ${curve}, expected groth16 on bn128`);
  }
  if (key.nPublic !== publicSignals) problems.push(`it has ${key.nPublic} public signals, expected 3 (c, y, r)`);
  if (key.IC.length !== publicSignals + 1) {
    problems.push(`it has ${key.IC.length} IC points, expected ${publicSignals + 1}`);
  }

  const first = new Map<string, GroupPoint>();
  const second = new Map<string, GroupPoint>();
  const read = (points: Map<string, GroupPoint>, name: string, parse: () => GroupPoint): void => {
    try {
      points.set(name, parse());
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  read(first, "alpha", () => parseG1(key.vk_alpha_1));
  key.IC.forEach((point, i) => read(first, `IC[${i}]`, () => parseG1(point)));
  read(second, "beta", () => parseG2(key.vk_beta_2));
  read(second, "gamma", () => parseG2(key.vk_gamma_2));
  read(second, "delta", () => parseG2(key.vk_delta_2));
  problems.push(...equalPairs(first), ...equalPairs(second));

  const isGenerator = (point: GroupPoint | undefined, base: GroupPoint): boolean =>
    point !== undefined && (point.equals(base) || point.equals(base.negate()));
  const base1 = G1.Point.BASE as GroupPoint;
  const base2 = G2.Point.BASE as GroupPoint;
  if (isGenerator(first.get("alpha"), base1)) problems.push("alpha is the generator: nobody contributed to phase 1");
  if (isGenerator(second.get("beta"), base2)) problems.push("beta is the generator: nobody contributed to phase 1");
  if (isGenerator(second.get("delta"), base2)) problems.push("delta is the generator: nobody contributed to phase 2");
  if (provenance !== "development") {
    const gamma = second.get("gamma");
    if (gamma !== undefined && !gamma.equals(base2)) {
      problems.push(
        "gamma is not the generator, which it is in every key of a ceremony: somebody may know its logarithm",
      );
    }
    const circuit = developmentCircuit(key);
    if (circuit !== undefined)
      problems.push(`it has points of the development key of ${circuit}, whose secrets are public`);
  }
  return problems;
}

/** @throws Error that names everything that is wrong with the key. */
export function assertSoundKey(circuit: string, key: VerificationKey, provenance: Provenance): void {
  const problems = keyProblems(key, provenance);
  if (problems.length === 0) return;
  throw new Error(
    `The verification key of ${circuit} is refused: ${problems.join("; ")}. Whoever can exploit this forges proofs; ` +
      "take the key from a finished ceremony (docs/ceremony.md).",
  );
}

/** The circuit whose publicly known secrets are in a key, whatever the key is called. */
export function developmentCircuit(key: VerificationKey): string | undefined {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return [...readInstances().keys()].find((circuit) => {
    const { alpha, beta, gamma, delta } = devInsecureToxicWaste(circuit);
    const { x, y } = G1.Point.BASE.multiply(alpha).toAffine();
    if (same(key.vk_alpha_1.slice(0, 2), [String(x), String(y)])) return true;
    const secret2 = [beta, gamma, delta].map((scalar) => {
      const point = G2.Point.BASE.multiply(scalar).toAffine();
      return [point.x, point.y].map(({ c0, c1 }) => [String(c0), String(c1)]);
    });
    return [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].some((point) =>
      secret2.some((known) => same(point.slice(0, 2), known)),
    );
  });
}

function equalPairs(points: Map<string, GroupPoint>): string[] {
  const list = [...points];
  return list.flatMap(([name, point], i) =>
    list.slice(i + 1).flatMap(([other, second]) => {
      if (point.equals(second)) return [`${name} and ${other} are equal points`];
      return point.equals(second.negate()) ? [`${name} and ${other} are equal points up to sign`] : [];
    }),
  );
}

function parseG1([x, y, z]: PointG1): GroupPoint {
  if (z !== "1") throw new Error("is at infinity or not affine");
  const point = G1.Point.fromAffine({ x: coordinate(x), y: coordinate(y) });
  return checked(point);
}

function parseG2([x, y, z]: PointG2): GroupPoint {
  if (z[0] !== "1" || z[1] !== "0") throw new Error("is at infinity or not affine");
  const element = ([c0, c1]: readonly [string, string]) => fields.Fp2.fromBigTuple([coordinate(c0), coordinate(c1)]);
  return checked(G2.Point.fromAffine({ x: element(x), y: element(y) }));
}

/** On the curve, in the prime-order subgroup (in G2 most points of the curve are not), and not the identity. */
function checked<P extends GroupPoint>(point: P & { is0(): boolean; assertValidity(): void }): P {
  if (point.is0()) throw new Error("is the point at infinity");
  try {
    point.assertValidity();
  } catch (error) {
    throw new Error(`is a ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return point;
}

function coordinate(text: string): bigint {
  if (!/^(0|[1-9][0-9]*)$/.test(text))
    throw new Error(`has the coordinate ${JSON.stringify(text)}, expected a decimal`);
  const value = BigInt(text);
  if (value >= fields.Fp.ORDER) throw new Error("has a coordinate that is not below the base field order");
  return value;
}
