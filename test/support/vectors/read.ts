import { readFileSync } from "node:fs";
import { join } from "node:path";

type Parsed = string | boolean | readonly Parsed[] | { readonly [name: string]: Parsed };

/** A file of test/vectors, with its decimal strings as integers. The caller knows its shape. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the shape of a JSON file is asserted once, here
export function readVectors<T>(topic: string): T {
  const text = readFileSync(join(import.meta.dirname, `../../vectors/${topic}.json`), "utf8");
  return integers(JSON.parse(text) as Parsed) as T;
}

function integers(value: Parsed): unknown {
  if (typeof value === "string") return /^\d+$/.test(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return (value as readonly Parsed[]).map(integers);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, integers(part)]));
}
