import { join } from "node:path";

import { projectRoot } from "../codegen/instances.ts";
import { runCircom } from "./circom.ts";

/** Compiles circuits/main/<name>.circom into `directory` (.r1cs, .sym, <name>_js/<name>.wasm) with full simplification. */
export async function compileCircuit(name: string, directory: string): Promise<void> {
  const source = join(projectRoot, `circuits/main/${name}.circom`);
  await runCircom(source, directory, [join(projectRoot, "node_modules")], ["--r1cs", "--wasm", "--sym", "--O2"]);
}
