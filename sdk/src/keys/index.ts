export * from "./address.ts";
export { deriveKeys, freshNkIndex, MAX_KEY_INDEX } from "./derive.ts";
export type { EncryptionKey, Keys, SpendingKey, ViewKey } from "./derive.ts";
export * from "./trustee.ts";
