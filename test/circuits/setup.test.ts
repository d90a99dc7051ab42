import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { driftedFiles, generatedFiles } from "../../circuits/codegen/generate.ts";
import { projectRoot, readInstances, valueCount } from "../../circuits/codegen/instances.ts";
import { verifierPath, verifierSolidity } from "../../circuits/codegen/verifier.ts";
import { constraintProblems, constraintRows } from "../../circuits/setup/constraints.ts";
import { lagrangeAt, q, rootOfUnity } from "../../circuits/setup/field.ts";
import { readManifest } from "../../circuits/setup/manifest.ts";
import { devInsecureToxicWaste } from "../../circuits/setup/toxic.ts";
import type { VerificationKey } from "../../circuits/setup/verificationKey.ts";
import { circuitLayouts, flattenMargin, flattenSettle } from "../../sdk/src/proofs/generated/publicValues.ts";
import type { MarginPublicValues } from "../../sdk/src/proofs/generated/publicValues.ts";
import { loadCircuit } from "../support/circuits/harness.ts";
import * as samples from "../support/circuits/samples.ts";

const manifest = readManifest();
const names = [...readInstances().keys()];
const key = (name: string): VerificationKey =>
  JSON.parse(readFileSync(join(projectRoot, manifest[name]!.verificationKey), "utf8")) as VerificationKey;

describe("generated sources", () => {
  test("default: the committed files are what the generator makes", () => {
    expect(driftedFiles(generatedFiles())).toEqual([]);
  });

  test("default: the committed verifiers are those of the development keys", () => {
    const verifiers = new Map(names.map((name) => [verifierPath(name), verifierSolidity(name, key(name))]));
    expect(driftedFiles(verifiers)).toEqual([]);
  });

  test("default: constraint counts are as committed and within budget", () => {
    expect(constraintProblems(constraintRows(manifest))).toEqual([]);
  });

  test.each(names)("default: %s exposes exactly c, y and r, and takes every input of instances.json", (name) => {
    const circuit = loadCircuit(name);
    expect(circuit.r1cs.publicCount).toBe(3);
    expect([1, 2, 3].map((wire) => circuit.signalName(wire))).toEqual(["main.c", "main.y", "main.r"]);
    expect(circuitLayouts[name as "margin"].count).toBe(valueCount(readInstances().get(name)!));
  });
});

describe("flatten", () => {
  const { inputs } = samples.marginSample(samples.marginCase());
  const values = inputs as unknown as MarginPublicValues;

  test("default: values in the order of docs/encodings.md", () => {
    const v = values;
    expect(flattenMargin(v)).toEqual([
      v.root, v.lockNullifier, v.domain, v.controller, v.coverage, ...v.floorX64, v.haircutsPacked, ...v.riskPacked,
      v.trusteeX, v.trusteeY, v.ephemeralX, v.ephemeralY, ...v.sealed, v.ext,
    ]); // prettier-ignore
    const settle = samples.settleSample(samples.orderOf()).inputs;
    expect(flattenSettle(settle as never)).toHaveLength(25);
  });

  test("error: a value that is too wide, negative, not canonical, missing or of another length", () => {
    expect(() => flattenMargin({ ...values, coverage: 2n ** 64n })).toThrow("margin.coverage is 18446744073709551616");
    expect(() => flattenMargin({ ...values, ext: -1n })).toThrow(RangeError);
    expect(() => flattenMargin({ ...values, root: q })).toThrow("below the field order");
    expect(() => flattenMargin({ ...values, floorX64: [1n] })).toThrow("margin.floorX64 has 1 values, expected 8");
    expect(() => flattenMargin({ ...values, root: undefined as never })).toThrow(TypeError);
    expect(flattenMargin({ ...values, coverage: 2n ** 64n - 1n })[4]).toBe(2n ** 64n - 1n);
  });
});

describe("the development set-up", () => {
  test("default: Lagrange polynomials sum to 1 and interpolate X at τ", () => {
    const tau = 123_456_789n;
    const basis = lagrangeAt(tau, 4);
    const sum = (values: bigint[]): bigint => values.reduce((a, b) => (a + b) % q, 0n);
    expect(sum(basis)).toBe(1n);
    let point = 1n;
    const weighted = basis.map((value) => {
      const term = (value * point) % q;
      point = (point * rootOfUnity(4)) % q;
      return term;
    });
    expect(point).toBe(1n);
    expect(sum(weighted)).toBe(tau);
  });

  test.each(names)("behavior: the secrets and the points of %s are distinct (gamma ≠ delta)", (name) => {
    const waste = devInsecureToxicWaste(name);
    expect(new Set(Object.values(waste)).size).toBe(5);
    const { vk_beta_2, vk_gamma_2, vk_delta_2, IC } = key(name);
    expect(new Set([vk_beta_2, vk_gamma_2, vk_delta_2].map((point) => JSON.stringify(point))).size).toBe(3);
    expect(new Set(IC.map((point) => JSON.stringify(point))).size).toBe(4);
  });
});
