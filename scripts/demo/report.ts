import Table from "cli-table3";
import pc from "picocolors";

/** Where a step happened: the vault chain, the margin chain, or the way between them. */
export type Where = "vault" | "margin" | "vault → margin" | "margin → vault";

/** One line of the demo's story. */
export type Step = {
  stage: string;
  who: string;
  what: string;
  where: Where;
  /** Gas of the transaction, where the step is one. */
  gas?: bigint;
  /** Milliseconds spent proving, where the step needed a proof. */
  provingMs?: number;
  /** Milliseconds from the start of the step to its confirmed end. */
  elapsedMs: number;
};

/** Collects steps, and prints each as it ends. */
export class Story {
  readonly steps: Step[] = [];
  readonly #startedAt = Date.now();
  #stage = "";

  stage(title: string): void {
    this.#stage = title;
    console.log(`\n${pc.bold(title)}`);
  }

  note(text: string): void {
    console.log(pc.dim(`        ${text}`));
  }

  /** Runs one step and records how long it took; the action returns what it measured. */
  async step<result extends { gas?: bigint | undefined; provingMs?: number | undefined }>(
    head: { who: string; what: string; where: Where },
    action: () => Promise<result>,
  ): Promise<result> {
    const started = Date.now();
    const result = await action();
    const step: Step = { stage: this.#stage, ...head, elapsedMs: Date.now() - started };
    if (result.gas !== undefined) step.gas = result.gas;
    if (result.provingMs !== undefined) step.provingMs = result.provingMs;
    this.steps.push(step);
    const clock = `${((Date.now() - this.#startedAt) / 1000).toFixed(0).padStart(4)} s`;
    const figures = [
      step.gas === undefined ? "" : `${thousands(step.gas)} gas`,
      step.provingMs === undefined ? "" : `proof ${seconds(step.provingMs)}`,
      seconds(step.elapsedMs),
    ].filter((text) => text !== "");
    console.log(
      `${pc.dim(clock)}  ${pc.green("✓")} ${head.who}: ${head.what} ${pc.dim(`(${head.where}; ${figures.join(", ")})`)}`,
    );
    return result;
  }

  table(): string {
    const table = newTable(
      ["", "who", "what", "chain", "gas", "proof", "elapsed"],
      ["right", "left", "left", "left", "right", "right", "right"],
    );
    this.steps.forEach((step, index) => {
      table.push([
        String(index + 1),
        step.who,
        step.what,
        step.where,
        step.gas === undefined ? "" : thousands(step.gas),
        step.provingMs === undefined ? "" : seconds(step.provingMs),
        seconds(step.elapsedMs),
      ]);
    });
    return table.toString();
  }
}

export function newTable(head: string[], colAligns: Table.HorizontalAlignment[] = []): Table.Table {
  return new Table({
    head,
    colAligns,
    style: { head: process.stdout.isTTY ? ["bold"] : [], border: process.stdout.isTTY ? ["dim"] : [] },
  });
}

export function thousands(value: bigint | number): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
