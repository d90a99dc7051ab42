import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import {
  blameOf,
  interpolateSecret,
  inverse,
  operatorKeys,
  runKeyGeneration,
  seededRandom,
  sessionOf,
} from "../../../test/support/council.ts";
import { add, base8, l, multiply } from "../../../test/support/model/jub.ts";
import { readVectors } from "../../../test/support/vectors/read.ts";
import { IDENTITY, type Point } from "../crypto/babyjub.ts";
import { initCrypto } from "../crypto/crypto.ts";
import { FIELD_ORDER } from "../crypto/field.ts";
import { openSealed, sealTo } from "../crypto/seal.ts";
import { trusteeKeyOf } from "../keys/trustee.ts";
import { readCouncil, type Council, type CouncilShare } from "./council.ts";
import {
  combinePartialDecryptions,
  givePartialDecryption,
  openSealedAsCouncil,
  verifyPartialDecryption,
  type PartialDecryption,
} from "./partialDecryption.ts";
import type { DecryptionPurpose } from "./policy.ts";
import { proveEquality, type ProofText } from "./proofs.ts";
import { pointText, wordText } from "./wire.ts";

interface SealCase {
  readonly keySecret: bigint;
  readonly ephemeralSecret: bigint;
  readonly separator: bigint;
  readonly message: bigint[];
  readonly key: Point;
  readonly ephemeral: Point;
  readonly sealed: bigint[];
}

/** A council whose secret is given: the test is its dealer. */
function dealtCouncil(secret: bigint, threshold: number, count: number): { council: Council; shares: CouncilShare[] } {
  const coefficients = [
    secret,
    ...Array.from({ length: threshold - 1 }, (_, k) => (secret * 7n ** 40n + BigInt(k + 3)) % l),
  ];
  const council = readCouncil({
    session: wordText(secret),
    epoch: 0,
    threshold,
    members: Array.from({ length: count }, (_, i) => i + 1),
    commitments: coefficients.map((coefficient) => pointText(multiply(base8, coefficient))),
  });
  const shares = council.members.map((index) => ({
    index,
    secret: coefficients.reduce((sum, coefficient, k) => (sum + coefficient * BigInt(index) ** BigInt(k)) % l, 0n),
  }));
  return { council, shares };
}

const SUBJECT = wordText(0xabcn);
const purposeOf = (lockNullifier: bigint, ephemeral: Point): DecryptionPurpose => ({
  kind: "settle",
  domain: 5n,
  lockNullifier,
  ephemeral,
  subject: SUBJECT,
});

const keys = operatorKeys(3);
const generated = runKeyGeneration({ session: sessionOf(keys, 2), keys }).results.map((result) => result!);
const { council } = generated[0]!;
const shares = generated.map(({ share }) => share);
const secret = interpolateSecret(shares);
const message = [11n, 12n, FIELD_ORDER - 1n, 14n, 15n];
const sealedWith = (ephemeralSecret: bigint, lockNullifier: bigint) =>
  sealTo({ key: council.key, ephemeralSecret, lockNullifier, message });

beforeAll(async () => {
  await initCrypto();
});

describe("combined decryption", () => {
  test("default: what was sealed to the council's key opens with any two of three, and is what one secret opens", () => {
    const seal = sealedWith(987n, 77n);
    const purpose = purposeOf(77n, seal.ephemeral);
    const partials = shares.map((share) => givePartialDecryption({ council, share, purpose }));
    for (const chosen of [
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 1, 2],
    ]) {
      const given = chosen.map((i) => JSON.parse(JSON.stringify(partials[i])) as unknown);
      expect(openSealedAsCouncil({ council, purpose, partials: given, sealed: seal.sealed })).toEqual(message);
    }
    expect(openSealed({ ...seal, secret, lockNullifier: 77n })).toEqual(message);
    expect(trusteeKeyOf(secret)).toEqual({ secret, submitted: council.submitted, key: council.key });
    // S = e·K, as the sealer has it, by the curve's own law.
    expect(combinePartialDecryptions({ council, purpose, partials }).shared).toEqual(multiply(council.key, 987n));
  });

  test("behavior: the seal vectors open to a council that holds their key (8·R = key)", () => {
    const { cases } = readVectors<{ cases: SealCase[] }>("seal");
    expect(cases.length).toBeGreaterThan(0);
    for (const { keySecret, separator, message: expected, key, ephemeral, sealed } of cases) {
      const holder = dealtCouncil((keySecret * inverse(8n)) % l, 3, 5);
      expect(holder.council.key).toEqual(key);
      const purpose = purposeOf(separator, ephemeral);
      const partials = [4, 0, 2].map((i) =>
        givePartialDecryption({ council: holder.council, share: holder.shares[i]!, purpose }),
      );
      expect(openSealedAsCouncil({ council: holder.council, purpose, partials, sealed })).toEqual(expected);
    }
  });

  test("behavior: the vectors' messages, sealed to a generated key, open to its council", () => {
    const { cases } = readVectors<{ cases: SealCase[] }>("seal");
    for (const { ephemeralSecret, separator, message: expected, ephemeral } of cases) {
      const seal = sealTo({ key: council.key, ephemeralSecret, lockNullifier: separator, message: expected });
      expect(seal.ephemeral).toEqual(ephemeral);
      const purpose = purposeOf(separator, ephemeral);
      const partials = shares.slice(1).map((share) => givePartialDecryption({ council, share, purpose }));
      expect(openSealedAsCouncil({ council, purpose, partials, sealed: seal.sealed })).toEqual(expected);
    }
  });

  test("behavior: any threshold of any council, any seal", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: l - 1n }),
        fc.integer({ min: 2, max: 4 }).chain((threshold) =>
          fc.integer({ min: threshold, max: 6 }).chain((count) =>
            fc.record({
              threshold: fc.constant(threshold),
              count: fc.constant(count),
              chosen: fc.shuffledSubarray(
                Array.from({ length: count }, (_, i) => i),
                { minLength: threshold, maxLength: threshold },
              ),
            }),
          ),
        ),
        fc.bigInt({ min: 1n, max: l - 1n }),
        (x, { threshold, count, chosen }, e) => {
          const any = dealtCouncil(x, threshold, count);
          const ephemeral = multiply(base8, e);
          const purpose = purposeOf(1n, ephemeral);
          const partials = chosen.map((i) =>
            givePartialDecryption({ council: any.council, share: any.shares[i]!, purpose }),
          );
          const { shared } = combinePartialDecryptions({ council: any.council, purpose, partials });
          expect(shared).toEqual(multiply(base8, (8n * x * e) % l));
        },
      ),
      { numRuns: 6, seed: 11 },
    );
  });

  test("behavior: bad ones are refused and named, the good ones still open the seal", () => {
    const seal = sealedWith(5n, 6n);
    const purpose = purposeOf(6n, seal.ephemeral);
    const [a, b, c] = shares.map((share) => givePartialDecryption({ council, share, purpose })) as [
      PartialDecryption,
      PartialDecryption,
      PartialDecryption,
    ];
    const forged = { ...b, point: a.point };
    const { shared, members, refused } = combinePartialDecryptions({ council, purpose, partials: [forged, c, a] });
    expect(shared).toEqual(multiply(council.key, 5n));
    expect(members).toEqual([1, 3]);
    expect(refused.map(blameOf)).toEqual([{ code: "council.partial", culprits: [2], proven: false }]);
    // A bad copy does not displace the good one.
    expect(combinePartialDecryptions({ council, purpose, partials: [b, forged, a] }).members).toEqual([1, 2]);
  });

  test("error: one less than the threshold, one twice, old ones: nothing", () => {
    const seal = sealedWith(5n, 6n);
    const purpose = purposeOf(6n, seal.ephemeral);
    const [a, b] = shares.map((share) => givePartialDecryption({ council, share, purpose })) as [
      PartialDecryption,
      PartialDecryption,
    ];
    const combine = (partials: unknown[]) => blameOf(() => combinePartialDecryptions({ council, purpose, partials }));
    expect(combine([])).toEqual({ code: "council.tooFew", culprits: [], proven: false });
    expect(combine([a])?.code).toBe("council.tooFew");
    expect(combine([a, a, a])?.code).toBe("council.tooFew");
    expect(combine([a, { ...b, proof: a.proof }, null])).toEqual({
      code: "council.tooFew",
      culprits: [2],
      proven: false,
    });
  });
});

describe("verifyPartialDecryption", () => {
  const seal = { ephemeral: multiply(base8, 31n) };
  const purpose = purposeOf(8n, seal.ephemeral);
  const partial = givePartialDecryption({ council, share: shares[1]!, purpose });
  const refused = (given: unknown, at = purpose, by = council) => {
    const blame = blameOf(() => verifyPartialDecryption(by, at, given));
    expect(blame?.code).toBe("council.partial");
    return blame?.culprits;
  };

  test("default: gives D_i = s_i·8·E", () => {
    expect(verifyPartialDecryption(council, purpose, partial)).toEqual(
      multiply(seal.ephemeral, (8n * shares[1]!.secret) % l),
    );
  });

  test("error: any field changed, also by the order of its group or field", () => {
    const { point, proof } = partial;
    const change = (text: `0x${string}`, by: bigint) => wordText(BigInt(text) + by);
    const changed: unknown[] = [
      { ...partial, index: 1 },
      { ...partial, purpose: wordText(1n) },
      { ...partial, point: { x: point.y, y: point.x } },
      { ...partial, point: { ...point, x: wordText(FIELD_ORDER - BigInt(point.x)) } },
      { ...partial, point: { ...point, x: change(point.x, 1n) } },
      { ...partial, point: { ...point, x: change(point.x, FIELD_ORDER) } },
      { ...partial, point: { ...point, y: change(point.y, FIELD_ORDER) } },
      { ...partial, point: pointText(add(base8, verifyPartialDecryption(council, purpose, partial))) },
      { ...partial, proof: { ...proof, challenge: wordText((BigInt(proof.challenge) + 1n) % l) } },
      { ...partial, proof: { ...proof, challenge: change(proof.challenge, l) } },
      { ...partial, proof: { ...proof, response: wordText((BigInt(proof.response) + 1n) % l) } },
      { ...partial, proof: { ...proof, response: change(proof.response, l) } },
      { ...partial, proof: { challenge: proof.response, response: proof.challenge } },
      { ...partial, proof: { challenge: wordText(0n), response: wordText(0n) } },
    ];
    for (const each of changed) expect(refused(each)).toEqual([(each as PartialDecryption).index]);
  });

  test("error: the identity, small order, mixed, off the curve; not the form of one", () => {
    const { smallOrder, offCurve } = readVectors<{ smallOrder: Point[]; offCurve: Point[] }>("babyjubjub");
    const valid = verifyPartialDecryption(council, purpose, partial);
    const points = [IDENTITY, ...smallOrder, ...offCurve, ...smallOrder.slice(1).map((point) => add(valid, point))];
    for (const point of points) expect(refused({ ...partial, point: pointText(point) })).toEqual([2]);
    const { index: _, ...without } = partial;
    for (const form of [
      null,
      "text",
      without,
      { ...partial, extra: 1 },
      { ...partial, index: 4 },
      { ...partial, index: "2" },
    ]) {
      refused(form);
    }
    refused({ ...partial, point: { x: partial.point.x.toUpperCase(), y: partial.point.y } });
  });

  test("error: for another lock, order, domain, seal, kind or council, or a refreshed one", () => {
    const others: DecryptionPurpose[] = [
      { ...purpose, lockNullifier: 9n },
      { ...purpose, subject: wordText(0n) },
      { ...purpose, domain: 6n },
      { ...purpose, kind: "valuation" },
      { ...purpose, ephemeral: multiply(base8, 32n) },
    ];
    for (const other of others) {
      refused(partial, other);
      const theirs = givePartialDecryption({ council, share: shares[1]!, purpose: other });
      expect(refused({ ...theirs, purpose: partial.purpose })).toEqual([2]); // the proof binds it, not the label alone
    }
    refused(partial, purpose, readCouncil({ ...council.text, epoch: 1 }));
    const { council: other, shares: theirs } = dealtCouncil(55n, 2, 3);
    refused(givePartialDecryption({ council: other, share: theirs[1]!, purpose }));
  });

  test("behavior: the holder of the share cannot prove another result, whatever it announces", () => {
    const base = multiply(seal.ephemeral, 8n);
    const image = council.verificationShares[1]!;
    const result = multiply(base, shares[1]!.secret + 1n);
    const context = { purpose: partial.purpose, index: 2 };
    for (const used of [shares[1]!.secret, shares[1]!.secret + 1n]) {
      const proof = proveEquality(used, 1_234n, { base, image, result }, context);
      expect(refused({ ...partial, point: pointText(result), proof })).toEqual([2]);
    }
    const right = { base, image, result: multiply(base, shares[1]!.secret) };
    const proof = proveEquality(shares[1]!.secret, 1_234n, right, context);
    expect(verifyPartialDecryption(council, purpose, { ...partial, proof })).toEqual(right.result);
    const byOther = proveEquality(shares[1]!.secret, 1_234n, right, { ...context, index: 3 });
    expect(refused({ ...partial, proof: byOther })).toEqual([2]);
  });

  test("error: a share that is not the member's; a seal that is none", () => {
    const give = (share: CouncilShare, at = purpose) =>
      blameOf(() => givePartialDecryption({ council, share, purpose: at }))?.code;
    expect(give({ index: 1, secret: shares[1]!.secret })).toBe("council.share");
    expect(give({ index: 4, secret: shares[1]!.secret })).toBe("council.share");
    expect(give({ index: 2, secret: shares[1]!.secret + l })).toBe("council.share");
    expect(give({ index: 2, secret: 0n })).toBe("council.share");
    expect(give(shares[1]!, { ...purpose, ephemeral: IDENTITY })).toBe("crypto.sealEphemeral");
    expect(give(shares[1]!, { ...purpose, ephemeral: { x: 1n, y: 1n } })).toBe("crypto.point");
  });

  test("behavior: an ephemeral with a part of small order is cleared, as one trustee clears it", () => {
    const { smallOrder } = readVectors<{ smallOrder: Point[] }>("babyjubjub");
    const mixed = purposeOf(8n, add(seal.ephemeral, smallOrder[1]!));
    const given = givePartialDecryption({ council, share: shares[1]!, purpose: mixed });
    expect(verifyPartialDecryption(council, mixed, given)).toEqual(verifyPartialDecryption(council, purpose, partial));
  });

  test("behavior: a generator that repeats itself does not repeat the nonce for another statement", () => {
    const give = (at: DecryptionPurpose) =>
      givePartialDecryption({ council, share: shares[1]!, purpose: at, random: seededRandom("same") });
    /** The secret of two responses z = w + c·s to two challenges with one w: (z − z′) / (c − c′). */
    const extract = (proofs: readonly ProofText[]) => {
      const [first, second] = proofs.map(({ challenge, response }) => ({ c: BigInt(challenge), z: BigInt(response) }));
      const difference = (((first!.c - second!.c) % l) + l) % l;
      return ((((first!.z - second!.z) * inverse(difference)) % l) + l) % l;
    };
    const statement = {
      base: multiply(seal.ephemeral, 8n),
      image: council.verificationShares[1]!,
      result: verifyPartialDecryption(council, purpose, partial),
    };
    const repeated = [1, 2].map((index) => proveEquality(shares[1]!.secret, 1_234n, statement, { index }));
    expect(extract(repeated)).toBe(shares[1]!.secret);

    const [one, two] = [give(purpose), give({ ...purpose, lockNullifier: 9n })];
    expect(extract([one.proof, two.proof])).not.toBe(shares[1]!.secret);
    expect(give(purpose)).toEqual(one);
  });
});
