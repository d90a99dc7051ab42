import { q } from "./field.ts";
import { toBytes } from "./points.ts";
import type { KeyScalars, MatrixEntry } from "./qap.ts";

/** The points of a Groth16 key, affine and in Montgomery form as ffjavascript keeps them. */
export interface KeyPoints {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
  /** One per constant and public wire: the verifier's part. */
  readonly public1: Uint8Array;
  readonly a1: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly private1: Uint8Array;
  readonly quotient1: Uint8Array;
}

const baseFieldOrder = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const groth16 = 1;

/**
 * A proving key in iden3's binary container, as `snarkjs.groth16.prove` reads it.
 *
 * "zkey", version 1, then sections of (u32 type, u64 size, body), all little-endian:
 * 1 protocol · 2 header · 3 public points · 4 entries of A and B · 5 A in G1 · 6 B in G1 · 7 B in G2 · 8 private points
 * · 9 quotient points · 10 contributions (none: 64 bytes that identify the circuit, then a count of 0).
 */
export function encodeZkey(
  points: KeyPoints,
  scalars: KeyScalars,
  publicCount: number,
  circuitHash: Uint8Array,
): Uint8Array {
  const wireCount = scalars.a.length;
  const header = concat([
    u32(32),
    toBytes([baseFieldOrder]),
    u32(32),
    toBytes([q]),
    u32(wireCount),
    u32(publicCount),
    u32(2 ** scalars.power),
    points.alpha1,
    points.beta1,
    points.beta2,
    points.gamma2,
    points.delta1,
    points.delta2,
  ]);
  const sections: [type: number, body: Uint8Array][] = [
    [1, u32(groth16)],
    [2, header],
    [3, points.public1],
    [4, encodeEntries(scalars.entries)],
    [5, points.a1],
    [6, points.b1],
    [7, points.b2],
    [8, points.private1],
    [9, points.quotient1],
    [10, concat([circuitHash, u32(0)])],
  ];
  const magic = new TextEncoder().encode("zkey");
  const parts = [magic, u32(1), u32(sections.length)];
  for (const [type, body] of sections) parts.push(u32(type), u64(body.length), body);
  return concat(parts);
}

/** u32 count, then (u32 matrix, u32 row, u32 wire, value·2^512 mod q): the prover multiplies in Montgomery form twice. */
function encodeEntries(entries: readonly MatrixEntry[]): Uint8Array {
  const size = 44;
  const bytes = new Uint8Array(4 + entries.length * size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entries.length, true);
  const square = (1n << 512n) % q;
  const encoded = new Map<bigint, Uint8Array>();
  entries.forEach(({ matrix, row, wire, value }, i) => {
    const offset = 4 + i * size;
    view.setUint32(offset, matrix, true);
    view.setUint32(offset + 4, row, true);
    view.setUint32(offset + 8, wire, true);
    let coefficient = encoded.get(value);
    if (coefficient === undefined) {
      coefficient = toBytes([(value * square) % q]);
      encoded.set(value, coefficient);
    }
    bytes.set(coefficient, offset + 12);
  });
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
