import type { Address, Hex, TypedData, TypedDataDefinition } from "viem";

import { accountOf, walletOf, type HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import { reading, write } from "../client/write.ts";
import { MarginAction } from "../proofs/ext.ts";
import { openTypes, refreshTypes, signingDomain, termsOf } from "../proofs/typedData.ts";
import type { AccountProofParameters, OpenAccountParameters } from "./accounts.ts";
import { accountInMarket, engineOf, proven, type ProvenResult } from "./engine.ts";
import { makeMarginProof, randomSalt, type MadeMarginProof } from "./marginProof.ts";
import { getAccountId } from "./marginReads.ts";

/** Who submits for a controller without gas, and for what (FEE-3). */
export interface Submission {
  /** The only account that can send it: both the proof and the signature name it. */
  readonly submitter: Address;
  /** Debt token units, which the account borrows for the submitter; 0n for none. */
  readonly fee: bigint;
}

interface Signed extends Submission {
  readonly account: Hex;
  readonly made: MadeMarginProof;
  readonly signature: Hex;
}

/** Solidity's Opening, and what its submitter needs beside it. */
export interface SignedOpening extends Signed {
  readonly opening: {
    readonly market: Hex;
    readonly salt: Hex;
    readonly controller: Address;
    readonly borrowAssets: bigint;
    readonly receiver: Address;
    readonly fee: bigint;
  };
}

export type SignedRefresh = Signed;

/**
 * Prove and sign the opening of an account that another sends: for controllers that have no gas on the margin chain. The client's account
 * is the controller; it sends nothing.
 *
 * @throws HypothecError as `openAccount`, or the wallet's.
 */
export async function signOpening(
  client: HypothecClient,
  parameters: OpenAccountParameters & Submission,
): Promise<SignedOpening> {
  const { market, salt = randomSalt(), borrow = 0n, submitter, fee } = parameters;
  const controller = accountOf(client, "margin");
  const account = await getAccountId(client, { market, controller, salt });
  const opening = {
    market: findMarket(client.deployment, market).id,
    salt,
    controller,
    borrowAssets: borrow,
    receiver: parameters.receiver ?? controller,
    fee,
  };
  const made = await makeMarginProof(client, parameters, {
    action: MarginAction.open,
    account,
    nonce: 0n,
    controller,
    caller: submitter,
    fee,
  });
  const message = { ...opening, submitter, ...termsOf(made) };
  const signature = await sign(client, { types: openTypes, primaryType: "Open", message });
  return { submitter, fee, account, made, signature, opening };
}

/** Send an opening that its controller signed, as the submitter it names. The fee comes with it. */
export async function openFor(client: HypothecClient, signed: SignedOpening): Promise<ProvenResult> {
  const { opening, made, signature, account } = signed;
  const sent = await write(client, {
    ...engineOf(client),
    functionName: "openFor",
    args: [opening, made.call, signature],
    value: made.attestationFee,
  });
  return proven(sent, account, made);
}

/**
 * Prove a lock of an account anew and sign it for another to send. With a fee, the account must be free to borrow it afterwards.
 *
 * @throws HypothecError as `refresh`, or the wallet's.
 */
export async function signRefresh(
  client: HypothecClient,
  parameters: AccountProofParameters & Submission,
): Promise<SignedRefresh> {
  const { account, submitter, fee } = parameters;
  const { nonce, controller } = await accountInMarket(client, parameters);
  const purpose = { action: MarginAction.refresh, account, nonce, controller, caller: submitter, fee } as const;
  const made = await makeMarginProof(client, parameters, purpose);
  const message = { account, nonce, submitter, fee, ...termsOf(made) };
  const signature = await sign(client, { types: refreshTypes, primaryType: "Refresh", message });
  return { submitter, fee, account, made, signature };
}

/** Send a refresh that the account's controller signed, as the submitter it names. */
export async function refreshFor(client: HypothecClient, signed: SignedRefresh): Promise<ProvenResult> {
  const { account, fee, made, signature } = signed;
  const sent = await write(client, {
    ...engineOf(client),
    functionName: "refreshFor",
    args: [account, fee, made.call, signature],
  });
  return proven(sent, account, made);
}

/**
 * Take what the client's account earned as the first attestor of roots that locks were added under (FEE-2).
 *
 * @returns wei.
 */
export async function collectAttestationFees(
  client: HypothecClient,
  { recipient }: { readonly recipient?: Address | undefined } = {},
): Promise<bigint> {
  const to = recipient ?? accountOf(client, "margin");
  const { result } = await write(client, {
    ...engineOf(client),
    functionName: "collectAttestationFees",
    args: [to],
  });
  return result as bigint;
}

/** By the client's account. viem asks its wallet, or signs for a local account. */
async function sign<const types extends TypedData, name extends keyof types & string>(
  client: HypothecClient,
  typed: Pick<TypedDataDefinition<types, name>, "types" | "primaryType" | "message">,
): Promise<Hex> {
  const { wallet, account } = walletOf(client, "margin");
  return reading(client, "margin", "signing for a submitter", () =>
    wallet.signTypedData({ account, domain: signingDomain(client.deployment), ...typed } as never),
  );
}
