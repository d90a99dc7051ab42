import { settleOrderHash, type SettleOrder } from "../../sdk/src/index.ts";
import type { Council, CouncilShare } from "../../sdk/src/council/council.ts";
import type { DecryptionGrounds, SealedLock } from "../../sdk/src/council/policy.ts";
import { sealTo } from "../../sdk/src/crypto/seal.ts";
import { operatorKeys, runKeyGeneration, sessionOf } from "./council.ts";

/** A council from a run of the real key generation, with every member's share. */
export function councilOf(threshold: number, members: number): { council: Council; shares: CouncilShare[] } {
  const keys = operatorKeys(members);
  const { results } = runKeyGeneration({ session: sessionOf(keys, threshold), keys });
  return { council: results[0]!.council, shares: results.map((result) => result!.share) };
}

export const domain = 9n;
export const lockNullifier = 42n;
/** lo, hi, blinding, pk, leafIndex. */
export const opening = [11n, 12n, 13n, 14n, 15n];

/** A lock whose opening a margin proof sealed to the council's key. */
export function sealedLock(council: Council): SealedLock {
  const seal = sealTo({ key: council.key, ephemeralSecret: 77n, lockNullifier, message: opening });
  return { domain, lockNullifier, ...seal, trustee: council.key };
}

export const order: SettleOrder = {
  vault: `0x${"aa".repeat(20)}`,
  engine: `0x${"dd".repeat(20)}`,
  lockNullifier,
  claim: 1_000n,
  seizurePricesX64: [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
  isPublic: false,
  buyerOwner: 3n,
  buyerKey: { x: 0n, y: 1n },
};

/** Grounds on which the lock is settled now. */
export const settleGrounds: DecryptionGrounds & { kind: "settle" } = {
  kind: "settle",
  order,
  domain,
  vault: order.vault,
  executable: { orderHash: settleOrderHash(order), isEscape: false },
  isSpent: false,
};
