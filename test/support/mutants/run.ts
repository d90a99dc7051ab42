import { search } from "./engine.ts";
import type { EngineFinding } from "./engine.ts";
import { asRemoval } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";
import { spread } from "./suite.ts";
import type { Statement, Suite } from "./suite.ts";
import { compileSystem } from "./system.ts";
import type { AttackedSystem, Patch } from "./system.ts";

/** What an attack found on one system: nothing at all, for the circuit as it is. */
export interface Findings {
  /** The first statement that is accepted though false, or refused or computed otherwise though true. */
  readonly statement: string | undefined;
  readonly search: EngineFinding | undefined;
}

export interface SuiteResult {
  readonly baseline: Findings;
  readonly mutants: ReadonlyMap<string, Findings>;
}

/** Compiles a component and its mutants, and attacks each in the same way. */
export async function runSuite(suite: Suite, mutants: readonly Mutant[]): Promise<SuiteResult> {
  const removals = mutants.flatMap((mutant) => {
    const removal = asRemoval(mutant);
    return removal === undefined ? [] : [{ ...removal, file: mutant.file, id: mutant.id }];
  });
  // Two removals of overlapping text cannot be set apart at once; there are none.
  const statements = suite.statements();
  const inputs = Object.keys(statements[0]!.inputs);
  const systems = new Map<string, Promise<AttackedSystem>>();
  const build = (patches: readonly Patch[], isMutant: boolean): Promise<AttackedSystem> => {
    const key = JSON.stringify([patches, isMutant]);
    let system = systems.get(key);
    if (system === undefined)
      systems.set(key, (system = compileSystem(suite.component, inputs, patches, isMutant ? [] : removals)));
    return system;
  };
  const attack = async (
    patches: readonly Patch[],
    of: (system: AttackedSystem) => AttackedSystem,
    isMutant: boolean,
  ) => {
    const system = of(await build(patches, isMutant));
    const statement = await firstWrong(statements, async ({ lies }) =>
      lies === undefined ? system : of(await build([...patches, ...lies], isMutant)),
    );
    return { statement, search: searchAll(system, suite, statements) };
  };

  const baseline = await attack([], (system) => system, false);
  const results = new Map<string, Findings>();
  await Promise.all(
    mutants.map(async (mutant) => {
      const removal = removals.find(({ id }) => id === mutant.id);
      results.set(
        mutant.id,
        removal === undefined
          ? await attack([mutant], (system) => system, true)
          : await attack([], (system) => system.without(removal.template), false),
      );
    }),
  );
  return { baseline, mutants: results };
}

/** Statements that need a generator of their own come last, and only if no other one is enough. */
async function firstWrong(
  statements: readonly Statement[],
  systemFor: (statement: Statement) => Promise<AttackedSystem>,
): Promise<string | undefined> {
  const ordered = statements.toSorted((a, b) => (a.lies?.length ?? 0) - (b.lies?.length ?? 0));
  for (const statement of ordered) {
    const { violations, publicSignals } = (await systemFor(statement)).attempt(statement.inputs);
    const isAccepted = violations.length === 0;
    if (statement.outputs === undefined) {
      if (isAccepted) return `accepts ${statement.says}`;
    } else if (!isAccepted) return `refuses ${statement.says}`;
    else if (statement.outputs.some((value, i) => value !== publicSignals[i]))
      return `computes otherwise ${statement.says}`;
  }
  return undefined;
}

function searchAll(system: AttackedSystem, suite: Suite, statements: readonly Statement[]): EngineFinding | undefined {
  const own = statements.filter(({ lies }) => lies === undefined);
  for (const isTrue of [true, false]) {
    const kind = own.filter(({ outputs }) => (outputs !== undefined) === isTrue);
    for (const statement of spread(kind, suite.searched ?? 2)) {
      // A true statement that the mutant refuses has no witness to start from.
      if (isTrue && system.attempt(statement.inputs).violations.length > 0) continue;
      const finding = search(system, suite, statement);
      if (finding !== undefined) return finding;
    }
  }
  return undefined;
}
