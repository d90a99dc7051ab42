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

export type CouncilSeat = {
  opener: Opener;
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
        ask,
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
      return readOpening(values, lockNullifier, "roles.trustee.council");
    },
  };

  return {
    opener,
    async partial(request) {
      const decided = await decide(request);
      if ("reason" in decided) return decided;
      return { partial: givePartialDecryption({ council, share, purpose: decided.purpose }) };
    },
  };
}
