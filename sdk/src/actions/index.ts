export * from "./accounts.ts";
export * from "./appendBatch.ts";
export * from "./checkWiring.ts";
export * from "./delayedWithdrawals.ts";
export * from "./deposit.ts";
export * from "./escape.ts";
export * from "./lens.ts";
export * from "./liquidation.ts";
export * from "./losses.ts";
export {
  attestedPath,
  makeMarginProof,
  makeUnusedProof,
  makeValuationProof,
  mostCoverage,
  randomSalt,
} from "./marginProof.ts";
export type { MadeMarginProof, MarginProofCall, MarginProofParameters, MarginPurpose } from "./marginProof.ts";
export * from "./marginReads.ts";
export * from "./messaging.ts";
export * from "./pool.ts";
export * from "./prepareTransact.ts";
export * from "./reads.ts";
export * from "./recovery.ts";
export * from "./seal.ts";
export * from "./settle.ts";
export * from "./snapshot.ts";
export * from "./submitted.ts";
export * from "./syncVault.ts";
export * from "./tokens.ts";
export * from "./transact.ts";
