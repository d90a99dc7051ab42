import { hexToBigInt, type Address } from "viem";

import { randomScalar, type Point } from "../crypto/babyjub.ts";
import { sealTo } from "../crypto/seal.ts";
import { HypothecError } from "../errors/base.ts";
import { packAmounts } from "../notes/amounts.ts";
import { commitmentOf, lockNullifierOf, type NoteOpening } from "../notes/note.ts";
import type { TreePath } from "../tree/noteTree.ts";
import { covers, maxCoverage, packRisk, type RiskParameters } from "./coverage.ts";
import { buildWitness } from "./digest.ts";
import { flattenMargin, type MarginPublicValues, type MarginSecrets } from "./generated/publicValues.ts";
import { assertInTree } from "./membership.ts";
import type { Witness } from "./types.ts";

export interface MarginWitnessParameters extends RiskParameters {
  readonly lock: NoteOpening;
  /** Its path in the tree of an attested root. */
  readonly path: TreePath;
  /** The engine's domain, and the address the proof is for. */
  readonly domain: bigint;
  readonly controller: Address;
  /** M, µUSD, two significant digits. */
  readonly coverage: bigint;
  readonly floorsX64: readonly bigint[];
  /** The trustee's key as the engine holds it (8·R). */
  readonly trusteeKey: Point;
  readonly ext: bigint;
  /** e < 2^251. @default random */
  readonly ephemeralSecret?: bigint;
}

export type MarginWitness = Witness & {
  readonly lockNullifier: bigint;
  readonly ephemeral: Point;
  readonly sealedOpening: readonly bigint[];
};

/**
 * The witness that a lock covers `coverage` at these floors under this risk set (design §4).
 *
 * @throws HypothecError `proof.notALock`, `proof.domain`, `proof.controller`, `proof.notInTree`, `proof.coverage` (with
 * the largest provable coverage).
 */
export function marginWitness(parameters: MarginWitnessParameters): MarginWitness {
  const { lock, path, domain, coverage, floorsX64, haircuts, risk, trusteeKey, ext } = parameters;
  const controller = hexToBigInt(parameters.controller);
  assertLockOf(lock, domain);
  assertControllerOf(lock, parameters.controller);
  assertInTree(commitmentOf(lock), path);
  const basket = { amounts: lock.amounts, floorsX64, haircuts, risk };
  if (!covers(basket, coverage)) {
    const max = maxCoverage(basket);
    throw new HypothecError(
      `The lock does not cover ${coverage} µUSD at these floors: the most it can prove is ${max.value} µUSD`,
      {
        code: "proof.coverage",
        args: { coverage, max: max.value },
        whatToDo: `Ask for at most ${max.value} µUSD, add another lock, or use higher floors (floorBps) if the market has them.`,
      },
    );
  }

  const lockNullifier = lockNullifierOf(lock.blinding, path.leafIndex);
  const { lo, hi } = packAmounts(lock.amounts);
  const ephemeralSecret = parameters.ephemeralSecret ?? randomScalar();
  const { ephemeral, sealed } = sealTo({
    key: trusteeKey,
    ephemeralSecret,
    lockNullifier,
    message: [lo, hi, lock.blinding, lock.owner, BigInt(path.leafIndex)],
  });
  const publicInputs: MarginPublicValues = {
    root: path.root,
    lockNullifier,
    domain,
    controller,
    coverage,
    floorX64: floorsX64,
    ...packRisk({ haircuts, risk }),
    trusteeX: trusteeKey.x,
    trusteeY: trusteeKey.y,
    ephemeralX: ephemeral.x,
    ephemeralY: ephemeral.y,
    sealed,
    ext,
  };
  const secretInputs: MarginSecrets = {
    amount: lock.amounts,
    owner: lock.owner,
    blinding: lock.blinding,
    leafIndex: BigInt(path.leafIndex),
    sibling: path.siblings,
    ephemeralSecret,
  };
  const witness = buildWitness({ circuit: "margin", publicInputs, secretInputs, values: flattenMargin(publicInputs) });
  return { ...witness, lockNullifier, ephemeral, sealedOpening: sealed };
}

/** @throws HypothecError `proof.notALock`, `proof.domain`. */
export function assertLockOf(lock: NoteOpening, domain: bigint): void {
  if (lock.domain === 0n) {
    throw new HypothecError("The note is free, not a lock", {
      code: "proof.notALock",
      whatToDo: "Lock it first, and wait until the lock is in an attested root.",
    });
  }
  if (lock.domain !== domain) {
    throw new HypothecError("The lock is for another domain (vault, margin chain or engine) than this one", {
      code: "proof.domain",
      args: { expected: domain, got: lock.domain },
      whatToDo: "Use the deployment that the lock was made for.",
    });
  }
}

/** @throws HypothecError `proof.controller`. */
export function assertControllerOf(lock: NoteOpening, controller: Address): void {
  const expected = hexToBigInt(controller);
  if (lock.controller === expected) return;
  throw new HypothecError("The lock belongs to another controller than the one the proof is for", {
    code: "proof.controller",
    args: { expected, got: lock.controller },
    whatToDo: "Call from the address that the lock names, or make a lock for this one.",
  });
}
