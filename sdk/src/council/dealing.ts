import type { Hex } from "viem";

import { IDENTITY, isIdentity, mulBase8, type Point } from "../crypto/babyjub.ts";
import { closeBox, openBox, openRevealedBox } from "./box.ts";
import { councilError } from "./errors.ts";
import type { BodyOf, CouncilMessage } from "./messages.ts";
import type { OperatorKeys } from "./operator.ts";
import { evaluate, evaluateCommitments } from "./polynomial.ts";
import { provePossession, verifyPossession } from "./proofs.ts";
import { operatorOf, type CouncilSession } from "./session.ts";
import { digestOf, scalarFrom } from "./transcript.ts";
import { pointText, readPoint, readScalar, wordText, type PointText } from "./wire.ts";

/** All that is random in a run, drawn before its first message, so that a restart repeats messages and never contradicts them. Secret. */
export interface DealingSecrets {
  /** a_0 … a_(t−1); a_0 = 0 in a refresh. */
  readonly coefficients: readonly Hex[];
  /** Of the boxes, in the session's order. */
  readonly ephemerals: readonly Hex[];
  /** Of the proof of possession. */
  readonly nonce: Hex;
}

/** Draw a dealer's secrets. `random` gives secure random bytes. */
export function drawSecrets(session: CouncilSession, random: (count: number) => Uint8Array): DealingSecrets {
  const draw = () => wordText(scalarFrom(random));
  const coefficients = Array.from({ length: session.threshold }, draw);
  if (session.refreshes !== null) coefficients[0] = wordText(0n);
  return { coefficients, ephemerals: session.operators.map(draw), nonce: draw() };
}

/** What a dealer publishes: commitments, proof of possession, a share for each operator. */
export function dealingOf(session: CouncilSession, from: number, secrets: DealingSecrets): BodyOf<"deal"> {
  const coefficients = secrets.coefficients.map(BigInt);
  return {
    commitments: coefficients.map((coefficient) => pointText(mulBase8(coefficient))),
    possession: provePossession(coefficients[0]!, BigInt(secrets.nonce), possessionContext(session, from)),
    boxes: session.operators.map(({ index, encryption }, i) =>
      closeBox(encryption, secrets.ephemerals[i]!, evaluate(coefficients, index), {
        session: session.hash,
        from,
        to: index,
      }),
    ),
  };
}

/** What a dealer commits to in the first round. It hides: the points are random, so that nobody can try them. */
export function dealingDigest({ hash }: CouncilSession, from: number, commitments: readonly PointText[]): Hex {
  return digestOf("hypothec.council.commitment.1", { session: hash, from, commitments });
}

/**
 * The commitments of a deal whose public parts are right.
 *
 * @throws HypothecError `council.malformed`, `council.opening`, `council.possession`: the signed deal, with the signed commitment, convicts its dealer.
 */
export function readCommitments(
  session: CouncilSession,
  commit: CouncilMessage<"commit">,
  deal: CouncilMessage<"deal">,
): Point[] {
  const { from, body } = deal;
  const blame = { culprits: [from], proven: true, evidence: [commit, deal] };
  const points = body.commitments.map((text, k) => readCommitment(text, session.refreshes !== null && k === 0));
  const isComplete = points.length === session.threshold && body.boxes.length === session.operators.length;
  if (!isComplete || !points.every((point) => point !== undefined)) {
    throw councilError(
      "council.malformed",
      `Operator ${from} did not deal ${session.threshold} points of prime order and ${session.operators.length} shares`,
      blame,
    );
  }
  if (dealingDigest(session, from, body.commitments) !== commit.body.digest) {
    throw councilError("council.opening", `Operator ${from} dealt other commitments than it committed to`, blame);
  }
  if (!verifyPossession(points[0]!, body.possession, possessionContext(session, from))) {
    throw councilError("council.possession", `Operator ${from} did not prove that it knows its secret`, blame);
  }
  return points;
}

/** f_from(i) as its recipient i finds it; undefined when the box does not open, or does not hold f_from(i). */
export function receiveShare(
  session: CouncilSession,
  keys: OperatorKeys,
  to: number,
  deal: CouncilMessage<"deal">,
  commitments: readonly Point[],
): bigint | undefined {
  const context = { session: session.hash, from: deal.from, to };
  return fitting(openBox(keys.view, boxFor(session, deal, to), context), to, commitments);
}

/** Whether a dealer's revealed ephemeral secret shows that its box for `to` held the right share, so that the complaint was false. */
export function isRefuted(
  session: CouncilSession,
  to: number,
  deal: CouncilMessage<"deal">,
  commitments: readonly Point[],
  ephemeralSecret: Hex,
): boolean {
  const { encryption } = operatorOf(session, to);
  const context = { session: session.hash, from: deal.from, to };
  const value = openRevealedBox(encryption, ephemeralSecret, boxFor(session, deal, to), context);
  return fitting(value, to, commitments) !== undefined;
}

function fitting(value: bigint | undefined, to: number, commitments: readonly Point[]): bigint | undefined {
  if (value === undefined || readScalar(wordText(value)) === undefined) return undefined;
  const [actual, expected] = [mulBase8(value), evaluateCommitments(commitments, to)];
  return actual.x === expected.x && actual.y === expected.y ? value : undefined;
}

function boxFor(session: CouncilSession, deal: CouncilMessage<"deal">, to: number): Hex {
  return deal.body.boxes[session.operators.findIndex(({ index }) => index === to)]!;
}

/** A refresh adds a polynomial that is 0 at 0: there, and only there, the identity is the one right point. */
function readCommitment(text: PointText, isZero: boolean): Point | undefined {
  if (!isZero) return readPoint(text);
  return isIdentity({ x: BigInt(text.x), y: BigInt(text.y) }) ? IDENTITY : undefined;
}

function possessionContext({ hash }: CouncilSession, from: number) {
  return { session: hash, from };
}
