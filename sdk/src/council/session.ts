import type { Hex } from "viem";

import { assertMembers, readCouncil, type Council, type CouncilText } from "./council.ts";
import { councilError } from "./errors.ts";
import { assertOperator, type Operator, type OperatorKeys } from "./operator.ts";
import { digestOf } from "./transcript.ts";

/** One run of key generation or refresh: public, plain JSON, the same for all operators. */
export interface CouncilSession {
  /** What every message is bound to: SHA-256 of all else here. */
  readonly hash: Hex;
  /** 32 bytes that no other session of these operators has. */
  readonly id: Hex;
  readonly threshold: number;
  /** By ascending index. */
  readonly operators: readonly Operator[];
  /** The council whose shares are refreshed; null when a key is generated. */
  readonly refreshes: CouncilText | null;
}

export interface SessionParameters {
  /** 32 fresh bytes. */
  readonly id: Hex;
  /** t, 2 … n: t − 1 operators together see nothing, and n − t may be gone. */
  readonly threshold: number;
  /** By ascending index: 1 … n for a new key. */
  readonly operators: readonly Operator[];
}

/**
 * The session that generates a council's key. Every operator makes it itself, from what the operators agreed on.
 *
 * @throws HypothecError `council.session`.
 */
export function createSession({ id, threshold, operators }: SessionParameters): CouncilSession {
  return sessionOf(id, threshold, operators, null);
}

/**
 * The session that gives a council new shares of the same key. Members who are not among `operators` are left out from then on. Old
 * shares are worth nothing once fewer than the threshold of them are left anywhere: delete them.
 *
 * @throws HypothecError `council.session` when an operator is no member, or fewer than the threshold take part.
 */
export function createRefreshSession(
  council: Council,
  { id, operators }: Omit<SessionParameters, "threshold">,
): CouncilSession {
  const stranger = operators.find(({ index }) => !council.members.includes(index));
  if (stranger !== undefined) {
    throw councilError("council.session", `Operator ${stranger.index} is no member of the council`);
  }
  return sessionOf(id, council.threshold, operators, council.text);
}

/**
 * Whose keys these are in the session.
 *
 * @throws HypothecError `council.step` when they are nobody's.
 */
export function indexOfKeys(session: CouncilSession, keys: OperatorKeys): number {
  const operator = session.operators.find(
    ({ signing, encryption }) => signing === keys.signing && encryption === keys.encryption,
  );
  if (operator !== undefined) return operator.index;
  throw councilError("council.step", "The keys are no operator's of this session");
}

/** The operator with this index. */
export function operatorOf(session: CouncilSession, index: number): Operator {
  const operator = session.operators.find((each) => each.index === index);
  if (operator === undefined) throw councilError("council.foreign", `Operator ${index} is not in the session`);
  return operator;
}

function sessionOf(
  id: Hex,
  threshold: number,
  operators: readonly Operator[],
  refreshes: CouncilText | null,
): CouncilSession {
  if (!/^0x[0-9a-f]{64}$/.test(id)) {
    throw councilError("council.session", "The session's id is not 0x and 64 lower-case digits");
  }
  operators.forEach(assertOperator);
  assertMembers(
    operators.map(({ index }) => index),
    threshold,
  );
  const keys = operators.flatMap(({ signing, encryption }) => [signing, encryption]);
  if (new Set(keys).size !== keys.length) {
    throw councilError("council.session", "Two operators of the session have a key in common");
  }
  const named = operators.map(({ index, signing, encryption }) => ({ index, signing, encryption }));
  if (refreshes === null && named.some(({ index }, i) => index !== i + 1)) {
    throw councilError("council.session", `A new council's operators are numbered from 1 to ${named.length}`);
  }
  const content = { id, threshold, operators: named, refreshes: refreshes && readCouncil(refreshes).text };
  return { hash: digestOf("hypothec.council.session.1", content), ...content };
}
