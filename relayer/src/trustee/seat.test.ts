import { initCrypto, verifyPartialDecryption, type Council, type CouncilShare } from "@hypothec/sdk";
import { beforeAll, describe, expect, test } from "vitest";
import { councilOf, domain, lockNullifier, opening, sealedLock, settleGrounds } from "../../../test/support/seats.ts";
import { emptyMarginView, type SealedProof } from "../keeper/marginView.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { Found } from "./grounds.ts";
import type { OpeningRequest } from "./opener.ts";
import type { PeerAnswer } from "./peers.ts";
import { createTrustee } from "./role.ts";
import { createCouncilSeat } from "./seat.ts";

let council: Council;
let shares: CouncilShare[];
beforeAll(async () => {
  await initCrypto();
  ({ council, shares } = councilOf(2, 3));
});

const request: OpeningRequest = { kind: "settle", domain, lockNullifier };
const expected = { lo: 11n, hi: 12n, blinding: 13n, pk: 14n, leafIndex: 15n };
const [account, market] = [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`] as const;
const silent: PeerAnswer = { type: "silent", reason: "ECONNREFUSED" };

type Behaviour = (honest: () => Promise<PeerAnswer>, signal: AbortSignal) => Promise<PeerAnswer>;

/** Member 1 of three, whose peers do as they are told to; honest when nothing is said. */
function world(given: { behaviour?: Record<number, Behaviour>; found?: (member: number) => Found } = {}) {
  const { behaviour = {}, found = () => ({ lock: sealedLock(council), grounds: settleGrounds }) } = given;
  const asked: number[] = [];
  const logged: unknown[][] = [];
  const view = emptyMarginView();
  view.accounts.set(account, { id: account, market, controller: account });
  const { x, y } = council.key;
  const context = {
    vaultChain: {},
    marginChain: {},
    vault: { name: "S" },
    margin: { name: "D" },
    markets: new Map([[market, { trustee: { x: x.toString(), y: y.toString() } }]]),
    accounts: () => view,
    clock: { now: () => 5_000 },
    logger: { info: (...line: unknown[]) => logged.push(line) },
  } as unknown as RoleContext;
  const peers = [2, 3].map((index) => ({ index, url: `http://127.0.0.1:${index}`, apiKey: `key-${index}` }));
  const seatOf = (member: number) =>
    createCouncilSeat({
      context,
      keys: { council, share: shares[member - 1]!, peers },
      grounds: async () => found(member),
      ask: (peer, asks, signal) => {
        asked.push(peer.index);
        const honest = async (): Promise<PeerAnswer> => {
          const answer = await seatOf(peer.index).partial(asks);
          return "reason" in answer
            ? { type: "refused", reason: answer.reason }
            : { type: "partial", partial: JSON.parse(JSON.stringify(answer.partial)) as unknown };
        };
        return (behaviour[peer.index] ?? ((answer) => answer()))(honest, signal);
      },
    });
  const seat = seatOf(1);
  const sealed: SealedProof = { account, ...sealedLock(council) };
  return { seat, context, asked, logged, sealed, open: () => seat.opener.open(sealed, request) };
}

/** A partial decryption with a point that is not made with the member's share. */
const lying: Behaviour = async (honest) => {
  const answer = await honest();
  if (answer.type !== "partial") return answer;
  const { x, y } = council.text.commitments[0]!;
  return { type: "partial", partial: { ...(answer.partial as object), point: { x, y } } };
};
const down: Behaviour = async () => silent;

describe("a council's seat opens", () => {
  test("default: with the parts of all", async () => {
    const w = world();
    expect(await w.open()).toEqual(expected);
    expect(w.asked).toEqual([2, 3]);
    expect(Object.values(await w.open())).toEqual(opening);
  });

  test("behavior: says who opened which lock for what, and nothing of what was in it", async () => {
    const w = world({ behaviour: { 2: down } });
    await w.open();
    expect(w.logged).toEqual([[{ lockNullifier, for: "settle", members: [1, 3], of: 3 }, "council opened a lock"]]);
  });

  test("behavior: while one is down, one lies, or one refuses", async () => {
    expect(await world({ behaviour: { 2: down } }).open()).toEqual(expected);
    expect(await world({ behaviour: { 2: lying } }).open()).toEqual(expected);
    const found = (member: number): Found =>
      member === 2 ? { reason: "not final here" } : { lock: sealedLock(council), grounds: settleGrounds };
    expect(await world({ found }).open()).toEqual(expected);
  });

  test("behavior: shows the council, and what each peer answered last", async () => {
    const w = world({ behaviour: { 2: down } });
    const { id, members, threshold } = council;
    const shown = { id, members, threshold, epoch: 0, index: 1 };
    expect(w.seat.view()).toEqual({ ...shown, peers: [2, 3].map((index) => ({ index, last: null })) });
    await w.open();
    expect(w.seat.view()).toEqual({
      ...shown,
      peers: [
        { index: 2, last: { type: "silent", reason: "ECONNREFUSED", at: 5_000 } },
        { index: 3, last: { type: "partial", reason: null, at: 5_000 } },
      ],
    });
  });

  test("behavior: does not wait for more than it needs, and stops asking", async () => {
    let stopped = false;
    const slow: Behaviour = (_, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          stopped = true;
          resolve(silent);
        }),
      );
    expect(await world({ behaviour: { 3: slow } }).open()).toEqual(expected);
    expect(stopped).toBe(true);
  });

  test("error: too few: who did not answer, who refused and why, whose part is invalid; it is tried again", async () => {
    const found = (member: number): Found =>
      member === 3 ? { reason: "the lock is settled" } : { lock: sealedLock(council), grounds: settleGrounds };
    await expect(world({ behaviour: { 2: down }, found }).open()).rejects.toMatchObject({
      code: "council_too_few",
      severity: "retryable",
      message: expect.stringMatching(
        /takes 2 members.* and 1 did.*did not answer: member 2 \(ECONNREFUSED\); refused: member 3 \(the lock is settled\)/,
      ),
    });
    await expect(world({ behaviour: { 2: lying, 3: lying } }).open()).rejects.toThrow(
      /invalid partial decryption: member 2 \(Member 2's .*not made with its share.*member 3/s,
    );
  });

  test("error: another's part, another council's, and what is none do not count", async () => {
    const copied: Behaviour = async () => {
      const answer = await world().seat.partial(request); // member 1's own
      return { type: "partial", partial: "partial" in answer ? answer.partial : undefined };
    };
    await expect(world({ behaviour: { 2: copied, 3: down } }).open()).rejects.toThrow(/it is member 1's/);
    const nonsense: Behaviour = async () => ({ type: "partial", partial: [] });
    await expect(world({ behaviour: { 2: nonsense, 3: down } }).open()).rejects.toMatchObject({
      code: "council_too_few",
    });
  });

  test("error: what it finds no grounds for: nobody is asked", async () => {
    const spent: Found = { lock: sealedLock(council), grounds: { ...settleGrounds, isSpent: true } };
    for (const found of [spent, { reason: "no SETTLE of this lock is in a final block" }]) {
      const w = world({ found: () => found });
      await expect(w.open()).rejects.toMatchObject({ code: "not_due", severity: "retryable" });
      expect(w.asked).toEqual([]);
    }
  });
});

describe("a council's seat", () => {
  test("default: gives its part to another member, and it is its own", async () => {
    const answer = await world().seat.partial(request);
    if ("reason" in answer) throw new Error(answer.reason);
    expect(answer.partial.index).toBe(1);
    const purpose = { kind: "settle", domain, lockNullifier, ephemeral: sealedLock(council).ephemeral } as const;
    const subject = settleGrounds.executable!.orderHash;
    expect(() => verifyPartialDecryption(council, { ...purpose, subject }, answer.partial)).not.toThrow();
  });

  test("behavior: keeps it, with the reason, when it sees no grounds", async () => {
    const grounds = { ...settleGrounds, executable: undefined };
    const { seat } = world({ found: () => ({ lock: sealedLock(council), grounds }) });
    expect(await seat.partial(request)).toEqual({ reason: "the order is not executable in a final block" });
  });

  test("behavior: serves the markets whose trustee is the council, and takes turns by its place among the members", () => {
    const { seat, sealed, context } = world();
    expect(seat.opener.serves(sealed)).toBe(true);
    expect(seat.opener.serves({ ...sealed, account: `0x${"03".repeat(32)}` })).toBe(false);
    expect(seat.opener.turn).toEqual({ index: 0, of: 3 });
    const { kinds } = createTrustee(context, seat.opener, {} as never);
    expect(kinds.map(({ kind, raced }) => [kind, raced])).toEqual([
      ["settle", { index: 0, of: 3 }],
      ["valuation", { index: 0, of: 3 }],
    ]);
  });
});
