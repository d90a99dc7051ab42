import { poseidon } from "../reference/crypto.ts";
import { add, base8, identity, isOnCurve, multiply, samePoint } from "./jub.ts";
import type { Point } from "./jub.ts";
import { commitment, flat } from "./digest.ts";
import { climb, note, ownerKey, pack, precommitment, spendNullifier } from "./lock.ts";
import { callerKeeps, fits, judge } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

export const transactId = 3;

/** TRANSACT: public values in order. That the two nullifiers differ and are new is the caller's to check. */
export interface TransactValues {
  readonly root: bigint;
  readonly nullifier: readonly bigint[];
  readonly outCommitment: readonly bigint[];
  readonly withdrawLo: bigint;
  readonly withdrawHi: bigint;
  readonly ext: bigint;
}

export interface TransactSecrets {
  readonly spendingKeyX: bigint;
  readonly spendingKeyY: bigint;
  readonly inNullifyingKey: readonly bigint[];
  readonly inBlinding: readonly bigint[];
  readonly inAmount: readonly (readonly bigint[])[];
  readonly inLeafIndex: readonly bigint[];
  readonly inSibling: readonly (readonly (readonly bigint[])[])[];
  readonly outPre: readonly bigint[];
  readonly outAmount: readonly (readonly bigint[])[];
  readonly outDomain: readonly bigint[];
  readonly outController: readonly bigint[];
  readonly withdrawAmount: readonly bigint[];
  readonly signatureR8x: bigint;
  readonly signatureR8y: bigint;
  readonly signatureS: bigint;
}

/** h = Poseidon(R8, A, message), EdDSA-Poseidon's challenge. */
export function challenge(r8: Point, key: Point, message: bigint): bigint {
  return poseidon(0n, r8.x, r8.y, key.x, key.y, message);
}

/**
 * S·Base8 = R8 + h·8A on the curve, for a key of which 8A is not the identity. S is any 251-bit scalar: S + l is the same signature.
 * Left out: keys whose secret a forger would have to know first (scalar.circom), and 8A = −Base8, which has no witness.
 */
export function isSigned(key: Point, message: bigint, r8: Point, s: bigint): boolean {
  if (!isOnCurve(key) || !isOnCurve(r8) || !fits(s, 251)) return false;
  const eight = multiply(key, 8n);
  if (samePoint(eight, identity)) return false;
  return samePoint(multiply(base8, s), add(r8, multiply(eight, challenge(r8, key, message))));
}

/** The commitment of input k. */
export function spentNote(
  { spendingKeyX, spendingKeyY, inNullifyingKey, inBlinding, inAmount }: TransactSecrets,
  k: number,
) {
  const owner = ownerKey(spendingKeyX, spendingKeyY, inNullifyingKey[k]!);
  return note(precommitment(owner, inBlinding[k]!), inAmount[k]!);
}

/** Which clauses of the statement fail. */
export function judgeTransact(values: TransactValues, secrets: TransactSecrets): Verdict {
  callerKeeps(
    fits(values.withdrawLo, 252) && fits(values.withdrawHi, 252) && fits(values.ext, 248),
    "packed words or ext that are too wide",
  );
  const { inAmount, outAmount, withdrawAmount, inLeafIndex, inSibling, outDomain, outController } = secrets;
  const both = [0, 1] as const;
  const spent = both.map((k) => spentNote(secrets, k));
  const isDummy = (k: number): boolean => inAmount[k]!.every((a) => a === 0n);
  const sum = (slot: number): bigint =>
    inAmount[0]![slot]! + inAmount[1]![slot]! - outAmount[0]![slot]! - outAmount[1]![slot]! - withdrawAmount[slot]!;
  const [withdrawLo, withdrawHi] = pack(withdrawAmount);
  const c = commitment(transactId, flat(Object.values(values) as bigint[]));

  return judge([
    [[...inAmount, ...outAmount, withdrawAmount].flat().every((a) => fits(a, 63)), "amount"],
    [both.every((k) => fits(inLeafIndex[k]!, 2 * inSibling[k]!.length)), "leafIndex"],
    [both.every((k) => isDummy(k) || climb(spent[k]!, inLeafIndex[k]!, inSibling[k]!) === values.root), "membership"],
    [
      both.every(
        (k) => spendNullifier(secrets.inNullifyingKey[k]!, spent[k]!, inLeafIndex[k]!) === values.nullifier[k],
      ),
      "nullifier",
    ],
    [both.every((k) => fits(outDomain[k]!, 248) && (outDomain[k] === 0n) === (outController[k] === 0n)), "domain"],
    [both.every((k) => fits(outController[k]!, 160)), "controller"],
    [
      both.every(
        (k) => note(secrets.outPre[k]!, outAmount[k]!, outDomain[k], outController[k]) === values.outCommitment[k],
      ),
      "outCommitment",
    ],
    [withdrawLo === values.withdrawLo && withdrawHi === values.withdrawHi, "withdrawal"],
    [withdrawAmount.every((_, slot) => sum(slot) === 0n), "conservation"],
    [
      isSigned(
        { x: secrets.spendingKeyX, y: secrets.spendingKeyY },
        c,
        { x: secrets.signatureR8x, y: secrets.signatureR8y },
        secrets.signatureS,
      ),
      "signature",
    ],
  ]);
}
