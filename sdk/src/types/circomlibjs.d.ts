// circomlibjs ships no types. What it returns is typed where it is used (crypto/poseidon.ts).
declare module "circomlibjs" {
  export function buildPoseidon(): Promise<unknown>;
}
