import { constants, copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { withCompiled } from "./circuits.ts";
import { checkName, keysIn } from "./contribute.ts";
import type { Attestation } from "./contribute.ts";
import { createDirectory } from "./files.ts";
import { hashFile } from "./hash.ts";
import type { CeremonyTools } from "./tools.ts";
import {
  keyPath,
  readTranscript,
  refuseAfterBeacon,
  requirePtau,
  roundDirectory,
  writeTranscript,
} from "./transcript.ts";
import type { RoundStep, Transcript } from "./transcript.ts";
import { readKeyHistory } from "./zkeyFile.ts";

/** Takes a contributor's directory into the ceremony after snarkjs has verified each of its keys. */
export async function acceptContribution(
  { circuits, phase2, now }: CeremonyTools,
  options: { directory: string; ptau: string; from: string },
): Promise<Transcript> {
  const { directory, from } = options;
  const transcript = readTranscript(directory);
  refuseAfterBeacon(transcript);
  await requirePtau(options.ptau, transcript);
  const names = Object.keys(transcript.circuits);
  const round = transcript.rounds.length;
  requireKeys(from, names);

  const contributors = new Set<string>();
  const steps: Record<string, RoundStep> = {};
  await createDirectory(roundDirectory(directory, round), (work) =>
    withCompiled(circuits, names, async (compiled) => {
      for (const circuit of names) {
        const copy = join(work, `${circuit}.zkey`);
        copyFileSync(join(from, `${circuit}.zkey`), copy, constants.COPYFILE_EXCL);
        const before = readKeyHistory(keyPath(directory, round - 1, circuit));
        const after = readKeyHistory(copy);
        if (after.circuitHash !== before.circuitHash) {
          throw new Error(`${from}/${circuit}.zkey is a key of another circuit or of other powers of tau`);
        }
        const continues =
          after.contributions.length === before.contributions.length + 1 &&
          before.contributions.every(({ hash }, i) => after.contributions[i]!.hash === hash);
        if (!continues) {
          throw new Error(
            `${from}/${circuit}.zkey does not continue round ${round - 1} by exactly one contribution; ` +
              "the contributor must start from the newest round",
          );
        }
        const last = after.contributions.at(-1)!;
        if (last.beacon !== undefined)
          throw new Error(`${from}/${circuit}.zkey ends with a beacon, expected a contribution`);
        checkName(last.name);
        contributors.add(last.name);
        await phase2.verify(compiled(circuit, `${circuit}.r1cs`), options.ptau, copy);
        steps[circuit] = { zkey: await hashFile(copy), contribution: last.hash };
      }
      if (contributors.size !== 1) {
        throw new Error(`${from} has contributions of ${[...contributors].join(" and ")}, expected one contributor`);
      }
      checkAttestation(from, [...contributors][0]!, steps);
    }),
  );
  const [name] = contributors;
  transcript.rounds.push({ kind: "contribution", name: name!, time: now().toISOString(), circuits: steps });
  writeTranscript(directory, transcript);
  return transcript;
}

/** What the contributor wrote down beside the keys, if it came along, must be what arrived. */
function checkAttestation(directory: string, name: string, steps: Readonly<Record<string, RoundStep>>): void {
  const path = join(directory, "contribution.json");
  if (!existsSync(path)) return;
  const attested = JSON.parse(readFileSync(path, "utf8")) as Attestation;
  if (attested.name !== name) throw new Error(`${path} is of ${attested.name}, the keys are of ${name}`);
  for (const [circuit, { zkey, contribution }] of Object.entries(steps)) {
    const said = attested.circuits[circuit];
    if (said?.zkey !== zkey || said.contribution !== contribution) {
      throw new Error(
        `the key of ${circuit} in ${directory} is not the one that its contribution.json attests; ask for both again`,
      );
    }
  }
}

function requireKeys(directory: string, expected: readonly string[]): void {
  const got = keysIn(directory);
  if (got.join() !== [...expected].sort().join()) {
    throw new Error(`${directory} has keys of ${got.join(", ")}, expected ${[...expected].sort().join(", ")}`);
  }
}
