import { join } from "node:path";

import * as snarkjs from "snarkjs";

/** Local powers of tau 2^`power` with one contribution, prepared for phase 2. What is made of them is a rehearsal. */
export async function makePowersOfTau(directory: string, power: number, entropy: string): Promise<string> {
  const at = (name: string): string => join(directory, `${entropy}-${name}.ptau`);
  // The types leave `curves` out.
  const { curves } = snarkjs as unknown as { curves: { getCurveFromName(name: string): Promise<object> } };
  await snarkjs.powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), power, at("new"));
  await snarkjs.powersOfTau.contribute(at("new"), at("contributed"), "test", entropy);
  await snarkjs.powersOfTau.preparePhase2(at("contributed"), at("final"));
  return at("final");
}
