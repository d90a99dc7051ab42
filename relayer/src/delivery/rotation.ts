/** A key that may send, as it stands on one chain. */
export type Candidate = {
  address: string;
  /** Transactions signed, sent, or being prepared, that are not mined. */
  inFlight: number;
  /** How long the oldest of them has waited, milliseconds; 0 when there is none. */
  oldestMs: number;
  /** Wei left once all of them are paid. May be negative. */
  free: bigint;
};

/**
 * The order in which keys are asked to send: those whose nonce moves before those whose nonce is stuck, then the one with the
 * fewest transactions in flight, then the richest. One stuck or empty key is never in the way while another can send. Equal
 * keys keep their order.
 *
 * @param stuckAfterMs a nonce that has not been mined for so long is stuck
 */
export function rankKeys<Key extends Candidate>(keys: readonly Key[], stuckAfterMs: number): Key[] {
  const isStuck = (key: Key) => Number(key.oldestMs >= stuckAfterMs);
  const isEmpty = (key: Key) => Number(key.free <= 0n);
  return [...keys].sort(
    (a, b) =>
      isEmpty(a) - isEmpty(b) ||
      isStuck(a) - isStuck(b) ||
      a.inFlight - b.inFlight ||
      (a.free === b.free ? 0 : a.free > b.free ? -1 : 1),
  );
}
