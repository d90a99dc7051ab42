import type { HypothecErrorParameters } from "../errors/base.ts";
import type { Groth16Points } from "../proofs/groth16.ts";
import type { Witness } from "../proofs/types.ts";
import type { SharedCircuit } from "./sharedArtifacts.ts";

/** What a proving thread can be asked, and what it answers. */
export interface ThreadWork {
  /** Witness and proof. */
  prove: { readonly task: { readonly witness: Witness }; readonly result: Groth16Points };
  /** The witness alone, as a .wtns file. */
  witness: { readonly task: { readonly witness: Witness }; readonly result: Uint8Array<ArrayBuffer> };
  /** Whether a proof holds for these public signals under the circuit's key. */
  verify: {
    readonly task: { readonly proof: Groth16Points; readonly publicSignals: readonly bigint[] };
    readonly result: boolean;
  };
}

export type ThreadWorkName = keyof ThreadWork;
export type ThreadTask = {
  [Name in ThreadWorkName]: { readonly name: Name; readonly circuit: SharedCircuit } & ThreadWork[Name]["task"];
}[ThreadWorkName];

/** How a thread starts. */
export interface ThreadSettings {
  /** Threads of one proof: `one` computes on the proving thread itself, `all` starts one more per core. */
  readonly threads: "one" | "all";
}

/** Errors cross threads as plain data; a class would lose its methods and its type. */
export type ThreadAnswer =
  | { readonly result: ThreadWork[ThreadWorkName]["result"] }
  | {
      readonly error: Pick<HypothecErrorParameters, "code" | "details" | "whatToDo"> & { readonly message: string };
    };
