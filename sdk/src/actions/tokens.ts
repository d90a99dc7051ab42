import { erc20Abi, maxUint256, zeroAddress, type Address } from "viem";

import type { HypothecClient, Side } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";

export interface ApproveTokenParameters {
  readonly side: Side;
  readonly token: Address;
  /** Who may take it: the vault for deposits, the pool for repayments, purchases and supply. */
  readonly spender: Address;
  /** Token units. @default no limit */
  readonly amount?: bigint | undefined;
}

/** Let a contract take an ERC-20 of the wallet. */
export async function approveToken(client: HypothecClient, parameters: ApproveTokenParameters): Promise<WriteResult> {
  const { side, token, spender, amount = maxUint256 } = parameters;
  if (token === zeroAddress) {
    throw new HypothecError("The native asset needs no approval", {
      code: "token.native",
      whatToDo: "Deposit it directly.",
    });
  }
  return write(client, { side, address: token, abi: erc20Abi, functionName: "approve", args: [spender, amount] });
}

/** Token units that an address holds; the zero address as token is the native asset. */
export function getTokenBalance(
  client: HypothecClient,
  { side, token, owner }: { side: Side; token: Address; owner: Address },
): Promise<bigint> {
  return reading(client, side, "reading a balance", () =>
    token === zeroAddress
      ? client[side].public.getBalance({ address: owner })
      : client[side].public.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [owner] }),
  );
}
