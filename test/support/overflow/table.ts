import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { q } from "../reference/field.ts";

/** A sum or product of a template at its largest. */
export interface Row {
  readonly template: string;
  readonly quantity: string;
  readonly expression: string;
  /** Exact, as a formula of integers. */
  readonly maximum: string;
  readonly bits: number;
  readonly guaranteedBy: string;
  /** What it must stay below. */
  readonly limit: string;
}

const at = (file: string): string => join(projectRoot, "circuits", file);
export const tablePath = at("overflow.md");

export function readRows(): readonly Row[] {
  return (JSON.parse(readFileSync(at("overflow.json"), "utf8")) as { rows: Row[] }).rows;
}

/** The value of a formula of integers with + − * ^, parentheses and q. */
export function evaluate(formula: string): bigint {
  const tokens = formula.match(/\d+|q|[-+*^()]/g) ?? [];
  let next = 0;
  const atom = (): bigint => {
    const token = tokens[next++];
    if (token === "(") {
      const value = sum();
      next++;
      return value;
    }
    return token === "q" ? q : BigInt(token!);
  };
  const power = (): bigint => {
    const base = atom();
    if (tokens[next] !== "^") return base;
    next++;
    return base ** atom();
  };
  const product = (): bigint => {
    let value = power();
    while (tokens[next] === "*") {
      next++;
      value *= power();
    }
    return value;
  };
  const sum = (): bigint => {
    let value = product();
    while (tokens[next] === "+" || tokens[next] === "-")
      value = tokens[next++] === "+" ? value + product() : value - product();
    return value;
  };
  const value = sum();
  if (next !== tokens.length) throw new Error(`"${formula}" is no formula of integers`);
  return value;
}

export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ template, quantity, expression, maximum, bits, guaranteedBy, limit }) =>
      `| \`${template}\` | ${quantity} | ${expression} | \`${maximum}\` | ${bits} | \`${limit}\` | ${guaranteedBy} |`,
  );
  return `# Overflow budget

Every sum and product of the templates that is meant over the integers, at its largest. It must stay below the limit: q (≈ 2^253.6), or the
range that a comparison counts on. Made from \`overflow.json\` by \`node test/support/overflow/table.ts --write\`;
\`test/circuits/overflow.test.ts\` derives each maximum from its operands and drives the template there.

"circuit" is a check in the constraints. "caller" is a width that the contract checks (\`PublicValues.checkWidths\`): a value beyond it
wraps, and nothing in the circuit notices. Sums that are meant in the field (hashes, the digest's y, masks of sealed words) are not here.

| template | quantity | expression | maximum | bits | below | guaranteed by |
|---|---|---|---|---|---|---|
${lines.join("\n")}

The digest's first word is circuitId·2^32 + m with m < 2^32 (\`instances.json\`): different for all circuits and lengths.

The caller's widths: floors and seizure prices 96 bits, domain and ext 248, controller 160 (\`margin\`; \`transact\` checks domain and controller of
its outputs itself), coverage and claim 64 (checked in the circuit, too), haircuts 128 and risk words 252 (checked in the circuit, too),
packed words 252, meta 68 and chunkIndex 28 (checked in the circuit, too).
`;
}

/** \`--write\` rewrites the table. */
if (process.argv[1] === import.meta.filename && process.argv.includes("--write")) {
  writeFileSync(tablePath, renderTable(readRows()));
}
