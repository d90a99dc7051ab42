import type { CircuitName } from "../proofs/types.ts";
import type { Artifacts } from "./artifacts.ts";

/** A circuit as threads share it: one copy of the key and of the compiled code, however many work with it. */
export interface SharedCircuit {
  /** Says which circuit of which build it is, so that a thread makes its calculator once. */
  readonly id: string;
  readonly module: WebAssembly.Module;
  readonly zkey: SharedArrayBuffer;
}

export interface SharedArtifacts {
  /** @throws HypothecError `artifacts.missing`. */
  get(artifacts: Artifacts, circuit: CircuitName): Promise<SharedCircuit>;
  clear(): void;
}

export function createSharedArtifacts(): SharedArtifacts {
  const circuits = new Map<string, Promise<SharedCircuit>>();
  return {
    get(artifacts, circuit) {
      const id = `${artifacts.files[circuit].wasm}\n${artifacts.files[circuit].zkey}`;
      let found = circuits.get(id);
      if (found === undefined) {
        found = artifacts.load(circuit).then(async ({ wasm, zkey }) => {
          const shared = new SharedArrayBuffer(zkey.byteLength);
          new Uint8Array(shared).set(zkey);
          return { id, module: await WebAssembly.compile(wasm.slice()), zkey: shared };
        });
        circuits.set(id, found);
        found.catch(() => circuits.delete(id)); // the file may be there next time
      }
      return found;
    },
    clear: () => circuits.clear(),
  };
}
