export * from "./artifacts.ts";
export * from "./prover.ts";
