/** The parts of circomlibjs that the reference uses; field elements are bytes in Montgomery form. */
declare module "circomlibjs" {
  export interface Field {
    e(value: bigint): Uint8Array;
    toObject(element: Uint8Array): bigint;
  }

  export interface Poseidon {
    (inputs: readonly bigint[], initialState?: bigint): Uint8Array;
    (inputs: readonly bigint[], initialState: bigint, outputs: number): Uint8Array | Uint8Array[];
    readonly F: Field;
  }

  export type Point = readonly [Uint8Array, Uint8Array];

  export interface BabyJub {
    readonly F: Field;
    readonly Base8: Point;
    /** Of the whole curve, of order 8·subOrder. */
    readonly Generator: Point;
    readonly subOrder: bigint;
    mulPointEscalar(point: Point, scalar: bigint): Point;
    addPoint(a: Point, b: Point): Point;
    inCurve(point: Point): boolean;
    inSubgroup(point: Point): boolean;
  }

  export interface Eddsa {
    prv2pub(key: Uint8Array): Point;
    verifyPoseidon(message: Uint8Array, signature: { readonly R8: Point; readonly S: bigint }, key: Point): boolean;
    signPoseidon(key: Uint8Array, message: Uint8Array): { readonly R8: Point; readonly S: bigint };
  }

  export function buildPoseidonReference(): Promise<Poseidon>;
  export function buildPoseidon(): Promise<Poseidon>;
  export function buildBabyjub(): Promise<BabyJub>;
  export function buildEddsa(): Promise<Eddsa>;
}
