import { batchWitness, type ZkProof } from "@hypothec/sdk";
import {
  encodeFunctionData,
  encodeAbiParameters,
  keccak256,
  parseAbiParameters,
  type Hex,
  type LocalAccount,
} from "viem";
import { vaultAbi } from "../chain/abis.ts";
import type { Config } from "../config/schema.ts";
import type { MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { NewMessage } from "../store/messages.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import { chunkSize, padded, sealedBacklog } from "./queueView.ts";
import { decideSeal, type SealPolicy } from "./sealPolicy.ts";
import type { Entry } from "@hypothec/sdk";

type BatchPayload = { chunk: number; chunkHash: Hex };
type SealPayload = { chunk: number };
type BatchResult = { newRoot: bigint; proof: ZkProof };

/** Most sealed chunks worked on at the same time; each waits for the one before to be appended. */
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
  const policy: SealPolicy = {
    maxAgeMs: config.seal.maxAgeMs,
    minEntries: config.seal.minEntries,
    maxFee: BigInt(config.seal.maxFee),
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

  const batch: MessageKind<BatchPayload> = {
    kind: "batch",
    raced: true,
    chain: () => vault.name,
    done: async ({ chunk }, at) => (await queueState(at)).appendedChunks > chunk,
    async prepare(message, proof) {
      const { chunk, chunkHash } = message.payload;
      const entries = context.queue().chunks[chunk]?.entries ?? [];
      if (hashOfChunk(entries) !== chunkHash) return { type: "void", reason: "a reorg changed the chunk" };
      if (proof === undefined) {
        const request = { chunk, chunkHash };
        return { type: "prove", request: { key: message.key, circuit: "batch16", request } };
      }
      const { appendedChunks } = await queueState({ blockTag: "latest" });
      if (appendedChunks < chunk)
        return { type: "wait", reason: `chunk ${appendedChunks} to be appended first`, wakeOn: `block:${vault.name}` };
      const { newRoot, proof: zk } = proof.result as BatchResult;
      return {
        type: "send",
        request: {
          effects: [`append:${address}:${chunk}`],
          chain: vault.name,
          account,
          to: address,
          data: encodeFunctionData({
            abi: vaultAbi,
            functionName: "appendBatch",
            args: [padded(entries), newRoot, zk as never, account.address],
          }),
          description: `append chunk ${chunk}`,
        },
      };
    },
  };

  const builder: WitnessBuilder = async (request: BatchPayload) => {
    const view = context.queue();
    const entries = view.chunks[request.chunk]?.entries ?? [];
    const witness = batchWitness({
      tree: context.tree.before(view, request.chunk),
      chunkIndex: request.chunk,
      entries: padded(entries),
    });
    return { witness, keep: { newRoot: witness.newRoot } };
  };

  const terms = Promise.all([
    read.readContract({ address, abi: vaultAbi, functionName: "entryFee" }),
    read.readContract({ address, abi: vaultAbi, functionName: "sealDelay" }),
  ]).then(([entryFee, delay]) => ({ entryFee, sealDelaySeconds: Number(delay), chunkSize }));
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
        policy,
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
        },
      };
    },
  };

  const planner: Planner = {
    chain: vault.name,
    async plan() {
      const view = context.queue();
      const messages: NewMessage[] = sealedBacklog(view)
        .slice(0, pipeline)
        .map((chunk) => {
          const chunkHash = hashOfChunk(view.chunks[chunk]?.entries ?? []);
          return {
            kind: "batch",
            key: `batch:${chunk}:${chunkHash}`,
            payload: { chunk, chunkHash } satisfies BatchPayload,
          };
        });
      const last = view.chunks.length - 1;
      const open = view.chunks[last];
      if (open !== undefined && !open.sealed && open.entries.length > 0 && policy.maxAgeMs !== null)
        messages.push({ kind: "seal", key: `seal:${last}`, payload: { chunk: last } satisfies SealPayload });
      return messages;
    },
  };

  return { kinds: [batch, seal], planners: [planner], builder: builder };
}

/** Names a chunk's content. Not the vault's hash, which is cut at every entry. */
export function hashOfChunk(entries: Entry[]): Hex {
  return entries.reduce<Hex>(
    (hash, { value, meta }) =>
      keccak256(encodeAbiParameters(parseAbiParameters("bytes32, uint256, uint256"), [hash, value, meta])),
    `0x${"0".repeat(64)}`,
  );
}
