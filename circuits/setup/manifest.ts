import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../codegen/instances.ts";

/** Where everything about a circuit is, by paths relative to the project root. */
export interface CircuitArtifacts {
  readonly wasm: string;
  readonly zkey: string;
  readonly r1cs: string;
  readonly sym: string;
  readonly verificationKey: string;
  /** Constraints after simplification. */
  readonly constraints: number;
  readonly hash: string;
}

export type Manifest = Readonly<Record<string, CircuitArtifacts>>;

export const cacheDirectory = join(projectRoot, ".cache/circuits");
export const manifestPath = join(cacheDirectory, "manifest.json");

export function readManifest(): Manifest {
  try {
    return JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest;
  } catch (error) {
    throw new Error("The circuits are not built; run `node circuits/setup/build.ts`", { cause: error });
  }
}
