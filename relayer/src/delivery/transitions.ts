import type { Hex } from "viem";
import type { Fees } from "./fees.ts";

/**
 * signed ─▶ sent ─▶ mined ─▶ final | reverted
 *   └────────┴───────┴─▶ lost          mined ─▶ sent when a reorg takes the block away
 *
 * `final` and `reverted` are in a final block; `lost`: the nonce was used by a transaction that is not ours.
 */
export type TransactionState = "signed" | "sent" | "mined" | "final" | "reverted" | "lost";

/** One signed transaction. `raw` is persisted before it is sent, so that a crash cannot lose what a node may know. */
export type Variant = Fees & { hash: Hex; raw: Hex; at: number };

export type Transaction = {
  id: number;
  chain: string;
  sender: Hex;
  nonce: number;
  target: Hex;
  data: Hex;
  value: bigint;
  gasLimit: bigint;
  description: string;
  state: TransactionState;
  variants: Variant[];
  /** Where it was mined, if it was. */
  block: { number: number; hash: Hex } | null;
  txHash: Hex | null;
  /** Why it reverted or was lost; while it is signed or sent, why it is not mined, if that is known. */
  reason: string | null;
  createdAt: number;
  updatedAt: number;
};

export type Observation =
  /** A node took it. */
  | { type: "accepted" }
  /** No node takes it, or none mines it, for this reason. */
  | { type: "held up"; reason: string }
  /** A receipt of one of the variants. */
  | { type: "receipt"; txHash: Hex; block: { number: number; hash: Hex }; success: boolean; reason?: string }
  /** No variant has a receipt; `nonce` is the sender's count of mined transactions. */
  | { type: "no receipt"; nonce: number }
  /** The chain is final up to this block, and the receipt was seen in the same look. */
  | { type: "finalised"; number: number }
  /** A replacement was signed. */
  | { type: "replaced"; variant: Variant };

export const isLive = (state: TransactionState): boolean => state === "signed" || state === "sent" || state === "mined";

/** The next row; pure. Terminal rows never change. */
export function observe(row: Transaction, seen: Observation, now: number): Transaction {
  if (!isLive(row.state)) return row;
  switch (seen.type) {
    case "accepted":
      if (row.state === "mined" || (row.state === "sent" && row.reason === null)) return row;
      return { ...row, state: "sent", reason: null, updatedAt: now };
    case "held up":
      if (row.state === "mined" || row.reason === seen.reason) return row;
      return { ...row, reason: seen.reason, updatedAt: now };
    case "receipt": {
      const same = row.state === "mined" && row.block?.hash === seen.block.hash && row.txHash === seen.txHash;
      if (same) return row;
      return {
        ...row,
        state: "mined",
        block: seen.block,
        txHash: seen.txHash,
        reason: seen.success ? null : (seen.reason ?? "reverted"),
        updatedAt: now,
      };
    }
    case "no receipt":
      if (row.state === "mined")
        return { ...row, state: "sent", block: null, txHash: null, reason: null, updatedAt: now };
      if (seen.nonce > row.nonce)
        return {
          ...row,
          state: "lost",
          reason: `nonce ${row.nonce} was used by another transaction of ${row.sender}`,
          updatedAt: now,
        };
      return row;
    case "finalised":
      if (row.state !== "mined" || row.block === null || row.block.number > seen.number) return row;
      return { ...row, state: row.reason === null ? "final" : "reverted", updatedAt: now };
    case "replaced":
      if (row.state === "mined") return row;
      return { ...row, state: "signed", variants: [...row.variants, seen.variant], reason: null, updatedAt: now };
  }
}
