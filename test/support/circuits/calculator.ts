import { q } from "../../../circuits/setup/field.ts";
import { writeElement } from "./evaluator.ts";

type Signal = bigint | readonly Signal[];

/** What the generator that circom 2 writes exports. One field element crosses at a time, through a buffer in its memory. */
interface Generator {
  readonly memory: WebAssembly.Memory;
  getSharedRWMemoryStart(): number;
  init(sanityCheck: number): void;
  getInputSize(): number;
  getInputSignalSize(nameHigh: number, nameLow: number): number;
  setInputSignal(nameHigh: number, nameLow: number, position: number): void;
  getWitness(wire: number): void;
}

/** A witness generator that copies out the wires asked for, and no others. */
export interface Calculator {
  /** Computes the witness and writes the wires `from[i]` to `into`, 32 little-endian bytes each. */
  calculate(inputs: Readonly<Record<string, Signal>>, from: Uint32Array, into: Uint8Array): void;
}

/**
 * Of a witness most wires of an unsimplified generator are of no use to the constraints; circom_runtime reads them all, word by
 * word, which takes longer than computing them.
 */
export async function createCalculator(name: string, wasm: Uint8Array): Promise<Calculator> {
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(wasm.slice()), {
    runtime: {
      exceptionHandler(exception: number) {
        throw new Error(`the witness generator of ${name} stopped with circom's exception ${exception}`);
      },
      printErrorMessage: () => undefined,
      writeBufferMessage: () => undefined,
      showSharedRWMemory: () => undefined,
    },
  });
  const generator = instance.exports as unknown as Generator;
  const shared = generator.getSharedRWMemoryStart();
  const names = new Map<string, readonly [high: number, low: number]>();

  return {
    calculate(inputs, from, into) {
      generator.init(0);
      let set = 0;
      for (const [input, signal] of Object.entries(inputs)) {
        let key = names.get(input);
        if (key === undefined) names.set(input, (key = nameHash(input)));
        const values = flat(signal);
        const size = generator.getInputSignalSize(...key);
        if (size !== values.length)
          throw new Error(`${name}: input ${input} has ${values.length} values, expected ${size}`);
        values.forEach((value, i) => {
          writeElement(new DataView(generator.memory.buffer), shared, ((value % q) + q) % q);
          generator.setInputSignal(...key, i);
          set++;
        });
      }
      if (set !== generator.getInputSize()) {
        throw new Error(`${name} takes ${generator.getInputSize()} input values, got ${set}`);
      }
      const memory = new Uint8Array(generator.memory.buffer);
      from.forEach((wire, i) => {
        generator.getWitness(wire);
        into.set(memory.subarray(shared, shared + 32), 32 * i);
      });
    },
  };
}

function flat(signal: Signal): bigint[] {
  return typeof signal === "bigint" ? [signal] : signal.flatMap(flat);
}

/** FNV-1a of the name, by which circom finds an input. */
function nameHash(name: string): readonly [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & (2n ** 64n - 1n);
  return [Number(hash >> 32n), Number(hash & 0xffff_ffffn)];
}
