import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { relative } from "node:path";

import { projectRoot } from "../codegen/instances.ts";

const compiler = createRequire(import.meta.url).resolve("circom2/cli.js");

/**
 * Compiles `source` into `directory`; `libraries` are where its includes are looked for. circom runs as WebAssembly and sees
 * only files below its working directory, the project root.
 */
export async function runCircom(
  source: string,
  directory: string,
  libraries: readonly string[],
  options: readonly string[],
): Promise<void> {
  const at = (path: string): string => relative(projectRoot, path);
  const includes = libraries.flatMap((library) => ["-l", at(library)]);
  const child = spawn(process.execPath, [compiler, at(source), ...options, ...includes, "-o", at(directory)], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject);
  child.on("close", resolve);
  const code = await promise;
  if (code !== 0) throw new Error(`circom could not compile ${at(source)} (exit code ${code}):\n${log}`);
}
