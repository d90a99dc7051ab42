import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { bn254 } from "@noble/curves/bn254.js";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import type * as keyGate from "../../../circuits/setup/keyGate.ts";
import { cacheDirectory, readManifest } from "../../../circuits/setup/manifest.ts";
import type { PointG1, PointG2, VerificationKey } from "../../../circuits/setup/verificationKey.ts";
import { honestKey, jsonG1, jsonG2 } from "../ceremony/keys.ts";
import type { Mutant } from "./mutant.ts";
import { applied } from "./patch.ts";

const { G1, G2, fields } = bn254;
const p = fields.Fp.ORDER;
const gate = "circuits/setup/keyGate.ts";

interface Question {
  readonly says: string;
  readonly key: VerificationKey;
  readonly provenance: Parameters<typeof keyGate.keyProblems>[1];
  readonly isGood: boolean;
}

/** Shows the gate of every mutant, and of none, the same keys, and returns what was found on each. */
export async function attackKeyGate(mutants: readonly Mutant[]): Promise<ReadonlyMap<string, string | undefined>> {
  const questions = allQuestions();
  const found = new Map<string, string | undefined>();
  for (const mutant of [undefined, ...mutants]) {
    const { keyProblems } = await load(mutant);
    const wrong = questions.find(
      ({ key, provenance, isGood }) => (keyProblems(key, provenance).length === 0) !== isGood,
    );
    found.set(mutant?.id ?? "", wrong && `${wrong.isGood ? "refuses" : "accepts"} ${wrong.says}`);
  }
  return found;
}

/** The module as its text is after the patch. */
async function load(mutant: Mutant | undefined): Promise<typeof keyGate> {
  const text = readFileSync(join(projectRoot, gate), "utf8");
  const patched = mutant === undefined ? text : applied(text, mutant);
  const from = pathToFileURL(join(projectRoot, gate));
  mkdirSync(cacheDirectory, { recursive: true });
  const work = mkdtempSync(join(cacheDirectory, "mutant-"));
  try {
    const path = join(work, "keyGate.ts");
    writeFileSync(
      path,
      patched.replace(/from "(\.[^"]*)"/g, (_, target: string) => `from ${JSON.stringify(new URL(target, from).href)}`),
    );
    return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as typeof keyGate;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function allQuestions(): Question[] {
  const good = honestKey();
  const development = JSON.parse(
    readFileSync(join(projectRoot, readManifest().margin!.verificationKey), "utf8"),
  ) as VerificationKey;
  const negated = ([x, y, z]: PointG1): PointG1 => [x, String(p - BigInt(y)), z];
  const negated2 = ([x, y, z]: PointG2): PointG2 => [x, [String(p - BigInt(y[0])), String(p - BigInt(y[1]))], z];
  const [base1, base2] = [jsonG1(G1.Point.BASE), jsonG2(G2.Point.BASE)];
  const other2 = jsonG2(G2.Point.BASE.multiply(77n));
  const bad = (says: string, change: Partial<VerificationKey>): Question => ({
    says,
    key: { ...good, ...change },
    provenance: "ceremony",
    isGood: false,
  });
  const withIC = (i: number, point: PointG1): Partial<VerificationKey> => ({ IC: good.IC.with(i, point) });
  return [
    { says: "a ceremony's key", key: good, provenance: "ceremony", isGood: true },
    { says: "a development key", key: development, provenance: "development", isGood: true },
    { says: "a development key for a ceremony's", key: development, provenance: "ceremony", isGood: false },
    bad("gamma = delta", { vk_delta_2: good.vk_gamma_2 }),
    bad("gamma = delta, elsewhere", { vk_gamma_2: good.vk_delta_2 }),
    bad("gamma = −delta", { vk_gamma_2: negated2(good.vk_delta_2) }),
    bad("beta = delta", { vk_beta_2: good.vk_delta_2 }),
    bad("beta = −delta", { vk_beta_2: negated2(good.vk_delta_2) }),
    ...[base2, negated2(base2)].map((point) => bad("delta the generator", { vk_delta_2: point, vk_gamma_2: other2 })),
    ...[base2, negated2(base2)].map((point) => bad("beta the generator", { vk_beta_2: point, vk_gamma_2: other2 })),
    ...[base1, negated(base1)].map((point) => bad("alpha the generator", { vk_alpha_1: point })),
    {
      says: "delta = −generator in a development key",
      key: { ...development, vk_delta_2: negated2(base2) },
      provenance: "development",
      isGood: false,
    },
    bad("gamma not the generator", { vk_gamma_2: other2 }),
    bad("alpha = IC[0]", { vk_alpha_1: good.IC[0]! }),
    bad("IC[1] = IC[2]", withIC(2, good.IC[1]!)),
    bad("IC[1] = −IC[3]", withIC(3, negated(good.IC[1]!))),
    bad("alpha off the curve", { vk_alpha_1: ["1", "3", "1"] }),
    ...[0, 1, 2, 3].map((i) => bad(`IC[${i}] off the curve`, withIC(i, ["1", "3", "1"]))),
    bad("delta outside the subgroup", { vk_delta_2: jsonG2(outsideSubgroup()) }),
    bad("alpha of the development key", { vk_alpha_1: development.vk_alpha_1 }),
    bad("delta of the development key", { vk_delta_2: development.vk_delta_2 }),
  ];
}

/** The first point of the twist, by x = k + i, that the group order does not send to the identity. */
function outsideSubgroup(): InstanceType<typeof G2.Point> {
  const { Fp2 } = fields;
  const { x, y } = G2.Point.BASE;
  const b = Fp2.sub(Fp2.sqr(y), Fp2.mul(Fp2.sqr(x), x));
  for (let k = 1n; k < 100n; k++) {
    const candidate = Fp2.fromBigTuple([k, 1n]);
    const square = Fp2.add(Fp2.mul(Fp2.sqr(candidate), candidate), b);
    try {
      return G2.Point.fromAffine({ x: candidate, y: Fp2.sqrt(square) });
    } catch {
      continue; // not a square
    }
  }
  throw new Error("no x = k + i below 100 is of a point of the twist");
}
