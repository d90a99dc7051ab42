/** One group of BN254 as ffjavascript's WebAssembly sees it. */
interface WasmGroup {
  readonly prefix: "g1m" | "g2m";
  readonly affineBytes: number;
  readonly jacobianBytes: number;
}

const groups = {
  G1: { prefix: "g1m", affineBytes: 64, jacobianBytes: 96 },
  G2: { prefix: "g2m", affineBytes: 128, jacobianBytes: 192 },
} as const satisfies Record<string, WasmGroup>;

export type GroupName = keyof typeof groups;

export function pointBytes(group: GroupName): number {
  return groups[group].affineBytes;
}

const windowBits = 8;
const windows = 256 / windowBits;
const digits = (1 << windowBits) - 1;
const batchSize = 4096;

/** The pages ffjavascript's engine expects to start with. */
const initialPages = 25;
const pageBytes = 65536;

/** Multiplies the generator by many scalars (32 little-endian bytes each, below q); returns affine Montgomery points. */
export type FixedBase = (scalars: Uint8Array) => Uint8Array;

/**
 * A fixed-base multiplier with a table of d·2^(8w)·G for every window w and digit d: a multiplication is at most 32
 * mixed additions, several times faster than double-and-add.
 *
 * `code` is ffjavascript's BN254 engine, `generator` in its Jacobian Montgomery form.
 */
export function fixedBase(code: Uint8Array, name: GroupName, generator: Uint8Array): FixedBase {
  const { prefix, affineBytes, jacobianBytes } = groups[name];
  const engineMemory = new WebAssembly.Memory({ initial: initialPages });
  const module = new WebAssembly.Module(code as Uint8Array<ArrayBuffer>);
  const { exports } = new WebAssembly.Instance(module, { env: { memory: engineMemory } });
  const call = (operation: string): ((...pointers: number[]) => number) =>
    exports[`${prefix}_${operation}`] as (...pointers: number[]) => number;
  const addMixed = call("addMixed");
  const add = call("add");
  const double = call("double");
  const zero = call("zero");
  const copy = call("copy");
  const toAffine = call("batchToAffine");

  // Our buffers lie in pages added at the end; the engine keeps its own space for scratch.
  const [rowBytes, tableBytes, sumsBytes] = [
    digits * jacobianBytes,
    windows * digits * affineBytes,
    batchSize * jacobianBytes,
  ];
  const wanted = rowBytes + jacobianBytes + tableBytes + sumsBytes + batchSize * affineBytes;
  const row = engineMemory.grow(Math.ceil(wanted / pageBytes)) * pageBytes;
  const base = row + rowBytes;
  const table = base + jacobianBytes;
  const sums = table + tableBytes;
  const points = sums + sumsBytes;
  buildTable();
  return multiply;

  function buildTable(): void {
    memory().set(generator, base);
    for (let w = 0; w < windows; w++) {
      copy(base, row);
      for (let d = 1; d < digits; d++) {
        add(row + (d - 1) * jacobianBytes, base, row + d * jacobianBytes);
      }
      toAffine(row, digits, table + w * digits * affineBytes);
      for (let bit = 0; bit < windowBits; bit++) double(base, base);
    }
  }

  function multiply(scalars: Uint8Array): Uint8Array {
    const count = scalars.length / 32;
    const result = new Uint8Array(count * affineBytes);
    for (let start = 0; start < count; start += batchSize) {
      const size = Math.min(batchSize, count - start);
      for (let i = 0; i < size; i++) {
        const sum = sums + i * jacobianBytes;
        zero(sum);
        for (let w = 0; w < windows; w++) {
          const digit = scalars[(start + i) * 32 + w]!;
          if (digit !== 0) addMixed(sum, table + (w * digits + digit - 1) * affineBytes, sum);
        }
      }
      toAffine(sums, size, points);
      result.set(memory().subarray(points, points + size * affineBytes), start * affineBytes);
    }
    return result;
  }

  function memory(): Uint8Array {
    return new Uint8Array(engineMemory.buffer);
  }
}
