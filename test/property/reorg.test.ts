import fc from "fast-check";
import type { Hex } from "viem";
import { expect, test } from "vitest";

import { findAncestor, firstBroken, relate } from "../../relayer/src/chain/reorg.ts";
import { nextEnd } from "../../relayer/src/chain/sync.ts";
import { historyDigest } from "../../relayer/src/chain/witness.ts";
import type { StoredEvent } from "../../relayer/src/store/events.ts";

/** A chain of `length` blocks that leaves branch "a" for "b" at `fork`. */
const chain = (length: number, fork = length) =>
  Array.from({ length }, (_, number) => {
    const name = (at: number): Hex => `0x${at < fork ? "a" : "b"}${at}`;
    return { number, hash: name(number), parentHash: number === 0 ? "0x" : name(number - 1) };
  });

const forks = fc
  .record({ length: fc.integer({ min: 2, max: 40 }), fork: fc.integer({ min: 1, max: 40 }), kept: fc.nat(40) })
  .filter(({ length, fork }) => fork < length);

test("the ancestor is the last block before the fork, if it is kept, and never one above it", async () => {
  await fc.assert(
    fc.asyncProperty(forks, fc.array(fc.nat(40)), async ({ length, fork, kept }, dropped) => {
      const [ours, theirs] = [chain(length), chain(length, fork)];
      const known = new Map(
        ours
          .filter(({ number }) => number >= kept && !dropped.includes(number))
          .map(({ number, hash }) => [number, hash]),
      );
      const found = await findAncestor(length - 1, known, async (number) => theirs[number]?.hash);
      const common = [...known.keys()].filter((number) => number < fork);
      expect(found).toBe(common.length === 0 ? undefined : Math.max(...common));
    }),
  );
});

test("a branch links to nothing of another one but at its fork", () => {
  fc.assert(
    fc.property(forks, ({ length, fork }) => {
      const [ours, theirs] = [chain(length), chain(length, fork)];
      for (let tip = 0; tip < length - 1; tip++) {
        const next = theirs[tip + 1]!;
        expect(relate(ours[tip]!, next)).toBe(tip < fork ? "extends" : "conflict");
        expect(firstBroken(ours[tip]!, theirs.slice(tip + 1))).toBe(tip < fork ? undefined : next);
      }
    }),
  );
});

test("stretches cover everything that is final exactly once", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(500)), fc.nat(500), fc.integer({ min: 1, max: 60 }), (kept, end, most) => {
      let at = -1;
      for (let next = nextEnd(kept, at, end, most); next !== undefined; next = nextEnd(kept, at, end, most)) {
        expect(next).toBeGreaterThan(at);
        expect(kept).toContain(next);
        // Longer than one question only when no end is nearer.
        if (next > at + most) expect(kept.some((number) => number > at && number < next)).toBe(false);
        at = next;
      }
      expect(kept.filter((number) => number > at && number <= end)).toEqual([]);
    }),
  );
});

test("any difference in an event changes the digest, the order in which they came does not", () => {
  const event = fc.record({
    chain: fc.constant("S"),
    blockNumber: fc.nat(9),
    logIndex: fc.nat(9),
    blockHash: fc.constantFrom<Hex>("0x01", "0x02"),
    txHash: fc.constantFrom<Hex>("0x03", "0x04"),
    contract: fc.constant("vault"),
    address: fc.constantFrom<Hex>("0x05", "0x06"),
    name: fc.constant("E"),
    topics: fc.constantFrom<[Hex, ...Hex[]]>(["0x07"], ["0x07", "0x08"]),
    data: fc.constantFrom<Hex>("0x", "0x09"),
  });
  const place = ({ blockNumber, logIndex }: StoredEvent) => `${blockNumber}/${logIndex}`;
  const events = fc.uniqueArray(event, { selector: place, minLength: 1 });
  fc.assert(
    fc.property(events, event, fc.nat(), (all, other, at) => {
      const digest = historyDigest("0xaa", all);
      expect(historyDigest("0xAA", [...all].reverse())).toBe(digest);
      expect(historyDigest("0xab", all)).not.toBe(digest);
      const index = at % all.length;
      expect(
        historyDigest(
          "0xaa",
          all.filter((_, i) => i !== index),
        ),
      ).not.toBe(digest);
      const changed = { ...all[index]!, data: other.data };
      if (other.data !== all[index]!.data) expect(historyDigest("0xaa", all.with(index, changed))).not.toBe(digest);
    }),
  );
});
