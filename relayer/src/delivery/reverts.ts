import { BaseError, decodeErrorResult, type Abi, type Hex } from "viem";
import { RelayerError } from "../runtime/errors.ts";

/** A contract's custom error, decoded. */
export type Revert = { name: string; args: readonly unknown[]; data: Hex };

/** The call would revert on chain. Retryable: what stands in the way may go away; the caller may know better. */
export class SimulationError extends RelayerError {
  override readonly name = "SimulationError";
  readonly revert: Revert | undefined;
  constructor(description: string, revert: Revert | undefined, reason: string) {
    super("simulation_reverted", `${description}: the call would revert with ${reason}`, {
      severity: "retryable",
      details: revert === undefined ? {} : { error: revert.name, args: printArgs(revert.args) },
    });
    this.revert = revert;
  }
}

/** An error that some read of the chain threw: when it is a revert, with the contract's error and its arguments by name. */
export function explainRevert(error: unknown, errors: Abi): unknown {
  const data = revertData(error);
  if (data === undefined || data === "0x") return error;
  const { functionName } = error as { functionName?: unknown };
  const what = typeof functionName === "string" ? functionName : "a call";
  const revert = decodeRevert(errors, data);
  return new SimulationError(what, revert, describeRevert(revert, data));
}

const builtIn = [
  { type: "error", name: "Error", inputs: [{ type: "string", name: "message" }] },
  { type: "error", name: "Panic", inputs: [{ type: "uint256", name: "code" }] },
] as const;

/** Decodes return data of a revert against every error the deployment's contracts know. */
export function decodeRevert(errors: Abi, data: Hex): Revert | undefined {
  if (data === "0x") return undefined;
  try {
    const decoded = decodeErrorResult({ abi: [...errors, ...builtIn], data });
    return { name: decoded.errorName, args: (decoded.args as readonly unknown[] | undefined) ?? [], data };
  } catch {
    return undefined;
  }
}

/** The return data in a viem error, or undefined when the error is not a revert (network, timeout). */
export function revertData(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) return undefined;
  let found: Hex | undefined;
  error.walk((inner) => {
    const data = (inner as { data?: unknown }).data;
    const hex = typeof data === "string" ? data : (data as { data?: unknown } | undefined)?.data;
    if (typeof hex === "string" && hex.startsWith("0x")) found = hex as Hex;
    return false;
  });
  if (found !== undefined) return found;
  const text = `${error.shortMessage} ${error.details}`;
  return /revert/i.test(text) ? "0x" : undefined;
}

export function describeRevert(revert: Revert | undefined, data: Hex): string {
  if (revert !== undefined) return `${revert.name}(${printArgs(revert.args)})`;
  return data === "0x" ? "no reason" : `unknown error ${data.slice(0, 10)}`;
}

function printArgs(args: readonly unknown[]): string {
  return args
    .map((arg) =>
      typeof arg === "object"
        ? JSON.stringify(arg, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v))
        : `${arg as string | bigint | boolean}`,
    )
    .join(", ");
}
