import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { mainCircom, readTags, tagsCircom } from "./circom.ts";
import { projectRoot, readInstances } from "./instances.ts";
import { circuitPages } from "./pages.ts";
import { poseidonConstantsSolidity } from "./poseidonSolidity.ts";
import { publicValuesSolidity } from "./solidity.ts";
import { publicValuesTypeScript, tagsTypeScript } from "./typescript.ts";

/** Every file that follows from instances.json, tags.json and constraints.json, by path from the project root. */
export function generatedFiles(): Map<string, string> {
  const instances = readInstances();
  const tags = readTags();
  const files = new Map<string, string>();
  files.set("circuits/templates/tags.circom", tagsCircom(tags));
  for (const [name, instance] of instances) files.set(`circuits/main/${name}.circom`, mainCircom(instance));
  files.set("contracts/verifiers/PublicValues.sol", publicValuesSolidity(instances));
  files.set("contracts/verifiers/PoseidonConstants.sol", poseidonConstantsSolidity(tags.get("TAG_NOTE")!));
  files.set("sdk/src/proofs/generated/publicValues.ts", publicValuesTypeScript(instances));
  files.set("sdk/src/crypto/generated/tags.ts", tagsTypeScript(tags));
  for (const [path, text] of circuitPages(instances)) files.set(path, text);
  return files;
}

/** The paths whose committed text is not what the generator makes. */
export function driftedFiles(files: Map<string, string>): string[] {
  return [...files].filter(([path, text]) => readOrEmpty(join(projectRoot, path)) !== text).map(([path]) => path);
}

/** Writes the files that differ and returns their paths. */
export function writeFiles(files: Map<string, string>): string[] {
  const changed = driftedFiles(files);
  for (const path of changed) {
    const target = join(projectRoot, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, files.get(path)!);
  }
  return changed;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** `node circuits/codegen/generate.ts [--check]` */
if (import.meta.main) {
  const files = generatedFiles();
  if (process.argv.includes("--check")) {
    const drifted = driftedFiles(files);
    if (drifted.length > 0) {
      console.error(
        `These files are not what circuits/codegen makes of instances.json, tags.json and constraints.json:\n  ${drifted.join("\n  ")}`,
      );
      console.error("Run `node circuits/codegen/generate.ts` and commit the result.");
      process.exit(1);
    }
    console.log(`${files.size} generated files are up to date`);
  } else {
    const changed = writeFiles(files);
    console.log(changed.length > 0 ? `wrote ${changed.join(", ")}` : `${files.size} generated files were up to date`);
  }
}
