import { HypothecError } from "../errors/base.ts";

/**
 * What can go wrong in a council.
 *
 * - `council.session`: sizes, keys or members that make no session
 * - `council.step`: a function was given the state of another step, or the keys of no operator of the session
 * - `council.foreign`: a message of another session or round, or from nobody in it (a replay)
 * - `council.signature`: not signed by the operator it names
 * - `council.malformed`: not of the format, or a number or point that is not canonical
 * - `council.equivocation`: one operator signed two messages for one round
 * - `council.views`: two operators received different messages of one dealer: compare them
 * - `council.missing`: no message
 * - `council.opening`: the dealt commitments are not the ones committed to
 * - `council.possession`: no proof that a dealer knows its secret
 * - `council.disqualified`: this operator's own dealing was refused
 * - `council.tooFew`: fewer dealers or shares are left than the threshold
 * - `council.disagreement`: an operator ended with another result
 * - `council.share`: a secret share that is not the member's
 * - `council.partial`: a partial decryption that does not verify
 */
export type CouncilErrorCode = `council.${
  | "session"
  | "step"
  | "foreign"
  | "signature"
  | "malformed"
  | "equivocation"
  | "views"
  | "missing"
  | "opening"
  | "possession"
  | "disqualified"
  | "tooFew"
  | "disagreement"
  | "share"
  | "partial"}`;

/** Who is to blame, in `args` of the error. */
export interface Blame {
  /** Indices of operators. */
  readonly culprits: readonly number[];
  /**
   * Whether signed messages show it to anyone. False: the claim is the receiver's alone, for example because anyone could have
   * made the message in the culprit's name.
   */
  readonly proven: boolean;
  /** The signed messages that show it. They hold no secret. */
  readonly evidence?: readonly unknown[];
}

/** A {@link HypothecError} with a code of this folder. */
export function councilError(
  code: CouncilErrorCode,
  message: string,
  blame: Blame = { culprits: [], proven: false },
  whatToDo?: string,
): HypothecError {
  return new HypothecError(message, { code, args: { ...blame }, whatToDo });
}

/** Whom an error names; empty when it is no error of a council, or names nobody. */
export function culpritsOf(error: unknown): readonly number[] {
  const culprits = error instanceof HypothecError ? error.args.culprits : undefined;
  return Array.isArray(culprits) ? (culprits as number[]) : [];
}
