import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a false rapidsnark has learned about how it is run. */
export interface Observation {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Permissions of the working directory and of the witness, octal. */
  readonly modes: readonly string[];
  readonly pid: number;
}

export interface LiarParameters {
  /** JavaScript, run with `argv`, `write(proof, publicSignals)`, the witness's own `signals`, and `knownProofs` by their join. */
  readonly body: string;
  readonly knownProofs?: Readonly<Record<string, unknown>>;
}

/** A binary that stands in rapidsnark's place and means no good. */
export interface Liar {
  readonly path: string;
  /** One for each time it was run. */
  observations(): Observation[];
  remove(): void;
}

export function createLiar({ body, knownProofs = {} }: LiarParameters): Liar {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-liar-"));
  const path = join(directory, "prover.cjs");
  const log = join(directory, "log");
  writeFileSync(log, "");
  const script = `#!${process.execPath}
const { appendFileSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const argv = process.argv.slice(2);
const [, wtns, proofFile, publicFile] = argv;
const mode = (path) => (statSync(path).mode & 0o777).toString(8);
appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args: argv, env: process.env, modes: [mode("."), mode(wtns)], pid: process.pid }) + "\\n");
const elements = readFileSync(wtns).subarray(12 + 12 + 40 + 12);
const signals = [1, 2, 3].map((i) => BigInt("0x" + Buffer.from(elements.subarray(32 * i, 32 * i + 32)).reverse().toString("hex")).toString());
const knownProofs = ${JSON.stringify(knownProofs)};
const write = (proof, publicSignals = signals) => {
  writeFileSync(proofFile, typeof proof === "string" ? proof : JSON.stringify(proof));
  writeFileSync(publicFile, JSON.stringify(publicSignals));
};
${body}
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return {
    path,
    observations: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Observation),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
