import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** BLAKE2b-512, as everybody who publishes ceremony files uses it. */
export function hashBytes(bytes: string | Uint8Array): string {
  return createHash("blake2b512").update(bytes).digest("hex");
}

/** BLAKE2b-512 of a file of any size. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("blake2b512");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
