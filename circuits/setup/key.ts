import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { buildBn128 } from "ffjavascript";
import type { Bn128 } from "ffjavascript";

import { createPointFactory } from "./points.ts";
import { keyScalars } from "./qap.ts";
import { readR1cs } from "./r1cs.ts";
import { devInsecureToxicWaste } from "./toxic.ts";
import { keyText, verificationKey } from "./verificationKey.ts";
import { encodeZkey } from "./zkey.ts";
import type { KeyPoints } from "./zkey.ts";

/** Work of a key in units of one point in G1, for the progress bar. */
const g2Cost = 3;

/**
 * Makes a Groth16 key of a compiled circuit from publicly known secrets, directly in Lagrange form: one fixed-base
 * multiplication per point, no powers of tau. INSECURE by construction: for development only.
 *
 * @returns the number of constraints.
 */
export async function makeDevInsecureKey(
  circuit: string,
  paths: { readonly r1cs: string; readonly zkey: string; readonly verificationKey: string },
  progress: { readonly start: (total: number) => void; readonly advance: (amount: number) => void },
): Promise<{ constraints: number }> {
  const r1cs = readR1cs(paths.r1cs);
  const waste = devInsecureToxicWaste(circuit);
  const scalars = keyScalars(r1cs, waste);
  progress.start(scalars.a.length * (3 + g2Cost) + scalars.quotientTerms.length);

  const curve = await loadCurve();
  const factory = createPointFactory(curve);
  try {
    const g1 = (values: readonly bigint[]): Promise<Uint8Array> => factory.multiply("G1", values, progress.advance);
    const g2 = (values: readonly bigint[]): Promise<Uint8Array> =>
      factory.multiply("G2", values, (count) => progress.advance(count * g2Cost));
    const [b2, header2, header1, public1, a1, b1, private1, quotient1] = await Promise.all([
      g2(scalars.b),
      g2([waste.beta, waste.gamma, waste.delta]),
      g1([waste.alpha, waste.beta, waste.delta]),
      g1(scalars.publicTerms),
      g1(scalars.a),
      g1(scalars.b),
      g1(scalars.privateTerms),
      g1(scalars.quotientTerms),
    ]);
    const points: KeyPoints = {
      alpha1: header1.slice(0, 64),
      beta1: header1.slice(64, 128),
      delta1: header1.slice(128, 192),
      beta2: header2.slice(0, 128),
      gamma2: header2.slice(128, 256),
      delta2: header2.slice(256, 384),
      public1,
      a1,
      b1,
      b2,
      private1,
      quotient1,
    };
    const circuitHash = createHash("sha512").update(readFileSync(paths.r1cs)).digest();
    writeFileSync(paths.zkey, encodeZkey(points, scalars, r1cs.publicCount, circuitHash));
    writeFileSync(paths.verificationKey, keyText(verificationKey(curve, points, r1cs.publicCount)));
    return { constraints: r1cs.constraints.length };
  } finally {
    await factory.close();
  }
}

/** The engine. Compiling WebAssembly alone does not keep Node running, so a timer does meanwhile. */
async function loadCurve(): Promise<Bn128> {
  const keepAlive = setInterval(() => undefined, 1000);
  try {
    return await buildBn128(true);
  } finally {
    clearInterval(keepAlive);
  }
}
