import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { blameOf, interpolateSecret, operatorKeys, seededRandom, sessionOf } from "../../../test/support/council.ts";
import { base8, l, multiply } from "../../../test/support/model/jub.ts";
import { IDENTITY } from "../crypto/babyjub.ts";
import { closeBox, openBox, openRevealedBox } from "./box.ts";
import { readCouncil } from "./council.ts";
import type { Operator } from "./operator.ts";
import { evaluate, evaluateCommitments, lagrangeAtZero } from "./polynomial.ts";
import { createSession } from "./session.ts";
import { canonicalJson, digestOf, scalarFrom } from "./transcript.ts";
import { pointText, readPoint, readScalar, wordText } from "./wire.ts";

const keys = operatorKeys(3);
const session = sessionOf(keys, 2);
const scalar = fc.bigInt({ min: 0n, max: l - 1n });

describe("createSession", () => {
  const { id, threshold, operators } = session;

  test("behavior: the hash binds everything", () => {
    const swapped = operators.map((each, i) => ({ ...operators[2 - i]!, index: each.index }));
    const hashes = [
      session,
      sessionOf(keys, 3),
      sessionOf(keys, 2, "02"),
      sessionOf(keys.slice(0, 2), 2),
      createSession({ id, threshold, operators: swapped }),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(createSession({ id, threshold, operators }).hash).toBe(session.hash);
  });

  test("error: sizes, numbering, keys", () => {
    const [first, second, last] = operators as [Operator, Operator, Operator];
    const bad: Partial<Parameters<typeof createSession>[0]>[] = [
      { threshold: 1 },
      { threshold: 4 },
      { threshold: 2.5 },
      { id: "0x01" },
      { operators: [] },
      { operators: [second, first, last] },
      { operators: [first, last] },
      { operators: [first, first, last] },
      { operators: [first, second, { ...last, index: 256 }] },
      { operators: [first, second, { ...last, signing: first.signing }] },
      { operators: [first, second, { ...last, encryption: first.encryption }] },
      { operators: [first, second, { ...last, encryption: wordText(0n) }] },
      { operators: [first, second, { ...last, encryption: `0x01${"00".repeat(31)}` }] },
      { operators: [first, second, { ...last, signing: wordText(1n << 248n) }] }, // the neutral element of Ed25519
      { operators: [first, second, { ...last, signing: `0x${"ff".repeat(32)}` }] },
      { operators: [first, second, { ...last, signing: last.signing.toUpperCase() as `0x${string}` }] },
    ];
    for (const change of bad) {
      expect(blameOf(() => createSession({ id, threshold, operators, ...change }))?.code).toBe("council.session");
    }
  });
});

describe("readCouncil", () => {
  const text = {
    session: session.hash,
    epoch: 0,
    threshold: 2,
    members: [1, 2, 5],
    commitments: [3n, 4n].map((each) => pointText(multiply(base8, each))),
  };

  test("default: key and verification shares from the commitments", () => {
    const council = readCouncil(text);
    expect(council.key).toEqual(multiply(base8, 24n));
    expect(council.verificationShares).toEqual([7n, 11n, 23n].map((each) => multiply(base8, each)));
    expect(readCouncil(JSON.parse(JSON.stringify(council.text)) as typeof text)).toEqual(council);
  });

  test("error: points that are not of prime order, members out of order, a share of 0", () => {
    const bad: Partial<typeof text>[] = [
      { commitments: [pointText(IDENTITY), text.commitments[1]!] },
      { commitments: text.commitments.slice(1) },
      { commitments: [text.commitments[0]!, { x: "0x1", y: "0x2" }] },
      { members: [2, 1, 5] },
      { members: [0, 1] },
      { members: [1] },
      { threshold: 3 },
      { epoch: -1 },
      { session: "0x" },
      { commitments: [3n, l - 3n].map((each) => pointText(multiply(base8, each))) }, // f(1) = 0
    ];
    for (const change of bad) expect(blameOf(() => readCouncil({ ...text, ...change }))?.code).toBe("council.session");
  });
});

describe("polynomials", () => {
  test("default: by powers; commitments evaluate to the share's point; Lagrange gives back f(0)", () => {
    fc.assert(
      fc.property(
        fc.array(scalar, { minLength: 1, maxLength: 5 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 5, maxLength: 6 }),
        (coefficients, indices) => {
          const shares = indices.map((index) => ({ index, secret: evaluate(coefficients, index) }));
          for (const { index, secret } of shares) {
            const powers = coefficients.reduce((sum, each, k) => sum + each * BigInt(index) ** BigInt(k), 0n);
            expect(secret).toBe(powers % l);
          }
          const weights = lagrangeAtZero(indices);
          const sum = shares.reduce((total, { secret }, i) => total + secret * weights[i]!, 0n) % l;
          expect(sum).toBe(coefficients[0]);
          expect(interpolateSecret(shares)).toBe(sum);
          const points = coefficients.map((each) => multiply(base8, each));
          expect(evaluateCommitments(points, indices[0]!)).toEqual(multiply(base8, shares[0]!.secret));
        },
      ),
      { numRuns: 20, seed: 12 },
    );
  });

  test("error: indices that repeat or are 0", () => {
    for (const indices of [
      [1, 1],
      [0, 1],
      [1, 256],
      [1.5, 2],
    ]) {
      expect(blameOf(() => lagrangeAtZero(indices))?.code).toBe("council.session");
    }
  });
});

describe("boxes", () => {
  const context = { session: session.hash, from: 1, to: 2 };
  const ephemeral = wordText(scalarFrom(seededRandom("box")));
  const box = closeBox(keys[1]!.encryption, ephemeral, 42n, context);

  test("default: the recipient opens it, and anyone who is told the ephemeral secret", () => {
    expect(box).toHaveLength(2 + 160);
    expect(openBox(keys[1]!.view, box, context)).toBe(42n);
    expect(openRevealedBox(keys[1]!.encryption, ephemeral, box, context)).toBe(42n);
  });

  test("error: another recipient, context, secret; a changed byte; another size", () => {
    expect(openBox(keys[0]!.view, box, context)).toBeUndefined();
    for (const change of [{ from: 3 }, { to: 3 }, { session: wordText(0n) }]) {
      expect(openBox(keys[1]!.view, box, { ...context, ...change })).toBeUndefined();
    }
    expect(openRevealedBox(keys[1]!.encryption, wordText(5n), box, context)).toBeUndefined();
    expect(openRevealedBox(keys[0]!.encryption, ephemeral, box, context)).toBeUndefined();
    for (const at of [4, 80, 161]) {
      const digit = box[at] === "0" ? "1" : "0";
      expect(openBox(keys[1]!.view, `0x${box.slice(2, at)}${digit}${box.slice(at + 1)}`, context)).toBeUndefined();
    }
    expect(openBox(keys[1]!.view, `${box}00`, context)).toBeUndefined();
    expect(openBox(keys[1]!.view, `0x${"00".repeat(80)}`, context)).toBeUndefined();
  });
});

describe("texts", () => {
  test("default: canonical JSON sorts keys; labels separate", () => {
    expect(canonicalJson({ b: [1, "x", null], a: { d: true, c: 0 } })).toBe('{"a":{"c":0,"d":true},"b":[1,"x",null]}');
    expect(digestOf("a", 1)).not.toBe(digestOf("b", 1));
    // printf 'label\0{"a":1}' | sha256sum
    expect(digestOf("label", { a: 1 })).toBe("0x515b0c0d9c34ce836d3b43c25e6951948348e543e170641b7f44f67076d51af4");
  });

  test("error: what is not plain JSON", () => {
    for (const value of [1n, undefined, 1.5, NaN, () => 1]) expect(() => canonicalJson({ value })).toThrow(TypeError);
  });

  test("behavior: numbers and points have one text", () => {
    expect(readScalar(wordText(l - 1n))).toBe(l - 1n);
    expect(readScalar(wordText(l))).toBeUndefined();
    expect(readPoint(pointText(base8))).toEqual(base8);
    expect(readPoint(pointText(IDENTITY))).toBeUndefined();
  });
});
