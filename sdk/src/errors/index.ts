export * from "./base.ts";
export * from "./decode.ts";
