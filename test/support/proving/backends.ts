import type { Artifacts } from "../../../sdk/src/node/artifacts.ts";
import { createRapidsnarkProver, createSnarkjsProver } from "../../../sdk/src/node/index.ts";
import type { Prover } from "../../../sdk/src/proofs/types.ts";

/** A way to prove that the same tests hold for. */
export interface Backend {
  readonly name: string;
  readonly create: (artifacts?: Artifacts) => Promise<Prover>;
  /** Why it cannot be tested here. */
  readonly absent?: string;
}

/** The operator's binary; there is none in the repository. */
export const rapidsnarkBinary = process.env.HYPOTHEC_RAPIDSNARK;

export const backends: readonly Backend[] = [
  { name: "snarkjs, one worker", create: async (artifacts) => createSnarkjsProver({ artifacts }) },
  { name: "snarkjs, two workers", create: async (artifacts) => createSnarkjsProver({ artifacts, workers: 2 }) },
  {
    name: "rapidsnark",
    create: (artifacts) => createRapidsnarkProver({ binary: rapidsnarkBinary!, artifacts }),
    ...(rapidsnarkBinary === undefined
      ? { absent: "HYPOTHEC_RAPIDSNARK does not name rapidsnark's binary (CONTRIBUTING.md)" }
      : {}),
  },
];
