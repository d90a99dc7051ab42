import type { CircuitName } from "./generated/publicValues.ts";

export type { CircuitName };

/** Circuit inputs: field elements, nested in arrays as the circuit declares them. */
export type SignalInput = bigint | readonly SignalInput[];

/** Everything a prover needs, and what the contract will compute from the same public values. */
export interface Witness {
  readonly circuit: CircuitName;
  readonly inputs: Readonly<Record<string, SignalInput>>;
  /** Public values in the order of the input digest. */
  readonly values: readonly bigint[];
  /** c: the Poseidon chain over the public values. */
  readonly commitment: bigint;
  /** r = keccak256(x ‖ c) mod q. */
  readonly challenge: bigint;
  /** y = Σ x_i·r^(m−i). */
  readonly evaluation: bigint;
}

/** Exactly the Solidity struct ZkProof: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y, and c. */
export interface ZkProof {
  readonly points: readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  readonly commitment: bigint;
}

export interface ProveOptions {
  /** Honoured between the steps of a proof. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes proofs: a warm one in this process, a worker, or a relayer's API. */
export interface Prover {
  prove(witness: Witness, options?: ProveOptions): Promise<ZkProof>;
  /** Give back memory and threads. The prover cannot be used afterwards. */
  close(): Promise<void>;
}
