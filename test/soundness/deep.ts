// A search without end for a second witness: `npm run test:circuits:deep -- --seed N --minutes M [--report FILE]`.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { readInstances } from "../../circuits/codegen/instances.ts";
import type { Lie } from "../support/circuits/lenient.ts";
import { aliasOfBits, allIsZero, noTrap, quotientOneMore, seizedOneMore } from "../support/circuits/lies.ts";
import { createRandom } from "../support/reference/field.ts";
import { circuits, examine, load } from "../support/soundness/index.ts";
import type { Finding, Subject } from "../support/soundness/index.ts";
import { draw } from "../support/soundness/draw.ts";
import { LineSearch } from "../support/soundness/lines.ts";
import { movable, neighbours, nullSpace } from "../support/soundness/neighbourhood.ts";
import { flatten } from "../support/soundness/subject.ts";
import { rowsOf } from "../support/soundness/rows.ts";
import type { ConstraintSystem, Inputs, Signal } from "../support/circuits/harness.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "10" },
    report: { type: "string" },
  },
});
const [seed, minutes] = [Number(values.seed), Number(values.minutes)];
if (!Number.isSafeInteger(seed) || !(minutes > 0)) {
  throw new Error(`got --seed ${values.seed} --minutes ${values.minutes}; expected a whole number and a positive one`);
}
const random = createRandom(seed);
const started = performance.now();
const ends = started + minutes * 60_000;
const tally = new Map<string, number>();
const count = (what: string, by = 1): void => void tally.set(what, (tally.get(what) ?? 0) + by);
const findings: Pick<Finding, "kind" | "subject" | "case" | "message">[] = [];
const neighbourhoodsPerStatement = 200;
const liesPerStatement = 6;

console.log(`seed ${seed}, ${minutes} minutes, circuits ${circuits.map(({ name }) => name).join(", ")}`);
let said = started;
const progress = (): void => {
  const every = process.stdout.isTTY ? 1_000 : 60_000;
  if (performance.now() - said < every) return;
  said = performance.now();
  const text = `${((said - started) / 60_000).toFixed(1)} min · ${findings.length} findings · ${[...tally].map(([what, n]) => `${n} ${what}`).join(" · ")}`;
  process.stdout.write(
    process.stdout.isTTY ? `\r\u001b[2K${text.slice(0, (process.stdout.columns || 80) - 1)}` : `${text}\n`,
  );
};

/** Moves of several wires at once, secrets among them, that keep the public values: another opening of the same statement. */
function searchNeighbourhoods(
  system: ConstraintSystem,
  subject: Subject,
  label: string,
  witness: readonly bigint[],
  isPublic: (wire: number) => boolean,
): void {
  const rows = rowsOf(system.r1cs);
  const lines = new LineSearch(rows, witness);
  const nameOf = (wire: number): string => system.signalName(wire).replace(/^main\./, "");
  const isFixed = (wire: number): boolean =>
    isPublic(wire) || subject.free.some(({ pattern }) => pattern.test(nameOf(wire)));
  for (let k = 0; k < neighbourhoodsPerStatement && performance.now() < ends; k++) {
    const start = 1 + Number(random(40) % BigInt(rows.wireCount - 1));
    if (isFixed(start)) continue;
    const moving = neighbours(rows, start, 2 + Number(random(6)), isFixed);
    count("neighbourhoods");
    const basis = nullSpace(rows, witness, moving);
    count("null vectors", basis.length);
    const found = movable(lines, basis, random);
    progress();
    if (found === undefined) continue;
    const message = `${subject.name} (${label}): can move together, the public values unchanged: ${[...found.keys()].slice(0, 8).map(nameOf).join(", ")}`;
    findings.push({ kind: "second witness", subject: subject.name, case: label, message });
  }
}

/** One input changed, everything that follows computed anew by a prover who asserts nothing: with c and y of the old statement. */
async function searchLies(
  system: ConstraintSystem,
  subject: Subject,
  label: string,
  inputs: Inputs,
  publicSignals: readonly bigint[],
): Promise<void> {
  const names = Object.keys(inputs).filter((name) => name !== "r");
  for (let k = 0; k < liesPerStatement && performance.now() < ends; k++) {
    const name = names[Number(random(32) % BigInt(names.length))]!;
    const changed = { ...inputs, [name]: altered(inputs[name]!) };
    if (!reachesConstraints(system, inputs, changed)) continue;
    const { violations, publicSignals: others } = await system.attempt(
      changed,
      subject.name === "settle" ? noTrap : [],
    );
    count("inputs changed");
    progress();
    if (violations.length > 0 || others.some((value, i) => value !== publicSignals[i])) continue;
    findings.push({
      kind: "accepted",
      subject: subject.name,
      case: label,
      message: `${subject.name} (${label}): another ${name} has the same c and y`,
    });
  }
}

/**
 * Whether the compiled circuit has a wire for what has changed. It has none for the withdrawn amounts of `transact`: circom writes them as
 * the sums of their bits, so a value of more than 63 bits that a generator is given has no part in what is proved.
 */
function reachesConstraints(system: ConstraintSystem, inputs: Inputs, changed: Inputs): boolean {
  const before = flatten(inputs);
  return [...flatten(changed)].some(
    ([signal, value]) => value !== before.get(signal) && system.wireOf(`main.${signal}`) !== undefined,
  );
}

function altered(signal: Signal): Signal {
  if (typeof signal !== "bigint") {
    const at = Number(random(32) % BigInt(signal.length));
    return signal.map((element, i) => (i === at ? altered(element) : element));
  }
  const others = [signal + 1n, signal + 2n ** random(8), random(253), random(63), 0n].filter(
    (value) => value !== signal,
  );
  return others[Number(random(16) % BigInt(others.length))]!;
}

/** Other values at the hints, consistent with one another: some constraint must hold against them, or they change nothing. */
const lies: Readonly<Record<string, Readonly<Record<string, readonly Lie[]>>>> = {
  transact: { "an alias of 254 bits": [aliasOfBits], "everything is zero": [allIsZero] },
  margin: { "one more": quotientOneMore },
  settle: {
    "one more": quotientOneMore,
    "one unit too many": [seizedOneMore],
    "an alias of 254 bits": [aliasOfBits],
    "everything is zero": [allIsZero],
  },
};

async function searchHints(
  system: ConstraintSystem,
  subject: Subject,
  label: string,
  inputs: Inputs,
  honest: readonly bigint[],
): Promise<void> {
  const told = Object.entries(lies[subject.name] ?? {});
  if (told.length === 0 || performance.now() > ends) return;
  const [what, own] = told[Number(random(32) % BigInt(told.length))]!;
  const witness = await system.lenientWitness(inputs, own);
  count("lies at hints");
  progress();
  if (system.violations(witness).length > 0) return;
  const differing = witness
    .flatMap((value, wire) => (value === honest[wire] ? [] : [system.signalName(wire).replace(/^main\./, "")]))
    .filter((name) => !subject.free.some(({ pattern }) => pattern.test(name)));
  if (differing.length === 0) return;
  const message = `${subject.name} (${label}): the lie "${what}" changes ${differing.slice(0, 8).join(", ")} and nothing notices`;
  findings.push({ kind: "second witness", subject: subject.name, case: label, message });
}

const loaded = new Map<string, ConstraintSystem>();
for (let round = 0; performance.now() < ends; round++) {
  const subject = circuits[round % circuits.length]!;
  const make = draw[subject.name];
  if (make === undefined)
    throw new Error(`no statements to draw for ${subject.name}: add it to test/support/soundness/draw.ts`);
  let system = loaded.get(subject.name);
  if (system === undefined) loaded.set(subject.name, (system = await load(subject)));
  const statement = make(random);
  const label = `seed ${seed}, statement ${round}: ${statement.label}`;
  count(`statements of ${subject.name}`);
  const own = { ...subject, accepted: [{ ...statement, label }], refused: [] };
  // Which signals are free depends on the statement; that each is free in some is the CI test's business.
  const found = await examine(system, own, { seed: seed + round, tally: count });
  findings.push(...found.filter(({ kind }) => kind !== "not free"));
  progress();
  if (found.some(({ kind }) => kind === "refused")) continue;
  const witness = await system.witness(statement.inputs);
  const given = new Set([1, 2, 3, ...publicWires(system, subject.name, statement.inputs)]);
  searchNeighbourhoods(system, subject, label, witness, (wire) => given.has(wire));
  await searchHints(system, subject, label, statement.inputs, witness);
  await searchLies(system, subject, label, statement.inputs, witness.slice(1, 1 + system.r1cs.publicCount));
}

function publicWires(system: ConstraintSystem, name: string, inputs: Inputs): number[] {
  const isPublic = new Set(
    readInstances()
      .get(name)!
      .values.map((value) => value.name),
  );
  return [...flatten(inputs).keys()].flatMap((signal) => {
    const wire = isPublic.has(signal.replace(/\[.*/, "")) ? system.wireOf(`main.${signal}`) : undefined;
    return wire === undefined ? [] : [wire];
  });
}

console.log(`\n\nseed ${seed}, ${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
for (const [what, n] of tally) console.log(`${String(n).padStart(12)}  ${what}`);
for (const { message } of findings) console.log(`FINDING ${message}`);
console.log(findings.length === 0 ? "no findings" : `${findings.length} findings`);
if (values.report !== undefined) {
  const report = { seed, minutes, tally: Object.fromEntries(tally), findings };
  writeFileSync(values.report, `${JSON.stringify(report, undefined, 2)}\n`);
}
process.exitCode = findings.length === 0 ? 0 : 1;
