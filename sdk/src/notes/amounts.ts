import { HypothecError } from "../errors/base.ts";

/** Slots of a collateral set. */
export const SLOTS = 8;
/** Amounts are below 2^63 shared units. */
export const AMOUNT_LIMIT = 1n << 63n;

const LANE_MASK = AMOUNT_LIMIT - 1n;

/** Eight amounts in shared units, by slot. */
export type Amounts = readonly bigint[];

/** Eight amounts, or only those that are not 0, by slot. */
export type AmountsInput = Amounts | Readonly<Record<number, bigint>>;

export const ZERO_AMOUNTS: Amounts = Object.freeze(new Array<bigint>(SLOTS).fill(0n));

/**
 * Eight checked amounts.
 *
 * @example
 * toAmounts({ 2: 5n }); // [0n, 0n, 5n, 0n, 0n, 0n, 0n, 0n]
 * @throws HypothecError `amount.range`, `amount.slot`.
 */
export function toAmounts(input: AmountsInput): Amounts {
  const amounts = new Array<bigint>(SLOTS).fill(0n);
  if (Array.isArray(input) && input.length !== SLOTS) {
    throw new HypothecError(`Got ${input.length} amounts, expected ${SLOTS}, one per slot`, {
      code: "amount.slot",
      whatToDo: "Give all eight, or an object with the slots in use: { 0: 5n }.",
    });
  }
  for (const [key, amount] of Object.entries<bigint>(input)) {
    const slot = Number(key);
    if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS) {
      throw new HypothecError(`There is no slot ${key}: slots are 0 to ${SLOTS - 1}`, {
        code: "amount.slot",
        whatToDo: "Name the slots of the vault's assets.",
      });
    }
    assertAmount(amount, slot);
    amounts[slot] = amount;
  }
  return amounts;
}

/** @throws HypothecError `amount.range`. */
export function assertAmount(amount: bigint, slot?: number): void {
  if (typeof amount === "bigint" && amount >= 0n && amount < AMOUNT_LIMIT) return;
  const where = slot === undefined ? "The amount" : `The amount of slot ${slot}`;
  throw new HypothecError(`${where} is ${amount} shared units, expected 0 to 2^63 − 1 (${LANE_MASK})`, {
    code: "amount.range",
    args: { amount, slot },
    whatToDo: "Split it over several notes.",
  });
}

/** Two words of four 63-bit lanes. */
export interface PackedAmounts {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** lo = Σ_{i<4} a_i·2^(63·i), hi likewise for slots 4 to 7. */
export function packAmounts(amounts: Amounts): PackedAmounts {
  const checked = toAmounts(amounts);
  const word = (first: number) =>
    checked.slice(first, first + 4).reduce((sum, amount, i) => sum + (amount << BigInt(63 * i)), 0n);
  return { lo: word(0), hi: word(4) };
}

/** The inverse of {@link packAmounts}. @throws HypothecError `amount.packed` for a word of more than 252 bits. */
export function unpackAmounts({ lo, hi }: PackedAmounts): Amounts {
  return [lo, hi].flatMap((word) => {
    if (word < 0n || word >> 252n !== 0n) {
      throw new HypothecError("A packed word of amounts has more than 252 bits", { code: "amount.packed" });
    }
    return [0n, 63n, 126n, 189n].map((shift) => (word >> shift) & LANE_MASK);
  });
}

/** a + b by slot. @throws HypothecError `amount.range` when a sum leaves 63 bits. */
export function addAmounts(a: Amounts, b: Amounts): Amounts {
  return toAmounts(a.map((amount, i) => amount + b[i]!));
}

/** a − b by slot. @throws HypothecError `amount.balance` when b exceeds a somewhere. */
export function subtractAmounts(a: Amounts, b: Amounts): Amounts {
  return a.map((amount, slot) => {
    if (b[slot]! > amount) {
      throw new HypothecError(`Slot ${slot} needs ${b[slot]!} shared units, there are ${amount}`, {
        code: "amount.balance",
        args: { slot, needed: b[slot], have: amount },
        whatToDo: "Use less, or add notes that hold more of it.",
      });
    }
    return amount - b[slot]!;
  });
}

/** Whether all eight amounts are 0. */
export function isZeroAmounts(amounts: Amounts): boolean {
  return amounts.every((amount) => amount === 0n);
}

/** Whether a holds at least b in every slot. */
export function coversAmounts(a: Amounts, b: Amounts): boolean {
  return a.every((amount, slot) => amount >= b[slot]!);
}
