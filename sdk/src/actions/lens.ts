import type { Hex } from "viem";

import { marginLensAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading } from "../client/write.ts";

/**
 * All that a screen needs of an account at one block: requirement, coverage, debt and its price, distances to floors, time left (`MarginLens.Screen`
 * says what each is and in which unit). A missing price makes it say so, not fail.
 *
 * @throws HypothecError with the contract's `UnknownAccount`.
 */
export const getScreen = (client: HypothecClient, { account }: { readonly account: Hex }) =>
  reading(client, "margin", "reading an account's screen", () =>
    client.margin.public.readContract({
      address: client.deployment.marginChain.lens,
      abi: marginLensAbi,
      functionName: "screen",
      args: [client.deployment.marginChain.engine, account],
    }),
  );
