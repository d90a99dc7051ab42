import { collateralVaultAbi } from "../abis/index.ts";
import { reading } from "../client/write.ts";
import type { HypothecClient } from "../client/client.ts";
import { getLogs, type BlockRange } from "../client/logs.ts";
import { draftOf, emptyVaultState, orderKey, type VaultState, type VaultStateDraft } from "../client/vaultState.ts";
import { initCrypto, type Crypto } from "../crypto/crypto.ts";
import { HypothecError } from "../errors/base.ts";
import { decodeSettleOrder } from "../proofs/orders.ts";
import { leafOfEntry } from "../tree/leaf.ts";
import { getSettleOrders } from "./reads.ts";

export interface SyncVaultOptions {
  /** How far to read: `finalized` never has to be taken back. @default "latest" */
  readonly blockTag?: "latest" | "safe" | "finalized" | undefined;
}

/**
 * Bring the state of the vault up to date from logs. Give the state of the last call to go on from there; none starts at
 * the deployment's first block. After a reorganisation of the chain it starts anew by itself. The given state is not
 * changed. Every appended root is checked against the tree built here.
 *
 * @example
 * let state = await syncVault(client);
 * state = await syncVault(client, state);
 * scanNotes(keys, state);
 * @throws HypothecError `sync.gap`, `sync.root` when the node leaves out or invents logs; `rpc.*`.
 */
export async function syncVault(
  client: HypothecClient,
  state?: VaultState,
  options: SyncVaultOptions = {},
): Promise<VaultState> {
  const crypto = await initCrypto();
  return reading(client, "vault", "syncing the vault", async () => {
    const from = state !== undefined && (await isOfThisChain(client, state)) ? state : fresh(client, crypto);
    for (let attempt = 0; attempt < 3; attempt++) {
      const next = await advance(client, crypto, from, options);
      if (next !== undefined) return next;
    }
    throw new HypothecError("The chain was reorganised three times while it was read", {
      code: "sync.reorg",
      whatToDo: 'Try again, or sync with blockTag "finalized".',
    });
  });
}

function fresh(client: HypothecClient, crypto: Crypto): VaultState {
  const { chainId, vault, startBlock } = client.deployment.vaultChain;
  return emptyVaultState({ crypto, chainId, vault, startBlock: BigInt(startBlock) });
}

async function isOfThisChain(client: HypothecClient, state: VaultState): Promise<boolean> {
  const { chainId, vault } = client.deployment.vaultChain;
  if (state.chainId !== chainId || state.vault.toLowerCase() !== vault.toLowerCase()) {
    throw new HypothecError("The state belongs to another vault or chain than the client", {
      code: "sync.otherVault",
      whatToDo: "Keep one state per vault; start without one here.",
    });
  }
  if (state.head === undefined) return true;
  const block = await client.vault.public.getBlock({ blockNumber: state.head.number }).catch(() => undefined);
  return block?.hash === state.head.hash;
}

/** undefined: the chain changed meanwhile. */
async function advance(
  client: HypothecClient,
  crypto: Crypto,
  state: VaultState,
  { blockTag = "latest" }: SyncVaultOptions,
): Promise<VaultState | undefined> {
  const head = await client.vault.public.getBlock({ blockTag });
  if (head.number < state.nextBlock) return state;
  const range: BlockRange = { fromBlock: state.nextBlock, toBlock: head.number };
  const [logs, orders] = await Promise.all([getVaultLogs(client, range), getSettleOrders(client, range)]);
  const again = await client.vault.public.getBlock({ blockNumber: head.number });
  if (again.hash !== head.hash) return undefined;

  const draft = draftOf(state);
  for (const log of logs) apply(crypto, draft, log);
  for (const { args } of orders)
    draft.orders.set(orderKey(args.domain, args.lockNullifier), decodeSettleOrder(args.order));
  return { ...draft, nextBlock: head.number + 1n, head: { number: head.number, hash: head.hash } };
}

/** Every event of the vault, in the order of the chain. */
const getVaultLogs = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, {
    address: client.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    eventName: undefined,
    ...range,
  });

type VaultLog = Awaited<ReturnType<typeof getVaultLogs>>[number];

function apply(crypto: Crypto, draft: VaultStateDraft, log: VaultLog): void {
  switch (log.eventName) {
    case "Queued": {
      const chunk = Number(log.args.chunk);
      const entries = draft.chunks[chunk] ?? [];
      const isNext =
        chunk <= draft.chunks.length &&
        log.args.position === entries.length &&
        (chunk === draft.chunks.length || chunk === draft.chunks.length - 1);
      if (!isNext)
        throw missingLogs("sync.gap", `Entry ${log.args.position} of chunk ${chunk} does not follow what was read`);
      draft.chunks[chunk] = [...entries, { value: log.args.value, meta: log.args.meta }];
      break;
    }
    case "ChunkSealed":
      draft.sealedChunks = Number(log.args.chunk) + 1;
      break;
    case "RootAppended": {
      const chunk = Number(log.args.chunk);
      const end = chunk + Number(log.args.chunks);
      if (chunk !== draft.tree.chunks) throw missingLogs("sync.gap", `Chunk ${chunk} was appended out of order`);
      for (let next = chunk; next < end; next++) {
        const entries = draft.chunks[next];
        if (entries === undefined) throw missingLogs("sync.gap", `Chunk ${next} was appended before its entries`);
        draft.tree.appendChunk(entries.map((entry) => leafOfEntry(crypto, entry)));
      }
      if (draft.tree.root !== log.args.newRoot)
        throw missingLogs("sync.root", `The root after chunk ${end - 1} differs from the vault's`);
      draft.roots[end] = log.args.newRoot;
      break;
    }
    case "Deposited":
      draft.deposits.push(log.args);
      break;
    case "Transacted": {
      const { nullifier0, nullifier1, commitment0, commitment1, memo0, memo1 } = log.args;
      draft.transacts.push({
        nullifiers: [nullifier0, nullifier1],
        commitments: [commitment0, commitment1],
        memos: [memo0, memo1],
      });
      draft.spent.add(nullifier0).add(nullifier1);
      break;
    }
    case "PublicSettled":
      draft.payouts.push(log.args);
      break;
    case "Settled": {
      const { domain, lockNullifier, claim, buyerCommitment, restCommitment, ephemeralX, ephemeralY, sealedOpening } =
        log.args;
      const ephemeral = { x: ephemeralX, y: ephemeralY };
      draft.settled.push({
        domain,
        lockNullifier,
        claim,
        buyerCommitment,
        restCommitment,
        ephemeral,
        sealed: sealedOpening,
      });
      break;
    }
    default:
      break; // set-up and governance
  }
}

function missingLogs(code: string, message: string): HypothecError {
  return new HypothecError(message, {
    code,
    whatToDo:
      "The node leaves out logs, or starts after the vault's deployment: use a full node, and sync without a state.",
  });
}
