import { poseidon, tag } from "../reference/crypto.ts";
import { mod } from "../reference/field.ts";

/** Σ a_i·2^(63·i) of four amounts, in the field: out of range amounts pack to something, too. */
export function pack(amount: readonly bigint[]): readonly [lo: bigint, hi: bigint] {
  const word = (four: readonly bigint[]): bigint => mod(four.reduce((sum, a, i) => sum + a * 2n ** BigInt(63 * i), 0n));
  return [word(amount.slice(0, 4)), word(amount.slice(4, 8))];
}

export function precommitment(owner: bigint, blinding: bigint): bigint {
  return poseidon(tag.pre, owner, blinding);
}

/** A note by its pre-commitment; free when domain and controller are left out. */
export function note(pre: bigint, amount: readonly bigint[], domain = 0n, controller = 0n): bigint {
  const [lo, hi] = pack(amount);
  return poseidon(tag.note, pre, lo, hi, domain, controller);
}

export function ownerKey(x: bigint, y: bigint, nullifyingKey: bigint): bigint {
  return poseidon(tag.owner, x, y, nullifyingKey);
}

export function lockNullifier(blinding: bigint, leafIndex: bigint): bigint {
  return poseidon(tag.lock, blinding, leafIndex);
}

export function spendNullifier(nullifyingKey: bigint, commitment: bigint, leafIndex: bigint): bigint {
  return poseidon(tag.spend, nullifyingKey, commitment, leafIndex);
}

export function treeNode(children: readonly bigint[]): bigint {
  return poseidon(tag.tree, ...children);
}

/**
 * The root above `node` at `position`, the digits of base 4 from the lowest; three siblings a level, in their order. A position
 * with more digits than there are levels loses them: whether it may have them is a clause of its own.
 */
export function climb(node: bigint, position: bigint, siblings: readonly (readonly bigint[])[]): bigint {
  return siblings.reduce((child, three, level) => {
    const digit = Number((position >> BigInt(2 * level)) & 3n);
    return treeNode([...three.slice(0, digit), child, ...three.slice(digit)]);
  }, node);
}
