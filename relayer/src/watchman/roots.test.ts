import { decodeFunctionData, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { engineAbi } from "../chain/abis.ts";
import { emptyMarginView } from "../keeper/marginView.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Message } from "../store/messages.ts";
import { createRootWatch, type RevokePayload } from "./roots.ts";
import { verdictOf } from "./rootVotes.ts";

const NOW = 1_000_000;
const guardian = privateKeyToAccount(`0x${"11".repeat(32)}`);
const vault: Hex = `0x${"aa".repeat(20)}`;
const market: Hex = `0x${"3a".repeat(32)}`;
const ROOT = 99n;

test("verdictOf: a quorum decides, whoever is silent does not", () => {
  const votes = (...says: ("known" | "unknown" | "unclear")[]) =>
    says.map((each) => ({ says: each, reason: "" }) as never);
  expect(verdictOf(votes("unknown", "unknown", "known"), 2)).toBe("unknown");
  expect(verdictOf(votes("known", "unknown", "known"), 2)).toBe("known");
  expect(verdictOf(votes("known", "unknown", "unclear"), 2)).toBe("open");
  expect(verdictOf(votes("unknown", "unclear", "unclear"), 2)).toBe("open");
});

type Node = { known: boolean; time?: number; fails?: boolean };

function world(given: {
  nodes?: Node[];
  /** RPCs of the margin chain that have the root. */
  accepted?: boolean[];
  sourceTime?: number;
  revokedAt?: number;
  hasKey?: boolean;
  owner?: Hex;
  named?: Hex;
}) {
  const state = {
    nodes: [{ known: false }, { known: false }, { known: false }] as Node[],
    accepted: [true],
    sourceTime: NOW - 30,
    revokedAt: 0,
    hasKey: true,
    owner: `0x${"0e".repeat(20)}`,
    named: guardian.address,
    rootTime: NOW - 20,
    ...given,
  };
  const errors: string[] = [];
  const view = emptyMarginView();
  view.sightings.roots.set("1", { srcEid: 1, vault, root: ROOT, sourceTime: state.sourceTime, block: 5, logIndex: 0 });
  const client = (has: boolean) => ({
    getBlock: async () => ({ timestamp: BigInt(NOW - 20) }),
    readContract: async ({ functionName }: { functionName: string }) =>
      ({
        rootTime: has ? BigInt(state.rootTime) : 0n,
        source: { revokedAt: state.revokedAt },
        owner: state.owner,
        guardian: state.named,
      })[functionName],
  });
  const context = {
    vaultChain: { eid: 1, vault },
    marginChain: { engine: `0x${"dd".repeat(20)}`, rootInbox: `0x${"ee".repeat(20)}` },
    markets: new Map([[market, { id: market, sourceId: 0 }]]),
    accounts: () => view,
    logger: { error: (_: object, message: string) => errors.push(message) },
    vault: {
      name: "S",
      config: {},
      witnesses: state.nodes.map((node) => ({
        getBlock: async () => {
          if (node.fails === true) throw new Error("down");
          return { number: 7n, timestamp: BigInt(node.time ?? NOW) };
        },
        readContract: async () => node.known,
      })),
    },
    margin: {
      name: "D",
      config: {},
      head: () => ({ number: 9, timestamp: NOW }),
      client: client(state.accepted.some(Boolean)),
      witnesses: state.accepted.map(client),
    },
  } as unknown as RoleContext;
  const watch = createRootWatch(context, state.hasKey ? guardian : undefined);
  const kind = watch.kinds[0] as unknown as MessageKind<RevokePayload>;
  const payload: RevokePayload = { market, sourceId: 0, root: ROOT, sentBy: NOW - 30 };
  return {
    state,
    errors,
    check: () => watch.check(),
    plan: () => watch.planners[0]!.plan(),
    prepare: () => kind.prepare({ key: "revoke:x", payload } as Message<RevokePayload>, undefined),
    done: () => kind.done(payload, { blockTag: "latest" }),
  };
}

describe("roots", () => {
  test("default: one that the vault has is no news, and is not asked for again", async () => {
    const w = world({ nodes: [{ known: true }, { known: true }, { known: true }] });
    expect(await w.plan()).toEqual([]);
    w.state.nodes.forEach((node) => (node.fails = true));
    expect(await w.plan()).toEqual([]);
    expect(w.errors).toEqual([]);
  });

  test("behavior: one that a quorum of nodes does not know is revoked, with an alarm, once", async () => {
    const w = world({ nodes: [{ known: true }, { known: false }, { known: false }] }); // the first node lies
    expect(await w.plan()).toEqual([
      {
        kind: "revoke",
        key: `revoke:${market}:0:${ROOT}:${NOW - 20}`,
        payload: { market, sourceId: 0, root: ROOT, sentBy: NOW - 30 },
      },
    ]);
    // Until it is revoked the same message is planned again, and the alarm was given.
    expect(await w.plan()).toHaveLength(1);
    expect(w.errors).toEqual([expect.stringMatching(/^ALARM/)]);
    const action = await w.prepare();
    if (action.type !== "send") throw new Error(action.type);
    expect(action.request.account).toBe(guardian);
    expect(decodeFunctionData({ abi: engineAbi, data: action.request.data })).toEqual({
      functionName: "revokeRoots",
      args: [market, 0],
    });
    expect(await w.done()).toBe(false);
    w.state.revokedAt = NOW - 20;
    expect(await w.done()).toBe(true);
    expect(await w.plan()).toEqual([]);
    w.state.rootTime = NOW - 19; // it came again
    expect(await w.done()).toBe(false);
  });

  test("behavior: a node that lags or fails says nothing; whoever waits for the others revokes nothing", async () => {
    for (const nodes of [
      [{ known: false }, { known: false, time: NOW - 31 }, { known: false, time: NOW - 31 }],
      [{ known: false }, { known: true }, { known: false, fails: true }],
    ]) {
      const w = world({ nodes });
      expect(await w.plan()).toEqual([]);
      expect(w.errors).toEqual([expect.stringMatching(/do not confirm/)]);
      await expect(w.prepare()).rejects.toMatchObject({ code: "no_quorum", severity: "retryable" });
      nodes.forEach((node) => Object.assign(node, { known: true, fails: false }));
      expect(await w.plan()).toEqual([]);
    }
    const lagging = world({ nodes: [{ known: false, time: NOW - 31 }] });
    expect(await lagging.plan()).toEqual([]);
    expect(lagging.errors).toEqual([]);
  });

  test("behavior: a time from the future, which nobody checked, puts nothing off", async () => {
    const w = world({ sourceTime: NOW + 86_400 });
    expect(await w.plan()).toHaveLength(1);
  });

  test("behavior: nothing is revoked for what one node of the margin chain says", async () => {
    await expect(world({ accepted: [true, false, false] }).prepare()).rejects.toMatchObject({ code: "no_quorum" });
    expect(await world({ accepted: [false] }).prepare()).toMatchObject({ type: "void" });
    const known = world({ nodes: [{ known: true }, { known: true }, { known: false }] });
    expect(await known.prepare()).toMatchObject({ type: "void" });
  });

  test("error: without the guardian's key an operator has to act; within three days of the last time the owner", async () => {
    const w = world({ hasKey: false });
    await expect(w.prepare()).rejects.toMatchObject({
      code: "root_contradicted",
      severity: "permanent",
      message: expect.stringContaining(`revokeRoots(${market}, 0)`),
    });
    const again = world({ revokedAt: NOW - 86_400 });
    await expect(again.prepare()).rejects.toMatchObject({ code: "revoked_already", severity: "retryable" });
    expect(await world({ revokedAt: NOW - 86_400, owner: guardian.address }).prepare()).toMatchObject({ type: "send" });
    expect(await world({ revokedAt: NOW - 4 * 86_400 }).prepare()).toMatchObject({ type: "send" });
  });

  test("check: a key that is neither guardian nor owner is no use", async () => {
    expect(await world({}).check()).toEqual([]);
    expect(await world({ named: vault }).check()).toEqual([expect.stringContaining("not the engine's guardian")]);
    expect(await world({ named: vault, owner: guardian.address }).check()).toEqual([]);
    expect(await world({ named: vault, hasKey: false }).check()).toEqual([]);
  });
});
