import type { Hex } from "viem";

import { marginEngineAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import type { WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import type { MadeMarginProof } from "./marginProof.ts";
import { getAccount } from "./marginReads.ts";

/** What an action with a margin proof gives back. */
export interface ProvenResult extends WriteResult {
  readonly account: Hex;
  /** N. */
  readonly lockNullifier: bigint;
  readonly coverage: MadeMarginProof["coverage"];
  readonly provingMs: number;
}

export const engineOf = (client: HypothecClient) =>
  ({ side: "margin", address: client.deployment.marginChain.engine, abi: marginEngineAbi }) as const;

/** The account, if it is in this market. */
export async function accountInMarket(
  client: HypothecClient,
  { account, market }: { readonly account: Hex; readonly market: string },
) {
  const view = await getAccount(client, account);
  if (view.market.toLowerCase() !== findMarket(client.deployment, market).id.toLowerCase()) {
    throw new HypothecError("The account is in another market", {
      code: "account.market",
      args: { account, market: view.market },
      whatToDo: "Name the market that the account was opened in.",
    });
  }
  return view;
}

export function proven(
  { hash, receipt }: WriteResult,
  account: Hex,
  { call, coverage, provingMs }: MadeMarginProof,
): ProvenResult {
  return { hash, receipt, account, lockNullifier: call.lockNullifier, coverage, provingMs };
}
