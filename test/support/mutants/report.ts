import { contractMutants } from "./catalogue/contracts.ts";
import { keyMutants } from "./catalogue/keys.ts";
import { mutants } from "./catalogue.ts";
import { attackContracts } from "./contracts.ts";
import { attackKeyGate } from "./keys.ts";
import type { Mutant } from "./mutant.ts";
import { runSuite } from "./run.ts";
import { suites } from "./suites.ts";
import { survivors } from "./survivors.ts";
import { trackerClasses } from "./tracker.ts";
import type { TrackerClass } from "./tracker.ts";

/** What became of a mutant. */
export interface Outcome {
  readonly mutant: Mutant;
  /** The first statement on which it differs from the reference. */
  readonly statement: string | undefined;
  /** What a search for other witnesses came to; undefined when it found none, or there was none. */
  readonly search: string | undefined;
}

export interface Report {
  /** What was found on the sources as they are. */
  readonly baseline: readonly string[];
  readonly outcomes: readonly Outcome[];
}

interface Outside {
  readonly mutants: readonly Mutant[];
  /** What was found on each, by its id; on the source as it is by "". */
  readonly attack: (mutants: readonly Mutant[]) => Promise<ReadonlyMap<string, string | undefined>>;
}

/** What is no circuit but has to hold for a proof to mean anything. */
const outside: ReadonlyMap<string, Outside> = new Map([
  ["InputDigest.sol", { mutants: contractMutants, attack: attackContracts }],
  ["keyGate.ts", { mutants: keyMutants, attack: attackKeyGate }],
]);

/** Every mutant, in the order of the table. */
export const catalogue: readonly Mutant[] = [...mutants, ...contractMutants, ...keyMutants];

/** Everything that has mutants, by its name. */
export const attacked: readonly string[] = [...suites.keys(), ...outside.keys()];

/** Attacks these components, or all, and those of their mutants that `isChosen` says. */
export async function runMutants(
  names: readonly string[] = attacked,
  isChosen: (mutant: Mutant) => boolean = () => true,
): Promise<Report> {
  const baseline: string[] = [];
  const outcomes: Outcome[] = [];
  const waiting = names.filter((name) => suites.has(name));
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const own = mutants.filter((mutant) => mutant.suite === name && isChosen(mutant));
      const result = await runSuite(suites.get(name)!, own);
      const { statement, search } = result.baseline;
      if (statement !== undefined) baseline.push(`${name} ${statement}`);
      if (search !== undefined) baseline.push(`${name} has another witness: ${search.statement}`);
      for (const mutant of own) {
        const found = result.mutants.get(mutant.id)!;
        outcomes.push({ mutant, statement: found.statement, search: found.search?.statement });
      }
    }
  };
  // One more than compilers, so that none waits while a component is attacked.
  await Promise.all([work(), work(), work()]);
  for (const [name, { mutants: own, attack }] of outside) {
    if (!names.includes(name)) continue;
    const found = await attack(own);
    if (found.get("") !== undefined) baseline.push(`${name} ${found.get("")}`);
    for (const mutant of own) outcomes.push({ mutant, statement: found.get(mutant.id), search: undefined });
  }
  const order = new Map(catalogue.map(({ id }, i) => [id, i]));
  return { baseline, outcomes: outcomes.sort((a, b) => order.get(a.mutant.id)! - order.get(b.mutant.id)!) };
}

export const isKilled = ({ statement, search }: Outcome): boolean => statement !== undefined || search !== undefined;

/** What a row says of a mutant before it says what became of it. */
export const rowHead = ({ id, tracker, suite, says }: Mutant): string =>
  `| \`${id}\` | ${trackerClasses[tracker][0]} | ${suite} | ${says} |`;

/** The row of a mutant in the table. */
export function mutantRow({ mutant, statement, search }: Outcome): string {
  const means = [...(statement === undefined ? [] : ["statements"]), ...(search === undefined ? [] : ["search"])];
  return `${rowHead(mutant)} ${means.length === 0 ? "**survives**" : means.join(", ")} |`;
}

/** The part of circuits/README.md between its markers. */
export function mutantTable({ outcomes }: Report): string {
  const killed = outcomes.filter(isKilled);
  const count = (of: readonly Outcome[]): string => `${of.filter(isKilled).length} of ${of.length}`;
  const classes = Object.keys(trackerClasses) as TrackerClass[];
  return [
    `**${killed.length} of ${outcomes.length} killed (${((100 * killed.length) / outcomes.length).toFixed(1)} %)**: ` +
      `${outcomes.filter(({ statement }) => statement !== undefined).length} by statements, ` +
      `${outcomes.filter(({ search }) => search !== undefined).length} by the search, ` +
      `${outcomes.filter(({ statement, search }) => statement === undefined && search !== undefined).length} by the search alone.`,
    "",
    "| class of the tracker | killed |",
    "|---|---|",
    ...classes.map(
      (of) => `| ${trackerClasses[of]} | ${count(outcomes.filter(({ mutant }) => mutant.tracker === of))} |`,
    ),
    "",
    "| survivor | why it is no hole |",
    "|---|---|",
    ...outcomes
      .filter((outcome) => !isKilled(outcome))
      .map(({ mutant }) => `| \`${mutant.id}\` | ${survivors[mutant.id] ?? "**not explained**"} |`),
    "",
    "<details><summary>All mutants</summary>",
    "",
    "| mutant | class | attacked as | what it lets a prover do | killed by |",
    "|---|---|---|---|---|",
    ...outcomes.map(mutantRow),
    "",
    "</details>",
  ].join("\n");
}
