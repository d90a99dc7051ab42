import type { Address, Hex, PublicClient } from "viem";
import { engineAbi } from "../chain/abis.ts";

/** Accounts asked about in one call: a few million gas of reading (flagging one takes 77,000 in all), and half of the code that a call may bring along. */
export const accountsPerCall = 100;

/**
 * Whether accounts are covered at live prices, at the head. Many accounts share one `eth_call`, which brings the code along that asks for each
 * (no contract has to be there for it): a keeper looks at every account whenever a price moves.
 *
 * @throws what the node says when one of them cannot be asked about
 */
export async function coverageOf(
  client: Pick<PublicClient, "multicall">,
  engine: Address,
  accounts: readonly Hex[],
): Promise<{ id: Hex; covered: boolean }[]> {
  const groups = Array.from({ length: Math.ceil(accounts.length / accountsPerCall) }, (_, i) =>
    accounts.slice(i * accountsPerCall, (i + 1) * accountsPerCall),
  );
  const answers = await Promise.all(
    groups.map((ids) =>
      client.multicall({
        deployless: true,
        allowFailure: false,
        batchSize: 0,
        contracts: ids.map(
          (id) => ({ address: engine, abi: engineAbi, functionName: "isCovered", args: [id] }) as const,
        ),
      }),
    ),
  );
  return answers.flat().map((covered, i) => ({ id: accounts[i] as Hex, covered }));
}
