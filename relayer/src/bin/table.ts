import { stripVTControlCharacters } from "node:util";

/** Columns as wide as their widest cell, two spaces apart; a coloured cell counts as what one sees of it. */
export function formatTable(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widthOf = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
      .join("  ")
      .trimEnd();
  return all.map(line).join("\n");
}

/** @example formatTime(0) // "1970-01-01 00:00:00Z" */
export const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
