import { plainPaint, type Terminal } from "./terminal.ts";

/** A terminal for tests: remembers what was printed and asked, answers what it was told to. */
export function testTerminal(options: { answers?: string[]; isInteractive?: boolean } = {}) {
  const printed: string[] = [];
  const asked: string[] = [];
  const answers = [...(options.answers ?? [])];
  const ask = async (question: string) => {
    asked.push(question);
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${question}`);
    return answer;
  };
  const terminal: Terminal = {
    isInteractive: options.isInteractive ?? true,
    print: (text) => void printed.push(text),
    ask,
    askHidden: ask,
    paint: plainPaint,
  };
  return { terminal, asked, output: () => printed.join("\n") };
}
