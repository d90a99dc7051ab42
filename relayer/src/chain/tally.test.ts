import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gather, quorumOf, reachedBy, tally, type Ballot } from "./tally.ts";

const ballot = (endpoint: number, answer?: string): Ballot =>
  answer === undefined ? { endpoint, absent: "down" } : { endpoint, answer };

describe("tally", () => {
  test("default: one of three lies and is named", () => {
    expect(tally("a", [ballot(1, "a"), ballot(2, "b"), ballot(3, "a")], 2)).toEqual({
      outcome: "agreed",
      against: [2],
    });
  });
  test("behavior: what we hold is outvoted", () => {
    expect(tally("a", [ballot(1, "a"), ballot(2, "b"), ballot(3, "b")], 2)).toEqual({
      outcome: "outvoted",
      answer: "b",
      against: [1],
    });
  });
  test("behavior: silence is no disagreement", () => {
    expect(tally("a", [ballot(1, "a"), ballot(2), ballot(3)], 2)).toEqual({ outcome: "open", split: false });
    expect(tally("a", [ballot(1, "a"), ballot(2, "b"), ballot(3, "c")], 2)).toEqual({ outcome: "open", split: true });
    expect(tally("a", [ballot(1, "b"), ballot(2)], 2)).toEqual({ outcome: "open", split: true });
  });
  test("behavior: two quorums are none", () => {
    expect(tally("a", [ballot(1, "a"), ballot(2, "b")], 1)).toEqual({ outcome: "open", split: true });
  });

  const answers = fc.array(fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }), {
    minLength: 1,
    maxLength: 9,
  });
  const cast = (given: (string | undefined)[]) => given.map((answer, index) => ballot(index + 1, answer));
  const count = (given: (string | undefined)[], answer: string) => given.filter((each) => each === answer).length;

  test("property: agreed and outvoted need a quorum, and only that one has it", () => {
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 9 }), (given, quorum) => {
        const verdict = tally("a", cast(given), quorum);
        const winners = ["a", "b", "c"].filter((answer) => count(given, answer) >= quorum);
        if (winners.length !== 1) expect(verdict.outcome).toBe("open");
        else if (winners[0] === "a") expect(verdict.outcome).toBe("agreed");
        else expect(verdict).toMatchObject({ outcome: "outvoted", answer: winners[0] });
      }),
    );
  });
  test("property: liars fewer than a quorum never get their way, whatever they say and whoever is silent", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.constantFrom("x", "y"), { nil: undefined }), { maxLength: 4 }), (lies) => {
        const honest = Array.from({ length: lies.length + 1 }, () => "truth");
        const given = [...lies, ...honest];
        const quorum = quorumOf({ rpc: given.map(String) });
        expect(tally("truth", cast(given), quorum).outcome).toBe("agreed");
        expect(tally("x", cast(given), quorum)).toMatchObject({ outcome: "outvoted", answer: "truth" });
      }),
    );
  });
  test("property: who votes for the winner is never named, everybody else who votes is", () => {
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 9 }), (given, quorum) => {
        const verdict = tally("a", cast(given), quorum);
        if (verdict.outcome === "open") return;
        const winner = verdict.outcome === "agreed" ? "a" : verdict.answer;
        const others = given.flatMap((each, index) => (each === undefined || each === winner ? [] : [index + 1]));
        expect(verdict.against).toEqual(others);
      }),
    );
  });
  test("property: votes that come later never turn agreement of a majority around", () => {
    fc.assert(
      fc.property(answers, fc.nat(9), (given, some) => {
        const quorum = quorumOf({ rpc: given.map(String) });
        const early = tally("a", cast(given).slice(0, some), quorum);
        if (early.outcome !== "open") expect(tally("a", cast(given), quorum).outcome).toBe(early.outcome);
      }),
    );
  });
});

describe("reachedBy", () => {
  test("default: the highest that so many have", () => {
    expect(reachedBy([10, 8, undefined, 9], 2)).toBe(9);
    expect(reachedBy([10, undefined], 2)).toBeUndefined();
  });
  test("property: at least a quorum has reached it, and fewer any higher one", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (numbers, quorum) => {
        const reached = reachedBy(numbers, quorum);
        expect(reached === undefined).toBe(numbers.length < quorum);
        if (reached === undefined) return;
        expect(numbers.filter((number) => number >= reached).length).toBeGreaterThanOrEqual(quorum);
        expect(numbers.filter((number) => number > reached).length).toBeLessThan(quorum);
      }),
    );
  });
});

describe("gather", () => {
  test("behavior: does not wait for one that hangs, and tells of the late ones", async () => {
    const slow = Promise.withResolvers<number>();
    const { answers, late } = await gather(
      [Promise.resolve(1), slow.promise, Promise.resolve(2)],
      (soFar) => soFar.length >= 2,
    );
    expect(answers).toEqual([1, 2]);
    slow.resolve(3);
    expect(await late).toEqual([3]);
  });
  test("behavior: all of them when it is never enough", async () => {
    expect((await gather([Promise.resolve(1), Promise.resolve(2)], () => false)).answers).toEqual([1, 2]);
  });
});

test("quorumOf: a majority unless told otherwise", () => {
  const rpc = ["1", "2", "3"];
  expect([1, 2, 3].map((count) => quorumOf({ rpc: rpc.slice(0, count) }))).toEqual([1, 2, 2]);
  expect(quorumOf({ rpc, quorum: 3 })).toBe(3);
});
