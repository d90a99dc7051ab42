import { partsOfCall } from "./parts.ts";
import type { Call } from "./parts.ts";
import type { TemplateCounts } from "./templateCounts.ts";

/** One line for each part of a call: how often, what one costs, what all cost; the last is what the call adds itself. */
export interface PartRow {
  readonly part: string;
  readonly uses: number;
  readonly each: number;
  readonly total: number;
}

export function partRows(call: Call, constraints: number, counts: TemplateCounts): PartRow[] {
  const rows = partsOfCall(call).map(([part, { uses, folded = 0 }]): PartRow => {
    const each = counts.get(part)!;
    return { part, uses: uses - folded, each, total: (uses - folded) * each };
  });
  rows.sort((a, b) => b.total - a.total);
  const own = rows.reduce((left, { total }) => left - total, constraints);
  return [...rows, { part: "itself", uses: 1, each: own, total: own }];
}

/** What `call` spends its constraints on, the dearest part first. */
export function breakdownTable(title: string, call: Call, constraints: number, counts: TemplateCounts): string {
  const format = (count: number): string => count.toLocaleString("en");
  const line = (part: string, uses: string, each: string, total: string): string =>
    `  ${part.padEnd(30)}${uses.padStart(4)}${each.padStart(9)}${total.padStart(9)}`;
  return [
    `${title} = ${call}: ${format(constraints)}`,
    line("part", "×", "each", "total"),
    ...partRows(call, constraints, counts)
      .filter(({ total }) => total !== 0)
      .map(({ part, uses, each, total }) => line(part, String(uses), format(each), format(total))),
  ].join("\n");
}
