import { BaseError, ContractFunctionRevertedError, decodeErrorResult, parseAbi, type Abi } from "viem";

import { layerZeroArtifacts } from "./localnet/layerzero.ts";

/** Errors of LayerZero that one contract lets through from another, and so are not in the called one's ABI. */
const layerZeroErrors = [
  ...Object.values(layerZeroArtifacts).flatMap(({ abi }) => abi.filter((item) => item.type === "error")),
  ...parseAbi(["error LZ_PathNotVerifiable()"]),
];

/**
 * The name of the contract error behind a failed call, or undefined when it failed for another reason.
 *
 * @param abi Where else to look for errors, apart from the called contract's ABI and LayerZero's.
 * @example await revertName(worker.commit(packet)) // "LZ_ULN_Verifying"
 */
export async function revertName(call: Promise<unknown>, abi: Abi = []): Promise<string | undefined> {
  try {
    await call;
  } catch (error) {
    const reverted = error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : null;
    if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
    if (reverted.data !== undefined) return reverted.data.errorName;
    if (reverted.raw === undefined) return undefined;
    return decodeErrorResult({ abi: [...layerZeroErrors, ...abi], data: reverted.raw }).errorName;
  }
  throw new Error("The call was expected to revert, but succeeded.");
}
