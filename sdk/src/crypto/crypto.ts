import { HypothecError } from "../errors/base.ts";
import * as babyjub from "./babyjub.ts";
import { signEddsa, verifyEddsa, type EddsaSignature, type SignParameters } from "./eddsa.ts";
import type { Point } from "./babyjub.ts";
import { loadPoseidon, type FieldBuffers, type PoseidonHash } from "./poseidon.ts";

/** The primitives that everything else is built on. Loaded once by {@link initCrypto}. */
export interface Crypto {
  readonly poseidon: PoseidonHash;
  /** Field elements in Montgomery form, for the tree. */
  readonly buffers: FieldBuffers;
  readonly babyjub: typeof babyjub;
  readonly eddsa: {
    sign(parameters: SignParameters): EddsaSignature;
    verify(publicKey: Point, message: bigint, signature: EddsaSignature): boolean;
  };
}

let loading: Promise<Crypto> | undefined;
let loaded: Crypto | undefined;

/**
 * Load Poseidon (WASM) once; later calls return the same object.
 *
 * @example
 * const crypto = await initCrypto();
 * crypto.poseidon([1n, 2n], 0n); // 7853200120776062878684798364095072458815029376092732009249414926327459813530n
 */
export function initCrypto(): Promise<Crypto> {
  loading ??= loadPoseidon().then(
    ({ poseidon, buffers }) => {
      loaded = {
        poseidon,
        buffers,
        babyjub,
        eddsa: {
          sign: (parameters) => signEddsa(poseidon, parameters),
          verify: (publicKey, message, signature) => verifyEddsa(poseidon, publicKey, message, signature),
        },
      };
      return loaded;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/**
 * The loaded primitives, for functions that are not asynchronous.
 *
 * @throws HypothecError `crypto.notLoaded` before {@link initCrypto} has finished.
 */
export function loadedCrypto(): Crypto {
  if (loaded === undefined) {
    throw new HypothecError("The cryptography is not loaded yet", {
      code: "crypto.notLoaded",
      whatToDo: "Call `await initCrypto()` once at the start of the program.",
    });
  }
  return loaded;
}
