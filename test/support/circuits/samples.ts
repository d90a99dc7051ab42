import { chain, digest, multiply, base8, poseidon, seal, sign, spendingKey, tag } from "../reference/crypto.ts";
import type { JubPoint, SpendingKey } from "../reference/crypto.ts";
import { createRandom } from "../reference/field.ts";
import * as notes from "../reference/notes.ts";
import type { Note } from "../reference/notes.ts";
import { packHaircuts, packRisk } from "../reference/risk.ts";
import { settle } from "../reference/settlement.ts";
import type { Order } from "../reference/settlement.ts";
import { createTree, levels } from "../reference/tree.ts";
import type { Path } from "../reference/tree.ts";
import type { Inputs, Signal } from "./harness.ts";

/** Inputs of a circuit and the public signals the reference expects of them. */
export interface Sample {
  readonly inputs: Inputs;
  readonly publicSignals: readonly bigint[];
}

/** Adds r, and computes the expected c and y, from the public values in the order of docs/encodings.md. */
export function complete(circuitId: number, values: Inputs, secrets: Inputs, payee?: bigint): Sample {
  const { c, y, r } = digest(circuitId, Object.values(values).flatMap(flat), payee);
  return { inputs: { ...values, ...secrets, r }, publicSignals: [c, y, r] };
}

/** The same sample with some inputs replaced and the digest made anew: a prover who lies consistently. */
export function replace(circuitId: number, sample: Sample, names: readonly string[], change: Inputs): Sample {
  const entries = Object.entries({ ...sample.inputs, ...change }).filter(([name]) => name !== "r");
  const pick = (isPublic: boolean): Inputs =>
    Object.fromEntries(entries.filter(([name]) => names.includes(name) === isPublic));
  return complete(circuitId, pick(true), pick(false));
}

function flat(signal: Signal): bigint[] {
  return typeof signal === "bigint" ? [signal] : signal.flatMap(flat);
}

const maximumAmount = 2n ** 63n - 1n;
export const none: readonly bigint[] = notes.single(0, 0n);
const noPath = (depth: number): Path => Array.from({ length: depth }, () => [0n, 0n, 0n]);
export const domain = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdn;
export const controller = 0xabcdefabcdefabcdefabcdefabcdefabcdefabcdn;

// ---- batch16, batch64

export interface Entry {
  readonly value: bigint;
  readonly meta: bigint;
}

export const emptyEntry: Entry = { value: 0n, meta: 0n };

export const batchId = 1;
export const batch64Id = 2;
export const batchPublic = ["oldRoot", "newRoot", "chunkIndex", "entryValue", "entryMeta"];

/** The leaf of an entry, by its kind. */
export function leafOf({ value, meta }: Entry): bigint {
  const kind = meta >> 66n;
  if (kind === 2n) return value;
  if (kind === 0n) return 0n;
  const [lo, hi] = notes.packAmounts(notes.single(Number((meta >> 63n) & 7n), meta & maximumAmount));
  return notes.commit(value, lo, hi, 0n, 0n);
}

/**
 * @param entries From the first chunk's first on; what is missing is empty.
 * @param chunks 1 for batch16, 4 for batch64.
 */
export function batchSample(
  entries: readonly Entry[],
  chunkIndex: number,
  before: ReadonlyMap<number, bigint> = new Map(),
  chunks: 1 | 4 = 1,
  depth = levels,
  batcher?: bigint,
): Sample {
  const padded = Array.from({ length: 16 * chunks }, (_, i) => entries[i] ?? emptyEntry);
  const old = createTree(before, depth);
  const after = new Map(before);
  padded.forEach((entry, i) => {
    if (leafOf(entry) !== 0n) after.set(16 * chunkIndex + i, leafOf(entry));
  });
  // Above the chunks old and new siblings agree; the chunks themselves are not among them.
  const path = createTree(after, depth).path(16 * chunkIndex, chunks === 1 ? 2 : 3);
  return complete(
    chunks === 1 ? batchId : batch64Id,
    {
      oldRoot: old.root,
      newRoot: createTree(after, depth).root,
      chunkIndex: BigInt(chunkIndex),
      entryValue: padded.map((entry) => entry.value),
      entryMeta: padded.map((entry) => entry.meta),
    },
    { sibling: path },
    batcher,
  );
}

// ---- transact

export const transactId = 3;

export interface TransactInput {
  readonly nullifyingKey: bigint;
  readonly blinding: bigint;
  readonly amount: readonly bigint[];
  /** undefined: a dummy that is not in the tree. */
  readonly leafIndex?: number;
}

export interface TransactOutput {
  readonly pre: bigint;
  readonly amount: readonly bigint[];
  readonly domain: bigint;
  readonly controller: bigint;
}

export interface TransactCase {
  readonly key: SpendingKey;
  readonly inputs: readonly [TransactInput, TransactInput];
  readonly outputs: readonly [TransactOutput, TransactOutput];
  readonly withdraw: readonly bigint[];
  readonly ext: bigint;
  /** Signs this instead of c. */
  readonly message?: bigint;
  /** Signs with this key instead. */
  readonly signer?: SpendingKey;
  /** What else is in the tree. */
  readonly leaves?: ReadonlyMap<number, bigint>;
}

/** `values` replaces public values before the signature, `secrets` private inputs after it. */
export function transactSample(
  given: TransactCase,
  replaced: { values?: Inputs; secrets?: Inputs } = {},
  depth = levels,
): Sample {
  const { key, inputs, outputs, withdraw, ext } = given;
  const commitments = inputs.map(({ nullifyingKey, blinding, amount }) =>
    notes.commitment({ owner: notes.owner(key.point, nullifyingKey), blinding, amount, domain: 0n, controller: 0n }),
  );
  const own = inputs.flatMap(({ leafIndex }, k) =>
    leafIndex === undefined ? [] : [[leafIndex, commitments[k]!] as const],
  );
  const tree = createTree(new Map([...(given.leaves ?? []), ...own]), depth);
  const [withdrawLo, withdrawHi] = notes.packAmounts(withdraw);
  const values = {
    root: tree.root,
    nullifier: inputs.map(({ nullifyingKey, leafIndex = 0 }, k) =>
      notes.spendNullifier(nullifyingKey, commitments[k]!, BigInt(leafIndex)),
    ),
    outCommitment: outputs.map((out) =>
      notes.commit(out.pre, ...notes.packAmounts(out.amount), out.domain, out.controller),
    ),
    withdrawLo,
    withdrawHi,
    ext,
    ...replaced.values,
  };
  const c = chain(transactId, Object.values(values).flatMap(flat));
  const { r8, s } = sign(given.signer ?? key, given.message ?? c);
  return complete(transactId, values, {
    spendingKeyX: key.point.x,
    spendingKeyY: key.point.y,
    inNullifyingKey: inputs.map((input) => input.nullifyingKey),
    inBlinding: inputs.map((input) => input.blinding),
    inAmount: inputs.map((input) => input.amount),
    inLeafIndex: inputs.map((input) => BigInt(input.leafIndex ?? 0)),
    inSibling: inputs.map((input) => (input.leafIndex === undefined ? noPath(depth) : tree.path(input.leafIndex))),
    outPre: outputs.map((out) => out.pre),
    outAmount: outputs.map((out) => out.amount),
    outDomain: outputs.map((out) => out.domain),
    outController: outputs.map((out) => out.controller),
    withdrawAmount: withdraw,
    signatureR8x: r8.x,
    signatureR8y: r8.y,
    signatureS: s,
    ...replaced.secrets,
  });
}

/** Two real notes; one output stays free, the other is a lock; something is withdrawn. */
export function transactCase(change: Partial<TransactCase> = {}): TransactCase {
  return {
    key: spendingKey(7),
    inputs: [
      { nullifyingKey: 111n, blinding: 222n, amount: [100n, 0n, 5n, 0n, 0n, 0n, 0n, 9n], leafIndex: 5 },
      { nullifyingKey: 333n, blinding: 444n, amount: [50n, 7n, 0n, 0n, 0n, 0n, 0n, 1n], leafIndex: 2 ** 32 - 1 },
    ],
    outputs: [
      { pre: 555n, amount: [120n, 7n, 0n, 0n, 0n, 0n, 0n, 0n], domain: 0n, controller: 0n },
      { pre: 666n, amount: [20n, 0n, 5n, 0n, 0n, 0n, 0n, 10n], domain, controller },
    ],
    withdraw: [10n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
    ext: 777n,
    ...change,
  };
}

// ---- margin and settle

const random = createRandom(20210519);
export const lock: Note & { readonly leafIndex: number } = {
  owner: random(253),
  blinding: random(253),
  amount: [5_000_000_000n, 3_141_592_653n, 0n, 1n, 250_000_000n, 0n, 77_777_777n, 123_456_789n],
  domain,
  controller,
  leafIndex: 1_234_567,
};
/** Micro-USD of one unit of the eighth decimal, X64: 2,700 USD, 40,000 USD, … */
export const prices = [2_700n, 40_000n, 310n, 1n, 25n, 17n, 1n, 0n].map(
  (usd) => (usd * 1_000_000n * 2n ** 64n) / 100_000_000n,
);
export const haircut = [8_500n, 9_000n, 7_000n, 9_900n, 6_000n, 5_000n, 9_900n, 0n];
/** Q = 10^8·z²·σ_i·σ_j·ρ_ij, in whole numbers, for z·σ = 10 % and ρ = 0.5. */
export const matrix = Array.from({ length: 8 }, (_, i) =>
  Array.from({ length: 8 }, (_, j) => (i === j ? 1_000_000n : 500_000n)),
);

export const marginId = 4;
export const marginPublic = [
  "root lockNullifier domain controller coverage floorX64 haircutsPacked riskPacked trusteeX trusteeY",
  "ephemeralX ephemeralY sealed ext",
].flatMap((line) => line.split(" "));

export interface MarginCase {
  readonly note: Note & { readonly leafIndex: number };
  readonly coverage: bigint;
  readonly floorX64: readonly bigint[];
  readonly haircutsPacked: bigint;
  readonly riskPacked: readonly bigint[];
  readonly trustee: JubPoint;
  readonly ephemeralSecret: bigint;
  readonly ext: bigint;
}

export const trusteeSecret = 987_654_321n;

export function marginCase(change: Partial<MarginCase> = {}): MarginCase {
  return {
    note: lock,
    coverage: 99_000_000_000n,
    floorX64: prices,
    haircutsPacked: packHaircuts(haircut),
    riskPacked: packRisk(matrix),
    trustee: multiply(base8, trusteeSecret),
    ephemeralSecret: createRandom(1)(250),
    ext: createRandom(2)(248),
    ...change,
  };
}

export function marginSample(given: MarginCase, depth = levels): Sample {
  const { note } = given;
  const leafIndex = BigInt(note.leafIndex);
  const tree = createTree(new Map([[note.leafIndex, notes.commitment(note)]]), depth);
  const lockNullifier = notes.lockNullifier(note.blinding, leafIndex);
  const [lo, hi] = notes.packAmounts(note.amount);
  const opening = seal(given.ephemeralSecret, given.trustee, lockNullifier, [
    lo,
    hi,
    note.blinding,
    note.owner,
    leafIndex,
  ]);
  return complete(
    marginId,
    {
      root: tree.root,
      lockNullifier,
      domain: note.domain,
      controller: note.controller,
      coverage: given.coverage,
      floorX64: given.floorX64,
      haircutsPacked: given.haircutsPacked,
      riskPacked: given.riskPacked,
      trusteeX: given.trustee.x,
      trusteeY: given.trustee.y,
      ephemeralX: opening.ephemeral.x,
      ephemeralY: opening.ephemeral.y,
      sealed: opening.sealed,
      ext: given.ext,
    },
    {
      amount: note.amount,
      owner: note.owner,
      blinding: note.blinding,
      leafIndex,
      sibling: tree.path(note.leafIndex),
      ephemeralSecret: given.ephemeralSecret,
    },
  );
}

export const settleId = 5;
export const settlePublic = [
  "root lockNullifier domain claim seizurePriceX64 isPublic buyerOwner buyerKeyX buyerKeyY payoutLo payoutHi",
  "buyerCommitment restCommitment ephemeralX ephemeralY sealed",
].flatMap((line) => line.split(" "));

export const buyerSecret = 555_555_555n;

export function orderOf(change: Partial<Order> = {}): Order {
  return {
    claim: 50_000_000_000n,
    seizurePriceX64: prices,
    isPublic: false,
    buyerOwner: poseidon(tag.owner, 1n, 2n, 3n),
    buyerKey: multiply(base8, buyerSecret),
    ...change,
  };
}

/** @param leaves What else is in the tree. */
export function settleSample(
  order: Order,
  note: Note & { readonly leafIndex: number } = lock,
  leaves: ReadonlyMap<number, bigint> = new Map(),
  depth = levels,
): Sample {
  const leafIndex = BigInt(note.leafIndex);
  const tree = createTree(new Map([...leaves, [note.leafIndex, notes.commitment(note)]]), depth);
  const lockNullifier = notes.lockNullifier(note.blinding, leafIndex);
  const out = settle(note, lockNullifier, order);
  return complete(
    settleId,
    {
      root: tree.root,
      lockNullifier,
      domain: note.domain,
      claim: order.claim,
      seizurePriceX64: order.seizurePriceX64,
      isPublic: order.isPublic ? 1n : 0n,
      buyerOwner: order.buyerOwner,
      buyerKeyX: order.buyerKey.x,
      buyerKeyY: order.buyerKey.y,
      payoutLo: out.payoutLo,
      payoutHi: out.payoutHi,
      buyerCommitment: out.buyerCommitment,
      restCommitment: out.restCommitment,
      ephemeralX: out.ephemeral.x,
      ephemeralY: out.ephemeral.y,
      sealed: out.sealed,
    },
    {
      amount: note.amount,
      owner: note.owner,
      blinding: note.blinding,
      controller: note.controller,
      leafIndex,
      sibling: tree.path(note.leafIndex),
    },
  );
}
