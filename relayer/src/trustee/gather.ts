import type { OpeningRequest } from "./opener.ts";
import type { AskPeer, Peer } from "./peers.ts";

/** Peers' partial decryptions that verify, and by member index why there is none of the others. */
export type Gathered = {
  partials: unknown[];
  silent: Map<number, string>;
  refused: Map<number, string>;
  invalid: Map<number, string>;
};

/**
 * Asks all peers at once until `enough` gave a valid partial decryption, or all have answered. The rest are not waited for.
 *
 * @param verify throws unless it is that member's, for this purpose
 */
export async function gatherPartials(options: {
  peers: Peer[];
  ask: AskPeer;
  request: OpeningRequest;
  enough: number;
  verify: (index: number, partial: unknown) => void;
}): Promise<Gathered> {
  const { peers, ask, request, enough, verify } = options;
  const gathered: Gathered = { partials: [], silent: new Map(), refused: new Map(), invalid: new Map() };
  const stop = new AbortController();
  let reached: () => void = () => {};
  const isEnough = new Promise<void>((resolve) => (reached = resolve));

  async function one(peer: Peer): Promise<void> {
    const { index } = peer;
    const answer = await ask(peer, request, stop.signal);
    if (stop.signal.aborted) return;
    if (answer.type !== "partial") {
      gathered[answer.type].set(index, answer.reason);
      return;
    }
    try {
      verify(index, answer.partial);
    } catch (error) {
      gathered.invalid.set(index, (error as Error).message);
      return;
    }
    gathered.partials.push(answer.partial);
    if (gathered.partials.length >= enough) reached();
  }

  try {
    await Promise.race([isEnough, Promise.all(peers.map(one))]);
  } finally {
    stop.abort();
  }
  return gathered;
}

/** Who did not help, and why, in words. */
export function whatIsMissing({ silent, refused, invalid }: Gathered): string {
  const group = (what: string, reasons: Map<number, string>) =>
    reasons.size === 0 ? [] : [`${what}: ${[...reasons].map(([index, why]) => `member ${index} (${why})`).join(", ")}`];
  return [
    ...group("did not answer", silent),
    ...group("refused", refused),
    ...group("gave an invalid partial decryption", invalid),
  ].join("; ");
}
