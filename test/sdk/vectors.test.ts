import { readFileSync } from "node:fs";

import { buildPoseidonReference } from "circomlibjs";
import { beforeAll, describe, expect, test } from "vitest";

import { verifyEddsa } from "../../sdk/src/crypto/eddsa.ts";
import * as sdk from "../../sdk/src/index.ts";
import type { CircuitName, Crypto } from "../../sdk/src/index.ts";
import { vectorFiles } from "../support/vectors/generate.ts";
import { readVectors } from "../support/vectors/read.ts";

type Words = readonly bigint[];
interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

let crypto: Crypto;
beforeAll(async () => {
  crypto = await sdk.initCrypto();
});

describe("test vectors", () => {
  test("default: the files are what the model makes", () => {
    for (const { path, text } of vectorFiles()) {
      expect(readFileSync(path, "utf8"), "run `node test/support/vectors/generate.ts --write`").toBe(text);
    }
  });

  test("behavior: the published Poseidon values, and circomlibjs's unoptimised implementation", async () => {
    const reference = await buildPoseidonReference();
    const { published, hashes } =
      readVectors<Record<"published" | "hashes", { initialState: bigint; inputs: Words; outputs: Words }[]>>(
        "poseidon",
      );
    expect(hashes.length).toBeGreaterThan(16);
    for (const { initialState, inputs, outputs } of [...published, ...hashes]) {
      const state = reference.F.e(initialState) as unknown as bigint;
      expect(reference.F.toObject(reference(inputs, state))).toBe(outputs[0]);
      expect(crypto.poseidon(inputs, initialState)).toBe(outputs[0]);
      const nOut = Math.min(outputs.length, inputs.length + 1);
      expect(crypto.poseidon(inputs, initialState, nOut)).toEqual(outputs.slice(0, nOut));
    }
  });
});

describe("SDK against the vectors", () => {
  test("behavior: tags", () => {
    const { tags } = readVectors<{ tags: Record<string, bigint> }>("poseidon");
    const { TAG_OWNER, TAG_PRE, TAG_NOTE, TAG_SPEND, TAG_LOCK, TAG_TREE, TAG_DIGEST, TAG_SEAL } = sdk;
    const { TAG_SEIZED, TAG_SEIZED_EPHEMERAL, TAG_REST } = sdk;
    expect(Object.values(tags)).toEqual([
      ...[TAG_OWNER, TAG_PRE, TAG_NOTE, TAG_SPEND, TAG_LOCK, TAG_TREE, TAG_DIGEST, TAG_SEAL],
      ...[TAG_SEIZED, TAG_SEIZED_EPHEMERAL, TAG_REST],
    ]);
  });

  test("behavior: packing, commitments, nullifiers", () => {
    const { notes } = readVectors<{ notes: (Record<string, bigint> & { amount: Words })[] }>("notes");
    for (const note of notes) {
      const {
        amount: amounts,
        owner,
        blinding,
        domain,
        controller,
        pre,
        lo,
        hi,
        leafIndex,
        nullifyingKey,
        commitment,
      } = note;
      expect(sdk.packAmounts(amounts)).toEqual({ lo, hi });
      expect(sdk.unpackAmounts({ lo: lo!, hi: hi! })).toEqual(amounts);
      expect(sdk.precommitmentOf(owner!, blinding!)).toBe(pre);
      expect(
        sdk.commitmentOf({ amounts, owner: owner!, blinding: blinding!, domain: domain!, controller: controller! }),
      ).toBe(commitment);
      expect(sdk.spendNullifierOf(nullifyingKey!, commitment!, Number(leafIndex))).toBe(note.spendNullifier);
      expect(sdk.lockNullifierOf(blinding!, Number(leafIndex))).toBe(note.lockNullifier);
      expect(sdk.restBlindingOf(blinding!)).toBe(note.restBlinding);
      expect(sdk.seizedBlindingOf(blinding!)).toBe(note.seizedBlinding);
      expect(sdk.seizedEphemeralOf(blinding!)).toBe(note.seizedEphemeral);
    }
  });

  test("behavior: the tree", () => {
    const { emptyRoots, paths } = readVectors<{
      emptyRoots: Words;
      paths: { leaf: bigint; leafIndex: bigint; siblings: Words[]; root: bigint }[];
    }>("tree");
    expect(sdk.NoteTree.create(crypto).root).toBe(emptyRoots[16]);
    for (const { leaf, leafIndex, siblings, root } of paths) {
      const path = { leafIndex: Number(leafIndex), root, siblings: siblings.map((three) => [...three]) };
      expect(sdk.rootOfPath(leaf, path)).toBe(root);
    }
    const { leaf, root } = paths[0]!;
    const tree = sdk.NoteTree.create(crypto);
    tree.appendChunk([leaf]);
    expect(tree.root).toBe(root);
  });

  test("behavior: curve, seals, signatures", () => {
    const { multiples, smallOrder, offCurve } = readVectors<{
      multiples: (Point & { scalar: bigint })[];
      smallOrder: Point[];
      offCurve: Point[];
    }>("babyjubjub");
    for (const { scalar, x, y } of multiples) expect(sdk.mulPoint(sdk.BASE8, scalar)).toEqual({ x, y });
    expect(smallOrder.map(sdk.isOnCurve)).toEqual(smallOrder.map(() => true));
    expect(smallOrder.map((point) => sdk.isIdentity(sdk.mulByCofactor(point)))).toEqual(smallOrder.map(() => true));
    expect(offCurve.map(sdk.isOnCurve)).toEqual(offCurve.map(() => false));

    const { cases } = readVectors<{
      cases: {
        ephemeralSecret: bigint;
        separator: bigint;
        message: Words;
        key: Point;
        ephemeral: Point;
        sealed: Words;
      }[];
    }>("seal");
    for (const { ephemeralSecret, separator, message, key, ephemeral, sealed } of cases) {
      expect(sdk.sealTo({ key, ephemeralSecret, lockNullifier: separator, message })).toEqual({ ephemeral, sealed });
    }

    interface Signed {
      readonly why?: string;
      readonly message: bigint;
      readonly key: Point;
      readonly r8: Point;
      readonly s: bigint;
    }
    const { accepted, refused } = readVectors<{ accepted: Signed[]; refused: Signed[] }>("eddsa");
    const judged = (list: Signed[]) =>
      list.map(({ message, key, r8, s }) => verifyEddsa(crypto.poseidon, key, message, { r8, s }));
    expect(judged(accepted)).toEqual(accepted.map(() => true));
    expect(judged(refused)).toEqual(refused.map(() => false));
  });

  test("behavior: the digest", () => {
    const { cases } = readVectors<{
      cases: { circuit: CircuitName; values: Words; c: bigint; r: bigint; y: bigint }[];
    }>("digest");
    for (const { circuit, values, c, r, y } of cases) {
      expect(sdk.digestCommitment(circuit, values)).toBe(c);
      expect(sdk.digestChallenge(values, c)).toBe(r);
      expect(sdk.digestEvaluation(values, r)).toBe(y);
    }
  });

  test("behavior: coverage and settlement", () => {
    const margin = readVectors<{
      cases: (Record<"amounts" | "floorsX64" | "haircuts" | "risk" | "riskPacked" | "values", Words> &
        Record<"haircutsPacked" | "coverage", bigint>)[];
    }>("margin");
    for (const { amounts, floorsX64, haircuts, risk, haircutsPacked, riskPacked, values, coverage } of margin.cases) {
      expect(sdk.packRisk({ haircuts, risk })).toEqual({ haircutsPacked, riskPacked });
      expect(sdk.slotValues(amounts, floorsX64)).toEqual(values);
      const given = { amounts, floorsX64, haircuts, risk };
      expect(sdk.covers(given, coverage)).toBe(coverage > 0n || sdk.covers(given, 0n));
      expect(sdk.covers(given, coverage + 1n) && coverage < 2n ** 64n - 1n).toBe(false);
    }
    const { cases } = readVectors<{
      cases: (Record<"amounts" | "prices" | "seized" | "rest", Words> & Record<"claim" | "total", bigint>)[];
    }>("settlement");
    for (const { amounts, prices, claim, seized, rest, total } of cases) {
      expect(sdk.divideBasket({ amounts, claim, seizurePricesX64: prices })).toEqual({ seized, rest, value: total });
    }
  });

  test("behavior: queue entries and the domain", () => {
    const { entries, malformedMeta } = readVectors<{
      entries: Record<"kind" | "slot" | "amount" | "value" | "meta" | "leaf", bigint>[];
      malformedMeta: Words;
    }>("queue");
    for (const { kind, slot, amount, value, meta, leaf } of entries) {
      expect(kind === 1n ? sdk.depositMeta(Number(slot), amount) : sdk.NOTE_META).toBe(meta);
      expect(sdk.leafOfEntry(crypto, { value, meta })).toBe(leaf);
    }
    for (const meta of malformedMeta) expect(() => sdk.parseMeta(meta)).toThrow(/none that a vault writes/);
    const { cases } = readVectors<{
      cases: { srcEid: bigint; vault: `0x${string}`; marginEid: bigint; engine: `0x${string}`; domain: bigint }[];
    }>("domain");
    for (const { srcEid, vault, marginEid, engine, domain } of cases) {
      expect(sdk.domainOf({ srcEid: Number(srcEid), vault, marginEid: Number(marginEid), engine })).toBe(domain);
    }
  });
});
