import { pascal, placeValues, valueCount } from "./instances.ts";
import type { Instance, PlacedValue, SecretInput } from "./instances.ts";

/** `sdk/src/proofs/generated/publicValues.ts`: names, indices, widths, input types and flatten functions. */
export function publicValuesTypeScript(instances: Map<string, Instance>): string {
  const names = [...instances.keys()];
  return `// Generated from circuits/instances.json by circuits/codegen/generate.ts.

/** A public value of a circuit: \`count\` values from \`index\` on, each below 2^bits. */
export interface PublicValueLayout {
  readonly name: string;
  readonly index: number;
  readonly count: number;
  readonly isArray: boolean;
  readonly bits: number;
}

/** What the input digest of a circuit covers, in order. */
export interface CircuitLayout {
  readonly name: string;
  readonly circuitId: number;
  readonly count: number;
  readonly values: readonly PublicValueLayout[];
}

${[...instances].map(([name, instance]) => circuit(name, instance)).join("\n")}
/** The layout of every circuit by name. */
export const circuitLayouts = {
${names.map((name) => `  ${name}: ${name}Layout,`).join("\n")}
} as const;

/** The name of a circuit. */
export type CircuitName = keyof typeof circuitLayouts;

/** The public values of each circuit. */
export interface PublicValuesOf {
${names.map((name) => `  ${name}: ${pascal(name)}PublicValues;`).join("\n")}
}

/** The private inputs of each circuit. */
export interface SecretsOf {
${names.map((name) => `  ${name}: ${pascal(name)}Secrets;`).join("\n")}
}

const fieldOrder = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

function flatten(layout: CircuitLayout, values: Readonly<Record<string, bigint | readonly bigint[]>>): bigint[] {
  const flat: bigint[] = [];
  for (const { name, count, isArray, bits } of layout.values) {
    const given = values[name];
    const list = isArray && Array.isArray(given) ? (given as readonly bigint[]) : [given as bigint];
    if (list.length !== count) {
      throw new RangeError(\`\${layout.name}.\${name} has \${list.length} values, expected \${count}\`);
    }
    list.forEach((value, i) => {
      const label = isArray ? \`\${layout.name}.\${name}[\${i}]\` : \`\${layout.name}.\${name}\`;
      if (typeof value !== "bigint") throw new TypeError(\`\${label} is a \${typeof value}, expected a bigint\`);
      if (value < 0n || value >= fieldOrder || value >> BigInt(bits) !== 0n) {
        throw new RangeError(\`\${label} is \${value}, expected 0 or more, below 2^\${bits} and below the field order\`);
      }
      flat.push(value);
    });
  }
  return flat;
}
`;
}

function circuit(name: string, instance: Instance): string {
  const values = placeValues(instance);
  return `/** The public values of \`${name}\`. */
export const ${name}Layout = {
  name: ${JSON.stringify(name)},
  circuitId: ${instance.circuitId},
  count: ${valueCount(instance)},
  values: [
${values.map(layoutLine).join("\n")}
  ],
} as const satisfies CircuitLayout;

/** The public values of \`${name}\` by name. */
export type ${pascal(name)}PublicValues = {
${values.map((v) => `  readonly ${v.name}: ${v.isArray ? "readonly bigint[]" : "bigint"}; // ${v.isArray ? `${v.count} of ` : ""}${v.bits} bits`).join("\n")}
};

/** The private inputs of \`${name}\`. */
export type ${pascal(name)}Secrets = {
${instance.secrets.map(secretLine).join("\n")}
};

/**
 * The public values of \`${name}\` in the order of its input digest.
 *
 * @throws RangeError when a value is wider than its circuit takes, or an array has another length.
 */
export function flatten${pascal(name)}(values: ${pascal(name)}PublicValues): bigint[] {
  return flatten(${name}Layout, values);
}
`;
}

function layoutLine(value: PlacedValue): string {
  const { name, index, count, isArray, bits } = value;
  return `    { name: ${JSON.stringify(name)}, index: ${index}, count: ${count}, isArray: ${isArray}, bits: ${bits} },`;
}

function secretLine({ name, dims = [] }: SecretInput): string {
  const type = dims.reduceRight((inner) => `readonly ${inner.includes(" ") ? `(${inner})` : inner}[]`, "bigint");
  return `  readonly ${name}: ${type};${dims.length > 0 ? ` // ${dims.join(" × ")}` : ""}`;
}

/** `sdk/src/crypto/generated/tags.ts`. */
export function tagsTypeScript(tags: Map<string, bigint>): string {
  const lines = [...tags].map(([name, value]) => `export const ${name} = ${value}n;`);
  return `// Generated from circuits/tags.json by circuits/codegen/generate.ts. The Poseidon initial state of each use.

${lines.join("\n")}
`;
}
