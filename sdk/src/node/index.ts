export * from "./artifacts.ts";
export type { PoolOptions } from "./processPool.ts";
export * from "./prover.ts";
export * from "./rapidsnark.ts";
