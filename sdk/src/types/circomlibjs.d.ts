// circomlibjs ships no types. Only what the SDK uses, and what its tests compare with, is declared.
declare module "circomlibjs" {
  /** A field of ffjavascript: elements are 32 little-endian bytes in Montgomery form. */
  export interface WasmField {
    readonly zero: Uint8Array;
    e(value: bigint | Uint8Array): Uint8Array;
    toObject(element: Uint8Array): bigint;
  }

  /** PoseidonEx. Inputs are field elements one by one, or concatenated in Montgomery form. */
  export interface WasmPoseidon {
    (inputs: readonly (bigint | Uint8Array)[] | Uint8Array, initialState?: bigint | Uint8Array, nOut?: 1): Uint8Array;
    (inputs: readonly (bigint | Uint8Array)[] | Uint8Array, initialState: bigint | Uint8Array, nOut: number): Uint8Array | Uint8Array[];
    readonly F: WasmField;
  }

  export interface WasmBabyjub {
    readonly F: WasmField;
    readonly Base8: [Uint8Array, Uint8Array];
    addPoint(a: [Uint8Array, Uint8Array], b: [Uint8Array, Uint8Array]): [Uint8Array, Uint8Array];
    mulPointEscalar(base: [Uint8Array, Uint8Array], scalar: bigint): [Uint8Array, Uint8Array];
    inCurve(point: [Uint8Array, Uint8Array]): boolean;
    inSubgroup(point: [Uint8Array, Uint8Array]): boolean;
  }

  export interface WasmEddsa {
    readonly F: WasmField;
    verifyPoseidon(message: Uint8Array, signature: { R8: [Uint8Array, Uint8Array]; S: bigint }, key: [Uint8Array, Uint8Array]): boolean;
  }

  export function buildPoseidon(): Promise<WasmPoseidon>;
  export function buildBabyjub(): Promise<WasmBabyjub>;
  export function buildEddsa(): Promise<WasmEddsa>;
}
