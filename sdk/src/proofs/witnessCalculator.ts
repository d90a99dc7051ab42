import { bytesToBigint, FIELD_ORDER } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import type { SignalInput } from "./types.ts";

/** Computes the full witness of one compiled circuit. */
export interface WitnessCalculator {
  /** The witness in the .wtns format that provers read. */
  calculate(inputs: Readonly<Record<string, SignalInput>>): Uint8Array;
}

/** What circom's WASM exports (compiler 2.x). Field elements cross word by word, least significant first. */
interface CircuitExports {
  init(sanityCheck: number): void;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  setInputSignal(hashHigh: number, hashLow: number, position: number): void;
  /** Where in `memory` an element is handed over. */
  getSharedRWMemoryStart(): number;
  readonly memory: WebAssembly.Memory;
  getWitnessSize(): number;
  getWitness(index: number): void;
  getMessageChar(): number;
}

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "a signal was not found",
  2: "too many signals were set",
  3: "a signal was set twice",
  4: "a constraint or assertion does not hold",
  5: "not enough memory",
  6: "an input has more values than the circuit declares",
};

/**
 * Compile a circuit's WASM once; every calculation then only runs it. A module that is compiled already can be shared by
 * threads, and with it the optimised code that the engine has made of it by then.
 *
 * @throws HypothecError `prover.witness` from `calculate` when the inputs are incomplete or contradict the statement.
 */
export async function createWitnessCalculator(wasm: Uint8Array | WebAssembly.Module): Promise<WitnessCalculator> {
  let messages: string[] = [];
  const readMessage = () => {
    let text = "";
    for (let code = exports.getMessageChar(); code !== 0; code = exports.getMessageChar()) {
      text += String.fromCharCode(code);
    }
    if (text.trim() !== "") messages.push(text.trim());
  };
  const module = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm.slice());
  const instance = await WebAssembly.instantiate(module, {
    runtime: {
      exceptionHandler(code: number) {
        const details = messages.join(" · ");
        throw new HypothecError(`The circuit refuses the inputs: ${EXCEPTIONS[code] ?? `exception ${code}`}`, {
          code: "prover.witness",
          ...(details === "" ? {} : { details }),
          whatToDo: "The values contradict each other: build the witness with the SDK from fresh data.",
        });
      },
      printErrorMessage: readMessage,
      writeBufferMessage: readMessage,
      showSharedRWMemory: () => undefined,
      error: () => undefined,
      log: () => undefined,
    },
  });
  const exports = instance.exports as unknown as CircuitExports;
  const words = exports.getFieldNumLen32();

  const write = (shared: Uint32Array, value: bigint) => {
    let rest = value;
    for (let i = 0; i < words; i++) {
      shared[i] = Number(rest & 0xffff_ffffn);
      rest >>= 32n;
    }
  };

  return {
    calculate(inputs) {
      messages = [];
      exports.init(0);
      const shared = sharedWords(exports, words);
      let set = 0;
      for (const [name, value] of Object.entries(inputs)) {
        const flat = flatten(value);
        const [high, low] = fnv1a(name);
        const expected = exports.getInputSignalSize(high, low);
        if (expected !== flat.length) {
          throw new HypothecError(
            `Input ${name} has ${flat.length} values, the circuit takes ${Math.max(expected, 0)}`,
            {
              code: "prover.witness",
              whatToDo: "Use circuits and SDK of the same version.",
            },
          );
        }
        flat.forEach((element, i) => {
          write(shared, ((element % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER);
          exports.setInputSignal(high, low, i);
          set++;
        });
      }
      if (set !== exports.getInputSize()) {
        throw new HypothecError(`The circuit takes ${exports.getInputSize()} input values, got ${set}`, {
          code: "prover.witness",
          whatToDo: "Use circuits and SDK of the same version.",
        });
      }
      return wtnsFile(exports, words);
    },
  };
}

/** FNV-1a of the signal's name, 64 bits: how circom finds inputs. */
function fnv1a(name: string): [number, number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
  }
  return [Number(hash >> 32n), Number(hash & 0xffff_ffffn)];
}

function flatten(value: SignalInput): bigint[] {
  return typeof value === "bigint" ? [value] : value.flatMap((part) => flatten(part));
}

/** The words through which elements pass, seen in place: asking the module for each would be 100,000 calls a witness. */
function sharedWords(circuit: CircuitExports, words: number): Uint32Array {
  return new Uint32Array(circuit.memory.buffer, circuit.getSharedRWMemoryStart(), words);
}

/** magic, version 2, two sections: header (field size, prime, count), then the elements, all little-endian. */
function wtnsFile(circuit: CircuitExports, words: number): Uint8Array {
  const size = circuit.getWitnessSize();
  const fieldBytes = 4 * words;
  const header = 4 + fieldBytes + 4;
  const file = new Uint8Array(12 + 12 + header + 12 + size * fieldBytes);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode("wtns"));
  view.setUint32(4, 2, true);
  view.setUint32(8, 2, true);
  view.setUint32(12, 1, true);
  view.setBigUint64(16, BigInt(header), true);
  view.setUint32(24, fieldBytes, true);
  const shared = sharedWords(circuit, words);
  const copy = (offset: number) => {
    for (let i = 0; i < words; i++) view.setUint32(offset + 4 * i, shared[i]!, true);
  };
  circuit.getRawPrime();
  copy(28);
  assertPrime(file.subarray(28, 28 + fieldBytes));
  view.setUint32(28 + fieldBytes, size, true);
  let offset = 32 + fieldBytes;
  view.setUint32(offset, 2, true);
  view.setBigUint64(offset + 4, BigInt(size * fieldBytes), true);
  offset += 12;
  for (let i = 0; i < size; i++, offset += fieldBytes) {
    circuit.getWitness(i);
    copy(offset);
  }
  return file;
}

function assertPrime(littleEndian: Uint8Array): void {
  const prime = bytesToBigint(littleEndian.slice().reverse());
  if (prime !== FIELD_ORDER) {
    throw new HypothecError("The circuit was compiled for another field than BN254's", { code: "prover.artifacts" });
  }
}

/** An element of a .wtns file; the public signals are 1, 2, 3. */
export function witnessElement(file: Uint8Array, index: number): bigint {
  const start = 12 + 12 + 40 + 12 + 32 * index;
  return bytesToBigint(file.slice(start, start + 32).reverse());
}
