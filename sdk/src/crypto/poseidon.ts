import { HypothecError } from "../errors/base.ts";
import { assertFieldElement } from "./field.ts";

/** Poseidon with the tag as initial state (docs/encodings.md). Without `nOut` one output, with it a list. */
export interface PoseidonHash {
  (inputs: readonly bigint[], tag: bigint): bigint;
  (inputs: readonly bigint[], tag: bigint, nOut: number): bigint[];
}

/**
 * Field elements as the hash works on them: 32 little-endian bytes in Montgomery form. The tree keeps its nodes like
 * this, so that climbing a path converts nothing.
 */
export interface FieldBuffers {
  readonly zero: Uint8Array;
  toBuffer(value: bigint): Uint8Array;
  toBigint(buffer: Uint8Array): bigint;
  /** Poseidon of concatenated 32-byte elements; `tag` as a buffer too. */
  hash(inputs: Uint8Array, tag: Uint8Array): Uint8Array;
}

/** A field of ffjavascript. */
interface WasmField {
  readonly zero: Uint8Array;
  e(value: bigint | Uint8Array): Uint8Array;
  toObject(element: Uint8Array): bigint;
}

/** circomlibjs's PoseidonEx. Inputs are field elements one by one, or concatenated in Montgomery form. */
interface WasmPoseidon {
  (inputs: readonly bigint[] | Uint8Array, initialState: Uint8Array): Uint8Array;
  (inputs: readonly bigint[], initialState: Uint8Array, nOut: number): Uint8Array | Uint8Array[];
  readonly F: WasmField;
}

/** Wraps circomlibjs's WASM Poseidon. */
export async function loadPoseidon(): Promise<{ poseidon: PoseidonHash; buffers: FieldBuffers }> {
  const { buildPoseidon } = await import("circomlibjs");
  const wasm = (await buildPoseidon()) as unknown as WasmPoseidon;
  const field = wasm.F;
  const tags = new Map<bigint, Uint8Array>();

  const tagBuffer = (tag: bigint): Uint8Array => {
    let buffer = tags.get(tag);
    if (buffer === undefined) {
      assertFieldElement(tag, "tag");
      buffer = field.e(tag);
      tags.set(tag, buffer);
    }
    return buffer;
  };

  function poseidon(inputs: readonly bigint[], tag: bigint): bigint;
  function poseidon(inputs: readonly bigint[], tag: bigint, nOut: number): bigint[];
  function poseidon(inputs: readonly bigint[], tag: bigint, nOut?: number): bigint | bigint[] {
    if (inputs.length < 1 || inputs.length > 16) {
      throw new HypothecError(`Poseidon takes 1 to 16 inputs, got ${inputs.length}`, { code: "crypto.poseidon" });
    }
    if (nOut !== undefined && (nOut < 1 || nOut > inputs.length + 1)) {
      throw new HypothecError(
        `Poseidon of ${inputs.length} inputs has at most ${inputs.length + 1} outputs, got ${nOut}`,
        { code: "crypto.poseidon" },
      );
    }
    inputs.forEach((input, i) => assertFieldElement(input, `Poseidon input ${i}`));
    const out = wasm(inputs, tagBuffer(tag), nOut ?? 1);
    const list = Array.isArray(out) ? out : [out];
    return nOut === undefined ? field.toObject(list[0]!) : list.map((element) => field.toObject(element));
  }

  const buffers: FieldBuffers = {
    zero: field.zero.slice(),
    toBuffer(value) {
      assertFieldElement(value, "value");
      return field.e(value);
    },
    toBigint: (buffer) => field.toObject(buffer),
    hash: (inputs, tag) => wasm(inputs, tag),
  };
  return { poseidon, buffers };
}
