import { buildPoseidon } from "circomlibjs";

import { tag } from "../reference/crypto.ts";
import { mod } from "../reference/field.ts";
import { base8, multiply } from "./jub.ts";
import type { Point } from "./jub.ts";

const permutation = await buildPoseidon();

/** R = e·Base8 and message + Poseidon(TAG_SEAL; S.x, S.y, N, 0, 0) with S = e·K (docs/encodings.md, Sealed openings). */
export function sealed(e: bigint, key: Point, separator: bigint, message: readonly bigint[]) {
  const shared = multiply(key, e);
  const out = permutation([shared.x, shared.y, separator, 0n, 0n], tag.seal, message.length) as Uint8Array[];
  return {
    ephemeral: multiply(base8, e),
    words: message.map((word, j) => mod(word + permutation.F.toObject(out[j]!))),
  };
}
