import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import * as snarkjs from "snarkjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import type { CircuitSet } from "../../circuits/setup/ceremony/circuits.ts";
import { hashBytes, hashFile } from "../../circuits/setup/ceremony/hash.ts";
import { runSetup } from "../../circuits/setup/ceremony/main.ts";
import { createPhase2, stopWorkers } from "../../circuits/setup/ceremony/phase2.ts";
import { inspectPtau, publicPtauName, publishedHash } from "../../circuits/setup/ceremony/ptau.ts";
import { readKeyHistory } from "../../circuits/setup/ceremony/zkeyFile.ts";
import { keyProblems } from "../../circuits/setup/keyGate.ts";
import type { VerificationKey } from "../../circuits/setup/verificationKey.ts";
import { compileVerifier } from "../../scripts/deploy/verifierCode.ts";
import { ceremonyVerifier } from "../../scripts/deploy/verifiers.ts";
import { makePowersOfTau } from "../support/ceremony/powersOfTau.ts";
import { smallCircuits, smallStatement } from "../support/ceremony/smallCircuits.ts";
import { deployCode, proofWords } from "../support/circuits/evm.ts";

const beacon = "5c".repeat(32);
const silent = { start() {}, advance() {}, report() {}, finish() {} };
const phase2 = createPhase2(silent);

let work: string;
let ptau: string;
let circuits: CircuitSet;
let printed: string[] = [];

/** `npm run setup -- …`, on the small circuits. */
async function setup(...args: string[]): Promise<string[]> {
  printed = [];
  const now = () => new Date("2026-01-02T03:04:05Z");
  const print = (line: string) => void printed.push(line);
  const askEntropy = async () => "typed by a contributor";
  await runSetup(args, { circuits, phase2, now, root: work, print, askEntropy });
  return printed;
}

const at = (...names: string[]): string => join(work, ...names);
const json = (path: string): any => JSON.parse(readFileSync(path, "utf8"));
const verify = (directory: string) => setup("verify", "--dir", directory, "--ptau", ptau);
const refusal = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => "accepted",
    (error: unknown) => (error as Error).message,
  );

/** The ceremony of docs/ceremony.md: each contributor has a directory of their own. */
async function holdCeremony(directory: string): Promise<void> {
  await setup("new", "--ptau", ptau, "--dir", directory, "--unofficial-ptau");
  for (const [i, name] of ["Ann", "Bob", "Carol"].entries()) {
    const mine = at(`of-${name}`);
    const typed = name === "Bob" ? ["--type-entropy"] : [];
    await setup("contribute", "--name", name, "--in", join(directory, `000${i}`), "--out", mine, ...typed);
    await setup("accept", "--dir", directory, "--ptau", ptau, "--in", mine);
  }
  await setup("beacon", "--dir", directory, "--beacon", beacon);
}

beforeAll(async () => {
  mkdirSync(join(projectRoot, ".cache"), { recursive: true });
  work = mkdtempSync(join(projectRoot, ".cache", "ceremony-test-"));
  circuits = smallCircuits(work);
  ptau = await makePowersOfTau(work, 4, "first");
  await holdCeremony(at("held"));
});

afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await stopWorkers();
});

describe("a ceremony with three contributors on one machine", () => {
  test("default: it verifies, and a proof with its key passes the Solidity verifier made of it", async () => {
    const lines = await verify(at("held"));
    expect(lines.at(-1)).toMatch(/^VERIFIED/);
    expect(lines.filter((line) => line.startsWith("round"))).toEqual([
      "round 0: initial",
      "round 1: contribution of Ann",
      "round 2: contribution of Bob",
      "round 3: contribution of Carol",
      "round 4: beacon",
    ]);

    await setup("finish", "--dir", at("held"), "--ptau", ptau);
    const key = json(at("held", "keys", "smallone.rehearsal.vkey.json")) as VerificationKey;
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      smallStatement.input,
      at("held", "keys", "smallone.wasm"),
      at("held", "keys", "smallone.rehearsal.zkey"),
    );
    expect(publicSignals.map(BigInt)).toEqual(smallStatement.signals);
    const verifier = await deployCode(compileVerifier({ circuit: "smallone", key, provenance: "rehearsal" }).bytecode);
    expect(await verifier.verify(proofWords(proof), smallStatement.signals)).toBe(true);
    expect(await verifier.verify(proofWords(proof), [22n, 426n, 11n])).toBe(false);
    // The other circuit's key is another one.
    const other = json(at("held", "keys", "smalltwo.rehearsal.vkey.json")) as VerificationKey;
    const wrong = await deployCode(
      compileVerifier({ circuit: "smalltwo", key: other, provenance: "rehearsal" }).bytecode,
    );
    expect(await wrong.verify(proofWords(proof), smallStatement.signals)).toBe(false);
  });

  test("behavior: what a contributor publishes is what snarkjs finds in the final key", async () => {
    const said = json(at("of-Bob", "contribution.json"));
    const history = readKeyHistory(at("held", "0004", "smallone.zkey"));
    expect(history.contributions[1]).toEqual({ hash: said.circuits.smallone.contribution, name: "Bob" });
    expect(await hashFile(at("of-Bob", "smallone.zkey"))).toBe(said.circuits.smallone.zkey);
    // snarkjs's own words about the same file.
    const heard: string[] = [];
    const say = (text: string) => void heard.push(text);
    const logger = { debug() {}, info: say, warn: say, error: say };
    const transcript = json(at("held", "transcript.json"));
    const r1cs = at("smallone.r1cs");
    await circuits.compile("smallone", work);
    expect(await snarkjs.zKey.verifyFromR1cs(r1cs, ptau, at("held", "0004", "smallone.zkey"), logger)).toBe(true);
    const hashes = heard.flatMap((text) =>
      /^contribution #\d/.exec(text) ? [text.replace(/^.*:/, "").replaceAll(/\s/g, "")] : [],
    );
    expect(hashes.reverse()).toEqual(
      transcript.rounds.slice(1).map((round: any) => round.circuits.smallone.contribution),
    );
    expect(heard).toContain(`Beacon generator: ${beacon}`);
  });

  test("behavior: typed entropy is printed and stored nowhere", () => {
    const files = readdirSync(work, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(json|zkey)$/.test(name),
    );
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((name) => readFileSync(at(name)).includes("typed by a contributor"))).toEqual([]);
    expect(printed.join("\n")).not.toContain("typed by a contributor");
  });

  test("behavior: two contributions of one name on the same key differ: the randomness is the system's", async () => {
    for (const out of ["twin-1", "twin-2"]) {
      await setup("contribute", "--name", "Twin", "--in", at("held", "0000"), "--out", at(out));
    }
    const delta = async (out: string) =>
      JSON.stringify((await phase2.verificationKey(at(out, "smallone.zkey"))).vk_delta_2);
    expect(await delta("twin-1")).not.toBe(await delta("twin-2"));
  });

  test("behavior: all in one command, with a chosen circuit", async () => {
    const dir = at("alone");
    const args = ["--ptau", ptau, "--dir", dir, "--circuit", "smalltwo", "--unofficial-ptau", "--name", "Dan"];
    const lines = await setup(...args, "--beacon", `0x${"5D".repeat(32)}`, "--iterations", "11");
    expect(lines.some((line) => line.startsWith("REHEARSAL"))).toBe(true);
    expect((await verify(dir)).at(-1)).toMatch(/^VERIFIED/);
    const source = readFileSync(at("contracts/verifiers/rehearsal/SmalltwoVerifierRehearsal.sol"), "utf8");
    expect(source).toContain("REHEARSAL verifier");
    expect(source).toContain("revert KeyIsForLocalChainsOnly(block.chainid)");
    // A rehearsal's key is not taken for a ceremony's.
    expect(() => ceremonyVerifier("smalltwo", at("contracts/verifiers/rehearsal"))).toThrow("is of a rehearsal");
  });
});

describe("refused while it is held", () => {
  test("error: a file that is not the public powers of tau, unless the user says so", async () => {
    const message = await refusal(setup("new", "--ptau", ptau, "--dir", at("x")));
    expect(message).toContain("is not the public ceremony's file of power 4");
    expect(message).toContain("--unofficial-ptau");
    // Its power is the published file's, its content is not.
    const forged = at("forged.ptau");
    cpSync(ptau, forged);
    const bytes = readFileSync(forged);
    bytes.writeUInt32LE(15, 60);
    writeFileSync(forged, bytes);
    await expect(inspectPtau(forged, false)).rejects.toThrow(publishedHash(15));
    await expect(inspectPtau(at("of-Bob", "contribution.json"), true)).rejects.toThrow("is no powers-of-tau file");
    expect(publicPtauName(15)).toBe("powersOfTau28_hez_final_15.ptau");
  });

  test("error: other powers of tau than it began with", async () => {
    const other = await makePowersOfTau(work, 4, "second");
    const message = await refusal(setup("verify", "--dir", at("held"), "--ptau", other));
    expect(message).toContain("give the file that the ceremony began with");
  });

  test("error: a contribution that is cut short, of another circuit, not the next one, or by a bad name", async () => {
    const begun = at("begun");
    await setup("new", "--ptau", ptau, "--dir", begun, "--unofficial-ptau");
    const accept = (from: string) => refusal(setup("accept", "--dir", begun, "--ptau", ptau, "--in", from));
    await setup("contribute", "--name", "Eve", "--in", join(begun, "0000"), "--out", at("eve"));

    cpSync(at("eve"), at("cut"), { recursive: true });
    truncateSync(at("cut", "smallone.zkey"), 1500);
    expect(await accept(at("cut"))).toMatch(/no complete Groth16 key: .* the file ends after/);
    expect(await refusal(setup("contribute", "--name", "F", "--in", at("cut"), "--out", at("f")))).toContain(
      "no complete",
    );

    cpSync(at("eve"), at("swapped"), { recursive: true });
    cpSync(at("eve", "smalltwo.zkey"), at("swapped", "smallone.zkey"));
    expect(await accept(at("swapped"))).toContain("is a key of another circuit or of other powers of tau");

    cpSync(at("eve"), at("edited"), { recursive: true });
    const said = json(at("edited", "contribution.json"));
    said.circuits.smallone.zkey = "00".repeat(64);
    writeFileSync(at("edited", "contribution.json"), JSON.stringify(said));
    expect(await accept(at("edited"))).toContain("is not the one that its contribution.json attests");

    // A point of the key's quotient part replaced by another: the history stays right, snarkjs finds it.
    cpSync(at("eve"), at("poisoned"), { recursive: true });
    rmSync(at("poisoned", "contribution.json"));
    const bytes = readFileSync(at("poisoned", "smallone.zkey"));
    const section9 = sectionStart(bytes, 9);
    bytes.copy(bytes, section9, section9 + 64, section9 + 128);
    writeFileSync(at("poisoned", "smallone.zkey"), bytes);
    expect(await accept(at("poisoned"))).toContain("H section does not match");

    expect(await accept(join(begun, "0000"))).toContain("does not continue round 0 by exactly one contribution");
    expect(await accept(at("held", "0002"))).toContain("does not continue round 0 by exactly one contribution");
    expect(await accept(at("nowhere"))).toContain("is no directory");
    for (const name of ["", "beacon", " Eve", "a\nb", "x".repeat(65)]) {
      const named = refusal(setup("contribute", "--name", name, "--in", join(begun, "0000"), "--out", at("named")));
      expect(await named).toContain("a contributor's name has 1 to 64 bytes");
    }
    expect(readdirSync(begun).sort()).toEqual(["0000", "transcript.json"]);
    await setup("accept", "--dir", begun, "--ptau", ptau, "--in", at("eve"));
    expect(await accept(at("eve"))).toContain("does not continue round 1 by exactly one contribution");
    expect(await refusal(verify(begun))).toContain("there is no beacon yet");
    expect(await refusal(setup("finish", "--dir", begun, "--ptau", ptau))).toContain("no beacon yet");
    expect((await setup("verify", "--dir", begun, "--ptau", ptau, "--unfinished")).at(-1)).toContain("NOT FINISHED");
  });

  test("error: to write over anything, to end before anybody contributed, or to go on after the end", async () => {
    const again = setup("contribute", "--name", "Ann", "--in", at("held", "0000"), "--out", at("of-Bob"));
    expect(await refusal(again)).toContain("nothing of a ceremony is ever written over");
    const renew = setup("new", "--ptau", ptau, "--dir", at("held"), "--unofficial-ptau");
    expect(await refusal(renew)).toContain("exists already");
    await setup("new", "--ptau", ptau, "--dir", at("empty"), "--unofficial-ptau");
    expect(await refusal(setup("beacon", "--dir", at("empty"), "--beacon", beacon))).toContain(
      "nobody has contributed yet",
    );
    expect(await refusal(setup("beacon", "--dir", at("held"), "--beacon", beacon))).toContain("this ceremony is over");
    const late = setup("contribute", "--name", "Late", "--in", at("held", "0004"), "--out", at("late"));
    expect(await refusal(late)).toContain("this ceremony is over");
    for (const bad of ["", "12", "zz".repeat(32), "5c".repeat(31)]) {
      expect(await refusal(setup("beacon", "--dir", at("empty"), "--beacon", bad))).toMatch(
        /32 to 255 bytes|--beacon is missing/,
      );
    }
  });
});

describe("a published ceremony that was tampered with", () => {
  /** Verifies a copy after a change to its transcript or its files. */
  async function tampered(change: (directory: string, transcript: any) => void): Promise<string> {
    const directory = mkdtempSync(at("tampered-"));
    cpSync(at("held"), directory, { recursive: true });
    const transcript = json(join(directory, "transcript.json"));
    change(directory, transcript);
    writeFileSync(join(directory, "transcript.json"), JSON.stringify(transcript));
    return refusal(verify(directory));
  }
  const moveRound = (directory: string, from: string, to: string) => {
    rmSync(join(directory, to), { recursive: true, force: true });
    cpSync(join(directory, from), join(directory, to), { recursive: true });
    rmSync(join(directory, from), { recursive: true });
  };

  test("default: an untouched copy verifies", async () => {
    expect(await tampered(() => undefined)).toBe("accepted");
  });

  test("error: a missing contribution, in the transcript alone or with its files", async () => {
    expect(await tampered((_, t) => t.rounds.splice(2, 1))).toContain("one is missing");
    const both = await tampered((directory, t) => {
      t.rounds.splice(2, 1);
      moveRound(directory, "0003", "0002");
      moveRound(directory, "0004", "0003");
    });
    expect(both).toMatch(/0002.smallone\.zkey has 3 contributions, the transcript says 2/);
    expect(await tampered((directory) => rmSync(join(directory, "0002", "smalltwo.zkey")))).toContain(
      "is missing; get all rounds",
    );
  });

  test("error: contributions in another order", async () => {
    const message = await tampered((_, t) => ([t.rounds[1], t.rounds[2]] = [t.rounds[2], t.rounds[1]]));
    expect(message).toMatch(/contribution 1 in .*0001.smallone\.zkey has the hash .*, the transcript says/);
    const withFiles = await tampered((directory, t) => {
      [t.rounds[1], t.rounds[2]] = [t.rounds[2], t.rounds[1]];
      moveRound(directory, "0001", "swap");
      moveRound(directory, "0002", "0001");
      moveRound(directory, "swap", "0002");
    });
    expect(withFiles).toMatch(/0001.smallone\.zkey has 2 contributions, the transcript says 1/);
  });

  test("error: an altered name, hash, beacon, circuit or verification key", async () => {
    expect(await tampered((_, t) => (t.rounds[1].name = "Mallory"))).toContain(
      'is of "Ann", the transcript says "Mallory"',
    );
    const hash = "ab".repeat(64);
    expect(await tampered((_, t) => (t.rounds[1].circuits.smallone.contribution = hash))).toContain(hash);
    expect(await tampered((_, t) => (t.rounds[3].circuits.smalltwo.zkey = hash))).toMatch(
      /0003.smalltwo\.zkey has BLAKE2b/,
    );
    expect(await tampered((_, t) => (t.rounds[4].beacon = "5d".repeat(32)))).toContain(`has the beacon ${beacon}`);
    expect(await tampered((_, t) => (t.rounds[4].iterationsExp = 11))).toContain(
      "hashed 2^10 times, the transcript says",
    );
    expect(await tampered((_, t) => (t.circuits.smallone.r1cs = hash))).toContain("compile to an r1cs with BLAKE2b");
    expect(await tampered((_, t) => (t.circuits.smallone.circuitHash = hash))).toContain("is a key of another circuit");
    expect(await tampered((_, t) => (t.circuits.smallone.verificationKey = hash))).toContain(
      "the verification key of smallone has",
    );
    expect(await tampered((_, t) => (t.ptau.blake2b = hash))).toContain("give the file that the ceremony began with");
    // Local powers of tau do not become public ones by saying so.
    expect(await tampered((_, t) => (t.ptau.isPublic = true))).toContain("is not the public ceremony's file");
    expect(await tampered((_, t) => (t.tools.circom2 = "0.0.1"))).toContain("the ceremony used circom2 0.0.1");
    expect(await tampered((_, t) => delete t.rounds[1].time)).toContain("rounds.1.time");
    expect(await tampered((_, t) => t.rounds.pop())).toContain("one is missing");
  });

  test("error: a beacon altered in the key as well: snarkjs computes it again", async () => {
    const message = await tampered((directory, t) => {
      for (const name of circuits.names) {
        const path = join(directory, "0004", `${name}.zkey`);
        const bytes = readFileSync(path);
        bytes.fill(
          0x5e,
          bytes.lastIndexOf(Buffer.from(beacon, "hex")),
          bytes.lastIndexOf(Buffer.from(beacon, "hex")) + 32,
        );
        writeFileSync(path, bytes);
        t.rounds[4].circuits[name].zkey = hashBytes(bytes);
      }
      t.rounds[4].beacon = "5e".repeat(32);
    });
    expect(message).toContain("snarkjs refuses");
  });

  test("error: a key file cut short or replaced by another circuit's", async () => {
    expect(await tampered((d) => truncateSync(join(d, "0002", "smallone.zkey"), 900))).toContain(
      "no complete Groth16 key",
    );
    const replaced = await tampered((d) => cpSync(join(d, "0004", "smalltwo.zkey"), join(d, "0004", "smallone.zkey")));
    expect(replaced).toContain("is a key of another circuit");
  });
});

describe("the key before phase 2", () => {
  test("error: gamma = delta = the generator, the class of Veil Cash and FoomCash, is refused", async () => {
    const key = await phase2.verificationKey(at("held", "0000", "smallone.zkey"));
    expect(key.vk_gamma_2).toEqual(key.vk_delta_2);
    expect(keyProblems(key, "rehearsal")).toEqual([
      "gamma and delta are equal points",
      "delta is the generator: nobody contributed to phase 2",
    ]);
    expect(() => compileVerifier({ circuit: "smallone", key, provenance: "rehearsal" })).toThrow("is refused");
    const file = at("initial.vkey.json");
    writeFileSync(file, JSON.stringify(key));
    expect(await refusal(setup("check-key", "--vkey", file))).toContain("do not deploy");
    expect(printed[0]).toContain("REFUSED");
  });
});

function sectionStart(bytes: Buffer, wanted: number): number {
  for (let i = 12; ; i += 12 + Number(bytes.readBigUInt64LE(i + 4)))
    if (bytes.readUInt32LE(i) === wanted) return i + 12;
}
