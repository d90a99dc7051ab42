export * from "./amounts.ts";
export * from "./memo.ts";
export * from "./note.ts";
export * from "./opening.ts";
export * from "./scan.ts";
export * from "./select.ts";
export * from "./settlement.ts";
export * from "./units.ts";
