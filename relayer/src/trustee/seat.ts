import {
  decideDecryption,
  givePartialDecryption,
  openSealedAsCouncil,
  verifyPartialDecryption,
  type Council,
  type CouncilShare,
  type DecryptionPurpose,
  type PartialDecryption,
  type SealedLock,
} from "@hypothec/sdk";
import type { Hex } from "viem";
import type { RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import { gatherPartials, whatIsMissing } from "./gather.ts";
import type { GroundsReader } from "./grounds.ts";
import { readOpening, trusteeOf, type Opener, type OpeningRequest } from "./opener.ts";
import { askOverHttp, type AskPeer, type Peer } from "./peers.ts";

/** A member's place in a council: its share, and whom to ask for the others' parts. */
export type SeatKeys = { council: Council; share: CouncilShare; peers: Peer[] };

/** What a member answers to another: its part, or why not, in words. */
export type PartialAnswer = { partial: PartialDecryption } | { reason: string };

/** What came of asking a peer last, since the start; `reason` is for people, `at` milliseconds. */
export type LastAnswer = { type: "partial" | "refused" | "silent"; reason: string | null; at: number };

/** A seat as its operator may see it. Public but for who answered what. */
export type SeatView = {
  id: Hex;
  epoch: number;
  threshold: number;
  members: readonly number[];
  /** This member. */
  index: number;
  peers: { index: number; last: LastAnswer | null }[];
};

export type CouncilSeat = {
  opener: Opener;
  view: () => SeatView;
  /** Our part for a peer's request. Decided anew each time, on what this node itself reads; nothing is remembered. */
  partial: (request: OpeningRequest) => Promise<PartialAnswer>;
};

/**
 * A seat of a t-of-n council. For its own settlements it asks the peers for their parts; to theirs it answers with its own. Both ways it
 * takes nobody's word for why a lock is opened.
 */
export function createCouncilSeat(options: {
  context: RoleContext;
  keys: SeatKeys;
  grounds: GroundsReader;
  /** @default over HTTP */
  ask?: AskPeer;
}): CouncilSeat {
  const { context, grounds, ask = askOverHttp } = options;
  const { council, share, peers } = options.keys;
  const lastAnswers = new Map<number, LastAnswer>();

  const askAndRemember: AskPeer = async (peer, request, signal) => {
    const answer = await ask(peer, request, signal);
    // One that was stopped because the others were enough has said nothing about its peer.
    if (!signal.aborted)
      lastAnswers.set(peer.index, {
        type: answer.type,
        reason: answer.type === "partial" ? null : answer.reason,
        at: context.clock.now(),
      });
    return answer;
  };

  async function decide(
    request: OpeningRequest,
  ): Promise<{ lock: SealedLock; purpose: DecryptionPurpose } | { reason: string }> {
    const found = await grounds(request);
    if ("reason" in found) return found;
    const decision = decideDecryption(council, found.lock, found.grounds);
    return decision.allowed ? { lock: found.lock, purpose: decision.purpose } : { reason: decision.reason };
  }

  const opener: Opener = {
    // Every member can settle what the council opens: without turns all of them would pay for the same settlement.
    turn: { index: council.members.indexOf(share.index), of: council.members.length },
    serves(sealed) {
      const trustee = trusteeOf(context, context.accounts().accounts, sealed);
      return trustee?.x === council.key.x && trustee.y === council.key.y;
    },
    async open(_, request) {
      const decided = await decide(request);
      const { lockNullifier } = request;
      if ("reason" in decided)
        throw new RelayerError("not_due", `The opening of lock ${lockNullifier} stays sealed: ${decided.reason}.`);
      const { lock, purpose } = decided;
      const enough = council.threshold - 1;
      const gathered = await gatherPartials({
        peers,
        ask: askAndRemember,
        request,
        enough,
        verify(index, partial) {
          verifyPartialDecryption(council, purpose, partial);
          const from = (partial as PartialDecryption).index;
          if (from !== index) throw new Error(`it is member ${from}'s`);
        },
      });
      if (gathered.partials.length < enough)
        throw new RelayerError(
          "council_too_few",
          `Lock ${lockNullifier} takes ${council.threshold} members to open, and ${gathered.partials.length + 1} did their part, this one included; ${whatIsMissing(gathered)}. It is tried again.`,
        );
      const partials = [givePartialDecryption({ council, share, purpose }), ...gathered.partials];
      // The seal of the final proof: the head may have another one.
      const values = openSealedAsCouncil({ council, purpose, partials, sealed: lock.sealed });
      const members = partials.map((partial) => (partial as PartialDecryption).index).sort((a, b) => a - b);
      context.logger.info(
        { lockNullifier, for: request.kind, members, of: council.members.length },
        "council opened a lock",
      );
      return readOpening(values, lockNullifier, "roles.trustee.council");
    },
  };

  return {
    opener,
    view: () => ({
      id: council.id,
      epoch: council.text.epoch,
      threshold: council.threshold,
      members: council.members,
      index: share.index,
      peers: peers.map(({ index }) => ({ index, last: lastAnswers.get(index) ?? null })),
    }),
    async partial(request) {
      const decided = await decide(request);
      if ("reason" in decided) return decided;
      return { partial: givePartialDecryption({ council, share, purpose: decided.purpose }) };
    },
  };
}
