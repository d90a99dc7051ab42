import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { relative } from "node:path";

import { projectRoot } from "../codegen/instances.ts";

const require = createRequire(import.meta.url);

/**
 * Compiles circuits/main/<name>.circom into `directory` (.r1cs, .sym, <name>_js/<name>.wasm) with full simplification.
 * circom runs as WebAssembly and sees only files below its working directory, the project root.
 */
export async function compileCircuit(name: string, directory: string): Promise<void> {
  const compiler = require.resolve("circom2/cli.js");
  const source = `circuits/main/${name}.circom`;
  const output = relative(projectRoot, directory);
  const child = spawn(
    process.execPath,
    [compiler, source, "--r1cs", "--wasm", "--sym", "--O2", "-l", "node_modules", "-o", output],
    { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject);
  child.on("close", resolve);
  const code = await promise;
  if (code !== 0) throw new Error(`circom could not compile ${source} (exit code ${code}):\n${log}`);
}
