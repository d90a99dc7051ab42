import type { ConstraintSystem, Inputs, Signal } from "../circuits/harness.ts";
import { loadCircuit, loadComponent } from "../circuits/harness.ts";

/** A signal that may have several values though the statement holds, and why that is no harm. */
export interface FreeSignal {
  /** Of the signal's name, without "main.". */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** One statement with the values it is about. */
export interface Case {
  readonly label: string;
  readonly inputs: Inputs;
  /** Inputs that nothing determines in this case and the circuit does not bind: given, instead of derived. */
  readonly given?: readonly string[];
}

/**
 * What is claimed of a circuit or template: for the given inputs there is exactly one witness, but for the free signals.
 *
 * Names are without "main.", and a name stands for all elements of an array.
 */
export interface Subject {
  /** A circuit of instances.json, or a template with its parameters. */
  readonly name: string;
  /** The template's file in circuits/templates; none for a circuit. */
  readonly file?: string;
  /** Inputs that the statement determines from the others: roots, nullifiers, commitments, ciphertexts. All other inputs are given. */
  readonly derived: readonly string[];
  /** Intermediate signals that are given too, in the place of an input that simplification has removed. */
  readonly given?: readonly string[];
  readonly free: readonly FreeSignal[];
  /** True statements. */
  readonly accepted: readonly Case[];
  /** False statements: the constraints must refuse what a prover who asserts nothing computes for them. */
  readonly refused: readonly Case[];
}

/** The constraints of a subject. All inputs of a template are public, so that its constraints are those its callers get. */
export async function load({ name, file, accepted }: Subject): Promise<ConstraintSystem> {
  return file === undefined ? loadCircuit(name) : loadComponent(file, name, Object.keys(accepted[0]!.inputs));
}

/** The signals of inputs, by name. */
export function flatten(inputs: Inputs): Map<string, bigint> {
  const flat = new Map<string, bigint>();
  const visit = (name: string, signal: Signal): void => {
    if (typeof signal === "bigint") flat.set(name, signal);
    else signal.forEach((element, i) => visit(`${name}[${i}]`, element));
  };
  for (const [name, signal] of Object.entries(inputs)) visit(name, signal);
  return flat;
}

/** Whether a signal is, or is an element of, one of the names. */
export function isAmong(signal: string, names: readonly string[]): boolean {
  return names.some((name) => signal === name || (signal.startsWith(name) && /^[[.]/.test(signal.slice(name.length))));
}

/** Cases from inputs by their label. */
export function cases(inputs: Readonly<Record<string, Inputs>>): Case[] {
  return Object.entries(inputs).map(([label, given]) => ({ label, inputs: given }));
}

export const inverseOfZero: FreeSignal = {
  pattern: /(^|\.)IsZero_\d+(\[\d+\])?\.inv$/,
  reason: "the inverse of 0 in IsZero: out = 1 − in·inv is 1 whatever it is",
};
