import { HypothecError } from "../errors/base.ts";
import { createWitnessCalculator, type WitnessCalculator } from "./witnessCalculator.ts";
import type { CircuitName, Prover, ProveOptions, Witness, ZkProof } from "./types.ts";

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
 * A warm prover in this process. Keys stay in memory; proofs run one after another, because one already uses all cores.
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
    signal?.throwIfAborted();
    const { proof, publicSignals } = await groth16Prove({ type: "mem", data: zkey }, wtns, singleThread);
    signal?.throwIfAborted();
    return toZkProof(witness, proof, publicSignals);
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
  ) => Promise<{ proof: Groth16Points; publicSignals: string[] }>;
  return prove(zkey, wtns, undefined, { singleThread });
}

/** A proof as snarkjs writes it: projective coordinates in decimal, c0 before c1. */
interface Groth16Points {
  readonly pi_a: readonly string[];
  readonly pi_b: readonly (readonly string[])[];
  readonly pi_c: readonly string[];
}

function toZkProof(witness: Witness, proof: Groth16Points, publicSignals: readonly string[]): ZkProof {
  const [c, y, r] = publicSignals.map(BigInt);
  if (c !== witness.commitment || y !== witness.evaluation || r !== witness.challenge) {
    throw new HypothecError(`The ${witness.circuit} circuit and the SDK disagree on the input digest`, {
      code: "prover.digest",
      whatToDo: "Use circuits and SDK of the same version.",
    });
  }
  const [a, b, e] = [proof.pi_a.map(BigInt), proof.pi_b.map((pair) => pair.map(BigInt)), proof.pi_c.map(BigInt)];
  return {
    points: [a[0]!, a[1]!, b[0]![1]!, b[0]![0]!, b[1]![1]!, b[1]![0]!, e[0]!, e[1]!],
    commitment: witness.commitment,
  };
}

function assertOpen(isClosed: boolean): void {
  if (isClosed)
    throw new HypothecError("The prover is closed", { code: "prover.closed", whatToDo: "Make another one." });
}
