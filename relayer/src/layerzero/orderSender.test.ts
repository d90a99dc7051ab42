import { concatHex, encodePacked, pad, type Hex } from "viem";
import { describe, expect, test } from "vitest";

import type { MarginView } from "../keeper/marginView.ts";
import { isWorthSending } from "./orderSender.ts";

const vault: Hex = `0x${"7a".repeat(20)}`;
const engine: Hex = `0x${"e6".repeat(20)}`;
const other: Hex = `0x${"0e".repeat(20)}`;
const GAP = 3_600;

const beat = (time: number): Hex =>
  encodePacked(["uint8", "address", "address", "uint64"], [3, vault, engine, BigInt(time)]);
const queued = (id: bigint, order: Hex, from = engine) => ({ dstEid: 1, id, engine: from, order });
const view = (...times: number[]): Pick<MarginView, "heartbeats"> => ({
  heartbeats: times.map((time, i) => ({ dstEid: 1, id: BigInt(i), vault, engine, time, block: i })),
});

describe("isWorthSending", () => {
  const release = concatHex(["0x04", vault, engine, pad("0x07"), other]);

  test("behavior: orders of the relayer's engine, in any case of letters", () => {
    expect(isWorthSending(view(), queued(0n, release), engine, GAP)).toBe(true);
    expect(isWorthSending(view(), queued(0n, release), `0x${"E6".repeat(20)}`, GAP)).toBe(true);
  });

  test("behavior: an order that somebody queued for an engine of their own is theirs to send", () => {
    expect(isWorthSending(view(), queued(0n, release, other), engine, GAP)).toBe(false);
  });

  test("behavior: of heartbeats the first in each gap, whoever queued it", () => {
    const start = 10 * GAP;
    const all = view(start, start + 1, start + GAP - 1, start + GAP, start + GAP + 5);
    const sent = all.heartbeats.map(({ id, time }) => isWorthSending(all, queued(id, beat(time)), engine, GAP));
    expect(sent).toEqual([true, false, false, true, false]);
  });

  test("behavior: another vault's heartbeat is another's", () => {
    const first = view(10 * GAP).heartbeats[0]!;
    const all = {
      heartbeats: [
        { ...first, vault: other },
        { ...first, id: 1n },
      ],
    };
    expect(isWorthSending(all, queued(1n, beat(10 * GAP)), engine, GAP)).toBe(true);
  });
});
