import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { packageVersion } from "../sources.ts";
import { inspectPtau } from "./ptau.ts";

const hash = z.string().regex(/^[0-9a-f]{128}$/, "is not a BLAKE2b-512 in lower-case hexadecimal");
const circuitName = z.string().regex(/^[a-z][a-z0-9]*$/, "is not a circuit name");

/** What one round did to one circuit's key. */
const step = z.strictObject({
  /** BLAKE2b of the key file after this round. */
  zkey: hash,
  /** Absent in the initial round. */
  contribution: hash.optional(),
});

const steps = z.record(circuitName, step);
const time = z.iso.datetime();

const initialRound = z.strictObject({ kind: z.literal("initial"), time, circuits: steps });
const contributionRound = z.strictObject({
  kind: z.literal("contribution"),
  name: z.string().min(1),
  time,
  circuits: steps,
});
const beaconRound = z.strictObject({
  kind: z.literal("beacon"),
  time,
  /** Public randomness, hexadecimal. */
  beacon: z.string().regex(/^([0-9a-f]{2})+$/),
  /** It was hashed 2^iterationsExp times. */
  iterationsExp: z.number().int().min(10).max(63),
  circuits: steps,
});

const schema = z.strictObject({
  version: z.literal(1),
  tools: z.strictObject({ snarkjs: z.string(), circom2: z.string(), circomlib: z.string() }),
  ptau: z.strictObject({
    power: z.number().int().min(1).max(28),
    blake2b: hash,
    /** Whether it is a file of the public ceremony. A transcript without one is a rehearsal. */
    isPublic: z.boolean(),
  }),
  circuits: z.record(
    circuitName,
    z.strictObject({
      r1cs: hash,
      /** snarkjs's hash of the initial key. */
      circuitHash: hash,
      /** BLAKE2b of the verification key's JSON, once the beacon is in. */
      verificationKey: hash.optional(),
    }),
  ),
  rounds: z.array(z.discriminatedUnion("kind", [initialRound, contributionRound, beaconRound])).min(1),
});

/** All that a stranger needs to check a ceremony, beside its files. `time` is what the coordinator's clock said. */
export type Transcript = z.infer<typeof schema>;
export type Round = Transcript["rounds"][number];
export type RoundStep = z.infer<typeof step>;

/** The versions that made (and can remake) the circuits and keys. */
export function toolVersions(): Transcript["tools"] {
  return {
    snarkjs: packageVersion("snarkjs"),
    circom2: packageVersion("circom2"),
    circomlib: packageVersion("circomlib"),
  };
}

const transcriptPath = (directory: string): string => join(directory, "transcript.json");

/** The directory of a round: 0000 is the initial one. */
export function roundDirectory(directory: string, round: number): string {
  return join(directory, String(round).padStart(4, "0"));
}

/** A circuit's key after a round. */
export function keyPath(directory: string, round: number, circuit: string): string {
  return join(roundDirectory(directory, round), `${circuit}.zkey`);
}

/** @throws Error that names every field that is wrong. */
export function readTranscript(directory: string): Transcript {
  const path = transcriptPath(directory);
  if (!existsSync(path)) {
    throw new Error(`${directory} holds no ceremony (no transcript.json); begin one with \`npm run setup -- new\``);
  }
  const parsed = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(the whole)"}: ${issue.message}`);
    throw new Error(`${path} is no transcript of this version: ${issues.join("; ")}`);
  }
  return parsed.data;
}

/** Replaces the transcript in one step: an interrupted write leaves the old one. */
export function writeTranscript(directory: string, transcript: Transcript): void {
  const path = transcriptPath(directory);
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(schema.parse(transcript), null, 2)}\n`, { flag: "wx" });
  renameSync(temporary, path);
}

/** Keys from other powers of tau than the public ones are a rehearsal's. */
export function provenanceOf({ ptau }: Transcript): "ceremony" | "rehearsal" {
  return ptau.isPublic ? "ceremony" : "rehearsal";
}

/** The powers of tau given must be those that the ceremony began with. */
export async function requirePtau(path: string, transcript: Transcript): Promise<void> {
  const ptau = await inspectPtau(path, !transcript.ptau.isPublic);
  const { blake2b, isPublic } = transcript.ptau;
  if (ptau.blake2b !== blake2b || ptau.power !== transcript.ptau.power || ptau.isPublic !== isPublic) {
    throw new Error(
      `the powers of tau of the transcript have the BLAKE2b ${blake2b} (power ${transcript.ptau.power}, ${isPublic ? "public" : "unofficial"}), ` +
        `${path} has ${ptau.blake2b} (power ${ptau.power}, ${ptau.isPublic ? "public" : "unofficial"}); give the file that the ceremony began with`,
    );
  }
}

export function refuseAfterBeacon({ rounds }: Transcript): void {
  if (rounds.some(({ kind }) => kind === "beacon")) throw new Error("the beacon is in: this ceremony is over");
}
