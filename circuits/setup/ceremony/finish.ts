import { constants, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { verifierDirectory, verifierPath, verifierSolidity } from "../../codegen/verifier.ts";
import type { Provenance } from "../../codegen/verifier.ts";
import { keyText } from "../verificationKey.ts";
import { withCompiled } from "./circuits.ts";
import { createDirectory } from "./files.ts";
import type { CeremonyTools } from "./tools.ts";
import { keyPath } from "./transcript.ts";
import { verifyCeremony } from "./verify.ts";

/** The name of a file that depends on a key, marked unless the key is a ceremony's. */
export function keyFileName(circuit: string, provenance: Provenance, extension: string): string {
  return `${circuit}.${provenance === "ceremony" ? "" : `${provenance}.`}${extension}`;
}

/**
 * Verifies a finished ceremony and makes what provers and deployments take: in `<directory>/keys` the proving keys, verification keys
 * and witness generators, and below `root` the Solidity verifiers with their keys and the transcript.
 *
 * @returns the paths of all that was written.
 */
export async function finishCeremony(
  tools: CeremonyTools,
  options: { directory: string; ptau: string; root: string },
): Promise<string[]> {
  const { directory, root } = options;
  const { transcript, provenance, keys } = await verifyCeremony(tools, options);
  if (keys === undefined) throw new Error("the ceremony has no beacon yet; end it with `npm run setup -- beacon`");
  const names = Object.keys(keys);
  const last = transcript.rounds.length - 1;
  const written: string[] = [];

  const target = join(directory, "keys");
  await createDirectory(target, (work) =>
    withCompiled(tools.circuits, names, async (compiled) => {
      for (const name of names) {
        const put = (from: string, file: string): void => {
          copyFileSync(from, join(work, file), constants.COPYFILE_EXCL);
          written.push(join(target, file));
        };
        put(keyPath(directory, last, name), keyFileName(name, provenance, "zkey"));
        put(compiled(name, `${name}_js/${name}.wasm`), `${name}.wasm`);
        const keyFile = keyFileName(name, provenance, "vkey.json");
        writeFileSync(join(work, keyFile), keyText(keys[name]!), { flag: "wx" });
        written.push(join(target, keyFile));
      }
    }),
  );

  const verifiers = join(root, verifierDirectory(provenance));
  mkdirSync(verifiers, { recursive: true });
  const save = (path: string, text: string): void => {
    writeFileSync(path, text);
    written.push(path);
  };
  for (const name of names) {
    save(join(root, verifierPath(name, provenance)), verifierSolidity(name, keys[name]!, provenance));
    save(join(verifiers, `${name}.vkey.json`), keyText(keys[name]!));
  }
  save(join(verifiers, "transcript.json"), `${JSON.stringify(transcript, null, 2)}\n`);
  return written;
}
