import type { Address, Hex } from "viem";

import { accountOf, type HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import { write, type WriteResult } from "../client/write.ts";
import { MarginAction } from "../proofs/ext.ts";
import { accountInMarket, engineOf, proven, type ProvenResult } from "./engine.ts";
import { makeMarginProof, makeUnusedProof, randomSalt, type MarginProofParameters } from "./marginProof.ts";
import { getAccountId } from "./marginReads.ts";

export type { ProvenResult };

export interface OpenAccountParameters extends MarginProofParameters {
  /** @default random */
  readonly salt?: Hex | undefined;
  /** Debt token units to borrow in the same transaction. @default 0 */
  readonly borrow?: bigint | undefined;
  /** Who gets them. @default the caller */
  readonly receiver?: Address | undefined;
}

/**
 * Open an account on a lock, from the lock's controller.
 *
 * @example
 * const lock = scanNotes(keys, state).find(isLock)!;
 * const { account } = await openAccount(client, { market: "USDC", lock, state, prover, borrow: 1_000_000_000n });
 * @throws HypothecError `root.*`, `proof.*`, `coverage.*`, or the contracts'.
 */
export async function openAccount(client: HypothecClient, parameters: OpenAccountParameters): Promise<ProvenResult> {
  const { market, salt = randomSalt(), borrow = 0n } = parameters;
  const controller = accountOf(client, "margin");
  const account = await getAccountId(client, { market, controller, salt });
  const made = await makeMarginProof(client, parameters, { action: MarginAction.open, account, nonce: 0n, controller });
  const { hash, receipt } = await write(client, {
    ...engineOf(client),
    functionName: "open",
    args: [findMarket(client.deployment, market).id, salt, made.call, borrow, parameters.receiver ?? controller],
    value: made.attestationFee,
  });
  return proven({ hash, receipt }, account, made);
}

export interface AccountProofParameters extends MarginProofParameters {
  readonly account: Hex;
}

/** Add another lock to an account, from its controller. */
export async function addLock(client: HypothecClient, parameters: AccountProofParameters): Promise<ProvenResult> {
  const { account } = parameters;
  const { nonce, controller } = await accountInMarket(client, parameters);
  const made = await makeMarginProof(client, parameters, { action: MarginAction.addLock, account, nonce, controller });
  const args = [account, made.call] as const;
  const sent = await write(client, {
    ...engineOf(client),
    functionName: "addLock",
    args,
    value: made.attestationFee,
  });
  return proven(sent, account, made);
}

/** Prove a lock of the account anew, at new floors: hidden headroom becomes coverage. Controller or an approved operator. */
export async function refresh(client: HypothecClient, parameters: AccountProofParameters): Promise<ProvenResult> {
  const { account } = parameters;
  const { nonce, controller } = await accountInMarket(client, parameters);
  const made = await makeMarginProof(client, parameters, { action: MarginAction.refresh, account, nonce, controller });
  const sent = await write(client, { ...engineOf(client), functionName: "refresh", args: [account, made.call] });
  return proven(sent, account, made);
}

/** Take a lock out of an account that stays covered without it. It goes home. */
export const removeLock = (
  client: HypothecClient,
  { account, lockNullifier }: { account: Hex; lockNullifier: bigint },
) => write(client, { ...engineOf(client), functionName: "removeLock", args: [account, lockNullifier] }).then(sentOnly);

/** Send every lock of an account without debt home. */
export const release = (client: HypothecClient, { account }: { account: Hex }) =>
  write(client, { ...engineOf(client), functionName: "release", args: [account] }).then(sentOnly);

/** Send a lock home that never backed an account. No price, risk set or pause is looked at. */
export async function releaseUnused(
  client: HypothecClient,
  parameters: Pick<MarginProofParameters, "market" | "lock" | "state" | "prover" | "deadline" | "signal">,
): Promise<WriteResult & { readonly lockNullifier: bigint; readonly provingMs: number }> {
  const made = await makeUnusedProof(client, parameters);
  const { hash, receipt } = await write(client, {
    ...engineOf(client),
    functionName: "releaseUnused",
    args: [findMarket(client.deployment, parameters.market).id, made.call],
  });
  return { hash, receipt, lockNullifier: made.call.lockNullifier, provingMs: made.provingMs };
}

/** Let an operator refresh the account's proofs, or no longer. */
export const approveOperator = (
  client: HypothecClient,
  { account, operator, approved = true }: { account: Hex; operator: Address; approved?: boolean },
) =>
  write(client, { ...engineOf(client), functionName: "approveOperator", args: [account, operator, approved] }).then(
    sentOnly,
  );

function sentOnly({ hash, receipt }: WriteResult): WriteResult {
  return { hash, receipt };
}
