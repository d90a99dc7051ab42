import { rpcFailure } from "../runtime/rpcFailure.ts";

/**
 * How many blocks one eth_getLogs covers. Nodes limit blocks, results, bytes or time, and none says so beforehand: halve when one
 * refuses, grow by an eighth after an answer, up to what is configured.
 */
export type LogRange = {
  size: () => number;
  grew: () => void;
  /** Returns whether a smaller range is worth a try. */
  shrank: (tried: number) => boolean;
};

export function createLogRange(max: number): LogRange {
  let size = max;
  return {
    size: () => size,
    grew: () => {
      size = Math.min(max, size + Math.max(1, Math.floor(size / 8)));
    },
    shrank: (tried) => {
      size = Math.max(1, Math.floor(tried / 2));
      return tried > 1;
    },
  };
}

const refusals =
  /(block )?range|too (many|large|big|wide)|more than \d+|exceed|limit|response size|result set|query timeout|timed? ?out/i;

/** Whether a node refused eth_getLogs for what was asked, so that it may answer for fewer blocks. */
export function isRangeRefusal(error: unknown): boolean {
  const failure = rpcFailure(error);
  if (failure === "timeout") return true;
  const { status, message, details } = error as { status?: number; message?: string; details?: string };
  if (status === 413) return true;
  if (status === 429 || failure === "http") return false;
  return refusals.test(details ?? message ?? "");
}
