const width = 28;

/** Progress of several named steps: a bar that redraws itself on a terminal, one line per finished step elsewhere. */
export interface Progress {
  start(label: string, total?: number): void;
  advance(amount: number): void;
  /** Where the step stands, from a worker that counts by itself. */
  report(done: number, total: number): void;
  finish(note?: string): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let label = "";
  let total = 0;
  let done = 0;
  let startedAt = 0;
  let drawn = -1;

  const draw = (): void => {
    if (!stream.isTTY) return;
    const filled = total > 0 ? Math.floor((done / total) * width) : 0;
    if (filled === drawn) return;
    drawn = filled;
    const bar = total > 0 ? ` [${"█".repeat(filled)}${"·".repeat(width - filled)}]` : " …";
    stream.write(`\r\x1b[2K${label}${bar}`);
  };

  return {
    start(nextLabel, nextTotal = 0) {
      [label, total, done, drawn, startedAt] = [nextLabel, nextTotal, 0, -1, performance.now()];
      draw();
    },
    advance(amount) {
      done += amount;
      draw();
    },
    report(nextDone, nextTotal) {
      [done, total] = [nextDone, nextTotal];
      draw();
    },
    finish(note = "") {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      stream.write(`${stream.isTTY ? "\r\x1b[2K" : ""}${label}  ${seconds} s${note ? `  ${note}` : ""}\n`);
    },
  };
}
