import {
  concat,
  encodeAbiParameters,
  hexToBigInt,
  keccak256,
  numberToHex,
  size,
  slice,
  type Address,
  type Hex,
} from "viem";

import { HypothecError } from "../errors/base.ts";
import { SLOTS } from "../notes/amounts.ts";
import type { SettleOrder } from "./settle.ts";

/** An OPENED order: a notice of the largest claim to expect. */
export interface OpenedOrder {
  readonly vault: Address;
  readonly engine: Address;
  readonly lockNullifier: bigint;
  /** µUSD. */
  readonly coverage: bigint;
  readonly seizurePricesHash: Hex;
}

/** A HEARTBEAT order: the engine lives. */
export interface HeartbeatOrder {
  readonly vault: Address;
  readonly engine: Address;
  /** The margin chain's, seconds. */
  readonly time: bigint;
}

/** A RELEASE order: who may have what a PUBLIC settlement seized. */
export interface ReleaseOrder {
  readonly vault: Address;
  readonly engine: Address;
  readonly lockNullifier: bigint;
  readonly recipient: Address;
}

/** An order as it travels between the chains. */
export type Order =
  | ({ readonly kind: "opened" } & OpenedOrder)
  | ({ readonly kind: "settle" } & SettleOrder)
  | ({ readonly kind: "heartbeat" } & HeartbeatOrder)
  | ({ readonly kind: "release" } & ReleaseOrder);

const OPENED_BYTES = 1 + 20 + 20 + 32 + 8 + 32;
const HEARTBEAT_BYTES = 1 + 20 + 20 + 8;
const RELEASE_BYTES = 1 + 20 + 20 + 32 + 20;
const SETTLE_BYTES = 1 + 20 + 20 + 32 + 8 + 12 * SLOTS + 1 + 32 + 32 + 32;

/**
 * Read a packed order (docs/encodings.md, Messages).
 *
 * @throws HypothecError `order.malformed`.
 */
export function decodeOrder(packed: Hex): Order {
  const kind = size(packed) > 0 ? slice(packed, 0, 1) : "0x";
  let offset = 1;
  const take = (bytes: number): Hex => {
    const part = slice(packed, offset, offset + bytes);
    offset += bytes;
    return part;
  };
  const word = (bytes: number) => hexToBigInt(take(bytes));
  if (kind === "0x01" && size(packed) === OPENED_BYTES) {
    const [vault, engine] = [take(20), take(20)];
    return { kind: "opened", vault, engine, lockNullifier: word(32), coverage: word(8), seizurePricesHash: take(32) };
  }
  if (kind === "0x02" && size(packed) === SETTLE_BYTES) {
    const [vault, engine] = [take(20), take(20)];
    const lockNullifier = word(32);
    const claim = word(8);
    const seizurePricesX64 = Array.from({ length: SLOTS }, () => word(12));
    const isPublic = word(1) !== 0n;
    const buyerOwner = word(32);
    const buyerKey = { x: word(32), y: word(32) };
    return { kind: "settle", vault, engine, lockNullifier, claim, seizurePricesX64, isPublic, buyerOwner, buyerKey };
  }
  if (kind === "0x03" && size(packed) === HEARTBEAT_BYTES) {
    return { kind: "heartbeat", vault: take(20), engine: take(20), time: word(8) };
  }
  if (kind === "0x04" && size(packed) === RELEASE_BYTES) {
    return { kind: "release", vault: take(20), engine: take(20), lockNullifier: word(32), recipient: take(20) };
  }
  throw new HypothecError(`${size(packed)} bytes of kind ${kind} are no order`, {
    code: "order.malformed",
    whatToDo: "Read it from the event of the OrderQueue or OrderInbox of this deployment.",
  });
}

/** @throws HypothecError `order.malformed` when the bytes are not a SETTLE. */
export function decodeSettleOrder(packed: Hex): SettleOrder {
  const order = decodeOrder(packed);
  if (order.kind === "settle") {
    const { kind: _, ...settle } = order;
    return settle;
  }
  throw new HypothecError(`The order is of kind ${order.kind}, expected a SETTLE`, {
    code: "order.malformed",
    whatToDo: "Take it from a SettleRecorded event.",
  });
}

/** The packed form of a SETTLE. */
export function encodeSettleOrder(order: SettleOrder): Hex {
  return concat([
    "0x02",
    order.vault,
    order.engine,
    numberToHex(order.lockNullifier, { size: 32 }),
    numberToHex(order.claim, { size: 8 }),
    ...order.seizurePricesX64.map((price) => numberToHex(price, { size: 12 })),
    order.isPublic ? "0x01" : "0x00",
    numberToHex(order.buyerOwner, { size: 32 }),
    numberToHex(order.buyerKey.x, { size: 32 }),
    numberToHex(order.buyerKey.y, { size: 32 }),
  ]);
}

const settleOrderAbi = [
  {
    type: "tuple",
    components: [
      { name: "vault", type: "address" },
      { name: "engine", type: "address" },
      { name: "lockNullifier", type: "uint256" },
      { name: "claim", type: "uint64" },
      { name: "seizurePricesX64", type: "uint96[8]" },
      { name: "isPublic", type: "bool" },
      { name: "buyerOwner", type: "uint256" },
      {
        name: "buyerKey",
        type: "tuple",
        components: [
          { name: "x", type: "uint256" },
          { name: "y", type: "uint256" },
        ],
      },
    ],
  },
] as const;

/** keccak256(abi.encode(order)): what the vault chain keeps of an order. */
export function settleOrderHash(order: SettleOrder): Hex {
  return keccak256(encodeAbiParameters(settleOrderAbi, [asSettleOrderStruct(order)]));
}

/** The order with its prices as the fixed-size array that viem's types ask for. */
export function asSettleOrderStruct(order: SettleOrder) {
  return {
    ...order,
    seizurePricesX64: order.seizurePricesX64 as readonly [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ],
  };
}
