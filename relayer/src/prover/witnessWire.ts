import {
  circuitLayouts,
  digestChallenge,
  digestCommitment,
  digestEvaluation,
  type SignalInput,
  type Witness,
} from "@hypothec/sdk";
import { z } from "zod";

/** Circuits whose witnesses clients may hand over. */
export const clientCircuits = ["transact", "margin", "settle"] as const;

const fieldOrder = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const decimal = z
  .string()
  .regex(/^(0|[1-9]\d{0,76})$/, "decimal digits without leading zeros")
  .meta({ description: "a field element, decimal" });
type Signals = string | Signals[];
/** As circuits nest them: at most three deep, and no larger than any circuit of ours needs. */
const signals: z.ZodType<Signals> = z.union([
  decimal,
  z.array(z.union([decimal, z.array(z.union([decimal, z.array(decimal).max(64)])).max(64)])).max(64),
]);

/** A witness as JSON: the SDK's `Witness` without what follows from its public values. */
export const witnessRequest = z.strictObject({
  circuit: z.enum(clientCircuits),
  inputs: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]{0,39}$/), signals)
    .refine((inputs) => Object.keys(inputs).length <= 64, "at most 64 inputs")
    .describe("inputs of the circuit by name"),
  values: z.array(decimal).max(256).describe("public values in the order of the input digest"),
});
export type WitnessRequest = z.output<typeof witnessRequest>;

/**
 * The witness of a request; undefined when its public values do not fit its circuit. What the inputs say is the circuit's to judge.
 */
export function witnessOf({ circuit, inputs, values: texts }: WitnessRequest): Witness | undefined {
  const values = texts.map(BigInt);
  if (values.length !== circuitLayouts[circuit].count || values.some((value) => value >= fieldOrder)) return undefined;
  const commitment = digestCommitment(circuit, values);
  const challenge = digestChallenge(values, commitment);
  return {
    circuit,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, numbersOf(value)])),
    values,
    commitment,
    challenge,
    evaluation: digestEvaluation(values, challenge),
  };
}

const numbersOf = (value: Signals): SignalInput => (typeof value === "string" ? BigInt(value) : value.map(numbersOf));

/** One text for one request, however its names were ordered. */
export function canonicalText({ circuit, inputs, values }: WitnessRequest): string {
  const sorted = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ circuit, inputs: sorted, values });
}

/** The inverse of {@link canonicalText}. */
export function readCanonicalText(text: string): WitnessRequest {
  const { inputs, ...rest } = JSON.parse(text) as Omit<WitnessRequest, "inputs"> & { inputs: [string, Signals][] };
  return { ...rest, inputs: Object.fromEntries(inputs) };
}
