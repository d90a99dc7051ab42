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
  /** r = keccak256(x ‖ c) mod q; of x ‖ c ‖ payee for a batch. */
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
  /** Withdraws the request. A backend with threads or processes of its own stops them; one on this thread, between steps. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes proofs: a warm one in this process, a pool of threads, an operator's rapidsnark, or a relayer's API. Errors are
 * {@link HypothecError}s: `prover.witness` and `prover.digest` will come again for the same witness, those of
 * {@link isRetryableProverError} need not.
 */
export interface Prover {
  prove(witness: Witness, options?: ProveOptions): Promise<ZkProof>;
  /** Finish what was asked for, then give back memory and threads. The prover cannot be used afterwards. */
  close(): Promise<void>;
}
