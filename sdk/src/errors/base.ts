/** What a {@link HypothecError} is made of. */
export interface HypothecErrorParameters {
  /** A stable word to branch on: a contract's error name (`LockUsed`) or one of the SDK's own codes (`amount.dust`). */
  readonly code: string;
  /** Values that belong to the error, by name. Never a secret. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
  /** The technical detail: what an RPC node or a contract said. */
  readonly details?: string | undefined;
  /** What the caller can do next. */
  readonly whatToDo?: string | undefined;
}

/**
 * The one error of the SDK: a short message (what was got, what was expected), details, what to do, and the cause.
 *
 * @example
 * try { await deposit(client, …) } catch (error) {
 *   if (error instanceof HypothecError && error.code === "CapExceeded") …
 * }
 */
export class HypothecError extends Error {
  override readonly name = "HypothecError";
  readonly code: string;
  readonly shortMessage: string;
  readonly details: string | undefined;
  readonly whatToDo: string | undefined;
  readonly args: Readonly<Record<string, unknown>>;

  constructor(shortMessage: string, parameters: HypothecErrorParameters) {
    const { code, args = {}, cause, details, whatToDo } = parameters;
    const lines = [shortMessage];
    if (whatToDo !== undefined) lines.push(`What to do: ${whatToDo}`);
    if (details !== undefined && !shortMessage.includes(details)) lines.push(`Details: ${details}`);
    super(lines.join("\n"), cause === undefined ? undefined : { cause });
    this.code = code;
    this.shortMessage = shortMessage;
    this.details = details;
    this.whatToDo = whatToDo;
    this.args = args;
  }
}

/** Whether `error` is a {@link HypothecError}, with this code if one is given. */
export function isHypothecError(error: unknown, code?: string): error is HypothecError {
  return error instanceof HypothecError && (code === undefined || error.code === code);
}
