import { open } from "node:fs/promises";

import { z } from "zod";

import type { Groth16Points } from "../proofs/groth16.ts";
import { rapidsnarkError } from "./runBinary.ts";

const BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** Eight coordinates of 77 digits, and JSON around them. */
const MAX_FILE_BYTES = 8_192;

const coordinate = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,76})$/)
  .refine((value) => BigInt(value) < BASE_FIELD);
const pair = z.tuple([coordinate, coordinate]);
const point = z.tuple([coordinate, coordinate, z.literal("1")]);
const proofSchema = z.strictObject({
  pi_a: point,
  pi_b: z.tuple([pair, pair, z.tuple([z.literal("1"), z.literal("0")])]),
  pi_c: point,
  protocol: z.literal("groth16"),
  curve: z.literal("bn128").optional(),
});
const publicSchema = z.array(z.string());

/**
 * Read what rapidsnark wrote. It is not trusted: files of unexpected size or form, other public signals than the witness's
 * and coordinates outside the field are refused here, a wrong proof by whoever verifies it.
 *
 * @throws HypothecError `prover.rapidsnark`.
 */
export async function readRapidsnarkOutput(
  binary: string,
  files: { readonly proof: string; readonly publicSignals: string },
  expected: readonly bigint[],
): Promise<Groth16Points> {
  const proof = proofSchema.safeParse(await readJson(binary, "proof", files.proof));
  if (!proof.success) {
    throw rapidsnarkError(`${binary} wrote a proof in an unknown form`, z.prettifyError(proof.error));
  }
  const signals = publicSchema.safeParse(await readJson(binary, "public signals", files.publicSignals));
  if (!signals.success || signals.data.join() !== expected.join()) {
    throw rapidsnarkError(`${binary} wrote other public signals than the witness has`);
  }
  return proof.data;
}

async function readJson(binary: string, what: string, path: string): Promise<unknown> {
  let text: string;
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_FILE_BYTES + 1) });
      if (bytesRead > MAX_FILE_BYTES) {
        throw rapidsnarkError(`${binary} wrote a ${what} file of more than ${MAX_FILE_BYTES} bytes`);
      }
      // Some versions end the text with a zero byte.
      text = buffer.toString("utf8", 0, bytesRead).replace(/\0+$/, "");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw rapidsnarkError(`${binary} ended without an error but wrote no ${what}`, undefined, cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rapidsnarkError(`${binary} wrote a ${what} file that is not JSON`, undefined, cause);
  }
}
