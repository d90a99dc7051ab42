import { createHash } from "node:crypto";

import { isHypothecError } from "../../sdk/src/errors/base.ts";
import type { CouncilShare } from "../../sdk/src/council/council.ts";
import {
  answerComplaints,
  confirmCouncil,
  dealShares,
  finishKeyGeneration,
  judgeDeals,
  startKeyGeneration,
  type KeyGenerationResult,
  type KeyGenerationState,
} from "../../sdk/src/council/keyGeneration.ts";
import { signMessage, type BodyOf, type CouncilMessage, type Round } from "../../sdk/src/council/messages.ts";
import { createOperatorKeys, type OperatorKeys } from "../../sdk/src/council/operator.ts";
import { createSession, type CouncilSession } from "../../sdk/src/council/session.ts";
import { l } from "./model/jub.ts";

/** Bytes that follow from the seed: SHA-256 in counter mode. */
export function seededRandom(seed: string): (count: number) => Uint8Array {
  let counter = 0;
  return (count) => {
    const blocks: Buffer[] = [];
    for (let have = 0; have < count; have += 32) {
      blocks.push(createHash("sha256").update(`${seed}/${counter++}`).digest());
    }
    return new Uint8Array(Buffer.concat(blocks).subarray(0, count));
  };
}

export function operatorKeys(count: number, seed = "operators"): OperatorKeys[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => createOperatorKeys(random(32)));
}

/** A session of operators 1 … n. */
export function sessionOf(keys: readonly OperatorKeys[], threshold: number, idByte = "01"): CouncilSession {
  return createSession({
    id: `0x${idByte.repeat(32)}`,
    threshold,
    operators: keys.map(({ signing, encryption }, i) => ({ index: i + 1, signing, encryption })),
  });
}

/** What an operator who breaks the rules sends in place of what it should: undefined = nothing, an array = several messages. */
export type Cheats = {
  readonly [R in Round]?: (
    honest: CouncilMessage<R>,
    forge: (body: BodyOf<R>) => CouncilMessage<R>,
    state: KeyGenerationState,
  ) => unknown;
};

export interface Run {
  readonly session: CouncilSession;
  /** In the session's order. */
  readonly keys: readonly OperatorKeys[];
  readonly seed?: string;
  readonly shares?: readonly CouncilShare[];
  /** By operator index. */
  readonly cheats?: Readonly<Record<number, Cheats>>;
}

/** Every operator's way through all rounds, over a broadcast channel and with states and messages that pass through JSON. A throw ends its way. */
export function runKeyGeneration({ session, keys, seed = "run", shares, cheats = {} }: Run): {
  results: (KeyGenerationResult | undefined)[];
  errors: unknown[];
} {
  const errors: unknown[] = keys.map(() => undefined);
  const indices = session.operators.map(({ index }) => index);
  const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

  /** All operators that are still there make a step on what was sent in the round before; what they send comes back. */
  function round<R extends Round>(
    name: R,
    states: (KeyGenerationState | undefined)[],
    step: (
      state: KeyGenerationState,
      i: number,
    ) => { state: KeyGenerationState; message: CouncilMessage<R> | undefined },
  ): { states: (KeyGenerationState | undefined)[]; sent: unknown[] } {
    const sent: unknown[] = [];
    const next = states.map((state, i) => {
      if (state === undefined) return undefined;
      try {
        const done = step(state, i);
        const forge = (body: BodyOf<R>) => signMessage(keys[i]!, session, name, indices[i]!, body);
        const cheat = cheats[indices[i]!]?.[name];
        const message: unknown =
          cheat === undefined || done.message === undefined ? done.message : cheat(done.message, forge, done.state);
        sent.push(...(Array.isArray(message) ? (message as unknown[]) : message === undefined ? [] : [message]));
        return copy(done.state);
      } catch (error) {
        errors[i] = error;
        return undefined;
      }
    });
    return { states: next, sent: copy(sent) };
  }

  type Any = any;
  const random = seededRandom(seed);
  const begun = round(
    "commit",
    keys.map(() => ({}) as KeyGenerationState),
    (_, i) => startKeyGeneration({ session, keys: keys[i]!, random, ...(shares && { share: shares[i]! }) }),
  );
  const dealt = round("deal", begun.states, (state: Any, i) => dealShares(state, keys[i]!, begun.sent));
  const judged = round("judge", dealt.states, (state: Any, i) => judgeDeals(state, keys[i]!, dealt.sent));
  const answered = round("answer", judged.states, (state: Any, i) => answerComplaints(state, keys[i]!, judged.sent));
  const confirmed = round("confirm", answered.states, (state: Any, i) =>
    confirmCouncil(state, keys[i]!, answered.sent),
  );
  const results = confirmed.states.map((state: Any, i) => {
    if (state === undefined) return undefined;
    try {
      return finishKeyGeneration(state, confirmed.sent);
    } catch (error) {
      errors[i] = error;
      return undefined;
    }
  });
  return { results, errors };
}

/** f(0) by Lagrange, with integers of its own: independent of the SDK's. */
export function interpolateSecret(shares: readonly CouncilShare[]): bigint {
  const mod = (value: bigint) => ((value % l) + l) % l;
  let secret = 0n;
  for (const { index: i, secret: value } of shares) {
    let weight = 1n;
    for (const { index: j } of shares) {
      if (j !== i) weight = mod(weight * BigInt(j) * inverse(mod(BigInt(j - i))));
    }
    secret = mod(secret + weight * value);
  }
  return secret;
}

/** By Euclid's algorithm. */
export function inverse(value: bigint): bigint {
  let [a, b, x, y] = [value, l, 1n, 0n];
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % l) + l) % l;
}

/** Code and culprits of what `act` throws, or of an error. */
export function blameOf(actOrError: unknown): { code: string; culprits: unknown; proven: unknown } | undefined {
  let error = actOrError;
  if (typeof actOrError === "function") {
    try {
      (actOrError as () => unknown)();
      return undefined;
    } catch (thrown) {
      error = thrown;
    }
  }
  if (!isHypothecError(error)) throw error;
  return { code: error.code, culprits: error.args.culprits, proven: error.args.proven };
}
