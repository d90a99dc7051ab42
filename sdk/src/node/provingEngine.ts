import { createRequire } from "node:module";

import type { Groth16Points } from "../proofs/groth16.ts";

type MemFile = { readonly type: "mem"; readonly data: Uint8Array };

/** snarkjs on this thread, its curve kept between proofs. */
export interface ProvingEngine {
  readonly prove: (zkey: Uint8Array, wtns: Uint8Array) => Promise<Groth16Points>;
  readonly exportVerifyingKey: (zkey: Uint8Array) => Promise<unknown>;
  readonly verify: (verifyingKey: unknown, publicSignals: readonly bigint[], proof: Groth16Points) => Promise<boolean>;
}

/**
 * Load snarkjs in a thread that is not the main one. Two things need a hand:
 * - `web-worker` decides when it is loaded, by `isMainThread`, whether it starts workers or is one; here it shall start them;
 * - snarkjs builds a single-threaded curve anew for every proof, but takes any that stands in `curve_bn128`.
 */
export async function loadProvingEngine(threads: "one" | "all"): Promise<ProvingEngine> {
  const nodeThreads = createRequire(import.meta.url)("node:worker_threads") as { isMainThread: boolean };
  const { isMainThread } = nodeThreads;
  nodeThreads.isMainThread = true;
  const [snarkjs, ffjavascript] = await Promise.all([import("snarkjs"), import("ffjavascript")]).finally(() => {
    nodeThreads.isMainThread = isMainThread;
  });
  globalThis.curve_bn128 = await ffjavascript.buildBn128(threads === "one");

  // @types/snarkjs knows paths and bytes only; fastfile also takes files in memory.
  const { groth16, zKey } = snarkjs as unknown as {
    groth16: {
      prove(zkey: MemFile, wtns: MemFile): Promise<{ proof: Groth16Points }>;
      verify(verifyingKey: unknown, publicSignals: string[], proof: Groth16Points): Promise<boolean>;
    };
    zKey: { exportVerificationKey(zkey: MemFile): Promise<unknown> };
  };
  const file = (data: Uint8Array): MemFile => ({ type: "mem", data });
  return {
    prove: async (zkey, wtns) => (await groth16.prove(file(zkey), file(wtns))).proof,
    exportVerifyingKey: (zkey) => zKey.exportVerificationKey(file(zkey)),
    verify: (verifyingKey, publicSignals, proof) => groth16.verify(verifyingKey, publicSignals.map(String), proof),
  };
}
