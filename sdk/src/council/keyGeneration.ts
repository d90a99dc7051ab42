import type { Hex } from "viem";

import { addPoints, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { randomBytes } from "../crypto/field.ts";
import { assertShare, readCouncil, type Council, type CouncilShare } from "./council.ts";
import {
  dealingDigest,
  dealingOf,
  drawSecrets,
  isRefuted,
  readCommitments,
  receiveShare,
  type DealingSecrets,
} from "./dealing.ts";
import { councilError } from "./errors.ts";
import { collect, messageDigest, signMessage, type CouncilMessage, type Round } from "./messages.ts";
import type { OperatorKeys } from "./operator.ts";
import { sumCommitments } from "./polynomial.ts";
import { indexOfKeys, type CouncilSession } from "./session.ts";
import { pointText, wordText } from "./wire.ts";

/** A dealer's or accuser's misbehaviour that did not stop the run. Whoever has the same messages finds the same. */
export interface Fault {
  readonly operator: number;
  /** `badShare`: its answer shows it, or does not refute it. `unanswered`: none came. Both disqualify. `falseComplaint`: it received a right share. */
  readonly kind: "badShare" | "unanswered" | "falseComplaint";
  /** The other operator concerned. */
  readonly towards: number;
}

/**
 * An operator's state between two rounds. Secret, plain JSON: keep it where the operator's keys are kept, before its message is sent.
 * Each step returns another state and changes nothing.
 */
export interface KeyGenerationState<S extends Step = Step> {
  readonly step: S;
  readonly session: CouncilSession;
  readonly index: number;
  readonly secrets: DealingSecrets;
  /** The share that is refreshed. */
  readonly previous: Hex | null;
  readonly commits: readonly CouncilMessage<"commit">[];
  readonly deals: readonly CouncilMessage<"deal">[];
  /** f_j(index) by dealer, in the session's order; null for a bad one. */
  readonly shares: readonly (Hex | null)[];
  readonly judgements: readonly CouncilMessage<"judge">[];
  readonly outcome: KeyGenerationOutcome | null;
}

/** What the operators confirm to each other before anyone uses it. */
export interface KeyGenerationOutcome {
  readonly council: Council["text"];
  readonly share: Hex;
  readonly faults: readonly Fault[];
}

/** The step that was done last. */
export type Step = "committed" | "dealt" | "judged" | "answered" | "confirmed";

export interface StepResult<S extends Step, M> {
  readonly state: KeyGenerationState<S>;
  /** To every operator of the session. */
  readonly message: M;
}

export interface StartParameters {
  readonly session: CouncilSession;
  readonly keys: OperatorKeys;
  /** The share to refresh: exactly in a refresh. */
  readonly share?: CouncilShare;
  /** Secure random bytes; another source is for tests only. */
  readonly random?: (count: number) => Uint8Array;
}

/**
 * Round 1: draw a polynomial and commit to it. All later steps follow from the state and the messages alone, so each may be repeated.
 *
 * @example
 * let { state, message } = startKeyGeneration({ session, keys });
 * // send `message`, await those of the others, then dealShares, judgeDeals, answerComplaints, confirmCouncil, finishKeyGeneration
 * @throws HypothecError `council.step`, `council.share`.
 */
export function startKeyGeneration({
  session,
  keys,
  share,
  random = randomBytes,
}: StartParameters): StepResult<"committed", CouncilMessage<"commit">> {
  const index = indexOfKeys(session, keys);
  if ((session.refreshes === null) !== (share === undefined)) {
    throw councilError("council.step", "A refresh needs the share to refresh, and nothing else takes one");
  }
  if (session.refreshes !== null && share !== undefined) {
    assertShare(readCouncil(session.refreshes), share);
    if (share.index !== index) throw councilError("council.share", `The share is not operator ${index}'s`);
  }
  const secrets = drawSecrets(session, random);
  const { commitments } = dealingOf(session, index, secrets);
  return {
    state: {
      step: "committed",
      session,
      index,
      secrets,
      previous: share === undefined ? null : wordText(share.secret),
      commits: [],
      deals: [],
      shares: [],
      judgements: [],
      outcome: null,
    },
    message: signMessage(keys, session, "commit", index, { digest: dealingDigest(session, index, commitments) }),
  };
}

/**
 * Round 2: when everyone has committed, open the commitment and deal a share to each operator.
 *
 * @param messages Round 1's, of all operators.
 * @throws HypothecError as {@link collect}.
 */
export function dealShares(
  state: KeyGenerationState<"committed">,
  keys: OperatorKeys,
  messages: readonly unknown[],
): StepResult<"dealt", CouncilMessage<"deal">> {
  const { session, index, secrets } = enter(state, "committed", keys);
  const commits = inOrder(state, "commit", messages);
  const message = signMessage(keys, session, "deal", index, dealingOf(session, index, secrets));
  const own = commits.find(({ from }) => from === index)!;
  if (own.body.digest !== dealingDigest(session, index, message.body.commitments)) {
    throw councilError("council.step", "The commitment that was sent is not this state's: the session ran twice");
  }
  return { state: { ...state, step: "dealt", commits }, message };
}

/**
 * Round 3: check every deal and complain about bad shares.
 *
 * @param messages Round 2's, of all operators.
 * @throws HypothecError as {@link collect}, and `council.malformed`, `council.opening`, `council.possession` for what anyone can see to be wrong.
 */
export function judgeDeals(
  state: KeyGenerationState<"dealt">,
  keys: OperatorKeys,
  messages: readonly unknown[],
): StepResult<"judged", CouncilMessage<"judge">> {
  const { session, index } = enter(state, "dealt", keys);
  const deals = inOrder(state, "deal", messages);
  const commitments = commitmentsOf({ ...state, deals });
  const shares = deals.map((deal, j) => receiveShare(session, keys, index, deal, commitments[j]!) ?? null);
  const complaints = deals.filter((_, j) => shares[j] === null).map(({ from }) => from);
  return {
    state: {
      ...state,
      step: "judged",
      deals,
      shares: shares.map((share) => (share === null ? null : wordText(share))),
    },
    message: signMessage(keys, session, "judge", index, { seen: deals.map(messageDigest), complaints }),
  };
}

/**
 * Round 4: a dealer answers each complaint with the ephemeral secret of that box. Nothing to send for the others.
 *
 * @param messages Round 3's, of all operators.
 * @throws HypothecError as {@link collect}, and `council.views` when somebody received another deal than we did.
 */
export function answerComplaints(
  state: KeyGenerationState<"judged">,
  keys: OperatorKeys,
  messages: readonly unknown[],
): StepResult<"answered", CouncilMessage<"answer"> | undefined> {
  const { session, index, secrets, deals } = enter(state, "judged", keys);
  const judgements = inOrder(state, "judge", messages);
  for (const judgement of judgements) {
    assertSameViews(session, deals, judgement);
  }
  const reveals = judgements
    .filter(({ body }) => body.complaints.includes(index))
    .map(({ from }) => ({
      to: from,
      ephemeralSecret: secrets.ephemerals[session.operators.findIndex((operator) => operator.index === from)]!,
    }));
  return {
    state: { ...state, step: "answered", judgements },
    message: reveals.length === 0 ? undefined : signMessage(keys, session, "answer", index, { reveals }),
  };
}

/**
 * Round 5: leave out the dealers whose complaints stand, add up the rest and tell the result.
 *
 * @param messages Round 4's. All operators must decide on the same ones: a dealer that owes one and is silent is disqualified.
 * @throws HypothecError as {@link collect}; `council.disqualified` when that is us; `council.tooFew`.
 */
export function confirmCouncil(
  state: KeyGenerationState<"answered">,
  keys: OperatorKeys,
  messages: readonly unknown[],
): StepResult<"confirmed", CouncilMessage<"confirm">> {
  const { session, index, deals, shares } = enter(state, "answered", keys);
  const commitments = commitmentsOf(state);
  const faults = faultsOf(state, commitments, messages);
  const out = new Set(faults.filter(({ kind }) => kind !== "falseComplaint").map(({ operator }) => operator));
  if (out.has(index)) {
    const blame = { culprits: [index], proven: false };
    throw councilError("council.disqualified", "This operator's own shares were refused", blame);
  }
  const qualified = deals.map((_, j) => j).filter((j) => !out.has(deals[j]!.from));
  if (qualified.length < session.threshold) {
    throw councilError(
      "council.tooFew",
      `${qualified.length} dealers are left, the threshold is ${session.threshold}`,
      { culprits: [...out], proven: false },
      "Begin another session without them.",
    );
  }
  const base = session.refreshes === null ? undefined : readCouncil(session.refreshes).text;
  const sum = sumCommitments(qualified.map((j) => commitments[j]!));
  const council = readCouncil({
    session: session.hash,
    epoch: base === undefined ? 0 : base.epoch + 1,
    threshold: session.threshold,
    members: qualified.map((j) => deals[j]!.from),
    commitments: (base === undefined ? sum : sum.map((point, k) => addPoints(point, pointOf(base, k)))).map(pointText),
  });
  const secret =
    qualified.reduce((total, j) => total + BigInt(shares[j]!), BigInt(state.previous ?? 0)) % SUBGROUP_ORDER;
  assertShare(council, { index, secret });
  return {
    state: { ...state, step: "confirmed", outcome: { council: council.text, share: wordText(secret), faults } },
    message: signMessage(keys, session, "confirm", index, { result: council.id }),
  };
}

export interface KeyGenerationResult {
  readonly council: Council;
  readonly share: CouncilShare;
  readonly faults: readonly Fault[];
}

/**
 * When every member confirmed the same result, the council and this operator's share. After a refresh, delete the old share.
 *
 * @param messages Round 5's, of all members. Whoever keeps them can finish later, or help another to.
 * @throws HypothecError as {@link collect}, and `council.disagreement`.
 */
export function finishKeyGeneration(
  state: KeyGenerationState<"confirmed">,
  messages: readonly unknown[],
): KeyGenerationResult {
  const { session, index, outcome } = state;
  if ((state.step as Step) !== "confirmed" || outcome === null) throw wrongStep(state.step, "confirmed");
  const council = readCouncil(outcome.council);
  const confirms = collect(session, "confirm", messages, council.members);
  const others = [...confirms.values()].filter(({ body }) => body.result !== council.id);
  if (others.length > 0) {
    throw councilError(
      "council.disagreement",
      `${others.map(({ from }) => from).join(", ")} ended with another council than ${council.id}`,
      { culprits: others.map(({ from }) => from), proven: false, evidence: others },
      "Nobody uses this key: compare the messages of the rounds, then begin another session.",
    );
  }
  return { council, share: { index, secret: BigInt(outcome.share) }, faults: outcome.faults };
}

function faultsOf(
  { session, judgements, deals }: KeyGenerationState,
  commitments: readonly Point[][],
  messages: readonly unknown[],
): Fault[] {
  const accused = deals.map(({ from }) => from).filter((dealer) => isAccused(judgements, dealer));
  const answers = collect(session, "answer", messages, accused, true);
  return judgements.flatMap(({ from: accuser, body }) =>
    body.complaints.map((dealer): Fault => {
      const answer = answers.get(dealer);
      if (answer === undefined) return { operator: dealer, kind: "unanswered", towards: accuser };
      const j = deals.findIndex(({ from }) => from === dealer);
      const reveal = answer.body.reveals.find(({ to }) => to === accuser);
      const refuted =
        reveal !== undefined && isRefuted(session, accuser, deals[j]!, commitments[j]!, reveal.ephemeralSecret);
      return refuted
        ? { operator: accuser, kind: "falseComplaint", towards: dealer }
        : { operator: dealer, kind: "badShare", towards: accuser };
    }),
  );
}

function isAccused(judgements: readonly CouncilMessage<"judge">[], dealer: number): boolean {
  return judgements.some(({ body }) => body.complaints.includes(dealer));
}

function assertSameViews(
  session: CouncilSession,
  deals: readonly CouncilMessage<"deal">[],
  judgement: CouncilMessage<"judge">,
): void {
  const { from, body } = judgement;
  const dealers = session.operators.map(({ index }) => index);
  const isWellFormed =
    body.seen.length === deals.length &&
    new Set(body.complaints).size === body.complaints.length &&
    body.complaints.every((dealer) => dealer !== from && dealers.includes(dealer));
  if (!isWellFormed) {
    throw councilError("council.malformed", `Operator ${from}'s judgement does not fit the session`, {
      culprits: [from],
      proven: true,
      evidence: [judgement],
    });
  }
  const differs = deals.findIndex((deal, j) => messageDigest(deal) !== body.seen[j]);
  if (differs < 0) return;
  const dealer = deals[differs]!;
  throw councilError(
    "council.views",
    `Operator ${from} says that it received another deal of operator ${dealer.from} than we did`,
    {
      culprits: dealer.from === from ? [from] : [dealer.from, from],
      proven: dealer.from === from,
      evidence: [dealer, judgement],
    },
    "Ask it for the deal: equivocatorOf tells from both whether the dealer signed two; if it has none, it lied.",
  );
}

function commitmentsOf({ session, commits, deals }: KeyGenerationState): Point[][] {
  return deals.map((deal, j) => readCommitments(session, commits[j]!, deal));
}

function inOrder<R extends Round>(
  { session }: KeyGenerationState,
  round: R,
  messages: readonly unknown[],
): CouncilMessage<R>[] {
  const indices = session.operators.map(({ index }) => index);
  const collected = collect(session, round, messages, indices);
  return indices.map((each) => collected.get(each)!);
}

function enter<S extends Step>(state: KeyGenerationState<S>, step: S, keys: OperatorKeys): KeyGenerationState<S> {
  if (state.step !== step) throw wrongStep(state.step, step);
  if (indexOfKeys(state.session, keys) !== state.index) {
    throw councilError("council.step", `The keys are not operator ${state.index}'s`);
  }
  return state;
}

function wrongStep(got: Step, expected: Step) {
  return councilError("council.step", `The state is "${got}", expected "${expected}"`);
}

function pointOf({ commitments }: Council["text"], k: number): Point {
  const { x, y } = commitments[k]!;
  return { x: BigInt(x), y: BigInt(y) };
}
