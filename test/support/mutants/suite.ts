import type { Inputs } from "../circuits/harness.ts";
import type { Sample } from "../circuits/samples.ts";
import type { Component, Patch } from "./system.ts";

/** A statement about a component, and what the reference says of it. */
export interface Statement {
  readonly says: string;
  readonly inputs: Inputs;
  /** The component's outputs, first ones first; undefined when the statement is false, so that no witness may exist. */
  readonly outputs?: readonly bigint[];
  /** Hints that the prover computes otherwise, in sources of circomlib or ours. */
  readonly lies?: readonly Patch[];
}

/** The attack on one component: the same for all its mutants, and without a finding on the component itself. */
export interface Suite {
  readonly name: string;
  readonly component: Component;
  readonly statements: () => readonly Statement[];
  /** Inputs that the others determine: a second value for the same others is a finding. */
  readonly derived?: readonly string[];
  /** How many statements of each kind, true and false, the search for other witnesses gets. @default 2 */
  readonly searched?: number;
}

export const holds = (says: string, inputs: Inputs, outputs: readonly bigint[] = []): Statement => ({
  says,
  inputs,
  outputs,
});

export const fails = (says: string, inputs: Inputs): Statement => ({ says, inputs });

/** A statement of a whole circuit that is true: its digest is the reference's. */
export const proves = (says: string, { inputs, publicSignals }: Sample): Statement => ({
  says,
  inputs,
  outputs: publicSignals.slice(0, 2),
});

export const lies = (says: string, { inputs }: Sample): Statement => ({ says, inputs });

/** At most `count` elements, from everywhere in the list, its ends included. */
export function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * (list.length - 1)) / (count - 1))]!);
}
