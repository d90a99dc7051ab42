import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { curveVectors, sealVectors, signatureVectors } from "./curve.ts";
import { digestVectors, domainVectors } from "./digests.ts";
import { serialize } from "./format.ts";
import { noteVectors, poseidonVectors, treeVectors } from "./hashes.ts";
import { marginVectors, queueVectors, settlementVectors, snapshotVectors } from "./money.ts";

const directory = join(import.meta.dirname, "../../vectors");

const topics = {
  poseidon: poseidonVectors,
  notes: noteVectors,
  tree: treeVectors,
  babyjubjub: curveVectors,
  seal: sealVectors,
  eddsa: signatureVectors,
  digest: digestVectors,
  domain: domainVectors,
  margin: marginVectors,
  settlement: settlementVectors,
  queue: queueVectors,
  snapshot: snapshotVectors,
};

/** Each file of test/vectors as the model makes it. */
export function vectorFiles(): { readonly path: string; readonly text: string }[] {
  return Object.entries(topics).map(([topic, make]) => ({
    path: join(directory, `${topic}.json`),
    text: serialize(make()),
  }));
}

/** `node test/support/vectors/generate.ts --write` writes the files; without the flag it names those that differ. */
if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of vectorFiles()) {
    if (process.argv.includes("--write")) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      console.error(`${path} differs from the model; run \`node test/support/vectors/generate.ts --write\``);
      process.exitCode = 1;
    }
  }
}
