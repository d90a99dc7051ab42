import { keccak256 } from "viem";

import type { Blocks } from "./blocks.ts";
import type { UserTransaction, World } from "./world.ts";

const EVERY_BLOCKS = 4;

/** Users whose wallets send again what a reorg or a node has lost. */
export type Users = {
  send(transactions: readonly UserTransaction[]): Promise<void>;
  /** Whether everything they sent is in a block. */
  areServed(): Promise<boolean>;
  stop(): void;
};

export function startUsers({ localnet }: World, blocks: Blocks): Users {
  const sent: UserTransaction[] = [];
  let isOver = false;
  const goesOn = () => !isOver;

  const broadcast = async ({ side, raw }: UserTransaction): Promise<void> => {
    try {
      await localnet[side].public.sendRawTransaction({ serializedTransaction: raw });
    } catch {
      // Known already, or mined: what counts is its receipt.
    }
  };
  const isMined = async ({ side, raw }: UserTransaction): Promise<boolean> => {
    try {
      await localnet[side].public.getTransactionReceipt({ hash: keccak256(raw) });
      return true;
    } catch {
      return false;
    }
  };

  void (async () => {
    while (goesOn()) {
      await blocks.after(EVERY_BLOCKS);
      for (const transaction of [...sent]) if (!(await isMined(transaction)) && goesOn()) await broadcast(transaction);
    }
  })();

  return {
    async send(transactions) {
      sent.push(...transactions);
      for (const transaction of transactions) await broadcast(transaction);
    },
    async areServed() {
      return (await Promise.all(sent.map(isMined))).every(Boolean);
    },
    stop: () => {
      isOver = true;
    },
  };
}
