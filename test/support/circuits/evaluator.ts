import { buildBn128 } from "ffjavascript";

import { q } from "../../../circuits/setup/field.ts";
import type { LinearCombination, R1cs } from "../../../circuits/setup/r1cs.ts";

/** What the engine of ffjavascript exports for sums over sparse matrices (it is what makes proofs fast, too). */
interface Engine {
  /** A = Σ coefficients of matrix 0, B = Σ of matrix 1, C = A∘B, over the witness; all but the witness in Montgomery form. */
  readonly qap_buildABC: (
    coefficients: number,
    count: number,
    witness: number,
    a: number,
    b: number,
    c: number,
    firstRow: number,
    rows: number,
    firstWire: number,
    wires: number,
  ) => void;
}

const elementBytes = 32;
/** matrix u32 · row u32 · wire u32 · coefficient */
const entryBytes = 12 + elementBytes;
const pageBytes = 65_536;
/** A coefficient times 2^512 and a plain witness value make a product in Montgomery form (2^256). */
const scale = 2n ** 512n % q;

const { code } = (await buildBn128(true)).tm;
const engine = await WebAssembly.compile(code.slice());

/** Evaluates the constraints of one system over witnesses in bytes: wires in order, 32 bytes each, little-endian. */
export interface Evaluator {
  /** Where the witness is written before `violations` is asked; valid for ever. */
  readonly witness: Uint8Array;
  /** Rows whose constraint does not hold. */
  violations: () => number[];
}

/**
 * ⟨a, w⟩·⟨b, w⟩ = ⟨c, w⟩ for all rows in WebAssembly, some twenty times as fast as bigints. The engine adds up a and b in one
 * run and c in another; test/circuits/evaluator.test.ts compares it with plain bigints.
 */
export function createEvaluator({ constraints, wireCount }: R1cs): Evaluator {
  const rows = constraints.length;
  const size = (pick: (row: R1cs["constraints"][number]) => LinearCombination): number =>
    constraints.reduce((sum, row) => sum + pick(row).wires.length, 0);
  const products = size(({ a }) => a) + size(({ b }) => b);
  const results = size(({ c }) => c);

  const heap = 64 * pageBytes;
  const needed = heap + (products + results) * entryBytes + (wireCount + 6 * rows) * elementBytes;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(needed / pageBytes) });
  const { qap_buildABC: build } = new WebAssembly.Instance(engine, { env: { memory } }).exports as unknown as Engine;

  let free = heap;
  const allocate = (bytes: number): number => {
    const start = free;
    free += bytes;
    return start;
  };
  const witnessAt = allocate(wireCount * elementBytes);
  const [a, b, ab, c, zero, unused] = Array.from({ length: 6 }, () => allocate(rows * elementBytes)) as [
    ...[number, number, number, number, number, number],
  ];
  const productsAt = allocate(products * entryBytes);
  const resultsAt = allocate(results * entryBytes);

  const view = new DataView(memory.buffer);
  const known = new Map<bigint, bigint>();
  const scaled = (coefficient: bigint): bigint => {
    let value = known.get(coefficient);
    if (value === undefined) known.set(coefficient, (value = (coefficient * scale) % q));
    return value;
  };
  const writeMatrix = (
    start: number,
    matrix: number,
    row: number,
    { wires, coefficients }: LinearCombination,
  ): number => {
    let at = start;
    wires.forEach((wire, i) => {
      view.setUint32(at, matrix, true);
      view.setUint32(at + 4, row, true);
      view.setUint32(at + 8, wire, true);
      writeElement(view, at + 12, scaled(coefficients[i]!));
      at += entryBytes;
    });
    return at;
  };
  let [nextProduct, nextResult] = [productsAt, resultsAt];
  constraints.forEach((row, index) => {
    nextProduct = writeMatrix(nextProduct, 0, index, row.a);
    nextProduct = writeMatrix(nextProduct, 1, index, row.b);
    nextResult = writeMatrix(nextResult, 0, index, row.c);
  });

  const [left, right] = [ab, c].map((at) => new BigUint64Array(memory.buffer, at, 4 * rows)) as [
    BigUint64Array,
    BigUint64Array,
  ];
  return {
    witness: new Uint8Array(memory.buffer, witnessAt, wireCount * elementBytes),
    violations: () => {
      build(productsAt, products, witnessAt, a, b, ab, 0, rows, 0, wireCount);
      build(resultsAt, results, witnessAt, c, zero, unused, 0, rows, 0, wireCount);
      const broken: number[] = [];
      for (let row = 0; row < rows; row++) {
        const word = 4 * row;
        const holds =
          left[word] === right[word] &&
          left[word + 1] === right[word + 1] &&
          left[word + 2] === right[word + 2] &&
          left[word + 3] === right[word + 3];
        if (!holds) broken.push(row);
      }
      return broken;
    },
  };
}

/** A field element as 32 bytes, little-endian. */
export function writeElement(view: DataView, at: number, value: bigint): void {
  for (let word = 0; word < 4; word++) view.setBigUint64(at + 8 * word, (value >> BigInt(64 * word)) & mask, true);
}

const mask = 2n ** 64n - 1n;

/** The element at `at`. */
export function readElement(view: DataView, at: number): bigint {
  let value = 0n;
  for (let word = 3; word >= 0; word--) value = (value << 64n) | view.getBigUint64(at + 8 * word, true);
  return value;
}
