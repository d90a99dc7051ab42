import type { Transaction } from "../delivery/transitions.ts";
import { findProofSummaries, type ProofSummary } from "../store/backlog.ts";
import type { Database } from "../store/database.ts";
import { countFinished, countMessages, deleteFinished, historyOf } from "../store/history.ts";
import type { HistoryEntry, MessageCount } from "../store/history.ts";
import { findMessage, findMessageById, listMessages, saveMessage } from "../store/messages.ts";
import type { Message, MessageState } from "../store/messages.ts";
import { resumeChain, type Resumed } from "../store/resume.ts";
import { findTransaction, transactionOfEffects } from "../store/transactions.ts";
import type { Clock } from "./clock.ts";
import { RefusedError } from "./errors.ts";
import type { RpcStatus } from "./rpcPool.ts";
import { transition, type StepInput } from "./transitions.ts";

/** How far the store has followed a chain. Block numbers; −1 before the first. */
export type ChainProgress = { chain: string; head: number; finalised: number; halted: string | null };

/** Everything the store knows about a message. */
export type MessageStory = {
  message: Message;
  history: HistoryEntry[];
  /** Every transaction that was sent for it, oldest first, without the signed bytes. */
  transactions: {
    id: number;
    chain: string;
    sender: string;
    nonce: number;
    state: Transaction["state"];
    description: string;
    /** The hash that was mined, or that of every variant while it is not known which. */
    hashes: string[];
    block: number | null;
    reason: string | null;
  }[];
  proof: Pick<ProofSummary, "key" | "circuit" | "state" | "attempts" | "lastError"> | null;
};

/** What an operator does to the messages of a store. Ids are those of `list`; a message's key will do too. */
export type Operations = {
  progress: () => Promise<ChainProgress[]>;
  counts: () => Promise<MessageCount[]>;
  list: (filter: { state?: MessageState; kind?: string; limit: number }) => Promise<Message[]>;
  /** @throws RefusedError `unknown_message` */
  show: (id: string) => Promise<MessageStory>;
  /** @throws RefusedError `unknown_message`, `message_state`, `message_in_flight`, `message_moved` */
  retry: (id: string, by: string) => Promise<Message>;
  /** @throws the same as `retry` */
  skip: (id: string, by: string, why: string) => Promise<Message>;
  /**
   * Accepts the new history of a halted chain.
   *
   * @throws RefusedError `unknown_chain`, `not_halted`
   */
  resume: (chain: string, by: string) => Promise<Resumed>;
  /** How the RPCs do; empty while no relayer runs. */
  rpcs: () => Promise<RpcStatus[]>;
  /** How many `clear` would delete. `before`: milliseconds since the epoch. */
  finished: (before: number) => Promise<number>;
  /** Deletes what was finished before; returns how many. */
  clear: (before: number) => Promise<number>;
};

export function createOperations(options: {
  database: Database;
  clock: Clock;
  /** @default none: no relayer runs */
  rpcs?: () => RpcStatus[];
}): Operations {
  const { database, clock, rpcs = () => [] } = options;
  async function find(id: string): Promise<Message> {
    const byId = /^\d{1,15}$/.test(id) ? await findMessageById(database, Number(id)) : undefined;
    const message = byId ?? (await findMessage(database, id));
    if (message === undefined)
      throw new RefusedError(
        "unknown_message",
        `There is no message "${id}": give the id or the key that "relayer messages list" shows.`,
      );
    return message;
  }

  /** The row that the runner's own state machine makes of it; refused while a transaction may still have its effect. */
  async function operate(id: string, note: string, inputOf: (message: Message) => Promise<StepInput>) {
    const message = await find(id);
    const next = transition(message, await inputOf(message), { now: clock.now(), random: 0 });
    await database.transaction(async (sql) => {
      const live = await transactionOfEffects(sql, [message.key]);
      if (live !== undefined)
        throw new RefusedError(
          "message_in_flight",
          `Message ${message.id} (${message.key}): transaction ${live.id} is in flight for it (${live.state}). Wait until it is mined, lost or reverted.`,
        );
      if (!(await saveMessage(sql, next, note)))
        throw new RefusedError(
          "message_moved",
          `Message ${message.id} (${message.key}) moved meanwhile. Look at it again ("relayer messages show ${message.id}"), and decide anew.`,
        );
      const { proofKey } = message.progress;
      if (proofKey === undefined) return;
      // What is cancelled can be asked for again, by this message or another one that needs the same proof.
      const stopped = next.state === "skipped" ? ["queued"] : ["failed"];
      await sql.query("update proofs set state = 'cancelled', updated_at = $2 where key = $1 and state = any($3)", [
        proofKey,
        clock.now(),
        stopped,
      ]);
    });
    return find(String(message.id));
  }

  const proofOf = async (key: string | undefined): Promise<MessageStory["proof"]> => {
    if (key === undefined) return null;
    const [row] = await findProofSummaries(database, [key]);
    if (row === undefined) return null;
    const { circuit, state, attempts, lastError } = row;
    return { key, circuit, state, attempts, lastError };
  };

  return {
    progress: () =>
      database.query<ChainProgress>(
        "select chain, head_number as head, finalised_number as finalised, halted from chains order by chain",
      ),
    counts: () => countMessages(database),
    list: ({ state, ...filter }) =>
      listMessages(database, { ...filter, ...(state === undefined ? {} : { states: [state] }) }),
    async show(id) {
      const message = await find(id);
      const history = await historyOf(database, message.id);
      const ids = [...history.map(({ transactionId }) => transactionId), message.progress.transactionId ?? null];
      const known = [...new Set(ids)].filter((entry) => entry !== null);
      const transactions = await Promise.all(known.map((transaction) => findTransaction(database, transaction)));
      return {
        message,
        history,
        transactions: transactions.filter((row) => row !== undefined).map(publicOf),
        proof: await proofOf(message.progress.proofKey),
      };
    },
    retry: (id, by) =>
      operate(id, `${by} asked for another try`, async ({ progress }) => ({
        type: "retry",
        by,
        proofFailed: progress.proofKey !== undefined && (await proofOf(progress.proofKey))?.state !== "done",
      })),
    skip: (id, by, why) => operate(id, `${by} skipped it: ${why}`, async () => ({ type: "skip", by, why })),
    resume: (chain, by) => resumeChain(database, chain, by, clock.now()),
    rpcs: async () => rpcs(),
    finished: (before) => countFinished(database, before),
    clear: (before) => deleteFinished(database, before),
  };
}

function publicOf(row: Transaction): MessageStory["transactions"][number] {
  const { id, chain, sender, nonce, state, description, reason } = row;
  const hashes = row.txHash === null ? row.variants.map(({ hash }) => hash) : [row.txHash];
  return { id, chain, sender, nonce, state, description, reason, hashes, block: row.block?.number ?? null };
}
