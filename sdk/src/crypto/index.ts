export * from "./babyjub.ts";
export * from "./crypto.ts";
export * from "./domain.ts";
export type { EddsaSignature, SignParameters } from "./eddsa.ts";
export { bigintToBytes, bytesToBigint, FIELD_ORDER, isFieldElement, modField, randomFieldElement } from "./field.ts";
export * from "./generated/tags.ts";
export type { FieldBuffers, PoseidonHash } from "./poseidon.ts";
export * from "./seal.ts";
