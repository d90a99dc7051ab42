/** The parts of ffjavascript that the set-up uses. */
declare module "ffjavascript" {
  /** The BN254 engine; points are bytes, coordinates in Montgomery form. */
  export interface Bn128 {
    readonly tm: {
      /** The engine's WebAssembly module; it imports its memory as env.memory. */
      readonly code: Uint8Array;
    };
    readonly G1: Group;
    readonly G2: Group;
    terminate(): Promise<void>;
  }

  export interface Group {
    /** The generator with Jacobian coordinates. */
    readonly g: Uint8Array;
    toObject(point: Uint8Array): unknown[];
    fromRprLEM(bytes: Uint8Array, offset: number): Uint8Array;
  }

  export function buildBn128(singleThread: boolean): Promise<Bn128>;
}
