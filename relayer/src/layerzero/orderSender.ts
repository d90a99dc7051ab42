import { decodeOrder } from "@hypothec/sdk";
import { encodeFunctionData, formatEther, type Hex, type LocalAccount } from "viem";
import { orderQueueAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { Config } from "../config/schema.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import { openMessages, type Message, type NewMessage } from "../store/messages.ts";
import { isOrderSent, type MarginView } from "../keeper/marginView.ts";

/** Seconds. */
const DAY = 86_400;

type OrderPayload = { dstEid: number; id: bigint; order: Hex };

/** Sends the orders that engines queued on the margin chain, several in a message. */
export function createOrderSender(
  context: RoleContext,
  config: NonNullable<Config["roles"]["orderSender"]>,
  account: LocalAccount,
): { kinds: MessageKind[]; plan(events: StoredEvent[]): NewMessage[] } {
  const { marginChain, margin, database, clock } = context;
  const address = marginChain.orderQueue;
  const gap = config.heartbeatAfterSeconds === 0 ? DAY : config.heartbeatAfterSeconds / 2;
  const effect = ({ dstEid, id }: OrderPayload) => `order:${dstEid}:${id}`;
  const isSent = ({ dstEid, id }: OrderPayload, block = Infinity) => isOrderSent(context.accounts(), dstEid, id, block);

  const send: MessageKind<OrderPayload> = {
    kind: "order",
    raced: true,
    chain: () => margin.name,
    // The queue keeps no record of what was sent, so its events tell.
    done: async (payload, at) => isSent(payload, "blockNumber" in at ? Number(at.blockNumber) : Infinity),
    async prepare(message) {
      const group = await companions(message);
      const { dstEid } = message.payload;
      const ids = group.map(({ payload }) => payload.id);
      const orders = group.map(({ payload }) => payload.order);
      const fee = (
        await margin.client.readContract({
          address,
          abi: orderQueueAbi,
          functionName: "quoteSend",
          args: [dstEid, ids, orders, "0x"],
        })
      ).nativeFee;
      if (fee > BigInt(config.maxFee))
        throw new RelayerError(
          "fee_too_high",
          `LayerZero asks ${formatEther(fee)} for ${ids.length} order(s), roles.orderSender.maxFee allows ${formatEther(BigInt(config.maxFee))}. Raise it, or wait.`,
        );
      return {
        type: "send",
        together: group.filter(({ id }) => id !== message.id),
        request: {
          effects: group.map(({ payload }) => effect(payload)),
          chain: margin.name,
          account,
          to: address,
          data: encodeFunctionData({ abi: orderQueueAbi, functionName: "send", args: [dstEid, ids, orders, "0x"] }),
          value: fee,
          description: `send orders ${ids.join(", ")}`,
          ...(orders.some(isDuty) ? { duty: "an order that keeps a chain alive or settles a lock" } : {}),
        },
      };
    },
  };

  /** The message with others that are due too; one that failed before goes alone, so that it spoils no batch. */
  async function companions(message: Message<OrderPayload>): Promise<Message<OrderPayload>[]> {
    if (message.attempts > 0) return [message];
    const others = ((await openMessages(database, "order", "due")) as Message<OrderPayload>[]).filter(
      (other) =>
        other.id !== message.id &&
        other.attempts === 0 &&
        other.nextAttemptAt <= clock.now() &&
        other.payload.dstEid === message.payload.dstEid &&
        !isSent(other.payload),
    );
    return [message, ...others].slice(0, config.maxOrders).sort((a, b) => (a.payload.id < b.payload.id ? -1 : 1));
  }

  return {
    kinds: [send],
    plan: (events) =>
      events.flatMap((event) => {
        const queued = event.contract === "orderQueue" ? decodeAs(orderQueueAbi, "OrderQueued", event) : undefined;
        if (queued === undefined || !isWorthSending(context.accounts(), queued, marginChain.engine, gap)) return [];
        const payload: OrderPayload = { dstEid: queued.dstEid, id: queued.id, order: queued.order };
        return [{ kind: "order", key: effect(payload), payload }];
      }),
  };
}

/** Heartbeats keep borrowing and exits as they should be; a SETTLE is owed to whoever bought, or repaid. */
const isDuty = (order: Hex): boolean => {
  const { kind } = decodeOrder(order);
  return kind === "heartbeat" || kind === "settle";
};

/**
 * Whether this relayer pays for an order. Anybody may queue one, of an engine of their own too, and a heartbeat costs next to nothing: it sends those of its
 * engine, and of heartbeats the first in each `gap` seconds.
 */
export function isWorthSending(
  { heartbeats }: Pick<MarginView, "heartbeats">,
  { dstEid, id, engine, order }: { dstEid: number; id: bigint; engine: Hex; order: Hex },
  ours: Hex,
  gap: number,
): boolean {
  if (engine.toLowerCase() !== ours.toLowerCase()) return false;
  const decoded = decodeOrder(order);
  if (decoded.kind !== "heartbeat") return true;
  const slot = (time: number | bigint) => Math.floor(Number(time) / gap);
  return !heartbeats.some(
    (each) =>
      each.dstEid === dstEid &&
      each.id < id &&
      each.vault === decoded.vault.toLowerCase() &&
      each.engine === engine.toLowerCase() &&
      slot(each.time) === slot(decoded.time),
  );
}
