import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { placeValues, readInstances } from "../../circuits/codegen/instances.ts";
import type { PlacedValue } from "../../circuits/codegen/instances.ts";
import { proofWords } from "../support/circuits/evm.ts";
import { deployGates } from "../support/circuits/gate.ts";
import type { Gate, Offer } from "../support/circuits/gate.ts";
import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import type { Inputs, Signal } from "../support/circuits/harness.ts";
import * as samples from "../support/circuits/samples.ts";
import type { Sample } from "../support/circuits/samples.ts";
import { chain, digestAt, digestPoint } from "../support/reference/crypto.ts";
import { mod, q } from "../support/reference/field.ts";

// Attacks on the input digest where contracts use it: a proof, ProofCheck, the widths, the verifier (docs/input-digest.md).

const entries: samples.Entry[] = [
  { value: 5n, meta: (1n << 66n) | (6n << 63n) | 77n },
  { value: 123n, meta: 2n << 66n },
];

const cases: Record<string, () => Sample> = {
  batch16: () => samples.batchSample(entries, 3),
  batch64: () => samples.batchSample(entries, 4, new Map([[16, 6n]]), 4),
  transact: () => samples.transactSample(samples.transactCase()),
  margin: () => samples.marginSample(samples.marginCase()),
  settle: () => samples.settleSample(samples.orderOf()),
};

const names = [...readInstances().keys()];

/** A sample, its public values in order, and where each stands. */
interface Subject {
  readonly sample: Sample;
  readonly x: readonly bigint[];
  readonly circuitId: number;
  readonly placed: readonly PlacedValue[];
}

function subject(name: string, sample = cases[name]!()): Subject {
  const instance = readInstances().get(name)!;
  const placed = placeValues(instance);
  return {
    sample,
    x: placed.flatMap((value) => flat(sample.inputs[value.name]!)),
    circuitId: instance.circuitId,
    placed,
  };
}

const flat = (signal: Signal): bigint[] => (typeof signal === "bigint" ? [signal] : signal.flatMap(flat));

const widthOf = ({ placed }: Subject, i: number): number =>
  placed.find(({ index, count }) => i >= index && i < index + count)!.bits;

const indexOf = ({ placed }: Subject, name: string): number => placed.find((value) => value.name === name)!.index;

/** The inputs of a prover whose public values are `x`. */
function withValues({ sample, placed }: Subject, x: readonly bigint[], r: bigint): Inputs {
  const values = placed.map(({ name, index, count, isArray }) => [
    name,
    isArray ? x.slice(index, index + count) : x[index]!,
  ]);
  return { ...sample.inputs, ...(Object.fromEntries(values) as Inputs), r };
}

const put = (x: readonly bigint[], i: number, value: bigint): bigint[] => x.map((old, k) => (k === i ? value : old));

let gates: Map<string, Gate>;
const gate = (name: string): Gate => gates.get(name)!;

async function prove(name: string, inputs: Inputs): Promise<Offer & { readonly y: bigint; readonly r: bigint }> {
  const { proof, publicSignals } = await loadCircuit(name).prove(inputs);
  const [commitment, y, r] = publicSignals.map(BigInt) as [bigint, bigint, bigint];
  return { points: proofWords(proof), commitment, y, r };
}

const honest = new Map<string, Promise<Offer>>();

/** One proof a circuit, attacked many ways. */
function honestProof(name: string): Promise<Offer> {
  const made = honest.get(name) ?? prove(name, cases[name]!().inputs);
  honest.set(name, made);
  return made;
}

beforeAll(async () => {
  gates = await deployGates(names);
});

afterAll(async () => {
  // snarkjs keeps its worker threads for the next proof.
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
});

test("default: every circuit is attacked", () => {
  expect(Object.keys(cases).sort()).toEqual([...names].sort());
});

describe.each(names)("a proof of %s", (name) => {
  const { x, circuitId, ...rest } = subject(name);
  const subjectOf: Subject = { x, circuitId, ...rest };

  test("default: it is accepted for its own values, and its commitment is the reference's", async () => {
    const offer = await honestProof(name);
    expect(offer.commitment).toBe(chain(circuitId, x));
    expect(await gate(name).refusal(x, offer)).toBeUndefined();
  });

  test("behavior: for no value another", async () => {
    const offer = await honestProof(name);
    for (const [i, value] of x.entries()) {
      const width = 2n ** BigInt(widthOf(subjectOf, i));
      const other = value + 1n < width && value + 1n < q ? value + 1n : value - 1n;
      expect(await gate(name).refusal(put(x, i, other), offer), `value ${i}`).toBe("InvalidProof");
    }
  });

  test("behavior: no value plus q, none just above its width, not q itself", async () => {
    const offer = await honestProof(name);
    for (const [i, value] of x.entries()) {
      const bits = widthOf(subjectOf, i);
      const error = bits === 254 ? "PublicValueNotCanonical" : "PublicValueTooWide";
      expect(await gate(name).refusal(put(x, i, value + q), offer)).toBe(`${error} ${i}`);
      expect(await gate(name).refusal(put(x, i, bits === 254 ? q : 2n ** BigInt(bits)), offer)).toBe(`${error} ${i}`);
      // Without the widths, the digest still knows no value by two names.
      expect(await gate(name).refusalWithoutWidths(put(x, i, value + q), offer)).toBe(`PublicValueNotCanonical ${i}`);
    }
  });

  test("behavior: no two neighbours in the other's place", async () => {
    const offer = await honestProof(name);
    let swaps = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      if (x[i] === x[i + 1]) continue;
      const swapped = put(put(x, i, x[i + 1]!), i + 1, x[i]!);
      expect(await gate(name).refusal(swapped, offer)).toMatch(/^(InvalidProof|PublicValueTooWide \d+)$/);
      expect(await gate(name).refusalWithoutWidths(swapped, offer)).toBe("InvalidProof");
      swaps++;
    }
    expect(swaps).toBeGreaterThan(2);
  });

  test("behavior: no other commitment, nor the same plus q", async () => {
    const offer = await honestProof(name);
    const { commitment } = offer;
    for (const other of [commitment + 1n, commitment - 1n, 0n]) {
      expect(await gate(name).refusal(x, { ...offer, commitment: other })).toBe("InvalidProof");
    }
    const aliased = await gate(name).refusal(x, { ...offer, commitment: commitment + q });
    expect(aliased).toBe(`PublicValueNotCanonical ${x.length}`);
  });

  test("behavior: not one value more or less, in front or behind", async () => {
    const offer = await honestProof(name);
    for (const other of [x.slice(1), x.slice(0, -1), [...x, 0n], [0n, ...x]]) {
      expect(await gate(name).refusal(other, offer)).toBe("PublicValueCount");
      // A zero in front leaves y as it is; r is another.
      expect(await gate(name).refusalWithoutWidths(other, offer)).toBe("InvalidProof");
    }
  });
});

// One of a template is enough: the instances differ in a parameter.
const templates = names.filter(
  (name, i) =>
    names.findIndex((other) => readInstances().get(other)!.template === readInstances().get(name)!.template) === i,
);

describe.each(templates)("r made for an alias, %s", (name) => {
  test("behavior: the verifier alone takes it, the contract does not", async () => {
    const subjectOf = subject(name);
    const { x, circuitId } = subjectOf;
    const commitment = chain(circuitId, x);
    const alias = put(x, 0, x[0]! + q);
    const r = digestPoint(alias, commitment);
    const forged = await prove(name, withValues(subjectOf, x, r));
    expect(forged).toMatchObject({ commitment, r, y: digestAt(x, r) });
    expect(await gate(name).verifies(forged, forged.y, r)).toBe(true);
    expect(await gate(name).refusal(alias, forged)).toBe("PublicValueNotCanonical 0");
    // r is the prover's input, and the contract's only: the same proof says nothing about x at the contract's r.
    expect(await gate(name).refusal(x, forged)).toBe("InvalidProof");
  });
});

// The attack that c in the hash is there for. If r were known before the prover commits, one value that the statement leaves free would pay
// for any lie about another: x'_free = x_free + (lie − truth)·r^(free − lie) gives the same y.
interface Lie {
  readonly sample: () => Sample;
  /** The value the contract is told a lie about. */
  readonly about: string;
  readonly lie: (truth: bigint) => bigint;
  /** A value that no constraint but the digest's touches. */
  readonly free: string;
}

const lies: Record<string, Lie> = {
  transact: { sample: cases.transact!, about: "withdrawLo", lie: (truth) => truth + 1_000_000n, free: "ext" },
  margin: { sample: cases.margin!, about: "coverage", lie: () => 2n ** 63n, free: "ext" },
  // Without a claim there is no buyer, and the buyer's owner is any value.
  settle: {
    sample: () => samples.settleSample(samples.orderOf({ claim: 0n })),
    about: "restCommitment",
    lie: () => 666n,
    free: "buyerOwner",
  },
};

describe.each(Object.keys(lies))("a commitment chosen after r, %s", (name) => {
  test("behavior: the verifier alone takes the lie, the contract does not", async () => {
    const { sample, about, lie, free } = lies[name]!;
    const truth = subject(name, sample());
    const [k, f] = [indexOf(truth, about), indexOf(truth, free)];
    const claimed = put(truth.x, k, lie(truth.x[k]!));
    const r = digestPoint(claimed, chain(truth.circuitId, claimed));
    const step = power(f > k ? r : inverse(r), BigInt(Math.abs(f - k)));
    const proven = put(truth.x, f, mod(truth.x[f]! + (claimed[k]! - truth.x[k]!) * step));
    expect(digestAt(proven, r)).toBe(digestAt(claimed, r));

    // A transact is signed over c by the owner, who is the liar here.
    const liar =
      name === "transact" ? subject(name, samples.transactSample(samples.transactCase({ ext: proven[f]! }))) : truth;
    const forged = await prove(name, withValues(liar, proven, r));
    expect(await gate(name).verifies(forged, digestAt(claimed, r), r)).toBe(true);
    expect(await gate(name).refusal(claimed, forged)).toBe("InvalidProof");
    const commitment = chain(truth.circuitId, claimed);
    expect(await gate(name).refusal(claimed, { ...forged, commitment })).toBe("InvalidProof");
  });
});

describe.each(names)("a proof of %s elsewhere", (name) => {
  const { x } = subject(name);

  test("behavior: no other circuit takes it, nor this one another's", async () => {
    const offer = await honestProof(name);
    for (const other of names.filter((entry) => entry !== name)) {
      expect(await gate(other).refusal(x, offer)).toBe("PublicValueCount");
      expect(await gate(other).refusal(subject(other).x, offer)).toBe("InvalidProof");
      const { points } = await honestProof(other);
      expect(await gate(name).refusal(x, { ...offer, points })).toBe("InvalidProof");
      expect(chain(readInstances().get(other)!.circuitId, x)).not.toBe(offer.commitment);
    }
  });
});

describe("what the widths are for", () => {
  test("behavior: a floor of 96 bits or more would wrap: the circuit takes it, the contract does not", async () => {
    // a·F = 2^63·2^64 modulo q: fifty ether would be worth 9·10^12 USD.
    const [a] = samples.lock.amount;
    const floor = mod(2n ** 127n * inverse(a!));
    const floorX64 = [floor, ...Array<bigint>(7).fill(0n)];
    const given = { floorX64, coverage: 10n ** 15n, riskPacked: [0n, 0n, 0n, 0n] };
    const { x, sample } = subject("margin", samples.marginSample(samples.marginCase(given)));
    const forged = await prove("margin", sample.inputs);
    expect(await gate("margin").refusalWithoutWidths(x, forged)).toBeUndefined();
    expect(await gate("margin").refusal(x, forged)).toBe(`PublicValueTooWide ${x.indexOf(floor)}`);
  });
});

describe("the chain", () => {
  // Around the 15 values that a step absorbs.
  test.each([1, 16, 31])("default: InputDigest of %i values is the reference's", async (m) => {
    const circuit = await loadComponent("digest.circom", `InputDigest(9, ${m})`);
    const x = Array.from({ length: m }, (_, i) => BigInt(i) ** 40n % q);
    const witness = await circuit.witness({ x, r: 12_345n });
    expect(witness.slice(1, 3)).toEqual([chain(9, x), digestAt(x, 12_345n)]);
  });

  test("behavior: neither a zero more nor another circuit has the same commitment", () => {
    const x = [1n, 2n, 3n];
    const commitments = [chain(9, x), chain(9, [...x, 0n]), chain(9, [0n, ...x]), chain(8, x), chain(9, [3n, 2n, 1n])];
    expect(new Set(commitments).size).toBe(commitments.length);
  });
});

const inverse = (value: bigint): bigint => power(value, q - 2n);

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bit = exponent, square = mod(base); bit > 0n; bit >>= 1n, square = mod(square * square)) {
    if (bit & 1n) result = mod(result * square);
  }
  return result;
}
