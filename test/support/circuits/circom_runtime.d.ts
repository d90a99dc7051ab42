/** The part of circom_runtime that the tests use. */
declare module "circom_runtime" {
  export interface WitnessCalculator {
    calculateWitness(inputs: object): Promise<bigint[]>;
  }
  export function WitnessCalculatorBuilder(wasm: Uint8Array): Promise<WitnessCalculator>;
}
