import { gather, tally, type Ballot } from "../chain/tally.ts";
import { revertData } from "../delivery/reverts.ts";
import { RelayerError, toErrorRecord } from "./errors.ts";
import { rpcFailure } from "./rpcFailure.ts";

export type RpcRequest = { method: string; params?: readonly unknown[] };

/** Where reads of state name their block. */
const blockParameter: Record<string, number> = {
  eth_call: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
};

/**
 * Whether a request reads state at a block by its number. All nodes answer such a read alike, and the relayer pins what it
 * decides on; a read at the head decides nothing that a simulation does not check.
 */
export function isPinned({ method, params }: RpcRequest): boolean {
  const place = blockParameter[method];
  const block = place === undefined ? undefined : params?.[place];
  return typeof block === "string" && /^0x[0-9a-f]+$/i.test(block);
}

type Answer = Ballot & { value?: unknown; error?: unknown };

/**
 * Asks until `quorum` RPCs gave the same answer: first as many as are needed, the healthiest, then all others at once.
 *
 * @throws RelayerError `no_quorum` (retryable) when they do not agree; the revert they agree on.
 */
export async function askQuorum(options: {
  request: RpcRequest;
  /** Indices of the RPCs, the healthiest first. */
  order: number[];
  quorum: number;
  ask: (index: number, request: RpcRequest) => Promise<unknown>;
  outvoted: (endpoints: number[], what: string) => void;
  chain: string;
}): Promise<unknown> {
  const { request, order, quorum, ask, outvoted, chain } = options;
  const answerOf = async (index: number): Promise<Answer> => {
    const endpoint = index + 1;
    try {
      const value = await ask(index, request);
      return { endpoint, answer: JSON.stringify(value), value };
    } catch (error) {
      if (rpcFailure(error) !== undefined) return { endpoint, absent: toErrorRecord(error).message };
      return { endpoint, answer: `reverts: ${revertData(error) ?? ""}`, error };
    }
  };
  const most = (answers: Answer[]): Answer | undefined =>
    answers.find(
      (each) =>
        "answer" in each &&
        answers.filter((other) => "answer" in other && other.answer === each.answer).length >= quorum,
    );

  let answers = await Promise.all(order.slice(0, quorum).map(answerOf));
  if (most(answers) === undefined) {
    const { answers: more } = await gather(
      order.slice(quorum).map(answerOf),
      (soFar) => most([...answers, ...soFar]) !== undefined,
    );
    answers = [...answers, ...more];
  }
  const winner = most(answers);
  if (winner === undefined || !("answer" in winner)) {
    const said = answers.map(
      (each) => `RPC ${each.endpoint} ${"absent" in each ? `failed (${each.absent})` : "differs"}`,
    );
    throw new RelayerError(
      "no_quorum",
      `No ${quorum} RPCs of chain ${chain} agree on a read of a final block (${request.method}): ${said.join("; ")}. Nothing is decided on it; it is tried again.`,
      { details: { chain } },
    );
  }
  const verdict = tally(winner.answer, answers, quorum);
  if (verdict.outcome === "agreed" && verdict.against.length > 0) outvoted(verdict.against, request.method);
  if ("error" in winner) throw winner.error;
  return winner.value;
}
