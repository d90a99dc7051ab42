import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";

import { HypothecError } from "../errors/base.ts";
import { circuitLayouts, type CircuitName } from "../proofs/generated/publicValues.ts";
import type { CircuitArtifacts } from "../proofs/snarkjs.ts";

/** Where the compiled circuits and their proving keys are. */
export interface Artifacts {
  readonly manifestPath: string;
  /** Absolute paths by circuit. */
  readonly files: Readonly<Record<CircuitName, { readonly wasm: string; readonly zkey: string }>>;
  load(circuit: CircuitName): Promise<CircuitArtifacts>;
}

const MANIFEST = join(".cache", "circuits", "manifest.json");

/**
 * Find the circuits' artifacts: the given manifest, else the environment's HYPOTHEC_ARTIFACTS, else
 * `.cache/circuits/manifest.json` in this directory or one above it, else in the checkout that the SDK runs from.
 *
 * @throws HypothecError `artifacts.missing`, `artifacts.manifest`.
 */
export function loadArtifacts(manifestPath?: string): Artifacts {
  const path = resolve(manifestPath ?? process.env.HYPOTHEC_ARTIFACTS ?? findManifest());
  const root = projectRootOf(path);
  const manifest = readManifest(path);
  const files = Object.fromEntries(
    (Object.keys(circuitLayouts) as CircuitName[]).map((circuit) => {
      const entry = manifest[circuit];
      if (typeof entry?.wasm !== "string" || typeof entry.zkey !== "string") {
        throw new HypothecError(`${path} does not name the wasm and zkey of ${circuit}`, {
          code: "artifacts.manifest",
          whatToDo: "Build the circuits again: npm run build.",
        });
      }
      const absolute = (file: string) => (isAbsolute(file) ? file : join(root, file));
      return [circuit, { wasm: absolute(entry.wasm), zkey: absolute(entry.zkey) }];
    }),
  ) as Artifacts["files"];
  return {
    manifestPath: path,
    files,
    load: async (circuit) => {
      const [wasm, zkey] = await Promise.all([readArtifact(files[circuit].wasm), readArtifact(files[circuit].zkey)]);
      return { wasm, zkey };
    },
  };
}

/** Paths in the manifest are relative to the project's root, two folders above `.cache/circuits/`. */
function projectRootOf(manifestPath: string): string {
  return manifestPath.endsWith(MANIFEST) ? resolve(dirname(manifestPath), "..", "..") : dirname(manifestPath);
}

function readManifest(path: string): Partial<Record<string, { wasm?: unknown; zkey?: unknown }>> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Partial<Record<string, { wasm?: unknown; zkey?: unknown }>>;
  } catch (cause) {
    throw missing(path, cause);
  }
}

async function readArtifact(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw missing(path, cause);
  }
}

/** The caller's directory first, then the checkout that this file belongs to: operators work in a directory of their own. */
function findManifest(): string {
  const here = process.cwd();
  return findUp(here) ?? findUp(import.meta.dirname) ?? join(here, MANIFEST);
}

function findUp(from: string): string | undefined {
  const path = join(from, MANIFEST);
  if (existsSync(path)) return path;
  return dirname(from) === from ? undefined : findUp(dirname(from));
}

function missing(path: string, cause: unknown): HypothecError {
  return new HypothecError(`The circuits' artifacts are missing: cannot read ${path}`, {
    code: "artifacts.missing",
    args: { path },
    cause,
    whatToDo: "Build them with `npm run build`, or point HYPOTHEC_ARTIFACTS at their manifest.json.",
  });
}
