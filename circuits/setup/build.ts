import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";

import { driftedFiles, generatedFiles, writeFiles } from "../codegen/generate.ts";
import { projectRoot, readInstances } from "../codegen/instances.ts";
import { verifierPath, verifierSolidity } from "../codegen/verifier.ts";
import { compileCircuit } from "./compile.ts";
import { makeDevInsecureKey } from "./key.ts";
import { cacheDirectory, manifestPath } from "./manifest.ts";
import type { CircuitArtifacts, Manifest } from "./manifest.ts";
import { createProgress } from "./progress.ts";
import { contentHash } from "./sources.ts";
import type { VerificationKey } from "./verificationKey.ts";

/** How many circuits circom compiles at once: each takes one core and several hundred megabytes. */
const parallelCompilations = 2;

interface Job {
  readonly name: string;
  readonly hash: string;
  /** Where the result stays; it exists exactly when it is complete. */
  readonly directory: string;
}

/**
 * Builds every circuit of instances.json that is not in the cache, and the manifest.
 *
 * `write: true` also rewrites generated sources and verifiers; otherwise committed ones that differ are an error.
 */
export async function buildCircuits(options: { readonly write: boolean }): Promise<Manifest> {
  settle("generated sources", generatedFiles(), options.write);
  const jobs = [...readInstances()].map(([name, instance]): Job => {
    const hash = contentHash(name, instance);
    return { name, hash, directory: join(cacheDirectory, `${name}-${hash}`) };
  });
  const missing = jobs.filter((job) => !existsSync(job.directory));
  if (missing.length > 0) await build(missing);

  const manifest: Manifest = Object.fromEntries(jobs.map((job) => [job.name, artifacts(job)]));
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  if (!existsSync(manifestPath) || readFileSync(manifestPath, "utf8") !== text) writeAtomically(manifestPath, text);

  const verifiers = new Map<string, string>();
  for (const [name, { verificationKey }] of Object.entries(manifest)) {
    const key = JSON.parse(readFileSync(join(projectRoot, verificationKey), "utf8")) as VerificationKey;
    verifiers.set(verifierPath(name), verifierSolidity(name, key));
  }
  settle("development verifiers", verifiers, options.write);
  return manifest;
}

async function build(jobs: readonly Job[]): Promise<void> {
  const progress = createProgress();
  mkdirSync(cacheDirectory, { recursive: true });
  removeAbandonedWork();
  console.error(
    "Proving keys for development only: their secrets are public, anybody can forge proofs for them (INSECURE).",
  );
  // Everything happens in a directory of our own that is renamed when it is complete: an interrupted or a parallel build
  // leaves nothing half-made behind.
  const work = mkdtempSync(join(cacheDirectory, "building-"));
  try {
    progress.start(`compile ${jobs.map((job) => job.name).join(", ")}`, jobs.length);
    const queue = [...jobs];
    const compileNext = async (): Promise<void> => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        mkdirSync(join(work, job.name));
        await compileCircuit(job.name, join(work, job.name));
        progress.advance(1);
      }
    };
    await Promise.all(Array.from({ length: parallelCompilations }, compileNext));
    progress.finish();

    for (const { name, directory } of jobs) {
      const at = (file: string): string => join(work, name, file);
      const label = `INSECURE development key of ${name}`;
      const { constraints } = await makeDevInsecureKey(
        name,
        {
          r1cs: at(`${name}.r1cs`),
          zkey: at(`${name}.dev-insecure.zkey`),
          verificationKey: at(`${name}.dev-insecure.vkey.json`),
        },
        { start: (total) => progress.start(label, total), advance: (amount) => progress.advance(amount) },
      );
      writeFileSync(at("constraints.json"), `${JSON.stringify({ constraints })}\n`);
      progress.finish();
      if (!existsSync(directory)) renameSync(join(work, name), directory);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Removes what builds killed more than an hour ago left behind. */
function removeAbandonedWork(): void {
  for (const entry of readdirSync(cacheDirectory)) {
    const path = join(cacheDirectory, entry);
    if (entry.startsWith("building-") && Date.now() - statSync(path).mtimeMs > 3_600_000)
      rmSync(path, { recursive: true, force: true });
  }
}

function artifacts({ name, hash, directory }: Job): CircuitArtifacts {
  const at = (file: string): string => relative(projectRoot, join(directory, file));
  const { constraints } = JSON.parse(readFileSync(join(directory, "constraints.json"), "utf8")) as {
    constraints: number;
  };
  return {
    wasm: at(`${name}_js/${name}.wasm`),
    zkey: at(`${name}.dev-insecure.zkey`),
    r1cs: at(`${name}.r1cs`),
    sym: at(`${name}.sym`),
    verificationKey: at(`${name}.dev-insecure.vkey.json`),
    constraints,
    hash,
  };
}

function settle(what: string, files: Map<string, string>, write: boolean): void {
  if (write) {
    const changed = writeFiles(files);
    if (changed.length > 0) console.error(`wrote ${what}: ${changed.join(", ")}`);
    return;
  }
  const drifted = driftedFiles(files);
  if (drifted.length > 0) {
    throw new Error(
      `The committed ${what} are not what the circuits make:\n  ${drifted.join("\n  ")}\n` +
        "Run `node circuits/setup/build.ts --write` and commit the result.",
    );
  }
}

function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

/** `node circuits/setup/build.ts [--write]` */
if (import.meta.main) {
  try {
    const manifest = await buildCircuits({ write: process.argv.includes("--write") });
    for (const [name, { constraints, zkey }] of Object.entries(manifest)) {
      console.log(`${name.padEnd(10)} ${constraints.toLocaleString("en").padStart(7)} constraints  ${zkey}`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
