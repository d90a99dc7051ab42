import { isHex, type Hex } from "viem";
import { z } from "zod";

import { councilError } from "./errors.ts";
import { isSignedBy, type OperatorKeys } from "./operator.ts";
import { BOX_BYTES } from "./box.ts";
import { operatorOf, type CouncilSession } from "./session.ts";
import { canonicalJson, digestOf, transcript } from "./transcript.ts";

/** Lower-case hexadecimal of a fixed size: one text for one value. */
const hexOf = (bytes: number) =>
  z.custom<Hex>((value) => isHex(value) && value.length === 2 + 2 * bytes && value === value.toLowerCase());
const word = hexOf(32);
const index = z.int().min(1).max(255);

export const pointSchema = z.strictObject({ x: word, y: word });
export const proofSchema = z.strictObject({ challenge: word, response: word });

/** What each round's message holds. */
export const bodySchemas = {
  /** Round 1. `digest` of the commitments, so that nobody chooses theirs after having seen others'. */
  commit: z.strictObject({ digest: word }),
  /**
   * Round 2. `commitments` C_k = a_k·B; a proof of knowing a_0; `boxes` with f(i) for each operator i in the session's order, the
   * sender's own included.
   */
  deal: z.strictObject({
    commitments: z.array(pointSchema).readonly(),
    possession: proofSchema,
    boxes: z.array(hexOf(BOX_BYTES)).readonly(),
  }),
  /** Round 3. `seen`: digests of the deals received, in the session's order. `complaints`: dealers whose share is bad. */
  judge: z.strictObject({ seen: z.array(word).readonly(), complaints: z.array(index).readonly() }),
  /** Round 4, only by dealers complained about: the ephemeral secrets of the accusers' boxes. */
  answer: z.strictObject({
    reveals: z.array(z.strictObject({ to: index, ephemeralSecret: word })).readonly(),
  }),
  /** Round 5. `result`: the council's id. */
  confirm: z.strictObject({ result: word }),
} as const;

export type Round = keyof typeof bodySchemas;
export type BodyOf<R extends Round> = z.infer<(typeof bodySchemas)[R]>;

/** A message: plain JSON, signed by its sender over session, round, index and body. */
export interface CouncilMessage<R extends Round = Round> {
  readonly session: Hex;
  readonly round: R;
  readonly from: number;
  readonly body: BodyOf<R>;
  /** Ed25519. */
  readonly signature: Hex;
}

const envelopeSchema = z.strictObject({
  session: word,
  round: z.enum(["commit", "deal", "judge", "answer", "confirm"]),
  from: index,
  body: z.unknown(),
  signature: hexOf(64),
});
type Envelope = z.infer<typeof envelopeSchema>;

/** Sign a round's body as operator `from`. */
export function signMessage<R extends Round>(
  keys: OperatorKeys,
  { hash: session }: CouncilSession,
  round: R,
  from: number,
  body: BodyOf<R>,
): CouncilMessage<R> {
  const signature = keys.sign(signedBytes({ session, round, from, body }));
  return { session, round, from, body, signature };
}

/** What names a message: its content without the signature. */
export function messageDigest({ session, round, from, body }: Omit<CouncilMessage, "signature">): Hex {
  return digestOf("hypothec.council.message.1", { session, round, from, body });
}

/**
 * One message from each operator in `from`, by index. Equal copies count once; other operators' messages are passed over. Nothing is
 * kept when it throws: leave out what nobody vouches for and call again.
 *
 * @throws HypothecError `council.malformed`, `council.foreign`, `council.signature`, `council.equivocation`, or `council.missing` when all
 * that came is in order but not all came; `args` names who is to blame.
 */
export function collect<R extends Round>(
  session: CouncilSession,
  round: R,
  messages: readonly unknown[],
  from: readonly number[],
  optional = false,
): Map<number, CouncilMessage<R>> {
  const collected = new Map<number, CouncilMessage<R>>();
  for (const received of messages) {
    if (isFromAnother(session, received, from)) continue; // nothing that it says counts in this round
    const message = readMessage(session, round, received);
    const earlier = collected.get(message.from);
    if (earlier !== undefined && messageDigest(earlier) !== messageDigest(message)) {
      throw councilError("council.equivocation", `Operator ${message.from} signed two messages for one round`, {
        culprits: [message.from],
        proven: true,
        evidence: [earlier, message],
      });
    }
    collected.set(message.from, message);
  }
  const missing = from.filter((each) => !collected.has(each));
  if (missing.length > 0 && !optional) {
    throw councilError(
      "council.missing",
      `No message of the round "${round}" came from ${missing.join(", ")}`,
      { culprits: missing, proven: false },
      "Wait for it, or begin another session without them.",
    );
  }
  return collected;
}

/**
 * The operator whom two messages convict of having told different things, undefined when they do not. For operators whose views differ
 * (`council.views`): exchange the deal in question and call this with both.
 */
export function equivocatorOf(session: CouncilSession, a: unknown, b: unknown): number | undefined {
  const [first, second] = [readEnvelope(session, a), readEnvelope(session, b)];
  const sameSlot = first.from === second.from && first.round === second.round;
  return sameSlot && canonicalJson(first.body) !== canonicalJson(second.body) ? first.from : undefined;
}

function readMessage<R extends Round>(session: CouncilSession, round: R, received: unknown): CouncilMessage<R> {
  const envelope = readEnvelope(session, received);
  if (envelope.round !== round) {
    throw councilError(
      "council.foreign",
      `A message of the round "${envelope.round}" came in place of "${round}" from operator ${envelope.from}`,
      { culprits: [envelope.from], proven: false },
    );
  }
  const body = bodySchemas[round].safeParse(envelope.body);
  if (!body.success) {
    throw councilError("council.malformed", `Operator ${envelope.from} signed what is no message of "${round}"`, {
      culprits: [envelope.from],
      proven: true,
      evidence: [received],
    });
  }
  const { session: hash, from, signature } = envelope;
  return { session: hash, round, from, body: body.data as BodyOf<R>, signature };
}

/** Everything but the body is checked, the signature too. */
function readEnvelope(session: CouncilSession, received: unknown): Envelope {
  const parsed = envelopeSchema.safeParse(received);
  if (!parsed.success)
    throw councilError("council.malformed", "A message has not the form of one", blameClaimed(received));
  const envelope = parsed.data;
  const blame = { culprits: [envelope.from], proven: false };
  if (envelope.session !== session.hash) {
    throw councilError(
      "council.foreign",
      `A message of session ${envelope.session} came from operator ${envelope.from}, expected ${session.hash}`,
      blame,
      "Someone replayed it, or the operators did not agree on the session.",
    );
  }
  const operator = operatorOf(session, envelope.from);
  let signed: Uint8Array;
  try {
    signed = signedBytes(envelope);
  } catch {
    throw councilError("council.malformed", `Operator ${envelope.from}'s message is not plain JSON`, blame);
  }
  if (!isSignedBy(operator, signed, envelope.signature)) {
    throw councilError("council.signature", `Operator ${envelope.from} did not sign the message in its name`, blame);
  }
  return envelope;
}

/** Whether it names an operator of the session of whom this round expects nothing. */
function isFromAnother(session: CouncilSession, received: unknown, from: readonly number[]): boolean {
  const claimed = claimedSender(received);
  return session.operators.some(({ index }) => index === claimed) && !from.some((each) => each === claimed);
}

/** Who an unsigned message says it is from: a hint, no proof. */
function blameClaimed(received: unknown) {
  const from = claimedSender(received);
  return { culprits: typeof from === "number" ? [from] : [], proven: false };
}

function claimedSender(received: unknown): unknown {
  return typeof received === "object" && received !== null && "from" in received ? received.from : undefined;
}

function signedBytes({ session, round, from, body }: Omit<Envelope, "signature">): Uint8Array {
  return transcript("hypothec.council.message.1", { session, round, from, body });
}
