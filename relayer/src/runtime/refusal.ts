/** What is wrong with a request of a user: theirs (invalid), at odds with another one (conflict), not offered (forbidden), or too much now (busy). */
export type RefusalKind = "invalid" | "conflict" | "forbidden" | "busy";

/** A user's request was refused, and nothing was changed. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly kind: RefusalKind;
  /** Stable, for programs. */
  readonly code: string;
  /** What to do next. */
  readonly hint: string;
  /** The contract's error, when that is why. */
  readonly revert: { name: string; args: Record<string, string> } | undefined;

  constructor(
    kind: RefusalKind,
    code: string,
    message: string,
    hint: string,
    revert?: { name: string; args: Record<string, string> },
  ) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.hint = hint;
    this.revert = revert;
  }
}
