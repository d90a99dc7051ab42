import type { Hex } from "viem";

import { isIdentity, mulBase8, mulByCofactor, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { councilError } from "./errors.ts";
import { evaluateCommitments } from "./polynomial.ts";
import { digestOf } from "./transcript.ts";
import { pointText, readPoint, type PointText } from "./wire.ts";

/** A council as it is written down: public, plain JSON. Everything else of it is computed from this. */
export interface CouncilText {
  /** Hash of the session that the key was generated in, or last refreshed in. */
  readonly session: Hex;
  /** How often the shares were refreshed. */
  readonly epoch: number;
  readonly threshold: number;
  /** Ascending. */
  readonly members: readonly number[];
  /** A_k = a_k·B of the shared polynomial, k < threshold. A_0 is R. */
  readonly commitments: readonly PointText[];
}

/** A trustee of `members.length` operators, any `threshold` of whom open a seal. */
export interface Council {
  /** Hash of {@link CouncilText}: what partial decryptions are bound to. */
  readonly id: Hex;
  readonly text: CouncilText;
  readonly threshold: number;
  readonly members: readonly number[];
  /** R = x·B: what a market is given as its trustee. */
  readonly submitted: Point;
  /** 8·R: what the engine holds and openings are sealed to. */
  readonly key: Point;
  /** S_i = s_i·B, in the order of `members`. */
  readonly verificationShares: readonly Point[];
}

/** A member's secret: s_i in [1, l). Keep it like a trustee's key: threshold of them are one. */
export interface CouncilShare {
  readonly index: number;
  readonly secret: bigint;
}

const WORD = /^0x[0-9a-f]{64}$/;

/**
 * Read a council. Every point is checked to be canonical and of order l.
 *
 * @throws HypothecError `council.session`.
 */
export function readCouncil(text: CouncilText): Council {
  const { session, epoch, threshold, members } = text;
  assertMembers(members, threshold);
  if (!WORD.test(session) || !Number.isSafeInteger(epoch) || epoch < 0) {
    throw councilError("council.session", "The council names no session or epoch");
  }
  const commitments = text.commitments.map((each) =>
    WORD.test(each.x) && WORD.test(each.y) ? readPoint(each) : undefined,
  );
  if (commitments.length !== threshold || !commitments.every((each) => each !== undefined)) {
    throw councilError("council.session", `The council's commitments are not ${threshold} points of prime order`);
  }
  const clean: CouncilText = {
    session,
    epoch,
    threshold,
    members: [...members],
    commitments: commitments.map(pointText),
  };
  return {
    id: digestOf("hypothec.council.1", clean),
    text: clean,
    threshold,
    members: clean.members,
    submitted: commitments[0]!,
    key: mulByCofactor(commitments[0]!),
    verificationShares: members.map((index) => usable(evaluateCommitments(commitments, index), index)),
  };
}

/**
 * S_i of a member.
 *
 * @throws HypothecError `council.partial` for anyone else.
 */
export function verificationShareOf(council: Council, index: number): Point {
  const share = council.verificationShares[council.members.indexOf(index)];
  if (share === undefined) throw councilError("council.partial", `Operator ${index} is no member of the council`);
  return share;
}

/** @throws HypothecError `council.share` unless s_i·B = S_i; the message does not repeat the secret. */
export function assertShare(council: Council, { index, secret }: CouncilShare): void {
  const expected = council.verificationShares[council.members.indexOf(index)];
  const actual = secret > 0n && secret < SUBGROUP_ORDER ? mulBase8(secret) : undefined;
  if (expected === undefined || actual?.x !== expected.x || actual.y !== expected.y) {
    throw councilError(
      "council.share",
      `The secret share is not member ${index}'s of council ${council.text.session}, epoch ${council.text.epoch}`,
      undefined,
      "A refresh replaces every share: use the one of this epoch.",
    );
  }
}

/** @throws HypothecError `council.session` unless 2 ≤ threshold ≤ the number of members, which ascend from 1 to 255. */
export function assertMembers(members: readonly number[], threshold: number): void {
  const ascending = members.every((member, i) => Number.isInteger(member) && member > (members[i - 1] ?? 0));
  if (!ascending || (members.at(-1) ?? 0) > 255) {
    throw councilError("council.session", `[${members.join(", ")}] are not ascending indices from 1 to 255`);
  }
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > members.length) {
    throw councilError(
      "council.session",
      `The threshold is ${threshold}, expected 2 to the number of members, ${members.length}`,
    );
  }
}

function usable(point: Point, index: number): Point {
  if (isIdentity(point)) {
    throw councilError("council.session", `Member ${index}'s share is 0: generate another key`);
  }
  return point;
}
