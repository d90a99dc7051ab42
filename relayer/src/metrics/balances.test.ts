import { expect, test } from "vitest";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { createBalanceWatch } from "./balances.ts";

test("behavior: reads once a minute, keeps the last balances through a failure, stops with the signal", async () => {
  const stop = new AbortController();
  const seen: unknown[] = [];
  const slept: number[] = [];
  const clock: Clock = {
    ...systemClock(),
    sleep: async (ms) => {
      slept.push(ms);
      seen.push(watch.current()[0]?.balance);
      if (slept.length === 3) stop.abort();
    },
  };
  let reads = 0;
  const watch = createBalanceWatch({
    clock,
    logger: createLogger({ level: "silent" }),
    read: async () => {
      reads++;
      if (reads === 2) throw new Error("RPC down");
      return [{ role: "keeper", chain: "margin", address: "0x1", balance: String(reads) }];
    },
  });
  expect(watch.current()).toEqual([]);
  await watch.run(stop.signal);
  expect(seen).toEqual(["1", "1", "3"]);
  expect(slept).toEqual([60_000, 60_000, 60_000]);
});
