import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CircuitSet } from "../../../circuits/setup/ceremony/circuits.ts";
import { runCircom } from "../../../circuits/setup/circom.ts";

/**
 * Circuits of a few constraints with the three public signals that every verifier has: c fixes the values, y = Σ x_i·r^(2−i). (The real
 * digest's Poseidon would ask for powers of tau four times as large and show nothing more about a ceremony.)
 */
const sources: Readonly<Record<string, string>> = {
  smallone: body("c <== x[0] * x[1] + x[2];"),
  smalltwo: body("signal square <== x[0] * x[0]; c <== square * x[1] + x[2];"),
};

function body(commitment: string): string {
  return `pragma circom 2.2.0;
template Small() {
    signal input x[3];
    signal input r;
    signal output c;
    signal output y;
    ${commitment}
    signal half <== x[0] * r + x[1];
    y <== half * r + x[2];
}
component main { public [r] } = Small();
`;
}

/** What `smallone` says about x = [3, 5, 7], r = 11, by hand: c = 3·5 + 7, y = 3·121 + 5·11 + 7. */
export const smallStatement = { input: { x: ["3", "5", "7"], r: "11" }, signals: [22n, 425n, 11n] };

/**
 * Compiled once, however often a ceremony asks.
 *
 * @param directory below the project root
 */
export function smallCircuits(directory: string): CircuitSet {
  const compiled = new Map(
    Object.entries(sources).map(([name, source]) => {
      const at = join(directory, "compiled", name);
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, `${name}.circom`), source);
      const done = runCircom(join(at, `${name}.circom`), at, [], ["--r1cs", "--wasm", "--sym", "--O2"]);
      return [name, done.then(() => at)];
    }),
  );
  return {
    names: Object.keys(sources),
    compile: async (name, into) => cpSync(await compiled.get(name)!, into, { recursive: true }),
  };
}
