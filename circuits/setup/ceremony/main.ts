import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";

import { projectRoot } from "../../codegen/instances.ts";
import { keyProblems } from "../keyGate.ts";
import { createProgress } from "../progress.ts";
import type { VerificationKey } from "../verificationKey.ts";
import { acceptContribution } from "./accept.ts";
import { applyBeacon } from "./beacon.ts";
import { beginCeremony } from "./begin.ts";
import { projectCircuits } from "./circuits.ts";
import { contribute } from "./contribute.ts";
import type { Attestation } from "./contribute.ts";
import { finishCeremony } from "./finish.ts";
import { createPhase2, stopWorkers } from "./phase2.ts";
import type { CeremonyTools } from "./tools.ts";
import { roundDirectory } from "./transcript.ts";
import type { Transcript } from "./transcript.ts";
import { verifyCeremony } from "./verify.ts";

const usage = `Trusted set-up (docs/ceremony.md). Commands:
  new         --ptau FILE --dir DIR [--circuit NAME …] [--unofficial-ptau]
  contribute  --name NAME --in DIR/0000 --out MY-DIR [--type-entropy]
  accept      --dir DIR --ptau FILE --in MY-DIR
  beacon      --dir DIR --beacon HEX [--iterations 10]
  verify      --dir DIR --ptau FILE [--unfinished]
  finish      --dir DIR --ptau FILE
  check-key   --vkey FILE …
  all         --ptau FILE --dir DIR --name NAME --name NAME … --beacon HEX   (one machine; the default command)`;

/** Where commands read and write beside the ceremony's own directory. */
export interface CommandSettings extends CeremonyTools {
  /** Below it `finish` puts the Solidity verifiers. */
  readonly root: string;
  readonly print: (line: string) => void;
  /** Reads a line without showing it. */
  readonly askEntropy: () => Promise<string>;
}

const optionTypes = {
  ptau: { type: "string" },
  dir: { type: "string" },
  circuit: { type: "string", multiple: true },
  "unofficial-ptau": { type: "boolean" },
  name: { type: "string", multiple: true },
  in: { type: "string" },
  out: { type: "string" },
  "type-entropy": { type: "boolean" },
  beacon: { type: "string" },
  iterations: { type: "string" },
  unfinished: { type: "boolean" },
  vkey: { type: "string", multiple: true },
} as const;
type OptionName = keyof typeof optionTypes;
type Values = ReturnType<typeof parseArgs<{ options: typeof optionTypes }>>["values"];

/** Each command with the options it takes. */
const commands: Readonly<
  Record<string, { takes: readonly OptionName[]; run: (values: Values, settings: CommandSettings) => Promise<void> }>
> = {
  new: { takes: ["ptau", "dir", "circuit", "unofficial-ptau"], run: runNew },
  contribute: { takes: ["name", "in", "out", "type-entropy"], run: runContribute },
  accept: { takes: ["dir", "ptau", "in"], run: runAccept },
  beacon: { takes: ["dir", "beacon", "iterations"], run: runBeacon },
  verify: { takes: ["dir", "ptau", "unfinished"], run: runVerify },
  finish: { takes: ["dir", "ptau"], run: runFinish },
  "check-key": { takes: ["vkey"], run: runCheckKey },
  all: {
    takes: ["ptau", "dir", "circuit", "unofficial-ptau", "name", "type-entropy", "beacon", "iterations"],
    run: runAll,
  },
};

/** Runs one command of `npm run setup`. */
export async function runSetup(args: readonly string[], settings: CommandSettings): Promise<void> {
  if (args.includes("--help")) {
    settings.print(usage);
    return;
  }
  const { values, positionals } = parseArgs({ args: [...args], options: optionTypes, allowPositionals: true });
  const [name = "all", ...rest] = positionals;
  const command = commands[name];
  if (command === undefined || rest.length > 0 || args.length === 0) throw new Error(usage);
  const foreign = (Object.keys(values) as OptionName[]).filter((option) => !command.takes.includes(option));
  if (foreign.length > 0) throw new Error(`"${name}" takes no --${foreign.join(", no --")}.\n${usage}`);
  await command.run(values, settings);
}

async function runNew(values: Values, settings: CommandSettings): Promise<void> {
  const directory = needed(values, "dir");
  const transcript = await beginCeremony(settings, {
    directory,
    ptau: needed(values, "ptau"),
    allowUnofficial: values["unofficial-ptau"] === true,
    chosen: values.circuit ?? [],
  });
  const { print } = settings;
  warnOfRehearsal(transcript, print);
  print(`Begun: ${Object.keys(transcript.circuits).join(", ")} with powers of tau 2^${transcript.ptau.power}.`);
  print(`Next: send ${roundDirectory(directory, 0)} to the first contributor, who runs`);
  print("  npm run setup -- contribute --name NAME --in 0000 --out MY-CONTRIBUTION");
}

async function runContribute(values: Values, settings: CommandSettings): Promise<void> {
  const [name, ...more] = values.name ?? [];
  if (name === undefined || more.length > 0) throw new Error(`"contribute" needs exactly one --name.\n${usage}`);
  const to = needed(values, "out");
  const attestation = await contribute(settings, {
    name,
    from: needed(values, "in"),
    to,
    extraEntropy: values["type-entropy"] === true ? await settings.askEntropy() : "",
  });
  printAttestation(attestation, settings.print);
  settings.print(`Next: publish these lines, send ${to} to the coordinator, and switch this machine off for a while.`);
}

async function runAccept(values: Values, settings: CommandSettings): Promise<void> {
  const directory = needed(values, "dir");
  const transcript = await acceptContribution(settings, {
    directory,
    ptau: needed(values, "ptau"),
    from: needed(values, "in"),
  });
  const round = transcript.rounds.length - 1;
  const accepted = transcript.rounds[round]!;
  settings.print(`Accepted round ${round}${accepted.kind === "contribution" ? ` of ${accepted.name}` : ""}.`);
  settings.print(`Next: send ${roundDirectory(directory, round)} to the next contributor, or end with "beacon".`);
}

async function runBeacon(values: Values, settings: CommandSettings): Promise<void> {
  const directory = needed(values, "dir");
  const transcript = await applyBeacon(settings, {
    directory,
    beacon: needed(values, "beacon"),
    iterationsExp: Number(values.iterations ?? "10"),
  });
  for (const [name, { verificationKey }] of Object.entries(transcript.circuits)) {
    settings.print(`verification key of ${name}: ${verificationKey}`);
  }
  settings.print(`Next: publish ${directory}; anybody runs "verify" on it, then "finish" makes keys and verifiers.`);
}

async function runVerify(values: Values, settings: CommandSettings): Promise<void> {
  const verified = await verifyCeremony(settings, { directory: needed(values, "dir"), ptau: needed(values, "ptau") });
  const { transcript, keys } = verified;
  if (keys === undefined && values.unfinished !== true) {
    throw new Error("all rounds so far are right, but there is no beacon yet; --unfinished accepts that");
  }
  warnOfRehearsal(transcript, settings.print);
  for (const [i, round] of transcript.rounds.entries()) {
    const what = round.kind === "contribution" ? `contribution of ${round.name}` : round.kind;
    settings.print(`round ${i}: ${what}`);
    for (const [circuit, { contribution }] of Object.entries(round.circuits)) {
      if (contribution !== undefined) settings.print(`  ${circuit}  ${contribution}`);
    }
  }
  for (const [name, { verificationKey }] of Object.entries(transcript.circuits)) {
    if (verificationKey !== undefined) settings.print(`verification key of ${name}: ${verificationKey}`);
  }
  settings.print(
    `VERIFIED${keys === undefined ? " so far, NOT FINISHED" : ""}: compare these hashes with what each contributor published.`,
  );
}

async function runFinish(values: Values, settings: CommandSettings): Promise<void> {
  const paths = await finishCeremony(settings, {
    directory: needed(values, "dir"),
    ptau: needed(values, "ptau"),
    root: settings.root,
  });
  for (const path of paths) settings.print(`wrote ${path}`);
  settings.print("Next: commit the verifiers, `npm run build`, and publish the keys.");
}

/** The gate alone, for a key from anywhere. */
async function runCheckKey(values: Values, { print }: CommandSettings): Promise<void> {
  const files = values.vkey ?? [];
  if (files.length === 0) throw new Error(`"check-key" needs at least one --vkey.\n${usage}`);
  const bad = files.flatMap((file) => {
    const problems = keyProblems(JSON.parse(readFileSync(file, "utf8")) as VerificationKey, "ceremony");
    print(`${file}: ${problems.length === 0 ? "sound" : `REFUSED: ${problems.join("; ")}`}`);
    return problems;
  });
  if (bad.length > 0) throw new Error(`${bad.length} problem(s): do not deploy verifiers of the refused keys`);
}

/** Everything on one machine: no better than that machine and whoever runs it. */
async function runAll(values: Values, settings: CommandSettings): Promise<void> {
  const names = values.name ?? [];
  if (names.length === 0) throw new Error(`"all" needs a --name for each contributor.\n${usage}`);
  const { beacon, iterations, ptau: ptauFile, dir, circuit, "unofficial-ptau": unofficial } = values;
  const directory = needed({ dir }, "dir");
  needed({ beacon }, "beacon");
  await runNew({ ptau: ptauFile, dir, circuit, "unofficial-ptau": unofficial }, settings);
  const ptau = needed({ ptau: ptauFile }, "ptau");
  for (const [i, name] of names.entries()) {
    const to = join(directory, `contribution-${i + 1}`);
    const from = roundDirectory(directory, i);
    await runContribute({ name: [name], in: from, out: to, "type-entropy": values["type-entropy"] }, settings);
    await runAccept({ dir, ptau, in: to }, settings);
  }
  await runBeacon({ dir, beacon, iterations }, settings);
  await runFinish({ dir, ptau }, settings);
}

function printAttestation({ name, circuits }: Attestation, print: CommandSettings["print"]): void {
  print(`I, ${name}, contributed:`);
  for (const [circuit, { from, zkey, contribution }] of Object.entries(circuits)) {
    print(`  ${circuit} from key    ${from}`);
    print(`  ${circuit} contribution ${contribution}`);
    print(`  ${circuit} to key      ${zkey}`);
  }
}

function warnOfRehearsal({ ptau }: Transcript, print: CommandSettings["print"]): void {
  if (!ptau.isPublic)
    print("REHEARSAL: these are not the public powers of tau. What comes of it is good for local chains only.");
}

function needed(values: Partial<Record<OptionName, unknown>>, option: OptionName): string {
  const value = values[option];
  if (typeof value !== "string" || value === "") throw new Error(`--${option} is missing.\n${usage}`);
  return value;
}

/** Not echoed, not kept: it goes into snarkjs's hash and nowhere else. */
async function askOnTerminal(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write("Type at random, then press Enter (nothing is shown or stored): ");
  const reader = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}

if (import.meta.main) {
  try {
    await runSetup(process.argv.slice(2), {
      circuits: projectCircuits(),
      phase2: createPhase2(createProgress()),
      now: () => new Date(),
      root: projectRoot,
      print: (line) => console.log(line),
      askEntropy: askOnTerminal,
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await stopWorkers();
  }
}
