export type { RelayerParameters } from "./http.ts";
export * from "./prover.ts";
export { createRelayer } from "./relayer.ts";
export type { FeeQuote, ProofStatus, Relayer, SubmissionStatus } from "./relayer.ts";
