// Generated from circuits/instances.json by circuits/codegen/generate.ts.

/** A public value of a circuit: `count` values from `index` on, each below 2^bits. */
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

/** The public values of `batch16`. */
export const batch16Layout = {
  name: "batch16",
  circuitId: 1,
  count: 35,
  values: [
    { name: "oldRoot", index: 0, count: 1, isArray: false, bits: 254 },
    { name: "newRoot", index: 1, count: 1, isArray: false, bits: 254 },
    { name: "chunkIndex", index: 2, count: 1, isArray: false, bits: 28 },
    { name: "entryValue", index: 3, count: 16, isArray: true, bits: 254 },
    { name: "entryMeta", index: 19, count: 16, isArray: true, bits: 68 },
  ],
} as const satisfies CircuitLayout;

/** The public values of `batch16` by name. */
export type Batch16PublicValues = {
  readonly oldRoot: bigint; // 254 bits
  readonly newRoot: bigint; // 254 bits
  readonly chunkIndex: bigint; // 28 bits
  readonly entryValue: readonly bigint[]; // 16 of 254 bits
  readonly entryMeta: readonly bigint[]; // 16 of 68 bits
};

/** The private inputs of `batch16`. */
export type Batch16Secrets = {
  readonly sibling: readonly (readonly bigint[])[]; // 14 × 3
};

/**
 * The public values of `batch16` in the order of its input digest.
 *
 * @throws RangeError when a value is wider than its circuit takes, or an array has another length.
 */
export function flattenBatch16(values: Batch16PublicValues): bigint[] {
  return flatten(batch16Layout, values);
}

/** The public values of `batch64`. */
export const batch64Layout = {
  name: "batch64",
  circuitId: 2,
  count: 131,
  values: [
    { name: "oldRoot", index: 0, count: 1, isArray: false, bits: 254 },
    { name: "newRoot", index: 1, count: 1, isArray: false, bits: 254 },
    { name: "chunkIndex", index: 2, count: 1, isArray: false, bits: 28 },
    { name: "entryValue", index: 3, count: 64, isArray: true, bits: 254 },
    { name: "entryMeta", index: 67, count: 64, isArray: true, bits: 68 },
  ],
} as const satisfies CircuitLayout;

/** The public values of `batch64` by name. */
export type Batch64PublicValues = {
  readonly oldRoot: bigint; // 254 bits
  readonly newRoot: bigint; // 254 bits
  readonly chunkIndex: bigint; // 28 bits
  readonly entryValue: readonly bigint[]; // 64 of 254 bits
  readonly entryMeta: readonly bigint[]; // 64 of 68 bits
};

/** The private inputs of `batch64`. */
export type Batch64Secrets = {
  readonly sibling: readonly (readonly bigint[])[]; // 13 × 3
};

/**
 * The public values of `batch64` in the order of its input digest.
 *
 * @throws RangeError when a value is wider than its circuit takes, or an array has another length.
 */
export function flattenBatch64(values: Batch64PublicValues): bigint[] {
  return flatten(batch64Layout, values);
}

/** The public values of `transact`. */
export const transactLayout = {
  name: "transact",
  circuitId: 3,
  count: 8,
  values: [
    { name: "root", index: 0, count: 1, isArray: false, bits: 254 },
    { name: "nullifier", index: 1, count: 2, isArray: true, bits: 254 },
    { name: "outCommitment", index: 3, count: 2, isArray: true, bits: 254 },
    { name: "withdrawLo", index: 5, count: 1, isArray: false, bits: 252 },
    { name: "withdrawHi", index: 6, count: 1, isArray: false, bits: 252 },
    { name: "ext", index: 7, count: 1, isArray: false, bits: 248 },
  ],
} as const satisfies CircuitLayout;

/** The public values of `transact` by name. */
export type TransactPublicValues = {
  readonly root: bigint; // 254 bits
  readonly nullifier: readonly bigint[]; // 2 of 254 bits
  readonly outCommitment: readonly bigint[]; // 2 of 254 bits
  readonly withdrawLo: bigint; // 252 bits
  readonly withdrawHi: bigint; // 252 bits
  readonly ext: bigint; // 248 bits
};

/** The private inputs of `transact`. */
export type TransactSecrets = {
  readonly spendingKeyX: bigint;
  readonly spendingKeyY: bigint;
  readonly inNullifyingKey: readonly bigint[]; // 2
  readonly inBlinding: readonly bigint[]; // 2
  readonly inAmount: readonly (readonly bigint[])[]; // 2 × 8
  readonly inLeafIndex: readonly bigint[]; // 2
  readonly inSibling: readonly (readonly (readonly bigint[])[])[]; // 2 × 16 × 3
  readonly outPre: readonly bigint[]; // 2
  readonly outAmount: readonly (readonly bigint[])[]; // 2 × 8
  readonly outDomain: readonly bigint[]; // 2
  readonly outController: readonly bigint[]; // 2
  readonly withdrawAmount: readonly bigint[]; // 8
  readonly signatureR8x: bigint;
  readonly signatureR8y: bigint;
  readonly signatureS: bigint;
};

/**
 * The public values of `transact` in the order of its input digest.
 *
 * @throws RangeError when a value is wider than its circuit takes, or an array has another length.
 */
export function flattenTransact(values: TransactPublicValues): bigint[] {
  return flatten(transactLayout, values);
}

/** The public values of `margin`. */
export const marginLayout = {
  name: "margin",
  circuitId: 4,
  count: 28,
  values: [
    { name: "root", index: 0, count: 1, isArray: false, bits: 254 },
    { name: "lockNullifier", index: 1, count: 1, isArray: false, bits: 254 },
    { name: "domain", index: 2, count: 1, isArray: false, bits: 248 },
    { name: "controller", index: 3, count: 1, isArray: false, bits: 160 },
    { name: "coverage", index: 4, count: 1, isArray: false, bits: 64 },
    { name: "floorX64", index: 5, count: 8, isArray: true, bits: 96 },
    { name: "haircutsPacked", index: 13, count: 1, isArray: false, bits: 128 },
    { name: "riskPacked", index: 14, count: 4, isArray: true, bits: 252 },
    { name: "trusteeX", index: 18, count: 1, isArray: false, bits: 254 },
    { name: "trusteeY", index: 19, count: 1, isArray: false, bits: 254 },
    { name: "ephemeralX", index: 20, count: 1, isArray: false, bits: 254 },
    { name: "ephemeralY", index: 21, count: 1, isArray: false, bits: 254 },
    { name: "sealed", index: 22, count: 5, isArray: true, bits: 254 },
    { name: "ext", index: 27, count: 1, isArray: false, bits: 248 },
  ],
} as const satisfies CircuitLayout;

/** The public values of `margin` by name. */
export type MarginPublicValues = {
  readonly root: bigint; // 254 bits
  readonly lockNullifier: bigint; // 254 bits
  readonly domain: bigint; // 248 bits
  readonly controller: bigint; // 160 bits
  readonly coverage: bigint; // 64 bits
  readonly floorX64: readonly bigint[]; // 8 of 96 bits
  readonly haircutsPacked: bigint; // 128 bits
  readonly riskPacked: readonly bigint[]; // 4 of 252 bits
  readonly trusteeX: bigint; // 254 bits
  readonly trusteeY: bigint; // 254 bits
  readonly ephemeralX: bigint; // 254 bits
  readonly ephemeralY: bigint; // 254 bits
  readonly sealed: readonly bigint[]; // 5 of 254 bits
  readonly ext: bigint; // 248 bits
};

/** The private inputs of `margin`. */
export type MarginSecrets = {
  readonly amount: readonly bigint[]; // 8
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly leafIndex: bigint;
  readonly sibling: readonly (readonly bigint[])[]; // 16 × 3
  readonly ephemeralSecret: bigint;
};

/**
 * The public values of `margin` in the order of its input digest.
 *
 * @throws RangeError when a value is wider than its circuit takes, or an array has another length.
 */
export function flattenMargin(values: MarginPublicValues): bigint[] {
  return flatten(marginLayout, values);
}

/** The public values of `settle`. */
export const settleLayout = {
  name: "settle",
  circuitId: 5,
  count: 25,
  values: [
    { name: "root", index: 0, count: 1, isArray: false, bits: 254 },
    { name: "lockNullifier", index: 1, count: 1, isArray: false, bits: 254 },
    { name: "domain", index: 2, count: 1, isArray: false, bits: 248 },
    { name: "claim", index: 3, count: 1, isArray: false, bits: 64 },
    { name: "seizurePriceX64", index: 4, count: 8, isArray: true, bits: 96 },
    { name: "isPublic", index: 12, count: 1, isArray: false, bits: 1 },
    { name: "buyerOwner", index: 13, count: 1, isArray: false, bits: 254 },
    { name: "buyerKeyX", index: 14, count: 1, isArray: false, bits: 254 },
    { name: "buyerKeyY", index: 15, count: 1, isArray: false, bits: 254 },
    { name: "payoutLo", index: 16, count: 1, isArray: false, bits: 252 },
    { name: "payoutHi", index: 17, count: 1, isArray: false, bits: 252 },
    { name: "buyerCommitment", index: 18, count: 1, isArray: false, bits: 254 },
    { name: "restCommitment", index: 19, count: 1, isArray: false, bits: 254 },
    { name: "ephemeralX", index: 20, count: 1, isArray: false, bits: 254 },
    { name: "ephemeralY", index: 21, count: 1, isArray: false, bits: 254 },
    { name: "sealed", index: 22, count: 3, isArray: true, bits: 254 },
  ],
} as const satisfies CircuitLayout;

/** The public values of `settle` by name. */
export type SettlePublicValues = {
  readonly root: bigint; // 254 bits
  readonly lockNullifier: bigint; // 254 bits
  readonly domain: bigint; // 248 bits
  readonly claim: bigint; // 64 bits
  readonly seizurePriceX64: readonly bigint[]; // 8 of 96 bits
  readonly isPublic: bigint; // 1 bits
  readonly buyerOwner: bigint; // 254 bits
  readonly buyerKeyX: bigint; // 254 bits
  readonly buyerKeyY: bigint; // 254 bits
  readonly payoutLo: bigint; // 252 bits
  readonly payoutHi: bigint; // 252 bits
  readonly buyerCommitment: bigint; // 254 bits
  readonly restCommitment: bigint; // 254 bits
  readonly ephemeralX: bigint; // 254 bits
  readonly ephemeralY: bigint; // 254 bits
  readonly sealed: readonly bigint[]; // 3 of 254 bits
};

/** The private inputs of `settle`. */
export type SettleSecrets = {
  readonly amount: readonly bigint[]; // 8
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly controller: bigint;
  readonly leafIndex: bigint;
  readonly sibling: readonly (readonly bigint[])[]; // 16 × 3
};

/**
 * The public values of `settle` in the order of its input digest.
 *
 * @throws RangeError when a value is wider than its circuit takes, or an array has another length.
 */
export function flattenSettle(values: SettlePublicValues): bigint[] {
  return flatten(settleLayout, values);
}

/** The layout of every circuit by name. */
export const circuitLayouts = {
  batch16: batch16Layout,
  batch64: batch64Layout,
  transact: transactLayout,
  margin: marginLayout,
  settle: settleLayout,
} as const;

/** The name of a circuit. */
export type CircuitName = keyof typeof circuitLayouts;

/** The public values of each circuit. */
export interface PublicValuesOf {
  batch16: Batch16PublicValues;
  batch64: Batch64PublicValues;
  transact: TransactPublicValues;
  margin: MarginPublicValues;
  settle: SettlePublicValues;
}

/** The private inputs of each circuit. */
export interface SecretsOf {
  batch16: Batch16Secrets;
  batch64: Batch64Secrets;
  transact: TransactSecrets;
  margin: MarginSecrets;
  settle: SettleSecrets;
}

const fieldOrder = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

function flatten(layout: CircuitLayout, values: Readonly<Record<string, bigint | readonly bigint[]>>): bigint[] {
  const flat: bigint[] = [];
  for (const { name, count, isArray, bits } of layout.values) {
    const given = values[name];
    const list = isArray && Array.isArray(given) ? (given as readonly bigint[]) : [given as bigint];
    if (list.length !== count) {
      throw new RangeError(`${layout.name}.${name} has ${list.length} values, expected ${count}`);
    }
    list.forEach((value, i) => {
      const label = isArray ? `${layout.name}.${name}[${i}]` : `${layout.name}.${name}`;
      if (typeof value !== "bigint") throw new TypeError(`${label} is a ${typeof value}, expected a bigint`);
      if (value < 0n || value >= fieldOrder || value >> BigInt(bits) !== 0n) {
        throw new RangeError(`${label} is ${value}, expected 0 or more, below 2^${bits} and below the field order`);
      }
      flat.push(value);
    });
  }
  return flat;
}
