import { existsSync } from "node:fs";

import type { Provenance } from "../../codegen/verifier.ts";
import { assertSoundKey } from "../keyGate.ts";
import { keyText } from "../verificationKey.ts";
import type { VerificationKey } from "../verificationKey.ts";
import { withCompiled } from "./circuits.ts";
import { hashBytes, hashFile } from "./hash.ts";
import { beaconName } from "./phase2.ts";
import type { CeremonyTools } from "./tools.ts";
import { keyPath, provenanceOf, readTranscript, requirePtau, toolVersions } from "./transcript.ts";
import type { Round, Transcript } from "./transcript.ts";
import { readKeyHistory } from "./zkeyFile.ts";
import type { KeyContribution } from "./zkeyFile.ts";

/** What a verified ceremony yields. */
export interface VerifiedCeremony {
  readonly transcript: Transcript;
  readonly provenance: Provenance;
  /** Absent when the beacon is not in yet. */
  readonly keys?: Readonly<Record<string, VerificationKey>>;
}

/**
 * Checks a ceremony from end to end, trusting nothing but the sources, the powers of tau and snarkjs: the circuits are compiled
 * again, every hash is computed again, every key's own history must be the transcript's, and snarkjs verifies the last key of each.
 *
 * @throws Error that says what differs.
 */
export async function verifyCeremony(
  { circuits, phase2 }: Pick<CeremonyTools, "circuits" | "phase2">,
  options: { directory: string; ptau: string },
): Promise<VerifiedCeremony> {
  const { directory } = options;
  const transcript = readTranscript(directory);
  requireTools(transcript);
  await requirePtau(options.ptau, transcript);
  await checkTranscript(directory, transcript);

  const names = Object.keys(transcript.circuits);
  const provenance = provenanceOf(transcript);
  const last = transcript.rounds.length - 1;
  const finished = transcript.rounds[last]!.kind === "beacon";
  const keys: Record<string, VerificationKey> = {};
  await withCompiled(circuits, names, async (compiled) => {
    for (const name of names) {
      const r1cs = compiled(name, `${name}.r1cs`);
      const got = await hashFile(r1cs);
      const expected = transcript.circuits[name]!;
      if (got !== expected.r1cs) {
        throw new Error(
          `the sources of ${name} compile to an r1cs with BLAKE2b ${got}, the transcript says ${expected.r1cs}`,
        );
      }
      const zkey = keyPath(directory, last, name);
      await phase2.verify(r1cs, options.ptau, zkey);
      if (!finished) continue;
      const key = await phase2.verificationKey(zkey);
      const keyHash = hashBytes(keyText(key));
      if (keyHash !== expected.verificationKey) {
        throw new Error(
          `the verification key of ${name} has BLAKE2b ${keyHash}, the transcript says ${expected.verificationKey}`,
        );
      }
      assertSoundKey(name, key, provenance);
      keys[name] = key;
    }
  });
  return { transcript, provenance, ...(finished && { keys }) };
}

/** Compares a transcript with its key files: order, hashes, names, beacon. Proves nothing about the keys' points. */
export async function checkTranscript(directory: string, transcript: Transcript): Promise<void> {
  const { rounds } = transcript;
  const names = Object.keys(transcript.circuits).sort();
  if (names.length === 0) throw new Error("the transcript names no circuit");
  rounds.forEach((round, i) => {
    if ((round.kind === "initial") !== (i === 0)) throw new Error(`round ${i} is of kind ${round.kind}, out of place`);
    if (round.kind === "beacon" && (i !== rounds.length - 1 || i < 2)) {
      throw new Error(
        `the beacon is round ${i} of ${rounds.length - 1}, expected last and after at least one contribution`,
      );
    }
    if (Object.keys(round.circuits).sort().join() !== names.join()) {
      throw new Error(`round ${i} is about ${Object.keys(round.circuits).join(", ")}, expected ${names.join(", ")}`);
    }
  });
  const beyond = keyPath(directory, rounds.length, names[0]!);
  if (existsSync(beyond))
    throw new Error(`${beyond} exists, but the transcript has only ${rounds.length} rounds: one is missing`);

  for (const name of names) {
    for (const [i, round] of rounds.entries()) {
      const path = keyPath(directory, i, name);
      if (!existsSync(path)) throw new Error(`${path} is missing; get all rounds of the ceremony`);
      const history = readKeyHistory(path);
      if (history.circuitHash !== transcript.circuits[name]!.circuitHash) {
        throw new Error(`${path} is a key of another circuit or of other powers of tau than the transcript says`);
      }
      compareHistory(path, history.contributions, rounds.slice(1, i + 1), name);
      const got = await hashFile(path);
      const expected = round.circuits[name]!.zkey;
      if (got !== expected) throw new Error(`${path} has BLAKE2b ${got}, the transcript says ${expected}`);
    }
  }
}

function compareHistory(
  path: string,
  got: readonly KeyContribution[],
  expected: readonly Round[],
  circuit: string,
): void {
  if (got.length !== expected.length) {
    throw new Error(`${path} has ${got.length} contributions, the transcript says ${expected.length}`);
  }
  expected.forEach((round, i) => {
    const mine = got[i]!;
    const where = `contribution ${i + 1} in ${path}`;
    const hash = round.circuits[circuit]!.contribution;
    if (mine.hash !== hash)
      throw new Error(`${where} has the hash ${mine.hash}, the transcript says ${hash ?? "none"}`);
    const name = round.kind === "contribution" ? round.name : beaconName;
    if (mine.name !== name)
      throw new Error(`${where} is of ${JSON.stringify(mine.name)}, the transcript says ${JSON.stringify(name)}`);
    const beacon = round.kind === "beacon" ? `${round.beacon} hashed 2^${round.iterationsExp} times` : "no beacon";
    const ours = mine.beacon ? `${mine.beacon.value} hashed 2^${mine.beacon.iterationsExp} times` : "no beacon";
    if (ours !== beacon) throw new Error(`${where} has the beacon ${ours}, the transcript says ${beacon}`);
  });
}

/** Another compiler makes another r1cs, and it would look like fraud. */
function requireTools({ tools }: Transcript): void {
  const mine = toolVersions();
  for (const name of Object.keys(mine) as (keyof typeof mine)[]) {
    if (mine[name] !== tools[name]) {
      throw new Error(
        `the ceremony used ${name} ${tools[name]}, this checkout has ${mine[name]}; check out the commit it was held at`,
      );
    }
  }
}
