import type { Instance } from "../codegen/instances.ts";

/** A template with its parameters, as in circom: "Range(64)". */
export type Call = string;

/** How often a template uses another one directly. */
export interface Uses {
  readonly uses: number;
  /** Of these, how many see only constants: the compiler computes them, and they cost nothing. */
  readonly folded?: number;
}

export type Parts = Readonly<Record<Call, number | Uses>>;

/** circomlib's templates that are worth a line of their own, and the file of each. */
export const libraryFiles: Readonly<Record<string, string>> = {
  EscalarMulAny: "circomlib/circuits/escalarmulany.circom",
  EscalarMulFix: "circomlib/circuits/escalarmulfix.circom",
  Poseidon: "circomlib/circuits/poseidon.circom",
};

/** `Base8` in a call: the generator of the prime-order subgroup of BabyJubJub. */
export const base8 =
  "[5299619240641551281634865583518297030282874472190772894086521144482721001553, " +
  "16950150798460657717958625567821834550301663161624707787222815936182638968203]";

const nothing = (): Parts => ({});
// A hash costs the same under every tag.
const hash = (inputs: number, uses = 1): Parts => ({ [`TaggedHash(${inputs}, TAG_TREE())`]: uses });

/**
 * The templates of circuits/templates and the parts of each, by its parameters: those of our own templates that it uses
 * directly, and the library's above. A test compares them with the components that the compiler sees.
 */
export const partsOf: Readonly<Record<string, (...parameters: number[]) => Parts>> = {
  TaggedHash: nothing,
  TaggedStream: nothing,
  Range: nothing,
  CanonicalBits: () => ({ "Range(126)": 1 }),
  NonZero: nothing,
  PackCheckedAmounts: nothing,
  PackedAmounts: () => ({ "Range(63)": 8, "PackCheckedAmounts()": 1 }),
  Lanes: nothing,
  MulShift64: (quotientBits) => ({ "Range(64)": 1, ...one(`Range(${quotientBits})`, quotientBits === 64 ? 2 : 1) }),

  Owner: () => hash(3),
  Precommitment: () => hash(2),
  NoteCommitment: () => hash(5),
  SpendNullifier: () => hash(3),
  LockNullifier: () => hash(2),

  TreeNode: () => hash(4),
  SubtreeRoot: (depth) => ({ "TreeNode()": (4 ** depth - 1) / 3 }),
  PlaceChild: nothing,
  Climb: (levels) => ({ "PlaceChild()": levels, "TreeNode()": levels }),
  PathRoot: (levels) => one(`Climb(${levels})`),

  InputDigest: (_, m) => hash(16, Math.ceil(m / 15)),

  Seal: (bits, n) => ({
    [`EscalarMulFix(${bits}, Base8)`]: 1,
    [`EscalarMulAny(${bits})`]: 1,
    [`TaggedStream(5, ${n}, TAG_SEAL())`]: 1,
  }),

  DoubleAndAdd: nothing,
  MulByHash: () => ({ "DoubleAndAdd()": 254 }),
  VerifySignature: () => ({
    "Poseidon(5)": 1,
    "CanonicalBits()": 1,
    "NonZero()": 1,
    "MulByHash()": 1,
    "EscalarMulFix(251, Base8)": 1,
  }),

  EntryLeaf: () => ({ "NoteCommitment()": 1 }),
  Batch(levels, chunks, circuitId) {
    const entries = 16 * chunks;
    const depth = Math.log2(entries) / 2;
    return {
      "EntryLeaf()": entries,
      // The empty subtree is a constant.
      [`SubtreeRoot(${depth})`]: { uses: 2, folded: 1 },
      [`Climb(${levels - depth})`]: 2,
      [`InputDigest(${circuitId}, ${3 + 2 * entries})`]: 1,
    };
  },

  SpendInput: (levels) => ({
    "Owner()": 1,
    "Precommitment()": 1,
    "PackedAmounts()": 1,
    "NoteCommitment()": 1,
    "SpendNullifier()": 1,
    [`PathRoot(${levels})`]: 1,
  }),
  NewNote: () => ({ "Range(248)": 1, "Range(160)": 1, "PackedAmounts()": 1, "NoteCommitment()": 1 }),
  Transact: (levels, circuitId) => ({
    [`SpendInput(${levels})`]: 2,
    "NewNote()": 2,
    "PackedAmounts()": 1,
    [`InputDigest(${circuitId}, 8)`]: 1,
    "VerifySignature()": 1,
  }),

  Covers: () => ({ "Range(64)": 1, "Lanes(8, 16)": 1, "Range(83)": 1, "Lanes(9, 28)": 4, "Range(166)": 1 }),
  Margin: (levels, circuitId) => ({
    "NonZero()": 2,
    "PackedAmounts()": 1,
    "Precommitment()": 1,
    "NoteCommitment()": 1,
    [`PathRoot(${levels})`]: 1,
    "LockNullifier()": 1,
    "MulShift64(64)": 8,
    "Covers()": 1,
    "Seal(251, 5)": 1,
    [`InputDigest(${circuitId}, 28)`]: 1,
  }),

  ClaimShare: () => ({ "Range(64)": 1, "Range(98)": 1 }),
  Seize: () => ({ "Range(63)": 1, "Range(98)": 2 }),
  CanonicalLow250: () => ({ "CanonicalBits()": 1 }),
  Settle: (levels, circuitId) => ({
    "NonZero()": 1,
    "PackedAmounts()": 1,
    "Precommitment()": 3,
    "NoteCommitment()": 3,
    [`PathRoot(${levels})`]: 1,
    "LockNullifier()": 1,
    "MulShift64(95)": 8,
    "ClaimShare()": 1,
    "Seize()": 8,
    "PackCheckedAmounts()": 2,
    ...hash(1, 3),
    "CanonicalLow250()": 1,
    "Seal(250, 3)": 1,
    [`InputDigest(${circuitId}, 25)`]: 1,
  }),
};

function one(call: Call, uses = 1): Parts {
  return { [call]: uses };
}

/** The call that an instance of instances.json is: its circuit id comes last. */
export function callOf({ template, params, circuitId }: Instance): Call {
  return `${template}(${[...params, circuitId].join(", ")})`;
}

export function templateOf(call: Call): string {
  return call.slice(0, call.indexOf("("));
}

/** The parts of a call, each with how often it is used; none for a library's template. */
export function partsOfCall(call: Call): [Call, Uses][] {
  const template = templateOf(call);
  if (template in libraryFiles) return [];
  const parts = partsOf[template];
  if (parts === undefined)
    throw new Error(`circuits/setup/parts.ts does not know the template ${template}; add its parts there`);
  const parameters = [...call.slice(template.length).matchAll(/\d+/g)].map(Number);
  return Object.entries(parts(...parameters)).map(([part, uses]) => [part, typeof uses === "number" ? { uses } : uses]);
}

/** These calls and all that they are made of, each once, parts before what they are part of. */
export function withAllParts(calls: readonly Call[]): Call[] {
  const found = new Set<Call>();
  const visit = (call: Call): void => {
    if (found.has(call)) return;
    for (const [part] of partsOfCall(call)) visit(part);
    found.add(call);
  };
  calls.forEach(visit);
  return [...found];
}
