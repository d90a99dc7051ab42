import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createDirectory } from "./files.ts";
import { hashFile } from "./hash.ts";
import { beaconName } from "./phase2.ts";
import type { CeremonyTools } from "./tools.ts";
import { readKeyHistory } from "./zkeyFile.ts";

/** What a contributor publishes: the hashes by which anybody finds the contribution in the final key. */
export interface Attestation {
  readonly name: string;
  readonly time: string;
  readonly circuits: Readonly<
    Record<string, { readonly from: string; readonly zkey: string; readonly contribution: string }>
  >;
}

/** Adds one's own randomness to every key of a round's directory. Needs neither the circuits nor the powers of tau. */
export async function contribute(
  { phase2, now }: Pick<CeremonyTools, "phase2" | "now">,
  options: { name: string; from: string; to: string; extraEntropy: string },
): Promise<Attestation> {
  const { name, from, to } = options;
  checkName(name);
  const circuits = keysIn(from);
  for (const circuit of circuits) refuseFinished(join(from, `${circuit}.zkey`));
  return createDirectory(to, async (work) => {
    const done: Record<string, { from: string; zkey: string; contribution: string }> = {};
    for (const circuit of circuits) {
      const [source, target] = [join(from, `${circuit}.zkey`), join(work, `${circuit}.zkey`)];
      await phase2.contribute(source, target, name, options.extraEntropy);
      done[circuit] = {
        from: await hashFile(source),
        zkey: await hashFile(target),
        contribution: readKeyHistory(target).contributions.at(-1)!.hash,
      };
    }
    const attestation = { name, time: now().toISOString(), circuits: done };
    writeFileSync(join(work, "contribution.json"), `${JSON.stringify(attestation, null, 2)}\n`, { flag: "wx" });
    return attestation;
  });
}

/** The circuits whose keys lie in a directory. */
export function keysIn(directory: string): string[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new Error(`${directory} is no directory; give the one with the newest round's .zkey files`);
  }
  const names = readdirSync(directory).flatMap((file) => /^([a-z][a-z0-9]*)\.zkey$/.exec(file)?.[1] ?? []);
  if (names.length === 0) throw new Error(`${directory} holds no .zkey file; give the directory of the newest round`);
  return names.sort();
}

function refuseFinished(path: string): void {
  if (readKeyHistory(path).contributions.some(({ beacon }) => beacon !== undefined)) {
    throw new Error(`${path} ends with the beacon: this ceremony is over`);
  }
}

/** Names go into keys and transcripts, and snarkjs would cut longer ones. */
export function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > 64 || /\p{C}/u.test(name) || name.trim() !== name || name === beaconName) {
    throw new Error(
      `a contributor's name has 1 to 64 bytes, no control characters, and is not "${beaconName}"; got ${JSON.stringify(name)}`,
    );
  }
}
