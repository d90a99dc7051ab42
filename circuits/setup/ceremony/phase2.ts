import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

import { zKey } from "snarkjs";

import type { Progress } from "../progress.ts";
import type { VerificationKey } from "../verificationKey.ts";
import { readKeyHistory } from "./zkeyFile.ts";

/** The parts of snarkjs that phase 2 consists of, with errors instead of return values. */
export interface Phase2 {
  /** The key before anybody contributed: its delta is the generator, so anybody can forge for it. */
  start(r1cs: string, ptau: string, zkey: string): Promise<void>;
  /** @param extraEntropy Mixed with 64 bytes of the system's generator, which alone would do. */
  contribute(from: string, to: string, name: string, extraEntropy: string): Promise<void>;
  /** Ends the ceremony with public randomness that nobody could know while contributing. */
  beacon(from: string, to: string, value: string, iterationsExp: number): Promise<void>;
  /** @throws Error unless the key follows from this r1cs and these powers of tau through the contributions it lists. */
  verify(r1cs: string, ptau: string, zkey: string): Promise<void>;
  verificationKey(zkey: string): Promise<VerificationKey>;
}

/** snarkjs reports through a logger: its errors become ours, its counts become progress. */
interface Logger {
  readonly errors: string[];
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

export const beaconName = "beacon";

export function createPhase2(progress: Progress): Phase2 {
  const step = async <T>(label: string, work: (logger: Logger) => Promise<T>): Promise<T> => {
    progress.start(label);
    const errors: string[] = [];
    const logger: Logger = {
      errors,
      debug: (text) => {
        const [, done, total] = /(\d+)\/(\d+)\s*$/.exec(text) ?? [];
        if (done !== undefined) progress.report(Number(done), Number(total));
      },
      info: () => undefined,
      warn: (text) => errors.push(text),
      error: (text) => errors.push(text),
    };
    try {
      return await work(logger);
    } finally {
      progress.finish();
    }
  };

  return {
    start: (r1cs, ptau, zkey) =>
      step(`initial ${basename(zkey)}`, async (logger) => {
        const result: unknown = await zKey.newZKey(bytes(r1cs), bytes(ptau), zkey, logger);
        if (!(result instanceof Uint8Array)) {
          throw new Error(`snarkjs made no key of ${r1cs}: ${reasons(logger)}. Use powers of tau of a higher power.`);
        }
      }),
    contribute: (from, to, name, extraEntropy) =>
      step(`contribution of ${name} to ${basename(from)}`, async (logger) => {
        // snarkjs hashes this together with 64 bytes of its own; what was typed cannot make it worse.
        const entropy = randomBytes(64).toString("hex") + extraEntropy;
        const hash: unknown = await zKey.contribute(bytes(from), to, name, entropy, logger);
        requireHash(hash, to, "contribution", logger);
      }),
    beacon: (from, to, value, iterationsExp) =>
      step(`beacon on ${basename(from)}`, async (logger) => {
        const hash: unknown = await zKey.beacon(bytes(from), to, beaconName, value, iterationsExp, logger);
        requireHash(hash, to, "beacon", logger);
      }),
    verify: (r1cs, ptau, zkey) =>
      step(`verify ${basename(zkey)} against circuit and powers of tau`, async (logger) => {
        let valid: boolean;
        try {
          valid = await zKey.verifyFromR1cs(bytes(r1cs), bytes(ptau), bytes(zkey), logger);
        } catch (error) {
          throw new Error(
            `snarkjs could not verify ${zkey}: ${error instanceof Error ? error.message : String(error)}`,
            {
              cause: error,
            },
          );
        }
        if (!valid) {
          throw new Error(
            `snarkjs refuses ${zkey}: ${reasons(logger)}. It is not a key of this circuit and these powers of tau.`,
          );
        }
      }),
    verificationKey: async (zkey) => (await zKey.exportVerificationKey(bytes(zkey))) as VerificationKey,
  };
}

/** snarkjs leaves files open that it was given by name, so it gets their content. */
const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** snarkjs keeps its worker threads for the next task; a program that is to end has to stop them. */
export async function stopWorkers(): Promise<void> {
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
}

const reasons = ({ errors }: Logger): string => errors.join("; ") || "no reason given";

/** What snarkjs says it wrote must be what lies in the file. */
function requireHash(hash: unknown, file: string, what: string, logger: Logger): void {
  if (!(hash instanceof Uint8Array)) throw new Error(`snarkjs made no ${what}: ${reasons(logger)}`);
  const recorded = readKeyHistory(file).contributions.at(-1)?.hash;
  if (recorded !== Buffer.from(hash).toString("hex")) {
    throw new Error(`${file} does not end with the ${what} that snarkjs reports; the file is damaged, make it again`);
  }
}
