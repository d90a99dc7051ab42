import { parseEventLogs, zeroAddress } from "viem";

import { collateralVaultAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { findAsset, type AssetInfo } from "../client/deployment.ts";
import { write, type WriteResult } from "../client/write.ts";
import { randomFieldElement } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import { parseAddress } from "../keys/address.ts";
import type { Keys } from "../keys/derive.ts";
import { toAmounts } from "../notes/amounts.ts";
import { encryptMemo } from "../notes/memo.ts";
import { precommitmentOf } from "../notes/note.ts";
import { parseShared, sharedFromToken, tokenFromShared } from "../notes/units.ts";
import { CHUNK_LEAVES } from "../tree/noteTree.ts";

export interface DepositParameters {
  /** Whose note it becomes. Give keys, or an address to deposit for someone else. */
  readonly keys?: Pick<Keys, "owner" | "view" | "depositBlinding"> | undefined;
  readonly to?: string | undefined;
  /** Slot, symbol or token address. */
  readonly asset: number | string;
  /** Token units, or whole tokens as text ("1.5"). */
  readonly amount: bigint | string;
  /**
   * Leave out the memo and derive the blinding from the keys by this index; saves gas, and needs indices without gaps of
   * more than 20. @default undefined: a random blinding in a memo
   */
  readonly index?: number | undefined;
}

export interface DepositResult extends WriteResult {
  readonly pre: bigint;
  readonly asset: AssetInfo;
  /** Shared units. */
  readonly shared: bigint;
  readonly leafIndex: number;
}

/**
 * Deposit into the vault. ERC-20s need an approval of the vault first ({@link approveToken}).
 *
 * @example
 * await deposit(client, { keys, asset: "WETH", amount: "1.5" });
 * @throws HypothecError `amount.*`, `asset.unknown`, `address.*`, or the contract's.
 */
export async function deposit(client: HypothecClient, parameters: DepositParameters): Promise<DepositResult> {
  const asset = findAsset(client.deployment, parameters.asset);
  const { amount } = parameters;
  const shared = typeof amount === "bigint" ? sharedFromToken(amount, asset) : parseShared(amount, asset);
  const tokenUnits = tokenFromShared(shared, asset);
  const { pre, memo } = secretsOf(parameters, asset, shared);
  const { vault, entryFee } = client.deployment.vaultChain;
  const value = BigInt(entryFee) + (asset.token === zeroAddress ? tokenUnits : 0n);
  const { hash, receipt } = await write(client, {
    side: "vault",
    address: vault,
    abi: collateralVaultAbi,
    functionName: "deposit",
    args: [asset.slot, tokenUnits, pre, memo],
    value,
  });
  const [queued] = parseEventLogs({ abi: collateralVaultAbi, eventName: "Queued", logs: receipt.logs });
  const leafIndex = CHUNK_LEAVES * Number(queued!.args.chunk) + queued!.args.position;
  return { hash, receipt, pre, asset, shared, leafIndex };
}

function secretsOf({ keys, to, index }: DepositParameters, asset: AssetInfo, shared: bigint) {
  if ((keys === undefined) === (to === undefined)) {
    throw new HypothecError("A deposit is for the keys or for an address: give exactly one of `keys` and `to`", {
      code: "deposit.owner",
      whatToDo: "Give `keys` for a deposit of one's own, `to` for somebody else's.",
    });
  }
  const { owner, viewKey } =
    keys === undefined ? parseAddress(to!) : { owner: keys.owner(0), viewKey: keys.view.publicKey };
  if (index !== undefined) {
    if (keys === undefined) {
      throw new HypothecError("A deposit by index needs the keys of its owner", {
        code: "deposit.owner",
        whatToDo: "Give `keys`, or leave out `index`: a memo then tells the owner.",
      });
    }
    return { pre: precommitmentOf(owner, keys.depositBlinding(index)), memo: "0x" as const };
  }
  const blinding = randomFieldElement();
  const content = { amounts: toAmounts({ [asset.slot]: shared }), blinding, domain: 0n, controller: 0n, nkIndex: 0 };
  return { pre: precommitmentOf(owner, blinding), memo: encryptMemo(viewKey, content) };
}
