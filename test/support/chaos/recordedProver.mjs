/**
 * A prover as rapidsnark's is called, `DIRECTORY zkey witness proof public`, that makes a proof once: the seeds of a campaign prove the same few
 * statements again and again. What it hands out is snarkjs' proof of that very witness, kept under the hash of key and witness in `DIRECTORY`.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [directory, zkey, witness, proofFile, publicFile] = process.argv.slice(2);
const hash = createHash("sha256").update(zkey).update(readFileSync(witness)).digest("hex");
const recorded = join(directory, `${hash}.json`);
if (!existsSync(recorded)) {
  const { groth16 } = await import("snarkjs");
  const { proof, publicSignals } = await groth16.prove(zkey, witness, undefined, { singleThread: true });
  // Whole or not at all: who makes it may be killed at any moment.
  const unfinished = `${recorded}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify({ proof, publicSignals }));
  renameSync(unfinished, recorded);
}
const { proof, publicSignals } = JSON.parse(readFileSync(recorded, "utf8"));
writeFileSync(proofFile, JSON.stringify(proof));
writeFileSync(publicFile, JSON.stringify(publicSignals));
// No process.exit: relayer/src/bin/endProcess.ts says why.
