import { CHUNK_LEAVES, type ZkProof } from "@hypothec/sdk";
import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { vaultAbi } from "../chain/abis.ts";
import type { Config } from "../config/schema.ts";
import { elapsedMs } from "../runtime/clock.ts";
import type { Action, MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import { deadMessages, openMessages, type Message, type NewMessage } from "../store/messages.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import { createBatchBuilder, entriesIn, hashOfChunks, type BatchRequest, type BatchResult } from "./builder.ts";
import { decideSingle, planBatches, type BatchPolicy, type SealedQueue } from "./batchPolicy.ts";
import { padded, sealedChunks } from "./queueView.ts";
import { decideSeal, type SealPolicy } from "./sealPolicy.ts";
import type { Entry } from "@hypothec/sdk";

/** `chunks` chunks from `first` on, 1 or 4; `hash` names their content. */
type BatchPayload = { first: number; chunks: 1 | 4; hash: Hex };
type SealPayload = { chunk: number };

/** Most batches worked on at the same time; each waits for the one before to be appended. */
const pipeline = 4;

/** Appends sealed chunks to the note tree, and seals the open one when it has waited long enough. */
export function createBatcher(
  context: RoleContext,
  config: NonNullable<Config["roles"]["batcher"]>,
  account: LocalAccount,
): { kinds: MessageKind[]; planners: Planner[]; builder: WitnessBuilder } {
  const { vaultChain, vault } = context;
  const address = vaultChain.vault;
  const read = vault.client;
  const sealPolicy: SealPolicy = {
    maxAgeMs: config.seal.maxAgeMs,
    minEntries: config.seal.minEntries,
    maxFee: BigInt(config.seal.maxFee),
  };
  const batchPolicy: BatchPolicy = {
    maxWaitMs: config.gather.maxWaitMs,
    minBaseFee: BigInt(config.gather.minBaseFee),
  };

  const queueState = async (at: ReadAt) => {
    const [openChunk, openCount, openSince, appendedChunks] = await read.readContract({
      address,
      abi: vaultAbi,
      functionName: "queueState",
      ...at,
    });
    return {
      openChunk: Number(openChunk),
      openCount,
      openSince: Number(openSince),
      appendedChunks: Number(appendedChunks),
    };
  };

  const entriesOf = (range: Pick<BatchPayload, "first" | "chunks">): Entry[][] => entriesIn(context.queue(), range);

  const queue = async (): Promise<SealedQueue> => {
    const view = context.queue();
    const [open, dead] = (await Promise.all([
      openMessages(context.database, "batch"),
      deadMessages(context.database, "batch"),
    ])) as [Message<BatchPayload>[], Message<BatchPayload>[]];
    const alone = [
      ...open.filter(({ payload, progress }) => payload.chunks === 1 && progress.proofKey !== undefined),
      ...dead.filter(({ payload }) => payload.chunks === 4),
    ];
    return {
      appended: view.roots.length,
      sealed: sealedChunks(view),
      alone: new Set(alone.map(({ payload }) => payload.first)),
    };
  };

  /** Why a batch is not begun now, or undefined. */
  async function holdBack({ payload, createdAt }: Message<BatchPayload>): Promise<Action | undefined> {
    const { first, chunks } = payload;
    const now = await queue();
    if (chunks === 4) {
      if (!now.alone.has(first)) return undefined;
      return { type: "void", reason: `chunk ${first} is being appended by itself` };
    }
    const { baseFeePerGas } = await read.getBlock({ blockTag: "latest" });
    const market = { waitedMs: elapsedMs(context.clock.now(), createdAt), baseFee: baseFeePerGas ?? 0n };
    const decision = decideSingle(first, now, market, batchPolicy);
    switch (decision.type) {
      case "begin":
        return undefined;
      case "together":
        return { type: "void", reason: `chunks ${first} to ${first + 3} are appended at once` };
      case "wait":
        return {
          type: "wait",
          reason: decision.reason,
          wakeOn: `block:${vault.name}`,
          ...(decision.forMs === undefined ? {} : { delayMs: decision.forMs }),
        };
    }
  }

  const batch: MessageKind<BatchPayload> = {
    kind: "batch",
    raced: true,
    chain: () => vault.name,
    done: async ({ first, chunks }, at) => (await queueState(at)).appendedChunks >= first + chunks,
    async overtaken({ first, chunks }) {
      if (chunks === 1) return undefined;
      const { appendedChunks } = await queueState({ blockTag: "latest" });
      const isBroken = appendedChunks > first && appendedChunks < first + chunks;
      return isBroken ? `chunk ${first} was appended by itself` : undefined;
    },
    async prepare(message, proof) {
      const { first, chunks, hash } = message.payload;
      const entries = entriesOf(message.payload);
      if (hashOfChunks(entries) !== hash) return { type: "void", reason: "a reorg changed the chunks" };
      if (proof === undefined) {
        const held = message.progress.proofKey === undefined ? await holdBack(message) : undefined;
        if (held !== undefined) return held;
        const circuit = chunks === 1 ? "batch16" : "batch64";
        const request = { first, chunks, hash, batcher: account.address } satisfies BatchRequest;
        return { type: "prove", request: { key: message.key, circuit, request } };
      }
      const { appendedChunks } = await queueState({ blockTag: "latest" });
      if (appendedChunks < first)
        return { type: "wait", reason: `chunk ${appendedChunks} to be appended first`, wakeOn: `block:${vault.name}` };
      // The proof is for one batcher: another key that goes on with it pays the one that it was made for.
      const { newRoot, batcher, proof: zk } = proof.result as BatchResult & { proof: ZkProof };
      return {
        type: "send",
        request: {
          // One for each chunk: batches of different sizes that share one never both stand.
          effects: entries.map((_, i) => `append:${address}:${first + i}`),
          chain: vault.name,
          account,
          to: address,
          data: encodeFunctionData({
            abi: vaultAbi,
            functionName: "appendBatch",
            args: [entries.flatMap(padded), newRoot, zk as never, batcher],
          }),
          description: chunks === 1 ? `append chunk ${first}` : `append chunks ${first} to ${first + chunks - 1}`,
          // At least: a chunk that was sealed early for a fee brings its missing entries' too.
          earns: BigInt(entries.flat().length) * (await terms).entryFee,
        },
      };
    },
  };

  const terms = Promise.all([
    read.readContract({ address, abi: vaultAbi, functionName: "entryFee" }),
    read.readContract({ address, abi: vaultAbi, functionName: "sealDelay" }),
  ]).then(([entryFee, delay]) => ({ entryFee, sealDelaySeconds: Number(delay), chunkSize: CHUNK_LEAVES }));
  terms.catch(() => {}); // reported where it is awaited

  const seal: MessageKind<SealPayload> = {
    kind: "seal",
    raced: true,
    chain: () => vault.name,
    done: async ({ chunk }, at) => (await queueState(at)).openChunk > chunk,
    async prepare({ payload }) {
      const state = await queueState({ blockTag: "latest" });
      if (state.openChunk !== payload.chunk || state.openCount === 0)
        return { type: "void", reason: "the chunk is empty again after a reorg" };
      const decision = decideSeal(
        { chunk: payload.chunk, appended: state.appendedChunks, count: state.openCount, since: state.openSince },
        sealPolicy,
        await terms,
        vault.head().timestamp,
      );
      if (decision.type !== "seal")
        return {
          type: "wait",
          reason: decision.type === "no" ? decision.reason : `its age (due at ${decision.at})`,
          wakeOn: `block:${vault.name}`,
        };
      return {
        type: "send",
        request: {
          effects: [`seal:${address}:${payload.chunk}`],
          chain: vault.name,
          account,
          to: address,
          data: encodeFunctionData({ abi: vaultAbi, functionName: "seal" }),
          value: decision.value,
          description: `seal chunk ${payload.chunk} with ${state.openCount} entries`,
          // What is paid for missing entries comes back with the fees of the batch; that one's gas is judged when it is sent.
          earns: BigInt(state.openCount) * (await terms).entryFee + decision.value,
        },
      };
    },
  };

  const planner: Planner = {
    chain: vault.name,
    async plan() {
      const view = context.queue();
      const messages: NewMessage[] = planBatches(await queue(), pipeline).map(({ first, chunks }) => {
        const hash = hashOfChunks(entriesOf({ first, chunks }));
        return {
          kind: "batch",
          key: `batch:${first}+${chunks}:${hash}`,
          payload: { first, chunks, hash } satisfies BatchPayload,
        };
      });
      const last = view.chunks.length - 1;
      const open = view.chunks[last];
      if (open !== undefined && !open.sealed && open.entries.length > 0 && sealPolicy.maxAgeMs !== null)
        messages.push({ kind: "seal", key: `seal:${last}`, payload: { chunk: last } satisfies SealPayload });
      return messages;
    },
  };

  return { kinds: [batch, seal], planners: [planner], builder: createBatchBuilder(context) };
}
