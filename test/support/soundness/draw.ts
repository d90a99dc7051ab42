import {
  batchSample,
  controller,
  domain,
  lock,
  marginCase,
  marginSample,
  orderOf,
  settleSample,
  transactCase,
  transactSample,
} from "../circuits/samples.ts";
import { spendingKey } from "../reference/crypto.ts";
import { entryMeta } from "../reference/notes.ts";
import { largestCoverage, packHaircuts, packRisk } from "../reference/risk.ts";
import type { Case } from "./subject.ts";

type Random = (bits: number) => bigint;

const flip = (random: Random): boolean => random(1) === 1n;
const below = (random: Random, limit: bigint): bigint => (limit === 0n ? 0n : random(128) % limit);
const eight = (make: (i: number) => bigint): bigint[] => Array.from({ length: 8 }, (_, i) => make(i));
/** Small and large numbers alike: the length in bits is drawn first. */
const sized = (random: Random, bits: number): bigint => random(Number(below(random, BigInt(bits + 1))));
const basket = (random: Random): bigint[] => eight(() => (flip(random) ? sized(random, 63) : 0n));
const position = (random: Random): number => Number(random(32));

function batchOf(random: Random, chunks: 1 | 4): Case {
  const entries = Array.from({ length: 1 + Number(below(random, BigInt(16 * chunks))) }, () =>
    flip(random)
      ? { value: random(253), meta: entryMeta(1, Number(random(3)), sized(random, 63)) }
      : { value: random(253), meta: entryMeta(2, 0, 0n) },
  );
  const chunkIndex = Number(random(28)) & ~(chunks - 1);
  return { label: `${entries.length} entries`, inputs: batchSample(entries, chunkIndex, new Map(), chunks).inputs };
}

/** True statements of each circuit at random. */
export const draw: Readonly<Record<string, (random: Random) => Case>> = {
  batch16: (random) => batchOf(random, 1),
  batch64: (random) => batchOf(random, 4),

  transact(random) {
    const spent = [basket(random), basket(random)].map((amounts) => amounts.map((amount) => amount >> 1n));
    const total = eight((i) => spent[0]![i]! + spent[1]![i]!);
    const first = total.map((sum) => below(random, sum + 1n));
    const withdraw = total.map((sum, i) => (flip(random) ? 0n : below(random, sum - first[i]! + 1n)));
    const second = total.map((sum, i) => sum - first[i]! - withdraw[i]!);
    const [one, other] = [position(random), position(random)];
    const note = (amount: readonly bigint[], leafIndex: number) => ({
      nullifyingKey: random(253),
      blinding: random(253),
      amount,
      leafIndex,
    });
    const output = (amount: readonly bigint[]) => ({
      pre: random(253),
      amount,
      ...(flip(random) ? { domain, controller } : { domain: 0n, controller: 0n }),
    });
    const given = transactCase({
      key: spendingKey(Number(random(6)) + 1),
      inputs: [note(spent[0]!, one), note(spent[1]!, one === other ? one ^ 1 : other)],
      outputs: [output(first), output(second)],
      withdraw,
      ext: random(248),
    });
    const isEmpty = spent.every((amounts) => amounts.every((amount) => amount === 0n));
    return { label: "two notes", inputs: transactSample(given).inputs, given: isEmpty ? ["root"] : [] };
  },

  margin(random) {
    const amount = basket(random);
    const floorX64 = amount.map((held) => {
      const widest = held === 0n ? 95 : Math.min(95, 127 - held.toString(2).length);
      return flip(random) ? 0n : sized(random, widest);
    });
    const haircut = eight(() => below(random, 10_001n));
    // No deviation above its haircut: M = 0 is then true whatever the basket.
    const scale = haircut.map((h) => below(random, h + 1n));
    const matrix = scale.map((row, i) => scale.map((column, j) => (i === j ? row * row : (row * column) / 2n)));
    const most = largestCoverage(amount, floorX64, haircut, matrix);
    const coverage = flip(random) ? most : below(random, most + 1n);
    const inputs = marginSample(
      marginCase({
        note: { ...lock, owner: random(253), blinding: random(253), amount, leafIndex: position(random) },
        coverage,
        floorX64,
        haircutsPacked: packHaircuts(haircut),
        riskPacked: packRisk(matrix),
        ephemeralSecret: random(250) | 1n,
        ext: random(248),
      }),
    ).inputs;
    return { label: `coverage ${coverage} of ${most}`, inputs };
  },

  settle(random) {
    const amount = basket(random);
    const seizurePriceX64 = eight(() => (flip(random) ? 0n : sized(random, 96)));
    const total = amount.reduce((sum, held, i) => sum + ((held * seizurePriceX64[i]!) >> 64n), 0n);
    const bounded = total < 2n ** 64n ? total : 2n ** 64n - 1n;
    const claim = flip(random) ? below(random, bounded + 1n) : sized(random, 64);
    const note = { ...lock, owner: random(253), blinding: random(253), amount, leafIndex: position(random) };
    const order = orderOf({ claim, seizurePriceX64, isPublic: flip(random), buyerOwner: random(253) });
    return { label: `claim ${claim} of ${total}`, inputs: settleSample(order, note).inputs };
  },
};
