import { encodeSettleOrder, settleOrderHash, trusteeKeyOf, type SettleOrder } from "@hypothec/sdk";
import { zeroHash, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { emptyMarginView, lockKey } from "../keeper/marginView.ts";
import type { StoredProof } from "../prover/proofs.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Message } from "../store/messages.ts";
import { createKeyOpener } from "./keyOpener.ts";
import { createTrustee } from "./role.ts";

const secret = 5n;
const domain = 9n;
const entryFee = 100n;
const lender = privateKeyToAccount(`0x${"11".repeat(32)}`);
const [vault, engine, borrower, market] = [
  `0x${"aa".repeat(20)}`,
  `0x${"dd".repeat(20)}`,
  `0x${"01".repeat(32)}`,
  `0x${"02".repeat(32)}`,
] as Hex[];

const orderOf = (more: Partial<SettleOrder> = {}): SettleOrder => ({
  vault: vault!,
  engine: engine!,
  lockNullifier: 42n,
  claim: 1_000n,
  seizurePricesX64: [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
  isPublic: false,
  buyerOwner: 3n,
  buyerKey: trusteeKeyOf(7n).key,
  ...more,
});
const isPublic = { isPublic: true, buyerOwner: 0n, buyerKey: { x: 0n, y: 0n } };

/** A vault chain on which `executable` may be settled now, and the trustee of the lock's market. */
function world(order: SettleOrder, executable: Hex) {
  const view = emptyMarginView();
  view.accounts.set(borrower!, { id: borrower!, market: market!, controller: engine! });
  const sealed = { account: borrower!, domain, lockNullifier: 42n, ephemeral: { x: 0n, y: 1n }, sealed: [] };
  view.proofs.set(lockKey(domain, 42n), sealed);
  const { x, y } = trusteeKeyOf(secret).key;
  const context = {
    vaultChain: { vault, orderInbox: vault, entryFee: String(entryFee) },
    marginChain: { eid: 2 },
    markets: new Map([[market, { trustee: { x: x.toString(), y: y.toString() } }]]),
    vault: { name: "S", finalised: () => 10, client: { readContract: async () => [executable, false] } },
    margin: { name: "D" },
    accounts: () => view,
  } as unknown as RoleContext;
  const kind = createTrustee(context, createKeyOpener(context, [secret]), lender)
    .kinds[0] as unknown as MessageKind<unknown>;
  const payload = { domain, lockNullifier: 42n, order: encodeSettleOrder(order) };
  const message = { key: "settle:9:42", payload } as Message;
  const params = {
    root: 1n,
    payoutLo: 0n,
    payoutHi: 0n,
    buyerCommitment: 0n,
    restCommitment: 1n,
    ephemeralX: 0n,
    ephemeralY: 0n,
    sealedOpening: [0n, 0n, 0n],
  };
  const proof = { result: { params, proof: { points: Array<bigint>(8).fill(1n), commitment: 2n } } };
  return {
    begin: () => kind.prepare(message, undefined),
    /** Wei that go with the settlement. */
    sent: async () => {
      const action = await kind.prepare(message, proof as unknown as StoredProof);
      if (action.type !== "send") throw new Error(`got ${action.type}`);
      return action.request.value;
    },
  };
}

describe("trustee", () => {
  test("default: proves an order that is executable, and pays for the buyer's note and the rest", async () => {
    const order = orderOf();
    const w = world(order, settleOrderHash(order));
    expect(await w.begin()).toMatchObject({ type: "prove", request: { circuit: "settle" } });
    expect(await w.sent()).toBe(2n * entryFee);
  });

  test("behavior: a PUBLIC order is proven too, and has no buyer's note to pay for (ORD-5)", async () => {
    const order = orderOf(isPublic);
    const w = world(order, settleOrderHash(order));
    expect(await w.begin()).toMatchObject({ type: "prove" });
    expect(await w.sent()).toBe(entryFee);
  });

  test("behavior: a release pays for the rest alone", async () => {
    const order = orderOf({ claim: 0n });
    expect(await world(order, settleOrderHash(order)).sent()).toBe(entryFee);
  });

  test("behavior: an order that waits for its notice, its delay or a veto opens nothing (ORD-4)", async () => {
    for (const order of [orderOf(), orderOf(isPublic)])
      expect(await world(order, zeroHash).begin()).toMatchObject({ type: "wait", wakeOn: "final:S" });
  });
});
