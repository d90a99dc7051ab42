import type { Patch } from "./system.ts";

/** The text with the patch applied, which has to fit exactly once. */
export function applied(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find);
  if (parts.length !== 2) {
    throw new Error(
      `${JSON.stringify(find)} is ${parts.length - 1} times in ${file}, expected once; the catalogue of mutants names text that ` +
        "has changed: choose the text of the same constraint as it is now",
    );
  }
  return parts.join(replace);
}
