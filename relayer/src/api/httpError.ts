/** What a client is told when it does not get what it asked for. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;
  /** What to do next. */
  readonly hint: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, hint: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.headers = headers;
  }
}
