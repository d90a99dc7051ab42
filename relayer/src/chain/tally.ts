/** One RPC's answer to a question, as a text that is equal when the answers are; `absent`: why it gave none. */
export type Ballot = { endpoint: number } & ({ answer: string } | { absent: string });

export type Verdict =
  /** A quorum says what we hold. `against`: those that say something else. */
  | { outcome: "agreed"; against: number[] }
  /** A quorum agrees on something else than we hold. `against`: those that say anything else, ours included. */
  | { outcome: "outvoted"; answer: string; against: number[] }
  /** Neither: nothing may rest on it. `split`: some disagree; otherwise too few answered. */
  | { outcome: "open"; split: boolean };

/**
 * Counts what RPCs answered. Pure. With a quorum of less than a majority two answers can both have one: then nothing is agreed.
 *
 * @param ours what we hold
 */
export function tally(ours: string, ballots: Ballot[], quorum: number): Verdict {
  const by = new Map<string, number[]>();
  for (const ballot of ballots)
    if ("answer" in ballot) by.set(ballot.answer, [...(by.get(ballot.answer) ?? []), ballot.endpoint]);
  const winners = [...by].filter(([, endpoints]) => endpoints.length >= quorum);
  const [winner] = winners;
  if (winner === undefined || winners.length > 1) {
    const split = by.size > 1 || (by.size === 1 && !by.has(ours));
    return { outcome: "open", split };
  }
  const [answer] = winner;
  const against = [...by].flatMap(([other, endpoints]) => (other === answer ? [] : endpoints)).sort((a, b) => a - b);
  return answer === ours ? { outcome: "agreed", against } : { outcome: "outvoted", answer, against };
}

/** The highest number that a quorum has reached, or undefined when fewer than that many gave one. */
export function reachedBy(numbers: (number | undefined)[], quorum: number): number | undefined {
  const known = numbers.filter((number) => number !== undefined).sort((a, b) => b - a);
  return known[quorum - 1];
}

/** How many must agree: what the configuration says, or a majority. */
export const quorumOf = (chain: { rpc: readonly string[]; quorum?: number | undefined }): number =>
  chain.quorum ?? Math.floor(chain.rpc.length / 2) + 1;

/**
 * Waits until enough of `asked` have answered, and no longer: a node that hangs must not keep the others waiting. None may reject.
 *
 * @returns what is there by then, and what comes later
 */
export function gather<Answer>(
  asked: Promise<Answer>[],
  isEnough: (answers: Answer[]) => boolean,
): Promise<{ answers: Answer[]; late: Promise<Answer[]> }> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = [];
    let isOver = false;
    const all = Promise.all(asked);
    const take = (answer: Answer) => {
      answers.push(answer);
      if (isOver || (answers.length < asked.length && !isEnough(answers))) return;
      isOver = true;
      const early = [...answers];
      resolve({ answers: early, late: all.then((every) => every.filter((each) => !early.includes(each))) });
    };
    for (const each of asked) each.then(take, reject);
  });
}
