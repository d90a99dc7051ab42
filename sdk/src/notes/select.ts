import { HypothecError } from "../errors/base.ts";
import { coversAmounts, toAmounts, ZERO_AMOUNTS, type Amounts, type AmountsInput } from "./amounts.ts";
import { isLock, type Note } from "./note.ts";

export interface SelectNotesParameters {
  readonly notes: readonly Note[];
  readonly amounts: AmountsInput;
}

/** Notes to spend. With `merges`, those pairs must be merged first (all at once), then select again. */
export interface Selection {
  /** One or two notes that cover the amounts; empty when a merge is needed. */
  readonly inputs: readonly Note[];
  readonly merges: readonly (readonly [Note, Note])[];
}

/** Free notes that can be spent now. */
export function spendableNotes(notes: readonly Note[]): Note[] {
  return notes.filter((note) => !isLock(note) && note.status === "available");
}

/** Σ of the free notes that can be spent now. */
export function balanceOf(notes: readonly Note[]): Amounts {
  return sum(spendableNotes(notes));
}

/**
 * The fewest notes that cover the amounts: one if one does, else two, else which to merge first. Among equals the one that
 * leaves least behind.
 *
 * @throws HypothecError `amount.balance` when all notes together do not cover them.
 */
export function selectNotes({ notes, amounts }: SelectNotesParameters): Selection {
  const needed = toAmounts(amounts);
  const spendable = spendableNotes(notes);
  const have = sum(spendable);
  needed.forEach((amount, slot) => {
    if (amount <= have[slot]!) return;
    const queued = sum(notes.filter((note) => !isLock(note) && note.status === "queued"))[slot]!;
    throw new HypothecError(`Slot ${slot} needs ${amount} shared units, the spendable notes hold ${have[slot]!}`, {
      code: "amount.balance",
      args: { slot, needed: amount, have: have[slot], queued },
      whatToDo:
        queued > 0n
          ? `${queued} more are queued: wait for the next batch and sync.`
          : "Use less, or deposit more first.",
    });
  });

  const singles = spendable.filter((note) => coversAmounts(note.amounts, needed)).map((note) => [note]);
  const best = smallest(singles) ?? smallest(coveringPairs(spendable, needed));
  if (best !== undefined) return { inputs: best, merges: [] };

  const chosen = fewestCovering(spendable, needed);
  const merges: [Note, Note][] = [];
  for (let i = 0; i + 1 < chosen.length; i += 2) merges.push([chosen[i]!, chosen[i + 1]!]);
  return { inputs: [], merges };
}

function coveringPairs(notes: readonly Note[], needed: Amounts): Note[][] {
  const pairs: Note[][] = [];
  notes.forEach((a, i) =>
    notes.slice(i + 1).forEach((b) => {
      if (needed.every((amount, slot) => a.amounts[slot]! + b.amounts[slot]! >= amount)) pairs.push([a, b]);
    }),
  );
  return pairs;
}

/** The candidate with the least in it; the oldest notes among equals. */
function smallest(candidates: readonly Note[][]): Note[] | undefined {
  const size = (notes: readonly Note[]) =>
    notes.flatMap((note) => note.amounts).reduce((total, amount) => total + amount, 0n);
  return candidates.reduce<Note[] | undefined>(
    (best, c) => (best === undefined || size(c) < size(best) ? c : best),
    undefined,
  );
}

/** Greedy: always the note that closes most of what is still missing. */
function fewestCovering(notes: readonly Note[], needed: Amounts): Note[] {
  const rest = [...notes];
  const chosen: Note[] = [];
  let missing: Amounts = needed;
  const closes = (note: Note) =>
    note.amounts.reduce((total, amount, slot) => total + (amount < missing[slot]! ? amount : missing[slot]!), 0n);
  while (missing.some((amount) => amount > 0n)) {
    rest.sort((a, b) => (closes(a) > closes(b) ? -1 : 1));
    const next = rest.shift()!;
    chosen.push(next);
    missing = missing.map((amount, slot) => (amount > next.amounts[slot]! ? amount - next.amounts[slot]! : 0n));
  }
  return chosen;
}

function sum(notes: readonly Note[]): Amounts {
  return notes.map((note) => note.amounts).reduce((a, b) => a.map((amount, i) => amount + b[i]!), ZERO_AMOUNTS);
}
