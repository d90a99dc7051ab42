import type { Refusal, RefusalKind } from "../runtime/refusal.ts";

/** What a client is told when it does not get what it asked for. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;
  /** What to do next. */
  readonly hint: string;
  readonly headers: Record<string, string>;
  /** A contract's error, when that is why. */
  readonly revert: Refusal["revert"];

  constructor(
    status: number,
    code: string,
    message: string,
    hint: string,
    headers: Record<string, string> = {},
    revert?: Refusal["revert"],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.headers = headers;
    this.revert = revert;
  }
}

const statusOf: Record<RefusalKind, number> = { invalid: 422, conflict: 409, forbidden: 403, busy: 503 };
/** The client did it, not the relayer. */
const quotas = new Set(["too_many_proofs", "proofs_per_hour"]);

export function httpErrorOf({ kind, code, message, hint, revert }: Refusal): HttpError {
  return new HttpError(quotas.has(code) ? 429 : statusOf[kind], code, message, hint, {}, revert);
}
