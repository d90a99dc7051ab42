import { beforeAll, describe, expect, test } from "vitest";

import { expectOnlyRefusedBy } from "../support/circuits/expect.ts";
import { loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem, Inputs } from "../support/circuits/harness.ts";
import { aliasOfBits } from "../support/circuits/lies.ts";
import {
  addPoints,
  base8,
  isOnCurve,
  isSignature,
  multiply,
  orderEight,
  sign,
  signatureChallenge,
  spendingKey,
  subgroupOrder as l,
} from "../support/reference/crypto.ts";
import type { JubPoint } from "../support/reference/crypto.ts";
import { createRandom, q } from "../support/reference/field.ts";

let ours: ConstraintSystem;
let circomlibs: ConstraintSystem;
let mulByHash: ConstraintSystem;
beforeAll(async () => {
  ours = await loadComponent("signature.circom", "VerifySignature()");
  circomlibs = await loadComponent("circomlib/circuits/eddsaposeidon.circom", "EdDSAPoseidonVerifier()");
  mulByHash = await loadComponent("scalar.circom", "MulByHash()");
});

interface Claim {
  readonly key: JubPoint;
  readonly message: bigint;
  readonly r8: JubPoint;
  readonly s: bigint;
}

const identity: JubPoint = { x: 0n, y: 1n };
const small = Array.from({ length: 8 }, (_, k) => multiply(orderEight, BigInt(k)));
/** One point each of order 8, 4 and 2. */
const smallest = [small[1]!, small[2]!, small[4]!];
const modL = (value: bigint): bigint => ((value % l) + l) % l;
const secret = createRandom(31)(250);
const nonce = createRandom(32)(250);

/** Signs with the secret as its holder can, where key and R8 may differ from the secret's and the nonce's by points of small order. */
function signed(message: bigint, keyShift = identity, nonceShift = identity, r = nonce): Claim {
  const key = addPoints(multiply(base8, secret), keyShift);
  const r8 = addPoints(multiply(base8, r), nonceShift);
  return { key, message, r8, s: modL(r + 8n * signatureChallenge(r8, key, message) * secret) };
}

const ourInputs = ({ key, message, r8, s }: Claim): Inputs => ({
  keyX: key.x,
  keyY: key.y,
  message,
  r8x: r8.x,
  r8y: r8.y,
  s,
});

/** What the constraints say, whatever the generator asserts. */
async function verdict(claim: Claim): Promise<{ ours: boolean; circomlib: boolean; circomlibjs: boolean }> {
  const { key, message, r8, s } = claim;
  const theirInputs = { enabled: 1n, Ax: key.x, Ay: key.y, S: s, R8x: r8.x, R8y: r8.y, M: message };
  return {
    ours: ours.violations(await ours.lenientWitness(ourInputs(claim))).length === 0,
    circomlib: circomlibs.violations(await circomlibs.lenientWitness(theirInputs)).length === 0,
    circomlibjs: isSignature(key, message, r8, s),
  };
}
const all = (verdict: boolean): object => ({ ours: verdict, circomlib: verdict, circomlibjs: verdict });

describe("VerifySignature", () => {
  test("default: agrees with circomlib's circuit and circomlibjs on honest signatures and changed ones", async () => {
    for (const [k, message] of [0n, 1n, q - 1n].entries()) {
      const key = spendingKey(40 + k);
      const claim = { key: key.point, message, ...sign(key, message) };
      expect(await verdict(claim)).toEqual(all(true));
      expect(await verdict({ ...claim, message: (message + 1n) % q })).toEqual(all(false));
    }
    const claim = signed(5n);
    const { key, r8, s } = claim;
    expect(await verdict({ ...claim, s: modL(s + 1n) })).toEqual(all(false));
    expect(await verdict({ ...claim, s: modL(-s) })).toEqual(all(false));
    expect(await verdict({ ...claim, r8: { ...r8, x: q - r8.x } })).toEqual(all(false));
    expect(await verdict({ ...claim, key: { ...key, x: q - key.x } })).toEqual(all(false));
    expect(await verdict({ ...claim, key: spendingKey(50).point })).toEqual(all(false));
  });

  test("error: keys of order 1, 2, 4 and 8, under which circomlibjs lets anybody sign", async () => {
    expect(small.map((point) => isOnCurve(point))).toEqual(small.map(() => true));
    expect(new Set(small.map(({ x, y }) => `${x},${y}`)).size).toBe(8);
    for (const key of small) {
      const r8 = multiply(base8, 12n);
      expect(await verdict({ key, message: 5n, r8, s: 12n })).toEqual({
        ours: false,
        circomlib: false,
        circomlibjs: true,
      });
    }
  });

  test("behavior: R8 is the identity: its holder signs without a nonce", async () => {
    expect(await verdict(signed(5n, identity, identity, 0n))).toEqual(all(true));
  });

  test("error: R8 of small order, or with a part of small order", async () => {
    for (const point of smallest) {
      expect(await verdict(signed(5n, identity, point, 0n))).toEqual(all(false));
      expect(await verdict(signed(5n, identity, point))).toEqual(all(false));
    }
  });

  test("behavior: a key with a part of small order signs like any other; its owner hash is its own", async () => {
    for (const point of smallest) {
      expect(await verdict(signed(5n, point))).toEqual(all(true));
      const other = signed(5n);
      expect(await verdict({ ...other, key: addPoints(other.key, point) })).toEqual(all(false));
    }
  });

  test("behavior: S + l below 2^251 is the same signature to this circuit only; above, and 0 for S, is none", async () => {
    let claim = signed(0n);
    for (let message = 1n; claim.s + l >= 2n ** 251n; message++) claim = signed(message);
    expect(await verdict(claim)).toEqual(all(true));
    expect(await verdict({ ...claim, s: claim.s + l })).toEqual({ ours: true, circomlib: false, circomlibjs: false });
    for (const s of [claim.s + 2n * l, claim.s + 3n * l, q - 1n, 2n ** 251n, 0n, l]) {
      expect(await verdict({ ...claim, s })).toEqual(all(false));
    }
  });

  test("error: points off the curve, which circomlib's circuit leaves to its caller", async () => {
    const claim = signed(5n);
    expect((await verdict({ ...claim, key: { x: 2n, y: 3n } })).ours).toBe(false);
    expect((await verdict({ ...claim, r8: { x: 2n, y: 3n } })).ours).toBe(false);
    // On no curve, with coordinates that make every Edwards sum with it look like the other point.
    expect((await verdict({ ...claim, key: { x: 0n, y: 0n } })).ours).toBe(false);
    expect((await verdict({ ...claim, r8: { x: 0n, y: 0n } })).ours).toBe(false);
  });

  test("error: the challenge plus q, which has 254 bits too for one hash in three", async () => {
    let claim = signed(0n);
    const challenge = (): bigint => signatureChallenge(claim.r8, claim.key, claim.message);
    for (let message = 1n; challenge() + q >= 2n ** 254n; message++) claim = signed(message);
    const lying = { ...claim, s: modL(nonce + 8n * (challenge() + q) * secret) };
    expect(lying.s).not.toBe(claim.s);
    await expectOnlyRefusedBy(ours, ourInputs(lying), [aliasOfBits], /CanonicalBits_0\.Range_0\.bits/);
  });
});

describe("MulByHash", () => {
  const random = createRandom(33);
  const bits = (hash: bigint): bigint[] => Array.from({ length: 254 }, (_, k) => (hash >> BigInt(k)) & 1n);
  const inputs = (hash: bigint, p: bigint): Inputs => {
    const point = multiply(base8, p);
    return { bit: bits(hash), p: [point.x, point.y] };
  };
  const run = async (hash: bigint, p: bigint): Promise<{ holds: boolean; out: JubPoint }> => {
    const witness = await mulByHash.lenientWitness(inputs(hash, p));
    return { holds: mulByHash.violations(witness).length === 0, out: { x: witness[1]!, y: witness[2]! } };
  };
  const inverse = (value: bigint): bigint => {
    let [result, power] = [1n, modL(value)];
    for (let e = l - 2n; e > 0n; e >>= 1n) {
      if (e & 1n) result = (result * power) % l;
      power = (power * power) % l;
    }
    return result;
  };

  test("default: is hash·P at the boundaries of the hash and of the key", async () => {
    const hashes = [1n, 2n, l - 1n, l + 1n, 7n * l + 1n, q - 1n, q, 2n ** 253n, 2n ** 254n - 1n, random(253)];
    // Not for keys like 3, which meet the exceptions below at such hashes: 3·(l + 1) for one.
    for (const p of [random(250), random(250), l - random(249), random(64)]) {
      for (const hash of hashes) {
        expect(await run(hash, p)).toEqual({ holds: true, out: multiply(multiply(base8, p), hash) });
      }
    }
  });

  test("error: no witness where the result would be the identity, or for P = −Base8", async () => {
    for (let k = 0n; k < 8n; k++) expect((await run(k * l, random(250))).holds).toBe(false);
    expect((await run(random(253), l - 1n)).holds).toBe(false);
  });

  test("behavior: 2^k is not 1 modulo l for any k that the argument needs", () => {
    let power = 1n;
    for (let k = 1; k <= 255; k++) {
      power = (2n * power) % l;
      expect(power).not.toBe(1n);
    }
  });

  // The argument of scalar.circom, case by case: at step j, with leading bits t and next bit b.
  const steps = [0, 1, 2, 9, 100, 200, 250, 252, 253].flatMap((j) =>
    [0n, 1n].map((b) => {
      const t = random(j);
      const tail = 253 - j;
      return { j, t, b, hash: (((t << 1n) | b) << BigInt(tail)) | random(tail), scale: inverse(2n ** BigInt(254 - j)) };
    }),
  );
  const usable = (p: bigint): boolean => p !== 0n && p !== l - 1n;

  test("error: opposite points, in the first and in the second addition, have no witness", async () => {
    let cases = 0;
    for (const { t, b, hash, scale } of steps) {
      const first = modL(-scale * inverse(t + b));
      const second = modL((1n - 2n * scale) * inverse(2n * t + b));
      for (const p of [first, second].filter(usable)) {
        expect((await run(hash, p)).holds).toBe(false);
        cases++;
      }
    }
    expect(cases).toBe(30);
  });

  test("behavior: equal points leave the slope free, and whoever meets them has computed the private key", async () => {
    const met = { hole: 0, none: 0 };
    for (const { t, b, hash, scale } of steps) {
      const p = modL((2n - scale) * inverse(t - b));
      if (!usable(p)) continue;
      const { holds, out } = await run(hash, p);
      if ((t - b) % 2n === 0n) {
        // The accumulator before this one would be the identity.
        expect(holds).toBe(false);
        met.none++;
      } else {
        // The one hole there is, at exactly this p: the constraints hold for something else than hash·P.
        expect(holds).toBe(true);
        expect(out).not.toEqual(multiply(multiply(base8, p), hash));
        met.hole++;
      }
      expect(await run(hash, p + 1n)).toEqual({ holds: true, out: multiply(multiply(base8, p + 1n), hash) });
    }
    expect(met.hole).toBeGreaterThan(5);
    expect(met.none).toBeGreaterThan(5);
  });
});
