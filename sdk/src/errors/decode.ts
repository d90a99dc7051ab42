import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  decodeErrorResult,
  parseAbi,
  type Abi,
  type Hex,
} from "viem";

import * as abis from "../abis/index.ts";
import { HypothecError } from "./base.ts";
import { explainContractError, type ErrorArgs } from "./explain.ts";
import { explainRpcError, redactUrls } from "./rpc.ts";

const tokenErrors = parseAbi([
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error ERC20InvalidReceiver(address receiver)",
  "error SafeERC20FailedOperation(address token)",
  "error ERC4626ExceededMaxWithdraw(address owner, uint256 assets, uint256 max)",
  "error ERC4626ExceededMaxRedeem(address owner, uint256 shares, uint256 max)",
  "error ERC4626ExceededMaxDeposit(address receiver, uint256 assets, uint256 max)",
  "error ERC4626ExceededMaxMint(address receiver, uint256 shares, uint256 max)",
  "error LZ_InsufficientFee(uint256 requiredNative, uint256 suppliedNative, uint256 requiredLzToken, uint256 suppliedLzToken)",
  "error NotEnoughNative(uint256 msgValue)",
]);

/** Every custom error of the contracts, and of the tokens and LayerZero endpoint that they call. */
export const errorsAbi: Abi = dedupe(
  [...(Object.values(abis) as Abi[]), tokenErrors as Abi].flat().filter((item) => item.type === "error"),
);

/**
 * A contract's revert data as an error: name, arguments, what it means, what to do.
 *
 * @example
 * decodeRevert("0x…").code; // "LockUsed"
 */
export function decodeRevert(data: Hex, cause?: unknown): HypothecError {
  try {
    const { errorName, args, abiItem } = decodeErrorResult({ abi: errorsAbi, data });
    return contractError(errorName, namedArgs(abiItem, args), cause);
  } catch {
    return new HypothecError("The contract refused, with an error that the SDK does not know", {
      code: "contract.unknown",
      args: { data },
      cause,
      details: data,
      whatToDo: "Check that SDK and contracts are of the same version, and that the address is the deployment's.",
    });
  }
}

/**
 * Whatever an action threw, as a {@link HypothecError}: reverts are decoded, errors of viem and of nodes explained.
 *
 * @param doing what was being done, as "deposit": goes into the details.
 */
export function toHypothecError(error: unknown, doing?: string): HypothecError {
  if (error instanceof HypothecError) return error;
  if (error instanceof BaseError) {
    const revert = error.walk((e) => e instanceof ContractFunctionRevertedError);
    if (revert instanceof ContractFunctionRevertedError) return decodeReverted(revert, doing);
    const nothing = error.walk((e) => e instanceof ContractFunctionZeroDataError);
    if (nothing !== null) {
      return new HypothecError(`${doing ?? "The call"} returned nothing: there is no such contract at that address`, {
        code: "client.noContract",
        cause: nothing,
        whatToDo: "Check that the deployment file belongs to this chain.",
      });
    }
    const raw = revertDataOf(error);
    if (raw !== undefined) return decodeRevert(raw, redactUrls(error));
  }
  return explainRpcError(error, doing);
}

function decodeReverted(error: ContractFunctionRevertedError, doing: string | undefined): HypothecError {
  if (error.data !== undefined) {
    const { errorName, args, abiItem } = error.data;
    return contractError(errorName, namedArgs(abiItem, args), error);
  }
  if (error.raw !== undefined && error.raw !== "0x") return decodeRevert(error.raw, error);
  const reason = error.reason ?? "without a reason";
  return new HypothecError(`The contract refused ${doing ?? "the call"}: ${reason}`, {
    code: "contract.revert",
    cause: error,
    details: error.shortMessage,
    whatToDo: "Check that the addresses are the deployment's, and that balances and approvals suffice.",
  });
}

function contractError(name: string, args: ErrorArgs, cause: unknown): HypothecError {
  const explanation = explainContractError(name, args);
  const list = Object.entries(args).map(([key, value]) => `${key} = ${String(value)}`);
  const call = `${name}(${list.join(", ")})`;
  if (name === "Error")
    return new HypothecError(`The contract refused: ${String(Object.values(args)[0])}`, {
      code: "contract.revert",
      cause,
    });
  if (name === "Panic") {
    return new HypothecError(`The contract stopped in a panic (code ${String(Object.values(args)[0])})`, {
      code: "contract.panic",
      args,
      cause,
      whatToDo: "Please report this: it is a bug, not a mistake of yours.",
    });
  }
  return new HypothecError(explanation?.message ?? `The contract refused: ${call}`, {
    code: name,
    args,
    cause,
    details: call,
    whatToDo: explanation?.whatToDo,
  });
}

function namedArgs(item: Abi[number], values: readonly unknown[] | undefined): ErrorArgs {
  const inputs = item.type === "error" ? item.inputs : [];
  return Object.fromEntries(
    inputs.map(({ name }, i) => [name === undefined || name === "" ? String(i) : name, values?.[i]]),
  );
}

/** Revert data that a node put into an error which viem did not recognise as a revert. */
function revertDataOf(error: BaseError): Hex | undefined {
  const found = error.walk((e) => typeof (e as { data?: unknown }).data === "string");
  const data = (found as { data?: string } | null)?.data;
  return data !== undefined && /^0x[0-9a-f]{8,}$/i.test(data) ? (data as Hex) : undefined;
}

function dedupe(items: readonly Abi[number][]): Abi {
  const seen = new Map<string, Abi[number]>();
  for (const item of items) {
    if (item.type === "error") seen.set(`${item.name}(${item.inputs.map((input) => input.type).join()})`, item);
  }
  return [...seen.values()];
}
