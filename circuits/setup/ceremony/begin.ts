import { mkdirSync } from "node:fs";

import { chooseCircuits, withCompiled } from "./circuits.ts";
import { createDirectory } from "./files.ts";
import { hashFile } from "./hash.ts";
import { inspectPtau } from "./ptau.ts";
import type { CeremonyTools } from "./tools.ts";
import { keyPath, roundDirectory, toolVersions, writeTranscript } from "./transcript.ts";
import type { RoundStep, Transcript } from "./transcript.ts";
import { readKeyHistory } from "./zkeyFile.ts";

/** Begins a ceremony: compiles the circuits and makes the initial keys. Nothing of value is in them yet. */
export async function beginCeremony(
  { circuits, phase2, now }: CeremonyTools,
  options: { directory: string; ptau: string; allowUnofficial: boolean; chosen: readonly string[] },
): Promise<Transcript> {
  const { directory } = options;
  const names = chooseCircuits(circuits, options.chosen);
  const ptau = await inspectPtau(options.ptau, options.allowUnofficial);
  return createDirectory(directory, (work) =>
    withCompiled(circuits, names, async (compiled) => {
      const transcript: Transcript = { version: 1, tools: toolVersions(), ptau, circuits: {}, rounds: [] };
      const steps: Record<string, RoundStep> = {};
      mkdirSync(roundDirectory(work, 0));
      for (const name of names) {
        const r1cs = compiled(name, `${name}.r1cs`);
        const zkey = keyPath(work, 0, name);
        await phase2.start(r1cs, options.ptau, zkey);
        transcript.circuits[name] = { r1cs: await hashFile(r1cs), circuitHash: readKeyHistory(zkey).circuitHash };
        steps[name] = { zkey: await hashFile(zkey) };
      }
      transcript.rounds.push({ kind: "initial", time: now().toISOString(), circuits: steps });
      writeTranscript(work, transcript);
      return transcript;
    }),
  );
}
