import { inverse, lagrangeAt, q } from "./field.ts";
import type { LinearCombination, R1cs } from "./r1cs.ts";
import type { ToxicWaste } from "./toxic.ts";

/** One non-zero entry of the matrices A (0) and B (1), as the prover needs it to evaluate them on a witness. */
export interface MatrixEntry {
  readonly matrix: 0 | 1;
  readonly row: number;
  readonly wire: number;
  readonly value: bigint;
}

/** The scalars behind every point of a Groth16 key: the circuit's polynomials at τ in Lagrange form. */
export interface KeyScalars {
  /** log2 of the evaluation domain. */
  readonly power: number;
  /** A_s(τ) and B_s(τ) per wire. */
  readonly a: readonly bigint[];
  readonly b: readonly bigint[];
  /** (β·A_s + α·B_s + C_s)(τ), over γ for the constant and public wires, over δ for the others. */
  readonly publicTerms: readonly bigint[];
  readonly privateTerms: readonly bigint[];
  /**
   * The odd Lagrange polynomials of the domain of twice the size, at τ, over δ. The prover evaluates A·B − C on the odd
   * points, where alone it does not vanish, so the sum over these is (A·B − C)(τ)/δ without a division by the vanishing
   * polynomial.
   */
  readonly quotientTerms: readonly bigint[];
  readonly entries: readonly MatrixEntry[];
}

/** Rows a key needs: one per constraint and one per public wire and the constant, which keep A_s(τ) independent there. */
export function domainPower(constraintCount: number, publicCount: number): number {
  return Math.ceil(Math.log2(constraintCount + publicCount + 1));
}

export function keyScalars(r1cs: R1cs, waste: ToxicWaste): KeyScalars {
  const { wireCount, publicCount, constraints } = r1cs;
  const power = domainPower(constraints.length, publicCount);
  const basis = lagrangeAt(waste.tau, power);
  const a = new Array<bigint>(wireCount).fill(0n);
  const b = new Array<bigint>(wireCount).fill(0n);
  const c = new Array<bigint>(wireCount).fill(0n);
  const entries: MatrixEntry[] = [];

  const add = (sums: bigint[], { wires, coefficients }: LinearCombination, row: number, matrix?: 0 | 1): void => {
    wires.forEach((wire, i) => {
      const value = coefficients[i]!;
      sums[wire] = (sums[wire]! + value * basis[row]!) % q;
      if (matrix !== undefined) entries.push({ matrix, row, wire, value });
    });
  };
  constraints.forEach((constraint, row) => {
    add(a, constraint.a, row, 0);
    add(b, constraint.b, row, 1);
    add(c, constraint.c, row);
  });
  for (let wire = 0; wire <= publicCount; wire++) {
    const row = constraints.length + wire;
    a[wire] = (a[wire]! + basis[row]!) % q;
    entries.push({ matrix: 0, row, wire, value: 1n });
  }

  const overGamma = inverse(waste.gamma);
  const overDelta = inverse(waste.delta);
  const term = (wire: number, divisor: bigint): bigint =>
    (((waste.beta * a[wire]! + waste.alpha * b[wire]! + c[wire]!) % q) * divisor) % q;
  const wires = Array.from({ length: wireCount }, (_, wire) => wire);

  return {
    power,
    a,
    b,
    publicTerms: wires.slice(0, publicCount + 1).map((wire) => term(wire, overGamma)),
    privateTerms: wires.slice(publicCount + 1).map((wire) => term(wire, overDelta)),
    quotientTerms: lagrangeAt(waste.tau, power + 1)
      .filter((_, j) => j % 2 === 1)
      .map((value) => (value * overDelta) % q),
    entries,
  };
}
