import { BATCH_CHUNKS, startsFour } from "@hypothec/sdk";

export type BatchPolicy = {
  /** How long the first sealed chunk of four may wait for the other three. 0: never. */
  maxWaitMs: number;
  /** Wei per gas: below this base fee it does not wait. */
  minBaseFee: bigint;
};

export type SealedQueue = {
  /** Chunks in the tree. */
  appended: number;
  /** Sealed chunks, those in the tree included. */
  sealed: number;
  /** Chunks that do not go with the three after them: their own proof is asked for, or one of all four was given up. */
  alone: ReadonlySet<number>;
};

export type Batch = { first: number; chunks: 1 | 4 };

/**
 * Which batches the sealed chunks make, at most `most`, in their order. Pure. Four chunks go together from a multiple of four on (ADR
 * 0010), unless the first goes alone. Before its first chunk is begun, nothing else of an incomplete four is: it may
 * all be one batch yet.
 */
export function planBatches(queue: SealedQueue, most: number): Batch[] {
  const batches: Batch[] = [];
  let chunk = queue.appended;
  while (chunk < queue.sealed && batches.length < most) {
    const mayBeFour = startsFour(chunk) && !queue.alone.has(chunk);
    const isFour = mayBeFour && chunk + BATCH_CHUNKS <= queue.sealed;
    batches.push({ first: chunk, chunks: isFour ? 4 : 1 });
    if (mayBeFour && !isFour) break;
    chunk += isFour ? BATCH_CHUNKS : 1;
  }
  return batches;
}

export type SingleDecision =
  | { type: "begin" }
  /** For more chunks to join it, or for its turn in the queue. */
  | { type: "wait"; reason: string; forMs?: number }
  /** It goes with the three after it. */
  | { type: "together" };

/**
 * Whether to begin a chunk by itself, as batch16. Pure. Waiting for three more saves about 13,000 gas a leaf, and costs those who wait for
 * the chunk their time: so only while gas is dear, and only so long.
 *
 * @param waitedMs since the relayer first saw it sealed
 * @param baseFee of the newest block, wei per gas
 */
export function decideSingle(
  chunk: number,
  queue: SealedQueue,
  { waitedMs, baseFee }: { waitedMs: number; baseFee: bigint },
  policy: BatchPolicy,
): SingleDecision {
  if (!startsFour(chunk) || queue.alone.has(chunk)) return { type: "begin" };
  if (queue.sealed >= chunk + BATCH_CHUNKS) return { type: "together" };
  // While others are before it nothing is lost by leaving it open how it goes.
  if (queue.appended < chunk) return { type: "wait", reason: `chunk ${queue.appended} to be appended first` };
  if (baseFee < policy.minBaseFee || waitedMs >= policy.maxWaitMs) return { type: "begin" };
  const sealed = queue.sealed - chunk;
  return {
    type: "wait",
    reason: `${BATCH_CHUNKS - sealed} more chunks to go with it`,
    forMs: policy.maxWaitMs - waitedMs,
  };
}
