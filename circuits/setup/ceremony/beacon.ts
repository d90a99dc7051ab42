import { join } from "node:path";

import { assertSoundKey } from "../keyGate.ts";
import { keyText } from "../verificationKey.ts";
import { createDirectory } from "./files.ts";
import { hashBytes, hashFile } from "./hash.ts";
import type { CeremonyTools } from "./tools.ts";
import {
  keyPath,
  provenanceOf,
  readTranscript,
  refuseAfterBeacon,
  roundDirectory,
  writeTranscript,
} from "./transcript.ts";
import type { RoundStep, Transcript } from "./transcript.ts";
import { checkTranscript } from "./verify.ts";
import { readKeyHistory } from "./zkeyFile.ts";

/** Ends the ceremony. Nobody can contribute afterwards. */
export async function applyBeacon(
  { phase2, now }: Pick<CeremonyTools, "phase2" | "now">,
  options: { directory: string; beacon: string; iterationsExp: number },
): Promise<Transcript> {
  const { directory, iterationsExp } = options;
  const beacon = options.beacon.toLowerCase().replace(/^0x/, "");
  if (!/^([0-9a-f]{2}){32,255}$/.test(beacon)) {
    throw new Error(
      "the beacon must be 32 to 255 bytes in hexadecimal, such as the hash of a block that was announced beforehand",
    );
  }
  if (!Number.isInteger(iterationsExp) || iterationsExp < 10 || iterationsExp > 63) {
    throw new Error(`the beacon's iterations are 2^${iterationsExp}, expected an exponent from 10 to 63`);
  }
  const transcript = readTranscript(directory);
  refuseAfterBeacon(transcript);
  const round = transcript.rounds.length;
  if (round < 2)
    throw new Error(
      "nobody has contributed yet: a key with only a beacon has no secret, so anybody could forge for it",
    );
  await checkTranscript(directory, transcript);

  const steps: Record<string, RoundStep> = {};
  await createDirectory(roundDirectory(directory, round), async (work) => {
    for (const circuit of Object.keys(transcript.circuits)) {
      const target = join(work, `${circuit}.zkey`);
      await phase2.beacon(keyPath(directory, round - 1, circuit), target, beacon, iterationsExp);
      const key = await phase2.verificationKey(target);
      assertSoundKey(circuit, key, provenanceOf(transcript));
      steps[circuit] = {
        zkey: await hashFile(target),
        contribution: readKeyHistory(target).contributions.at(-1)!.hash,
      };
      transcript.circuits[circuit]!.verificationKey = hashBytes(keyText(key));
    }
  });
  transcript.rounds.push({ kind: "beacon", time: now().toISOString(), beacon, iterationsExp, circuits: steps });
  writeTranscript(directory, transcript);
  return transcript;
}
