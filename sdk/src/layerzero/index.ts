import { Options } from "@layerzerolabs/lz-v2-utilities";
import type { Hex } from "viem";

// Apart from the SDK's main entry: the package behind it is large, and most callers need no options, because the contracts
// enforce their minimum.

export interface LzReceiveOptionParameters {
  /** Gas for lzReceive on the destination, on top of what the pathway enforces. */
  readonly gas: bigint;
  /** Wei handed to lzReceive. @default 0 */
  readonly value?: bigint | undefined;
}

/**
 * `extraOptions` for {@link requestAttestation} and {@link sendOrders}: more gas at the other end.
 *
 * @example
 * lzReceiveOptions({ gas: 200_000n }); // "0x00030100110100000000000000000000000000030d40"
 */
export function lzReceiveOptions({ gas, value = 0n }: LzReceiveOptionParameters): Hex {
  return Options.newOptions().addExecutorLzReceiveOption(gas, value).toHex() as Hex;
}
