import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { styleText } from "node:util";
import { RefusedError } from "../runtime/errors.ts";

/** Where a command prints and asks. Injected, so that tests are their own terminal. */
export type Terminal = {
  /** A person can answer: standard input and output are both a terminal. */
  isInteractive: boolean;
  /** Prints a line or several to standard output. */
  print: (text: string) => void;
  /** Asks on standard error, so that a redirected output stays clean. */
  ask: (question: string) => Promise<string>;
  /** The same without showing what is typed. */
  askHidden: (question: string) => Promise<string>;
  paint: Paint;
};

export type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

export const plainPaint: Paint = (_, text) => text;

export function systemTerminal(): Terminal {
  const isTerminal = process.stdout.isTTY;
  const ask = async (question: string, isHidden: boolean): Promise<string> => {
    const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
    if (isHidden) process.stderr.write(question);
    const reader = createInterface({ input: process.stdin, output, terminal: true });
    try {
      return await reader.question(isHidden ? "" : question);
    } catch {
      throw new RefusedError("unanswered", "The question was not answered. Nothing was changed.");
    } finally {
      reader.close();
      if (isHidden) process.stderr.write("\n");
    }
  };
  return {
    isInteractive: process.stdin.isTTY && isTerminal,
    print: (text) => process.stdout.write(`${text}\n`),
    ask: (question) => ask(question, false),
    askHidden: (question) => ask(question, true),
    // styleText itself looks at NO_COLOR and FORCE_COLOR.
    paint: isTerminal ? (style, text) => styleText(style, text, { stream: process.stdout }) : plainPaint,
  };
}

/** Goes on only with `--yes` or a typed "yes". @throws RefusedError `unconfirmed` */
export async function confirm(terminal: Terminal, what: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) return;
  if (!terminal.isInteractive)
    throw new RefusedError("unconfirmed", `${what} Nobody is here to ask: add --yes if that is what you want.`);
  const answer = (await terminal.ask(`${what} Type yes to go on: `)).trim().toLowerCase();
  if (answer !== "yes" && answer !== "y") throw new RefusedError("unconfirmed", "Nothing was changed.");
}
