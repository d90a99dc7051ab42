import {
  asSettleOrderStruct,
  decodeSettleOrder,
  settleOrderHash,
  settleWitness,
  type SettleParams,
  type ZkProof,
} from "@hypothec/sdk";
import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { orderInboxAbi, vaultAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import { lockKey } from "../keeper/marginView.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";
import type { Opener } from "./opener.ts";
import { createValuations } from "./valuation.ts";

/** A recorded SETTLE; `order` is packed as in docs/encodings.md. Public: everything secret stays in the builder. */
type SettlePayload = { domain: bigint; lockNullifier: bigint; order: Hex };
type SettleResult = { params: SettleParams; proof: ZkProof };

/**
 * Settles what the margin chain ordered, PUBLIC orders too. A sealed opening is decrypted in one place only, the witness builder, which runs
 * when the order is executable on the vault chain in a final block, and never before.
 */
export function createTrustee(
  context: RoleContext,
  opener: Opener,
  account: LocalAccount,
): {
  kinds: MessageKind[];
  planners: Planner[];
  plan(events: StoredEvent[]): NewMessage[];
  /** Of the circuits `settle` and `margin` (valuations). */
  builder: WitnessBuilder;
  valuer: WitnessBuilder;
} {
  const { vaultChain, marginChain, vault, margin } = context;

  async function executable({ domain, lockNullifier }: SettlePayload, at: object) {
    const [orderHash] = await vault.client.readContract({
      address: vaultChain.orderInbox,
      abi: orderInboxAbi,
      functionName: "executable",
      args: [domain, lockNullifier],
      ...at,
    });
    return orderHash;
  }

  const settle: MessageKind<SettlePayload> = {
    kind: "settle",
    raced: opener.turn ?? false,
    chain: () => vault.name,
    done: ({ lockNullifier }, at) =>
      vault.client.readContract({
        address: vaultChain.vault,
        abi: vaultAbi,
        functionName: "isLockSpent",
        args: [lockNullifier],
        ...at,
      }),
    async prepare({ key, payload }, proof) {
      const order = decodeSettleOrder(payload.order);
      const sealed = context.accounts().proofs.get(lockKey(payload.domain, payload.lockNullifier));
      if (sealed === undefined)
        return {
          type: "wait",
          reason:
            "the sealed opening on the margin chain (none for a lock that never backed an account: its owner settles)",
          wakeOn: `block:${margin.name}`,
          delayMs: 60_000,
        };
      if (!opener.serves(sealed)) return { type: "void", reason: "the market has another trustee" };
      const finalised = vault.finalised();
      if (finalised < 0 || (await executable(payload, { blockNumber: BigInt(finalised) })) !== settleOrderHash(order))
        return { type: "wait", reason: "the order to be executable in a final block", wakeOn: `final:${vault.name}` };
      if (proof === undefined) return { type: "prove", request: { key, circuit: "settle", request: payload } };
      const { params, proof: zk } = proof.result as SettleResult;
      // A PUBLIC order has no buyer's note: what it seizes is paid out by the RecoveryVault.
      const notes = order.claim > 0n && !order.isPublic ? 2n : 1n;
      return {
        type: "send",
        request: {
          effects: [`settle:${payload.lockNullifier}`],
          chain: vault.name,
          account,
          to: vaultChain.vault,
          data: encodeFunctionData({
            abi: vaultAbi,
            functionName: "settle",
            args: [asSettleOrderStruct(order), marginChain.eid, params, zk],
          }),
          value: notes * BigInt(vaultChain.entryFee),
          description: `settle lock ${payload.lockNullifier}`,
        },
      };
    },
  };

  const builder: WitnessBuilder = async (payload: SettlePayload) => {
    const order = decodeSettleOrder(payload.order);
    const finalised = vault.finalised();
    if ((await executable(payload, { blockNumber: BigInt(finalised) })) !== settleOrderHash(order))
      throw new RelayerError(
        "not_executable",
        `The order for lock ${payload.lockNullifier} is not executable in final block ${finalised}: its opening stays sealed.`,
      );
    const sealed = context.accounts().proofs.get(lockKey(payload.domain, payload.lockNullifier));
    const controller = sealed === undefined ? undefined : context.accounts().accounts.get(sealed.account)?.controller;
    if (sealed === undefined || !opener.serves(sealed) || controller === undefined)
      throw new RelayerError(
        "no_opening",
        `The sealed opening of lock ${payload.lockNullifier} is not known, or is sealed to another trustee.`,
      );
    const { domain, lockNullifier } = payload;
    const opening = await opener.open(sealed, { kind: "settle", domain, lockNullifier });
    const tree = context.tree.follow(context.queue());
    const witness = settleWitness({
      order,
      domain,
      opening,
      controller,
      path: tree.path(Number(opening.leafIndex)),
    });
    return { witness, keep: { params: witness.params } };
  };

  const valuations = createValuations(context, opener, account);
  return {
    kinds: [settle, ...valuations.kinds],
    planners: valuations.planners,
    valuer: valuations.builder,
    plan: (events) =>
      events.flatMap((event) => {
        const recorded = event.contract === "orderInbox" ? decodeAs(orderInboxAbi, "SettleRecorded", event) : undefined;
        if (recorded === undefined) return [];
        const { domain, lockNullifier, order } = recorded;
        if (decodeSettleOrder(order).vault.toLowerCase() !== vaultChain.vault.toLowerCase()) return [];
        return [
          {
            kind: "settle",
            key: `settle:${domain}:${lockNullifier}`,
            payload: { domain, lockNullifier, order } satisfies SettlePayload,
          },
        ];
      }),
    builder,
  };
}
