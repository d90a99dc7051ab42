import { describe, expect, test } from "vitest";

import { createLanes } from "./lanes.ts";

/** A work that ends when the test says so. */
function held(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<null>();
  const work = async (lane: number) => {
    log.push(`${name} on ${lane}`);
    await promise;
    return name;
  };
  return { work, end: () => resolve(null) };
}

describe("lanes", () => {
  test("default: as many at once as there are lanes, the others in their order", async () => {
    const lanes = createLanes({ count: 2, maxWaiting: 10 });
    const log: string[] = [];
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => held(log, name));
    const results = [a, b, c, d].map((item) => lanes.run(item!.work));
    await Promise.resolve();
    expect(log).toEqual(["a on 0", "b on 1"]);
    b!.end();
    expect(await results[1]).toBe("b");
    a!.end();
    expect(await results[0]).toBe("a");
    c!.end();
    d!.end();
    expect(await Promise.all(results)).toEqual(["a", "b", "c", "d"]);
    expect(log).toEqual(["a on 0", "b on 1", "c on 1", "d on 0"]);
  });

  test("behavior: a work that fails frees its lane; one that is withdrawn while it waits leaves its place", async () => {
    const lanes = createLanes({ count: 1, maxWaiting: 10 });
    const log: string[] = [];
    const first = held(log, "first");
    const withdrawn = new AbortController();
    const running = lanes.run(async (lane) => {
      await first.work(lane);
      throw new Error("broken");
    });
    const waiting = lanes.run(held(log, "withdrawn").work, withdrawn.signal);
    const last = lanes.run(async () => "last");
    withdrawn.abort(new Error("no more"));
    await expect(waiting).rejects.toThrow("no more");
    first.end();
    await expect(running).rejects.toThrow("broken");
    expect(await last).toBe("last");
    expect(log).toEqual(["first on 0"]);
  });

  test("error: more than may wait, and more after the end", async () => {
    const lanes = createLanes({ count: 1, maxWaiting: 1 });
    const log: string[] = [];
    const [a, b] = [held(log, "a"), held(log, "b")];
    const results = [lanes.run(a.work), lanes.run(b.work)];
    await expect(lanes.run(b.work)).rejects.toMatchObject({ code: "prover.busy", args: { waiting: 1 } });
    const closed = lanes.close();
    await expect(lanes.run(b.work)).rejects.toMatchObject({ code: "prover.closed" });
    a.end();
    b.end();
    await closed;
    expect(await Promise.all(results)).toEqual(["a", "b"]);
  });
});
