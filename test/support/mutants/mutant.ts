import type { TrackerClass } from "./tracker.ts";

/** One constraint removed or weakened: a patch on the text of one source file. */
export interface Mutant {
  /** Unique, letters, digits and dashes. */
  readonly id: string;
  readonly tracker: TrackerClass;
  /** In circuits/templates; or from the project root when it has a folder. */
  readonly file: string;
  /** Exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The suite that attacks it. */
  readonly suite: string;
  /** What a prover could now do. */
  readonly says: string;
}

/**
 * A mutant that only takes a constraint away (`===` or a checking component deleted, `<==` turned into `<--`), as the same text with
 * that constraint set apart: templates named after the mutant hold it, and nothing else.
 */
export interface Removal {
  readonly find: string;
  readonly replace: string;
  /** The template that holds the constraint. */
  readonly template: string;
  readonly definition: string;
}

/** Components of thousands of constraints: each mutant that needs a compilation of its own takes seconds of it. */
const large = new Set([
  ...["InputDigest", "MulByHash", "VerifySignature", "Seal", "SpendInput"],
  ...["Margin", "Settle", "Transact", "Batch"],
]);

/**
 * The mutants that every run of the tests attacks: of each circuit suite one in three, the first included, and none that a large
 * component has to be compiled again for; of contract and key gate all.
 */
export function inEveryRun(catalogue: readonly Mutant[]): Mutant[] {
  const seen = new Map<string, number>();
  return catalogue.filter((mutant) => {
    if (mutant.file.includes("/")) return true;
    if (large.has(mutant.suite) && asRemoval(mutant) === undefined) return false;
    const before = seen.get(mutant.suite) ?? 0;
    seen.set(mutant.suite, before + 1);
    return before % 3 === 0;
  });
}

/** The removal that a mutant is, or undefined when it changes more than that and has to be compiled by itself. */
export function asRemoval({ id, find, replace }: Mutant): Removal | undefined {
  const template = `Removed${id.replace(/(^|\W)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}`;
  const slack = `template ${template}() { signal input in; component slack = Slack(); slack.in <== in; }`;
  if (replace === find.replace("<==", "<--")) {
    const [, declared = "", name, value] = /^(signal (?:output )?)?([\w.[\] +*]+) <== ([^;]+);$/.exec(find) ?? [];
    if (name === undefined || isCall(value!)) return undefined;
    return {
      find,
      replace: `${declared}${name} <-- ${value}; ${template}()((${name}) - (${value}));`,
      template,
      definition: slack,
    };
  }
  if (replace !== "") return undefined;
  const [, left, right] = /^([^;]+) === ([^;]+);$/.exec(find) ?? [];
  if (left !== undefined)
    return { find, replace: `${template}()((${left}) - (${right}));`, template, definition: slack };
  const [, called, parameters, inputs] = /^([A-Z]\w*)\(([^()]*)\)\(([^;]+)\);$/.exec(find) ?? [];
  if (called === undefined) return undefined;
  const names = (text: string, prefix: string): string[] => topLevel(text).map((_, i) => `${prefix}${i}`);
  const [ps, ins] = [names(parameters!, "p"), names(inputs!, "in")];
  return {
    find,
    replace: `${template}(${parameters})(${inputs});`,
    template,
    definition:
      `template ${template}(${ps.join(", ")}) { ${ins.map((name) => `signal input ${name};`).join(" ")} ` +
      `${called}(${ps.join(", ")})(${ins.join(", ")}); }`,
  };
}

/** A component's output cannot be assigned with `<--`. */
const isCall = (value: string): boolean => /^[A-Z]\w*\([^()]*\)\(/.test(value) || value.startsWith("[");

function topLevel(list: string): string[] {
  const parts: string[] = [];
  let [depth, part] = [0, ""];
  for (const letter of list) {
    if ("([".includes(letter)) depth++;
    if (")]".includes(letter)) depth--;
    if (letter === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += letter;
  }
  return part.trim() === "" ? parts : [...parts, part];
}
