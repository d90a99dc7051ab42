import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One public value, or `count` of them in a row, each below 2^bits (254: below q, which the digest checks). */
export interface PublicValue {
  readonly name: string;
  readonly bits: number;
  readonly count?: number;
}

/** One private input of a circuit; `dims` are the sizes of an array. */
export interface SecretInput {
  readonly name: string;
  readonly dims?: readonly number[];
}

/** A compiled circuit: which template, with which parameters, and its public values in order. */
export interface Instance {
  readonly circuitId: number;
  readonly file: string;
  readonly template: string;
  readonly params: readonly number[];
  /** Most constraints (after circom's O2) this circuit may have. */
  readonly budget: number;
  readonly values: readonly PublicValue[];
  readonly secrets: readonly SecretInput[];
}

/** A public value with the index of its first element in the digest. */
export interface PlacedValue {
  readonly name: string;
  readonly bits: number;
  readonly count: number;
  readonly isArray: boolean;
  readonly index: number;
}

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Reads `circuits/instances.json`, the single source of what the circuits expose, and checks its shape. */
export function readInstances(): Map<string, Instance> {
  const source = new URL("../instances.json", import.meta.url);
  const parsed = JSON.parse(readFileSync(source, "utf8")) as Record<string, Instance>;
  const instances = new Map(Object.entries(parsed));
  const ids = new Set<number>();
  for (const [name, instance] of instances) {
    if (!/^[a-z][a-z0-9]*$/.test(name)) {
      throw new Error(`circuits/instances.json: "${name}" is not a circuit name; use lower-case letters and digits`);
    }
    if (ids.has(instance.circuitId)) {
      throw new Error(
        `circuits/instances.json: circuitId ${instance.circuitId} of "${name}" is taken; every circuit needs its own`,
      );
    }
    ids.add(instance.circuitId);
    for (const value of instance.values) {
      if (!Number.isInteger(value.bits) || value.bits < 1 || value.bits > 254) {
        throw new Error(`circuits/instances.json: ${name}.${value.name} has ${value.bits} bits, expected 1 to 254`);
      }
    }
  }
  return instances;
}

/** The public values of an instance with their indices. */
export function placeValues(instance: Instance): PlacedValue[] {
  let index = 0;
  return instance.values.map((value) => {
    const count = value.count ?? 1;
    const placed = { name: value.name, bits: value.bits, count, isArray: value.count !== undefined, index };
    index += count;
    return placed;
  });
}

/** How many digested public values an instance has. */
export function valueCount(instance: Instance): number {
  return instance.values.reduce((sum, value) => sum + (value.count ?? 1), 0);
}

/** `batch16` → `Batch16`. */
export function pascal(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

/** `floorX64` → `FLOOR_X64`. */
export function constantCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}
