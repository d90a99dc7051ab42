import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { groth16 } from "snarkjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { readManifest } from "../../circuits/setup/manifest.ts";
import { loadArtifacts } from "../../sdk/src/node/index.ts";
import type { CircuitName, Prover, Witness, ZkProof } from "../../sdk/src/proofs/index.ts";
import { backends } from "../support/proving/backends.ts";
import { circuits, sampleWitness } from "../support/proving/samples.ts";

/** By snarkjs and the set-up's own verifying key, from the words that a contract would get. */
async function holds({ circuit, commitment, evaluation, challenge }: Witness, { points }: ZkProof): Promise<boolean> {
  const key = JSON.parse(readFileSync(join(projectRoot, readManifest()[circuit]!.verificationKey), "utf8")) as object;
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = points.map(String);
  const proof = { pi_a: [ax, ay, "1"], pi_b: [[bx0, bx1], [by0, by1], ["1", "0"]], pi_c: [cx, cy, "1"] }; // prettier-ignore
  const signals = [commitment, evaluation, challenge].map(String);
  return groth16.verify(key, signals, { ...proof, protocol: "groth16", curve: "bn128" } as never);
}

afterAll(async () => {
  await globalThis.curve_bn128?.terminate(); // of the verification above
});

describe.each(backends)("prover: $name", ({ name, create, absent }) => {
  if (absent !== undefined) {
    console.warn(`\n  SKIPPED: the prover tests on ${name}: ${absent}\n`);
    test(`behavior: everything on ${name}`, ({ skip }) => skip(absent));
    return;
  }

  let prover: Prover;
  beforeAll(async () => {
    prover = await create();
  });
  afterAll(() => prover.close());

  test.each(circuits)("default: %s is proved and verifies", async (circuit) => {
    const witness = sampleWitness(circuit);
    const proof = await prover.prove(witness);
    expect(proof.commitment).toBe(witness.commitment);
    expect(await holds(witness, proof)).toBe(true);
    expect(await holds({ ...witness, evaluation: witness.evaluation + 1n }, proof)).toBe(false);
  });

  test("behavior: proofs asked for at once each answer their own question", async () => {
    const asked: CircuitName[] = ["margin", "settle", "margin"];
    const proofs = await Promise.all(asked.map((circuit) => prover.prove(sampleWitness(circuit))));
    expect(await Promise.all(proofs.map((proof, i) => holds(sampleWitness(asked[i]!), proof)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(proofs[0]!.points).not.toEqual(proofs[2]!.points); // Groth16 blinds each proof
  });

  test("behavior: a cancelled proof ends with the reason, running or waiting; the next is not touched", async () => {
    const witness = sampleWitness("margin");
    const running = new AbortController();
    const waiting = new AbortController();
    const cancelled = Promise.allSettled(
      [running, running, waiting].map(({ signal }) => prover.prove(witness, { signal })),
    );
    const next = prover.prove(witness);
    waiting.abort(new Error("not needed"));
    running.abort(new Error("somebody was faster"));
    expect((await cancelled).map((result) => (result as PromiseRejectedResult).reason as unknown)).toMatchObject([
      { message: "somebody was faster" },
      { message: "somebody was faster" },
      { message: "not needed" },
    ]);
    expect(await holds(witness, await next)).toBe(true);
    await expect(prover.prove(witness, { signal: running.signal })).rejects.toThrow("somebody was faster");
  });

  test("error: inputs that contradict the statement, or are not all there", async () => {
    const witness = sampleWitness("margin");
    const { r: _, ...incomplete } = witness.inputs;
    await expect(prover.prove({ ...witness, inputs: incomplete })).rejects.toMatchObject({ code: "prover.witness" });
    const [name, value] = Object.entries(witness.inputs).find(([input]) => input === "lockNullifier")!;
    const forged = { ...witness.inputs, [name]: (value as bigint) + 1n };
    await expect(prover.prove({ ...witness, inputs: forged })).rejects.toMatchObject({ code: "prover.witness" });
  });

  test("error: a circuit that computes another digest than the SDK", async () => {
    const witness = sampleWitness("settle");
    const other = { ...witness, evaluation: witness.evaluation + 1n };
    await expect(prover.prove(other)).rejects.toMatchObject({ code: "prover.digest" });
  });

  test("error: artifacts that are not there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "hypothec-artifacts-"));
    const files = structuredClone(loadArtifacts().files) as Record<string, { wasm: string; zkey: string }>;
    files.margin!.zkey = join(directory, "lost.zkey");
    const manifest = join(directory, "manifest.json");
    writeFileSync(manifest, JSON.stringify(files));
    const poor = await create(loadArtifacts(manifest));
    await expect(poor.prove(sampleWitness("margin"))).rejects.toMatchObject({ code: "artifacts.missing" });
    await poor.close();
    rmSync(directory, { recursive: true });
  });

  test("behavior: close lets what was asked for finish, and takes no more", async () => {
    const other = await create();
    const witness = sampleWitness("margin");
    const last = other.prove(witness);
    await other.close();
    expect(await holds(witness, await last)).toBe(true);
    await expect(other.prove(witness)).rejects.toMatchObject({ code: "prover.closed" });
    await other.close(); // twice is once
    expect(await holds(witness, await prover.prove(witness))).toBe(true); // the pool is the others' still
  });
});
