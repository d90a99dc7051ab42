import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { readInstances } from "../../codegen/instances.ts";
import { compileCircuit } from "../compile.ts";
import { cacheDirectory } from "../manifest.ts";

/** The circuits a ceremony may be about, and how each is compiled from its source. */
export interface CircuitSet {
  readonly names: readonly string[];
  /** Writes <name>.r1cs, <name>.sym and <name>_js/<name>.wasm into a directory below the project root. */
  compile(name: string, directory: string): Promise<void>;
}

/** The circuits of instances.json. */
export function projectCircuits(): CircuitSet {
  return { names: [...readInstances().keys()], compile: compileCircuit };
}

/**
 * Compiles circuits from their sources for as long as `use` runs: a ceremony never takes anybody's word for an r1cs.
 *
 * @param use gets the directory with one subdirectory per circuit.
 */
export async function withCompiled<T>(
  circuits: CircuitSet,
  names: readonly string[],
  use: (path: (name: string, file: string) => string) => Promise<T>,
): Promise<T> {
  mkdirSync(cacheDirectory, { recursive: true });
  // circom sees only what lies below the project root.
  const work = mkdtempSync(join(cacheDirectory, "building-"));
  try {
    for (const name of names) {
      mkdirSync(join(work, name));
      await circuits.compile(name, join(work, name));
    }
    return await use((name, file) => join(work, name, file));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The chosen circuits, all when none is. */
export function chooseCircuits(circuits: CircuitSet, chosen: readonly string[]): readonly string[] {
  const unknown = chosen.filter((name) => !circuits.names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`there is no circuit ${unknown.join(", ")}; choose from ${circuits.names.join(", ")}`);
  }
  return chosen.length === 0 ? circuits.names : circuits.names.filter((name) => chosen.includes(name));
}
