export * from "./client.ts";
export * from "./deployment.ts";
export { getLogs } from "./logs.ts";
export type { BlockRange } from "./logs.ts";
export * from "./storedState.ts";
export { emptyVaultState, orderKey } from "./vaultState.ts";
export type {
  DepositRecord,
  EmptyVaultStateParameters,
  SettledRecord,
  TransactRecord,
  VaultState,
} from "./vaultState.ts";
export type { WriteResult } from "./write.ts";
