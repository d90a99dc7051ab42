import { describe, expect, test } from "vitest";

import {
  blameOf,
  interpolateSecret,
  operatorKeys,
  runKeyGeneration,
  sessionOf,
  type Cheats,
} from "../../../test/support/council.ts";
import { add, base8, l, multiply } from "../../../test/support/model/jub.ts";
import { readVectors } from "../../../test/support/vectors/read.ts";
import { SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { closeBox } from "./box.ts";
import { dealingDigest } from "./dealing.ts";
import {
  answerComplaints,
  dealShares,
  finishKeyGeneration,
  judgeDeals,
  startKeyGeneration,
  type KeyGenerationResult,
} from "./keyGeneration.ts";
import { equivocatorOf, signMessage, type CouncilMessage } from "./messages.ts";
import { provePossession } from "./proofs.ts";
import { createRefreshSession } from "./session.ts";
import { pointText, wordText } from "./wire.ts";

const MINUTES = 60_000;
const keys = operatorKeys(5);
const three = keys.slice(0, 3);
const session = sessionOf(three, 2);
const finished = (results: (KeyGenerationResult | undefined)[]) => results.map((result) => result!);
const sharesOf = (results: KeyGenerationResult[]) => results.map(({ share }) => share);

/** Operator 2 of three cheats in a 2-of-3; what operators 1 and 3 find. */
function against(cheats: Cheats) {
  const { errors, results } = runKeyGeneration({ session, keys: three, cheats: { 2: cheats } });
  return {
    found: [errors[0], errors[2]].map((error) => (error === undefined ? undefined : blameOf(error))),
    results,
    errors,
  };
}

/** Both honest operators stop with this. */
const both = (code: string, culprits: number[], proven: boolean) => {
  const blame = { code: `council.${code}`, culprits, proven };
  return [blame, blame];
};

describe("key generation", () => {
  test.each([
    [2, 2],
    [2, 3],
    [3, 4],
    [3, 5],
  ])(
    "default: %i of %i end with one key, of which any threshold of shares is the secret",
    (threshold, count) => {
      const run = runKeyGeneration({ session: sessionOf(keys.slice(0, count), threshold), keys: keys.slice(0, count) });
      expect(run.errors).toEqual(Array(count).fill(undefined));
      const results = finished(run.results);
      const { council } = results[0]!;
      for (const each of results) {
        expect(each.council).toEqual(council);
        expect(each.faults).toEqual([]);
        expect(multiply(base8, each.share.secret)).toEqual(council.verificationShares[each.share.index - 1]);
      }
      const shares = sharesOf(results);
      const secret = interpolateSecret(shares.slice(0, threshold));
      expect(interpolateSecret(shares.slice(-threshold))).toBe(secret);
      expect(interpolateSecret(shares)).toBe(secret);
      expect(multiply(base8, secret)).toEqual(council.submitted);
      expect(multiply(council.submitted, 8n)).toEqual(council.key);
      expect(interpolateSecret(shares.slice(0, threshold - 1))).not.toBe(secret);
    },
    2 * MINUTES,
  );

  test("behavior: the key is the sum of what the operators committed to, by the curve's own law", () => {
    const points: Point[] = [];
    const keep: Cheats["deal"] = (honest) => {
      const { x, y } = honest.body.commitments[0]!;
      points.push({ x: BigInt(x), y: BigInt(y) });
      return honest;
    };
    const { results } = runKeyGeneration({
      session,
      keys: three,
      cheats: { 1: { deal: keep }, 2: { deal: keep }, 3: { deal: keep } },
    });
    expect(points).toHaveLength(3);
    expect(results[0]!.council.submitted).toEqual(points.reduce(add));
  });

  test("behavior: a step repeated gives the same message; another step's state is refused", () => {
    const [first, ...others] = three.map((each) => startKeyGeneration({ session, keys: each }));
    const commits = [first, ...others].map((each) => each!.message);
    const dealt = dealShares(first!.state, three[0]!, commits);
    expect(dealShares(first!.state, three[0]!, commits)).toEqual(dealt);
    expect(blameOf(() => judgeDeals(first!.state as never, three[0]!, []))?.code).toBe("council.step");
    expect(blameOf(() => finishKeyGeneration(first!.state as never, []))?.code).toBe("council.step");
    expect(blameOf(() => dealShares(first!.state, three[1]!, commits))?.code).toBe("council.step");
    expect(blameOf(() => startKeyGeneration({ session, keys: keys[4]! }))?.code).toBe("council.step");
    const again = startKeyGeneration({ session, keys: three[0]! });
    const stale = [again.message, ...others.map(({ message }) => message)];
    expect(blameOf(() => dealShares(first!.state, three[0]!, stale))?.code).toBe("council.step");
  });
});

describe("bad shares", () => {
  const wrongShare = (deal: CouncilMessage<"deal">, to: number, value: bigint, ephemeral = wordText(77n)) =>
    deal.body.boxes.map((box, i) =>
      i === to - 1 ? closeBox(three[i]!.encryption, ephemeral, value, { session: session.hash, from: 2, to }) : box,
    );
  const dealWrong: Cheats["deal"] = (honest, forge) => forge({ ...honest.body, boxes: wrongShare(honest, 3, 5n) });

  test(
    "behavior: the dealer of a bad share is left out, whatever it answers; the rest end with one key",
    () => {
      const revealBad: Cheats["answer"] = (_, forge) => forge({ reveals: [{ to: 3, ephemeralSecret: wordText(77n) }] });
      const cases: [Cheats, string][] = [
        [{ deal: dealWrong }, "badShare"], // it answers with the ephemeral it drew, which is not the box's
        [{ deal: dealWrong, answer: revealBad }, "badShare"],
        [{ deal: dealWrong, answer: (_, forge) => forge({ reveals: [] }) }, "badShare"],
        [{ deal: dealWrong, answer: () => undefined }, "unanswered"],
      ];
      for (const [cheats, kind] of cases) {
        const { results, errors } = against(cheats);
        expect(blameOf(errors[1])?.code).toBe("council.disqualified");
        const [one, , last] = results;
        expect(one!.council).toEqual(last!.council);
        expect(one!.council.members).toEqual([1, 3]);
        for (const each of [one!, last!]) expect(each.faults).toEqual([{ operator: 2, kind, towards: 3 }]);
        expect(multiply(base8, interpolateSecret([one!.share, last!.share]))).toEqual(one!.council.submitted);
      }
    },
    MINUTES,
  );

  test(
    "behavior: a share that is not canonical, a box that does not open, an ephemeral of small order",
    () => {
      const honestShare = (state: { secrets: { coefficients: readonly `0x${string}`[] } }) =>
        (BigInt(state.secrets.coefficients[0]!) + 3n * BigInt(state.secrets.coefficients[1]!)) % SUBGROUP_ORDER;
      const cases: Cheats["deal"][] = [
        (honest, forge, state) =>
          forge({ ...honest.body, boxes: wrongShare(honest, 3, honestShare(state) + SUBGROUP_ORDER) }),
        (honest, forge) => forge({ ...honest.body, boxes: [...honest.body.boxes.slice(0, 2), honest.body.boxes[0]!] }),
        (honest, forge) => forge({ ...honest.body, boxes: [...honest.body.boxes.slice(0, 2), `0x${"00".repeat(80)}`] }),
      ];
      for (const deal of cases) {
        const { results } = against({ deal });
        expect(results[0]!.faults).toEqual([{ operator: 2, kind: "badShare", towards: 3 }]);
        expect(results[2]!.council.members).toEqual([1, 3]);
      }
    },
    MINUTES,
  );

  test("behavior: a false complaint is refuted by the box itself and costs the dealer nothing", () => {
    const { results } = against({ judge: (honest, forge) => forge({ ...honest.body, complaints: [1] }) });
    for (const each of finished(results)) {
      expect(each.faults).toEqual([{ operator: 2, kind: "falseComplaint", towards: 1 }]);
      expect(each.council.members).toEqual([1, 2, 3]);
    }
    const secret = interpolateSecret(sharesOf(finished(results)));
    expect(multiply(base8, secret)).toEqual(results[0]!.council.submitted);
  });

  test("error: fewer dealers left than the threshold", () => {
    const all = sessionOf(three, 3, "07");
    const deal: Cheats["deal"] = (honest, forge) =>
      forge({ ...honest.body, boxes: [honest.body.boxes[0]!, honest.body.boxes[1]!, honest.body.boxes[0]!] });
    const { errors } = runKeyGeneration({ session: all, keys: three, cheats: { 2: { deal } } });
    expect(blameOf(errors[0])).toEqual({ code: "council.tooFew", culprits: [2], proven: false });
  });
});

describe("deals that anyone sees to be wrong", () => {
  const { smallOrder, offCurve } = readVectors<{ smallOrder: Point[]; offCurve: Point[] }>("babyjubjub");
  const dealing = (
    change: (body: CouncilMessage<"deal">["body"]) => Partial<CouncilMessage<"deal">["body"]>,
  ): Cheats => ({
    deal: (honest, forge) => forge({ ...honest.body, ...change(honest.body) }),
  });

  test("error: other commitments than committed to", () => {
    const other = pointText(multiply(base8, 12_345n));
    const { found } = against(dealing(({ commitments }) => ({ commitments: [commitments[0]!, other] })));
    expect(found).toEqual(both("opening", [2], true));
  });

  test(
    "error: a point of small order, off the curve, mixed, not canonical, the identity; too many or too few",
    () => {
      const mixed = add(base8, smallOrder[1]!);
      const bad = [...smallOrder, ...offCurve, mixed, { x: base8.x + l, y: base8.y }].map(pointText);
      for (const point of bad) {
        const { found } = against(dealing(({ commitments }) => ({ commitments: [commitments[0]!, point] })));
        expect(found).toEqual(both("malformed", [2], true));
      }
      const { found: few } = against(dealing(({ commitments }) => ({ commitments: commitments.slice(1) })));
      expect(few).toEqual(both("malformed", [2], true));
      const { found: boxes } = against(dealing((body) => ({ boxes: body.boxes.slice(1) })));
      expect(boxes).toEqual(both("malformed", [2], true));
    },
    MINUTES,
  );

  test("error: a key that its dealer does not know, though committed to (rogue key)", () => {
    const target = pointText(multiply(base8, 99n)); // stands for a point made from others' points
    const commitments = [target, pointText(multiply(base8, 7n))];
    const started = three.map((each) => startKeyGeneration({ session, keys: each }));
    const rogue = signMessage(three[1]!, session, "commit", 2, { digest: dealingDigest(session, 2, commitments) });
    const commits = [started[0]!.message, rogue, started[2]!.message];
    const first = dealShares(started[0]!.state, three[0]!, commits);
    const last = dealShares(started[2]!.state, three[2]!, commits);
    const boxes = first.message.body.boxes;
    for (const possession of [
      provePossession(1n, 5n, { session: session.hash, from: 2 }),
      first.message.body.possession, // another's proof
      provePossession(99n, 5n, { session: session.hash, from: 1 }), // right, for another operator
      provePossession(99n, 5n, { session: sessionOf(three, 2, "09").hash, from: 2 }), // right, of another session
    ]) {
      const deal = signMessage(three[1]!, session, "deal", 2, { commitments, possession, boxes });
      const act = () => judgeDeals(first.state, three[0]!, [first.message, deal, last.message]);
      expect(blameOf(act)).toEqual({ code: "council.possession", culprits: [2], proven: true });
    }
  });

  test("error: a proof of possession with a changed or non-canonical scalar", () => {
    for (const field of ["challenge", "response"] as const) {
      for (const change of [(value: bigint) => (value + 1n) % l, (value: bigint) => value + l]) {
        const { found } = against(
          dealing(({ possession }) => ({
            possession: { ...possession, [field]: wordText(change(BigInt(possession[field]))) },
          })),
        );
        expect(found).toEqual(both("possession", [2], true));
      }
    }
  });
});

describe("messages", () => {
  test("error: none", () => {
    expect(against({ commit: () => undefined }).found).toEqual(both("missing", [2], false));
    expect(against({ deal: () => undefined }).found).toEqual(both("missing", [2], false));
    expect(against({ judge: () => undefined }).found).toEqual(both("missing", [2], false));
    expect(against({ confirm: () => undefined }).found).toEqual(both("missing", [2], false));
  });

  test("error: two for one round", () => {
    const { found } = against({ commit: (honest, forge) => [honest, forge({ digest: wordText(1n) })] });
    expect(found).toEqual(both("equivocation", [2], true));
    expect(against({ commit: (honest) => [honest, honest] }).found).toEqual([undefined, undefined]);
  });

  test("error: of another session, round or operator; signed by another; changed", () => {
    const other = sessionOf(three, 2, "02");
    const replay = startKeyGeneration({ session: other, keys: three[1]! }).message;
    const otherThreshold = startKeyGeneration({ session: sessionOf(three, 3), keys: three[1]! }).message;
    const cases: [Cheats["commit"], string, boolean][] = [
      [() => replay, "foreign", false],
      [() => otherThreshold, "foreign", false],
      [(honest) => ({ ...replay, session: honest.session }), "signature", false],
      [({ body }) => signMessage(three[1]!, session, "confirm", 2, { result: body.digest }), "foreign", false],
      [(honest) => ({ ...honest, body: { digest: wordText(3n) } }), "signature", false],
      [(honest) => signMessage(three[0]!, session, "commit", 2, honest.body), "signature", false],
      [(honest) => ({ ...honest, signature: `0x${"00".repeat(64)}` }), "signature", false],
      [(honest) => ({ ...honest, extra: 1 }), "malformed", false],
      [(honest, forge) => forge({ ...honest.body, extra: "1" } as never), "malformed", true],
      [(honest, forge) => forge({ digest: honest.body.digest.toUpperCase() as never }), "malformed", true],
      [(honest, forge) => forge({ digest: `${honest.body.digest}00` }), "malformed", true],
    ];
    for (const [commit, code, proven] of cases) {
      expect(against({ commit: commit! }).found).toEqual(both(code, [2], proven));
    }
    expect(against({ commit: (honest) => [honest, { ...honest, from: 9 }] }).found.map((each) => each?.code)).toEqual(
      Array(2).fill("council.foreign"),
    );
    expect(against({ commit: (honest) => [honest, "nonsense"] }).found).toEqual(both("malformed", [], false));
  });

  test("error: different deals to different operators; the two together convict the dealer", () => {
    const started = three.map((each) => startKeyGeneration({ session, keys: each }));
    const commits = started.map(({ message }) => message);
    const dealt = started.map(({ state }, i) => dealShares(state, three[i]!, commits));
    const [a, b, c] = dealt.map(({ message }) => message) as [
      CouncilMessage<"deal">,
      CouncilMessage<"deal">,
      CouncilMessage<"deal">,
    ];
    const second = signMessage(three[1]!, session, "deal", 2, { ...b.body, boxes: [...b.body.boxes].reverse() });
    const one = judgeDeals(dealt[0]!.state, three[0]!, [a, b, c]);
    const two = judgeDeals(dealt[1]!.state, three[1]!, [a, b, c]);
    const last = judgeDeals(dealt[2]!.state, three[2]!, [a, second, c]);
    const judgements = [one, two, last].map(({ message }) => message);
    expect(blameOf(() => answerComplaints(one.state, three[0]!, judgements))).toEqual({
      code: "council.views",
      culprits: [2, 3],
      proven: false,
    });
    expect(blameOf(() => answerComplaints(last.state, three[2]!, judgements))?.code).toBe("council.views");
    expect(equivocatorOf(session, b, second)).toBe(2);
    expect(equivocatorOf(session, b, b)).toBeUndefined();
    expect(equivocatorOf(session, a, b)).toBeUndefined();
    expect(blameOf(() => equivocatorOf(session, b, { ...second, body: a.body }))?.code).toBe("council.signature");
  });

  test("error: a judgement of itself, twice, of nobody, with too few views; another result", () => {
    const judging = (change: object): Cheats => ({ judge: (honest, forge) => forge({ ...honest.body, ...change }) });
    expect(against(judging({ complaints: [2] })).found).toEqual(both("malformed", [2], true));
    expect(against(judging({ complaints: [1, 1] })).found).toEqual(both("malformed", [2], true));
    expect(against(judging({ complaints: [9] })).found).toEqual(both("malformed", [2], true));
    expect(against(judging({ seen: [] })).found).toEqual(both("malformed", [2], true));
    const { found } = against({ confirm: (_, forge) => forge({ result: wordText(1n) }) });
    expect(found).toEqual(both("disagreement", [2], false));
  });

  test("behavior: what the left-out say in later rounds is passed over", () => {
    const nonsense = { from: 2, anything: true };
    const { results } = against({
      deal: (honest, forge) => forge({ ...honest.body, boxes: [...honest.body.boxes].reverse() }),
      answer: () => undefined,
      confirm: () => nonsense,
    });
    expect(results[0]!.council.members).toEqual([1, 3]);
  });
});

describe("refresh", () => {
  const generated = finished(runKeyGeneration({ session, keys: three }).results);
  const { council } = generated[0]!;
  const shares = sharesOf(generated);
  const operatorsAt = (indices: number[]) =>
    indices.map((index) => {
      const { signing, encryption } = three[index - 1]!;
      return { index, signing, encryption };
    });
  const id = `0x${"0a".repeat(32)}` as const;

  test("default: other shares of the same key; old and new ones do not mix", () => {
    const refresh = createRefreshSession(council, { id, operators: operatorsAt([1, 2, 3]) });
    const { results, errors } = runKeyGeneration({ session: refresh, keys: three, shares, seed: "refresh" });
    expect(errors).toEqual([undefined, undefined, undefined]);
    const refreshed = finished(results);
    const next = refreshed[0]!.council;
    expect(next.key).toEqual(council.key);
    expect(next.text.epoch).toBe(1);
    expect(next.id).not.toBe(council.id);
    const fresh = sharesOf(refreshed);
    expect(interpolateSecret(fresh.slice(1))).toBe(interpolateSecret(shares));
    expect(interpolateSecret([shares[0]!, fresh[1]!])).not.toBe(interpolateSecret(shares));
    fresh.forEach(({ secret }, i) => expect(secret).not.toBe(shares[i]!.secret));
  });

  test("behavior: without a member, whose share is then worth nothing", () => {
    const refresh = createRefreshSession(council, { id, operators: operatorsAt([1, 3]) });
    const pair = [three[0]!, three[2]!];
    const kept = [shares[0]!, shares[2]!];
    const refreshed = finished(runKeyGeneration({ session: refresh, keys: pair, shares: kept }).results);
    expect(refreshed[0]!.council.members).toEqual([1, 3]);
    expect(refreshed[0]!.council.key).toEqual(council.key);
    expect(interpolateSecret(sharesOf(refreshed))).toBe(interpolateSecret(shares));
    expect(interpolateSecret([shares[1]!, refreshed[0]!.share])).not.toBe(interpolateSecret(shares));
  });

  test("error: a dealer who would move the key", () => {
    const refresh = createRefreshSession(council, { id, operators: operatorsAt([1, 2, 3]) });
    const deal: Cheats["deal"] = (honest, forge) =>
      forge({ ...honest.body, commitments: [pointText(base8), honest.body.commitments[1]!] });
    const { errors } = runKeyGeneration({ session: refresh, keys: three, shares, cheats: { 2: { deal } } });
    expect(blameOf(errors[0])).toEqual({ code: "council.malformed", culprits: [2], proven: true });
  });

  test("error: no share, another's or a wrong one; a stranger; too few", () => {
    const refresh = createRefreshSession(council, { id, operators: operatorsAt([1, 2, 3]) });
    const start = (share?: { index: number; secret: bigint }) =>
      blameOf(() => startKeyGeneration({ session: refresh, keys: three[0]!, ...(share && { share }) }))?.code;
    expect(start()).toBe("council.step");
    expect(start(shares[1])).toBe("council.share");
    expect(start({ ...shares[0]!, secret: shares[0]!.secret + l })).toBe("council.share");
    expect(start({ ...shares[0]!, secret: 5n })).toBe("council.share");
    expect(blameOf(() => startKeyGeneration({ session, keys: three[0]!, share: shares[0]! }))?.code).toBe(
      "council.step",
    );
    const { signing, encryption } = keys[3]!;
    const withStranger = [...operatorsAt([1, 2]), { index: 4, signing, encryption }];
    expect(blameOf(() => createRefreshSession(council, { id, operators: withStranger }))?.code).toBe("council.session");
    expect(blameOf(() => createRefreshSession(council, { id, operators: operatorsAt([1]) }))?.code).toBe(
      "council.session",
    );
  });
});
