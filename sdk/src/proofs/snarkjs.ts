import { HypothecError } from "../errors/base.ts";
import { assertDigest, toZkProof, type Groth16Points } from "./groth16.ts";
import { proverClosed } from "./proverErrors.ts";
import type { CircuitName, Prover, ProveOptions, Witness, ZkProof } from "./types.ts";
import { createWitnessCalculator, type WitnessCalculator } from "./witnessCalculator.ts";

/** The compiled circuit and its proving key. */
export interface CircuitArtifacts {
  readonly wasm: Uint8Array;
  readonly zkey: Uint8Array;
}

export interface SnarkjsProverParameters {
  /** Bytes of a circuit, asked for once per circuit: from disk in Node, by fetch in a browser. */
  readonly load: (circuit: CircuitName) => Promise<CircuitArtifacts>;
  /** Prove on this thread: slower alone, better when many provers share few cores. @default false */
  readonly singleThread?: boolean | undefined;
}

/**
 * A warm prover on this thread, for the browser: keys stay in memory; proofs run one after another, because one already
 * uses all cores. A cancelled proof ends at its next step. In Node, the prover of `@hypothec/sdk/node` keeps this thread
 * free and stops at once.
 *
 * @example
 * const prover = createSnarkjsProverFrom({ load: fetchArtifacts("https://…/circuits") });
 * const proof = await prover.prove(witness);
 * await prover.close();
 */
export function createSnarkjsProverFrom({ load, singleThread = false }: SnarkjsProverParameters): Prover {
  const circuits = new Map<CircuitName, Promise<WarmCircuit>>();
  let queue: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  openProvers++;

  const circuitOf = (name: CircuitName) => {
    let found = circuits.get(name);
    if (found === undefined) {
      found = load(name).then(async ({ wasm, zkey }) => ({ zkey, calculator: await createWitnessCalculator(wasm) }));
      circuits.set(name, found);
      found.catch(() => circuits.delete(name));
    }
    return found;
  };

  const proveNow = async (witness: Witness, { signal }: ProveOptions): Promise<ZkProof> => {
    assertOpen(isClosed);
    signal?.throwIfAborted();
    const { zkey, calculator } = await circuitOf(witness.circuit);
    signal?.throwIfAborted();
    const wtns = { type: "mem" as const, data: calculator.calculate(witness.inputs) };
    assertDigest(witness, wtns.data);
    signal?.throwIfAborted();
    const { proof } = await groth16Prove({ type: "mem", data: zkey }, wtns, singleThread);
    signal?.throwIfAborted();
    return toZkProof(witness, proof);
  };

  return {
    prove(witness, options = {}) {
      assertOpen(isClosed);
      const job = queue.then(() => proveNow(witness, options));
      queue = job.catch(() => undefined);
      return job;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await queue;
      circuits.clear();
      // The engine and its worker threads are shared by all provers of the process.
      if (--openProvers === 0) await globalThis.curve_bn128?.terminate();
    },
  };
}

/** Loads `<base>/<circuit>.wasm` and `<base>/<circuit>.zkey` over HTTP. */
export function fetchArtifacts(base: string): (circuit: CircuitName) => Promise<CircuitArtifacts> {
  const bytes = async (file: string) => {
    const response = await fetch(`${base.replace(/\/$/, "")}/${file}`);
    if (!response.ok) {
      throw new HypothecError(`Fetching ${file} gave HTTP ${response.status}`, {
        code: "prover.artifacts",
        whatToDo: "Check the address that the circuits' artifacts are served from.",
      });
    }
    return new Uint8Array(await response.arrayBuffer());
  };
  return async (circuit) => ({ wasm: await bytes(`${circuit}.wasm`), zkey: await bytes(`${circuit}.zkey`) });
}

interface WarmCircuit {
  readonly zkey: Uint8Array;
  readonly calculator: WitnessCalculator;
}

let openProvers = 0;

declare global {
  // ffjavascript keeps its threaded engine here between proofs.
  var curve_bn128: { terminate(): Promise<void> } | null | undefined;
}

type MemFile = { readonly type: "mem"; readonly data: Uint8Array };

async function groth16Prove(zkey: MemFile, wtns: MemFile, singleThread: boolean) {
  const snarkjs = await import("snarkjs");
  // @types/snarkjs knows paths and bytes only; fastfile also takes files in memory.
  const prove = snarkjs.groth16.prove as unknown as (
    zkey: MemFile,
    wtns: MemFile,
    logger: undefined,
    options: { singleThread: boolean },
  ) => Promise<{ proof: Groth16Points }>;
  return prove(zkey, wtns, undefined, { singleThread });
}

function assertOpen(isClosed: boolean): void {
  if (isClosed) throw proverClosed();
}
