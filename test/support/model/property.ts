import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { expect } from "vitest";

import type { ConstraintSystem } from "../circuits/harness.ts";
import type { Lie } from "../circuits/lenient.ts";
import { inputDigest } from "./digest.ts";
import type { Reason, Verdict } from "./verdict.ts";

interface Claim {
  readonly values: object;
  readonly secrets: object;
}

export interface AgreementParameters<C extends Claim> {
  readonly circuit: ConstraintSystem;
  readonly circuitId: number;
  readonly claims: Arbitrary<C>;
  readonly model: (claim: C) => Verdict;
  readonly runs: number;
  readonly seed: number;
  /** What the prover computes otherwise than the circuit's generator. */
  readonly lies?: readonly Lie[];
}

/** How often a clause failed, and how many claims were true. */
export interface Tally {
  readonly accepted: number;
  readonly reasons: ReadonlyMap<Reason, number>;
}

/**
 * The circuit accepts exactly what the model accepts: for each claim the witness of a prover who asserts nothing satisfies all
 * constraints if the model has no reason against it, and violates one if it has. c and y are the model's either way.
 * fast-check prints the seed and the shrunk claim of a failure.
 */
export async function expectAgreement<C extends Claim>(given: AgreementParameters<C>): Promise<Tally> {
  const { circuit, circuitId, claims, model, runs, seed, lies = [] } = given;
  const reasons = new Map<Reason, number>();
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(claims, async (claim) => {
      const publicSignals = inputDigest(circuitId, claim.values);
      const verdict = model(claim);
      const attempt = await circuit.attempt({ ...claim.values, ...claim.secrets, r: publicSignals[2] }, lies);
      expect({ holds: attempt.violations.length === 0, reasons: verdict }).toEqual({
        holds: verdict.length === 0,
        reasons: verdict,
      });
      // In a template of its own r is no public signal.
      expect(attempt.publicSignals.slice(0, 2)).toEqual(publicSignals.slice(0, 2));
      if (verdict.length === 0) accepted++;
      for (const reason of verdict) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }),
    { numRuns: runs, seed, endOnFailure: false },
  );
  return { accepted, reasons };
}

/** A property that only ever sees true or false claims, or misses a clause, shows nothing. */
export function expectBothSides(
  { accepted, reasons }: Tally,
  runs: number,
  clauses: readonly Reason[],
  least: number,
): void {
  expect(accepted / runs, "share of true claims").toBeGreaterThan(0.35);
  expect(accepted / runs, "share of true claims").toBeLessThan(0.65);
  for (const clause of clauses)
    expect(reasons.get(clause) ?? 0, `claims that fail "${clause}"`).toBeGreaterThanOrEqual(least);
}
