import type { PublicClient } from "viem";

/** Waits, block by block of a chain, until something holds; asks once before the first. */
export async function untilBlock(reader: PublicClient, holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise<void>((resolve) => {
      const stop = reader.watchBlockNumber({
        onBlockNumber: () => {
          stop();
          resolve();
        },
        pollingInterval: 200,
      });
    });
  }
}
