export * from "./leaf.ts";
export * from "./noteTree.ts";
