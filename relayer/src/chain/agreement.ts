import type { Hex } from "viem";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { StoredEvent } from "../store/events.ts";
import { collectEvents } from "./collect.ts";
import type { ContractTable } from "./contracts.ts";
import { gather, reachedBy, tally, type Ballot, type Verdict } from "./tally.ts";
import { ballotOf, finalityOf, historyDigest, type Witness } from "./witness.ts";

/** A stretch of a chain as we hold it: everything after `after` up to the block `to`. */
export type Stretch = { after: number; to: number; hash: Hex; events: StoredEvent[] };

/** What the RPCs of a chain say together. Whoever is outvoted is told of. */
export type Agreement = {
  /** A block that a quorum takes for final, the last one or at least one beyond `above`; undefined when too few say. */
  finality: (confirmations: number | "finalized", above: number) => Promise<number | undefined>;
  /** Whether a quorum has the same last block and the same events. */
  onHistory: (stretch: Stretch) => Promise<Verdict & { said: string }>;
  /** Whether a quorum has this block. */
  onBlock: (block: { number: number; hash: Hex }) => Promise<Verdict & { said: string }>;
};

/** How long slow RPCs are waited for once a quorum has answered, milliseconds. */
const graceMs = 1_000;

export function createAgreement(options: {
  chain: string;
  witnesses: Witness[];
  quorum: number;
  contracts: ContractTable;
  clock: Pick<Clock, "sleep">;
  /** RPCs that said otherwise than a quorum, by place. */
  outvoted: (endpoints: number[], what: string) => void;
}): Agreement {
  const { chain, witnesses, quorum, contracts, clock, outvoted } = options;

  async function vote(
    ours: string,
    what: string,
    answer: Parameters<typeof ballotOf>[1],
  ): Promise<Verdict & { said: string }> {
    const { answers, late } = await gather(
      witnesses.map((witness) => ballotOf(witness, answer)),
      (soFar) => tally(ours, soFar, quorum).outcome !== "open",
    );
    const verdict = tally(ours, answers, quorum);
    if (verdict.outcome !== "open") {
      report(verdict, what);
      // Nobody waits for the slow ones, but a lie counts when it comes late too.
      const winner = verdict.outcome === "agreed" ? ours : verdict.answer;
      void late.then((more) => {
        const liars = more.filter((each) => "answer" in each && each.answer !== winner).map(({ endpoint }) => endpoint);
        if (liars.length > 0) outvoted(liars, what);
      });
    }
    return { ...verdict, said: describe(ours, answers) };
  }

  function report(verdict: Verdict, what: string): void {
    if (verdict.outcome !== "open" && verdict.against.length > 0) outvoted(verdict.against, what);
  }

  return {
    async finality(confirmations, above) {
      const numbers: (number | undefined)[] = [];
      const asked = witnesses.map(async ({ source }) => {
        numbers.push(await finalityOf(source, confirmations));
        return numbers.length;
      });
      const reached = () => reachedBy(numbers, quorum);
      const stop = new AbortController();
      // One that hangs is waited for only a moment; but one that stands still, and says so fast, must not outrun the others.
      const patient = gather(asked, () => reached() !== undefined).then(() => clock.sleep(graceMs, stop.signal));
      await Promise.race([gather(asked, () => (reached() ?? -1) > above), patient]);
      stop.abort();
      return reached();
    },
    onHistory: ({ after, to, hash, events }) =>
      vote(historyDigest(hash, events), `blocks ${after + 1} to ${to}`, async (source) => {
        const [block, logs] = await Promise.all([
          source.block(to),
          source.logsOfRange(after + 1, to, contracts.addresses),
        ]);
        if (block === undefined) throw new RelayerError("rpc_lag", `it does not have block ${to}`);
        return historyDigest(block.hash, await collectEvents(chain, logs, source, contracts));
      }),
    onBlock: ({ number, hash }) =>
      vote(hash.toLowerCase(), `block ${number}`, async (source) => {
        const block = await source.block(number);
        if (block === undefined) throw new RelayerError("rpc_lag", `it does not have block ${number}`);
        return block.hash.toLowerCase();
      }),
  };
}

function describe(ours: string, ballots: Ballot[]): string {
  return [...ballots]
    .sort((a, b) => a.endpoint - b.endpoint)
    .map((each) => {
      if ("absent" in each) return `RPC ${each.endpoint} does not answer (${each.absent})`;
      return `RPC ${each.endpoint} ${each.answer === ours ? "agrees with the store" : "says otherwise"}`;
    })
    .join("; ");
}
