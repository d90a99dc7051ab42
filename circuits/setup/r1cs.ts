import { readFileSync } from "node:fs";

import { q } from "./field.ts";

/** A sparse linear combination: wire indices and their coefficients. */
export interface LinearCombination {
  readonly wires: Uint32Array;
  readonly coefficients: readonly bigint[];
}

/** ⟨a, w⟩·⟨b, w⟩ = ⟨c, w⟩ */
export interface Constraint {
  readonly a: LinearCombination;
  readonly b: LinearCombination;
  readonly c: LinearCombination;
}

/** A rank-1 constraint system. Wire 0 is the constant 1, then outputs, public inputs, private inputs, the rest. */
export interface R1cs {
  readonly wireCount: number;
  readonly publicCount: number;
  readonly constraints: readonly Constraint[];
  /** The number of the .sym file's signal that each wire stands for. */
  readonly labels: readonly number[];
}

const sectionHeader = 1;
const sectionConstraints = 2;
const sectionLabels = 3;

interface Header {
  readonly bytes: Buffer;
  readonly sections: ReadonlyMap<number, number>;
  readonly fieldBytes: number;
  readonly wireCount: number;
  readonly publicCount: number;
  readonly constraintCount: number;
}

/** How many constraints circom's binary .r1cs file has. */
export function readConstraintCount(path: string): number {
  return readHeader(path).constraintCount;
}

function readHeader(path: string): Header {
  const bytes = readFileSync(path);
  if (bytes.toString("latin1", 0, 4) !== "r1cs")
    throw new Error(`${path} is not an r1cs file; compile the circuit again`);
  const sections = readSections(bytes);

  const header = sections.get(sectionHeader)!;
  const fieldBytes = bytes.readUInt32LE(header);
  const prime = readLittleEndian(bytes, header + 4, fieldBytes);
  if (prime !== q) throw new Error(`${path} is over the field of order ${prime}, expected BN254's ${q}`);
  const counts = header + 4 + fieldBytes;
  return {
    bytes,
    sections,
    fieldBytes,
    wireCount: bytes.readUInt32LE(counts),
    publicCount: bytes.readUInt32LE(counts + 4) + bytes.readUInt32LE(counts + 8),
    constraintCount: bytes.readUInt32LE(counts + 24),
  };
}

/** Reads circom's binary .r1cs file over BN254. */
export function readR1cs(path: string): R1cs {
  const { bytes, sections, fieldBytes, wireCount, publicCount, constraintCount } = readHeader(path);
  let position = sections.get(sectionConstraints)!;
  const combination = (): LinearCombination => {
    const size = bytes.readUInt32LE(position);
    position += 4;
    const wires = new Uint32Array(size);
    const coefficients: bigint[] = [];
    for (let i = 0; i < size; i++) {
      wires[i] = bytes.readUInt32LE(position);
      coefficients.push(readLittleEndian(bytes, position + 4, fieldBytes));
      position += 4 + fieldBytes;
    }
    return { wires, coefficients };
  };
  const constraints = Array.from({ length: constraintCount }, () => ({
    a: combination(),
    b: combination(),
    c: combination(),
  }));

  const labelStart = sections.get(sectionLabels)!;
  const labels = Array.from({ length: wireCount }, (_, i) => Number(bytes.readBigUInt64LE(labelStart + 8 * i)));
  return { wireCount, publicCount, constraints, labels };
}

function readSections(bytes: Buffer): Map<number, number> {
  const sections = new Map<number, number>();
  const count = bytes.readUInt32LE(8);
  let position = 12;
  for (let i = 0; i < count; i++) {
    sections.set(bytes.readUInt32LE(position), position + 12);
    position += 12 + Number(bytes.readBigUInt64LE(position + 4));
  }
  return sections;
}

function readLittleEndian(bytes: Buffer, offset: number, length: number): bigint {
  let value = 0n;
  for (let i = length - 8; i >= 0; i -= 8) value = (value << 64n) | bytes.readBigUInt64LE(offset + i);
  return value;
}
