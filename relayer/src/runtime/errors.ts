/**
 * How bad an error is decides what happens next:
 * - `retryable`: the same step is tried again later (RPC down, no gas money, a race lost);
 * - `permanent`: this message can never succeed as it is; it becomes a dead letter and nothing else waits for it;
 * - `fatal`: the process must stop (wrong chain, a reorg below finality, a damaged store).
 */
export type Severity = "retryable" | "permanent" | "fatal";

/** Exit codes of the process, one per class of error (docs/operators.md). */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  config: 2,
  wiring: 3,
  fatal: 4,
  refused: 5,
  usage: 64,
} as const;

/** A plain JSON record of an error, safe to store and to log. */
export type ErrorRecord = { code: string; severity: Severity; message: string; details?: Record<string, string> };

/** The one base error of the relayer. `message` says what it got, what it expected and what to do. */
export class RelayerError extends Error {
  override readonly name: string = "RelayerError";
  readonly code: string;
  readonly severity: Severity;
  readonly details: Record<string, string>;
  readonly exitCode: number;

  constructor(
    code: string,
    message: string,
    options: { severity?: Severity; details?: Record<string, string>; cause?: unknown; exitCode?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.severity = options.severity ?? "retryable";
    this.details = options.details ?? {};
    this.exitCode = options.exitCode ?? (this.severity === "fatal" ? exitCodes.fatal : exitCodes.unexpected);
  }
}

/** The configuration or a key it refers to cannot be used. */
export class ConfigError extends RelayerError {
  override readonly name = "ConfigError";
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("config", message, { severity: "fatal", exitCode: exitCodes.config, ...options });
  }
}

/** The chains are not what the deployment says they are. */
export class WiringError extends RelayerError {
  override readonly name = "WiringError";
  constructor(message: string, details: Record<string, string> = {}) {
    super("wiring", message, { severity: "fatal", exitCode: exitCodes.wiring, details });
  }
}

/** A command asks for what must not or cannot be done; nothing was changed. `message` says why, and what to do instead. */
export class RefusedError extends RelayerError {
  override readonly name = "RefusedError";
  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(code, message, { severity: "permanent", exitCode: exitCodes.refused, ...options });
  }
}

/**
 * Nothing is wrong, but now is not the time: the message waits for the next block and looks again. No failure, so no back-off either.
 * `message` says what it waits for.
 */
export class NotNowError extends RelayerError {
  override readonly name = "NotNowError";
}

const urlWithSecrets = /\b((?:https?|wss?|postgres(?:ql)?):\/\/)([^\s"'<>]+)/g;

/** Reduces every URL in a text to scheme and host: paths, queries and user info of RPC URLs carry API keys. */
export function stripUrls(text: string): string {
  return text.replace(urlWithSecrets, (_, scheme: string, rest: string) => {
    const authority = rest.split(/[/?#]/, 1)[0] ?? "";
    return scheme + authority.slice(authority.lastIndexOf("@") + 1);
  });
}

/** Turns anything thrown into a record. Unknown errors are retryable: a bug must not lose a message. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof RelayerError) {
    const record: ErrorRecord = { code: error.code, severity: error.severity, message: stripUrls(error.message) };
    if (Object.keys(error.details).length > 0) record.details = error.details;
    return record;
  }
  if (isRecord(error)) return error;
  const thrown: { shortMessage?: unknown; message?: unknown; details?: unknown; name?: unknown } =
    typeof error === "object" && error !== null ? error : { message: String(error) };
  const short = typeof thrown.shortMessage === "string" ? thrown.shortMessage : textOf(thrown.message);
  const more = typeof thrown.details === "string" && thrown.details !== short ? ` (${thrown.details})` : "";
  return {
    code: typeof thrown.name === "string" ? thrown.name : "unknown",
    severity: "retryable",
    message: stripUrls(short + more).slice(0, 1000),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "unknown error");
}

function isRecord(value: unknown): value is ErrorRecord {
  return (
    typeof value === "object" && value !== null && !(value instanceof Error) && "severity" in value && "code" in value
  );
}
