import { readFileSync } from "node:fs";

import type { Instance } from "./instances.ts";

/** The tags of `circuits/tags.json` as field elements: ASCII names read as big-endian integers. */
export function readTags(): Map<string, bigint> {
  const source = new URL("../tags.json", import.meta.url);
  const { tags } = JSON.parse(readFileSync(source, "utf8")) as { tags: Record<string, string> };
  const result = new Map<string, bigint>();
  const seen = new Map<bigint, string>();
  for (const [name, text] of Object.entries(tags)) {
    if (!/^[\x21-\x7e]{1,31}$/.test(text)) {
      throw new Error(
        `circuits/tags.json: ${name} is ${JSON.stringify(text)}, expected 1 to 31 printable ASCII characters`,
      );
    }
    const value = BigInt(`0x${Buffer.from(text, "ascii").toString("hex")}`);
    const other = seen.get(value);
    if (other !== undefined)
      throw new Error(`circuits/tags.json: ${name} and ${other} have the same tag; each use needs its own`);
    seen.set(value, name);
    result.set(name, value);
  }
  return result;
}

/** `templates/tags.circom`. */
export function tagsCircom(tags: Map<string, bigint>): string {
  const functions = [...tags].map(([name, value]) => `function ${name}() { return ${value}; }`);
  return `pragma circom 2.2.0;

// Generated from tags.json by codegen/generate.ts. The Poseidon initial state of each use.

${functions.join("\n")}
`;
}

/** `main/<name>.circom`: the component that is compiled. The public signals are exactly c, y (outputs) and r. */
export function mainCircom(instance: Instance): string {
  const parameters = [...instance.params, instance.circuitId].join(", ");
  return `pragma circom 2.2.0;

// Generated from instances.json by codegen/generate.ts.

include "../${instance.file}";

component main { public [r] } = ${instance.template}(${parameters});
`;
}
