import type { Hex } from "viem";

import { addPoints, mulBase8, mulPoint, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { challengeOf } from "./transcript.ts";
import { pointText, readScalar, wordText } from "./wire.ts";

/** A Fiat–Shamir proof: challenge c and response z = w + c·x mod l, both canonical. */
export interface ProofText {
  readonly challenge: Hex;
  readonly response: Hex;
}

const POSSESSION = "hypothec.council.possession.1";
const EQUALITY = "hypothec.council.dleq.1";

/** What a proof is bound to beside its points: plain JSON. */
export type ProofContext = Readonly<Record<string, string | number>>;

/** Schnorr's proof that its maker knows x with P = x·B. `nonce`: a secret scalar that is used once. */
export function provePossession(secret: bigint, nonce: bigint, context: ProofContext): ProofText {
  const challenge = possessionChallenge(mulBase8(secret), mulBase8(nonce), context);
  return respond(secret, nonce, challenge);
}

/** Whether c = H(context, P, z·B − c·P), with canonical scalars. `point` is of the prime-order subgroup. */
export function verifyPossession(point: Point, proof: ProofText, context: ProofContext): boolean {
  const scalars = scalarsOf(proof);
  if (scalars === undefined) return false;
  const { c, z } = scalars;
  return c === possessionChallenge(point, addPoints(mulBase8(z), mulPoint(point, -c)), context);
}

/** The statement of an equality: image = x·B and result = x·base for one x. All three of the prime-order subgroup. */
export interface EqualityStatement {
  readonly base: Point;
  readonly image: Point;
  readonly result: Point;
}

/** Chaum and Pedersen's proof that log_B(image) = log_base(result). `nonce`: a secret scalar that is used once. */
export function proveEquality(
  secret: bigint,
  nonce: bigint,
  statement: EqualityStatement,
  context: ProofContext,
): ProofText {
  const challenge = equalityChallenge(statement, mulBase8(nonce), mulPoint(statement.base, nonce), context);
  return respond(secret, nonce, challenge);
}

/** Whether c = H(context, statement, z·B − c·image, z·base − c·result), with canonical scalars. */
export function verifyEquality(statement: EqualityStatement, proof: ProofText, context: ProofContext): boolean {
  const scalars = scalarsOf(proof);
  if (scalars === undefined) return false;
  const { c, z } = scalars;
  const first = addPoints(mulBase8(z), mulPoint(statement.image, -c));
  const second = addPoints(mulPoint(statement.base, z), mulPoint(statement.result, -c));
  return c === equalityChallenge(statement, first, second, context);
}

function possessionChallenge(point: Point, announced: Point, context: ProofContext): bigint {
  return challengeOf(POSSESSION, { context, point: pointText(point), announced: pointText(announced) });
}

function equalityChallenge(
  { base, image, result }: EqualityStatement,
  first: Point,
  second: Point,
  context: ProofContext,
): bigint {
  return challengeOf(EQUALITY, { context, points: [base, image, result, first, second].map(pointText) });
}

function respond(secret: bigint, nonce: bigint, challenge: bigint): ProofText {
  const response = (nonce + challenge * secret) % SUBGROUP_ORDER;
  return { challenge: wordText(challenge), response: wordText(response) };
}

function scalarsOf({ challenge, response }: ProofText): { c: bigint; z: bigint } | undefined {
  const [c, z] = [readScalar(challenge), readScalar(response)];
  return c === undefined || z === undefined ? undefined : { c, z };
}
