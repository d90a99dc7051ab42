import { bytesToHex, type Hex } from "viem";
import { z } from "zod";

import { addPoints, mulPoint, type Point } from "../crypto/babyjub.ts";
import { randomBytes } from "../crypto/field.ts";
import { openWithShared, sealBase } from "../crypto/seal.ts";
import { assertShare, verificationShareOf, type Council, type CouncilShare } from "./council.ts";
import { councilError } from "./errors.ts";
import { pointSchema, proofSchema } from "./messages.ts";
import { lagrangeAtZero } from "./polynomial.ts";
import { proveEquality, verifyEquality, type EqualityStatement, type ProofText } from "./proofs.ts";
import { purposeHash, type DecryptionPurpose } from "./policy.ts";
import { challengeOf } from "./transcript.ts";
import { pointText, readPoint, wordText, type PointText } from "./wire.ts";

/**
 * A member's part of opening one seal: D_i = s_i·8·E with a proof that log_B(S_i) = log_8E(D_i). Plain JSON. Threshold of them
 * open the seal for whoever has them: send them to whoever settles, over a channel that nobody else reads.
 */
export interface PartialDecryption {
  readonly index: number;
  /** {@link purposeHash}. */
  readonly purpose: Hex;
  readonly point: PointText;
  readonly proof: ProofText;
}

const partialSchema = z.strictObject({
  index: z.int().min(1).max(255),
  purpose: z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value)),
  point: pointSchema,
  proof: proofSchema,
});

export interface GivePartialParameters {
  readonly council: Council;
  readonly share: CouncilShare;
  /** From `decideDecryption`, about what the member itself read from the chains. */
  readonly purpose: DecryptionPurpose;
  /** Secure random bytes; another source is for tests only. */
  readonly random?: (count: number) => Uint8Array;
}

/**
 * Give a partial decryption.
 *
 * @throws HypothecError `council.share`; `crypto.point` and `crypto.sealEphemeral` for a seal that is none.
 */
export function givePartialDecryption({
  council,
  share,
  purpose,
  random = randomBytes,
}: GivePartialParameters): PartialDecryption {
  assertShare(council, share);
  const base = sealBase(purpose.ephemeral);
  const hash = purposeHash(council, purpose);
  const statement = {
    base,
    image: verificationShareOf(council, share.index),
    result: mulPoint(base, share.secret),
  };
  const nonce = nonceOf(share, hash, random(32));
  return {
    index: share.index,
    purpose: hash,
    point: pointText(statement.result),
    proof: proveEquality(share.secret, nonce, statement, contextOf(share.index, hash)),
  };
}

/**
 * The point D_i of a partial decryption that verifies.
 *
 * @throws HypothecError `council.partial`, which names the member it says it is from: proven only if the channel is authenticated.
 */
export function verifyPartialDecryption(council: Council, purpose: DecryptionPurpose, partial: unknown): Point {
  return verifyFor(council, sealBase(purpose.ephemeral), purposeHash(council, purpose), partial).point;
}

export interface CombineParameters {
  readonly council: Council;
  readonly purpose: DecryptionPurpose;
  /** Of any members, in any order. */
  readonly partials: readonly unknown[];
}

export interface CombinedDecryption {
  /** S = x·8·E. */
  readonly shared: Point;
  /** Whose partial decryptions it is made of. */
  readonly members: readonly number[];
  /** Whose were refused, and why. */
  readonly refused: readonly unknown[];
}

/**
 * S = Σ λ_i·D_i over the first threshold of valid partial decryptions. Any set gives the same S.
 *
 * @throws HypothecError `council.tooFew`; `args.culprits` are the members whose were refused.
 */
export function combinePartialDecryptions({ council, purpose, partials }: CombineParameters): CombinedDecryption {
  const base = sealBase(purpose.ephemeral);
  const hash = purposeHash(council, purpose);
  const valid = new Map<number, Point>();
  const refused: unknown[] = [];
  const culprits = new Set<number>();
  for (const partial of partials) {
    const judged = judge(council, base, hash, partial);
    if ("error" in judged) {
      refused.push(judged.error);
      if (judged.index !== undefined) culprits.add(judged.index);
    } else {
      valid.set(judged.index, judged.point);
    }
  }
  if (valid.size < council.threshold) {
    throw councilError(
      "council.tooFew",
      `${valid.size} valid partial decryptions of lock ${purpose.lockNullifier}, the threshold is ${council.threshold}`,
      { culprits: [...culprits], proven: false, evidence: refused },
      "Ask further members.",
    );
  }
  const members = [...valid.keys()].sort((a, b) => a - b).slice(0, council.threshold);
  const weights = lagrangeAtZero(members);
  const shared = members.map((index, i) => mulPoint(valid.get(index)!, weights[i]!)).reduce(addPoints);
  return { shared, members, refused };
}

/**
 * Open a seal with the partial decryptions of threshold members: what `openSealed` gives to the one holder of a key.
 *
 * @throws HypothecError `council.tooFew`.
 */
export function openSealedAsCouncil({
  sealed,
  ...parameters
}: CombineParameters & { readonly sealed: readonly bigint[] }): bigint[] {
  const { shared } = combinePartialDecryptions(parameters);
  return openWithShared({ shared, sealed, lockNullifier: parameters.purpose.lockNullifier });
}

function judge(
  council: Council,
  base: Point,
  hash: Hex,
  partial: unknown,
): { index: number; point: Point } | { index: number | undefined; error: unknown } {
  try {
    return verifyFor(council, base, hash, partial);
  } catch (error) {
    const parsed = partialSchema.safeParse(partial);
    return { index: parsed.success ? parsed.data.index : undefined, error };
  }
}

function verifyFor(council: Council, base: Point, hash: Hex, partial: unknown): { index: number; point: Point } {
  const parsed = partialSchema.safeParse(partial);
  if (!parsed.success) throw councilError("council.partial", "A partial decryption has not the form of one");
  const { index, purpose, point: text, proof } = parsed.data;
  const image = verificationShareOf(council, index);
  const blame = { culprits: [index], proven: false };
  if (purpose !== hash) {
    throw councilError("council.partial", `Member ${index}'s partial decryption is for another purpose`, blame);
  }
  const point = readPoint(text);
  if (point === undefined) {
    throw councilError("council.partial", `Member ${index} gave no canonical point of prime order`, blame);
  }
  const statement: EqualityStatement = { base, image, result: point };
  if (!verifyEquality(statement, proof, contextOf(index, hash))) {
    throw councilError("council.partial", `Member ${index}'s partial decryption is not made with its share`, blame);
  }
  return { index, point };
}

function contextOf(index: number, purpose: Hex) {
  return { purpose, index };
}

/** Fresh bytes, hashed with the share and the statement: secret even if the generator repeats itself. Never 0 but with probability 1/l. */
function nonceOf({ index, secret }: CouncilShare, purpose: Hex, fresh: Uint8Array): bigint {
  return challengeOf("hypothec.council.nonce.1", {
    index,
    secret: wordText(secret),
    purpose,
    fresh: bytesToHex(fresh),
  });
}
