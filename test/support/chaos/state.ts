import { parseAbi, type Hex } from "viem";

import {
  collateralVaultAbi,
  creditPoolAbi,
  marginEngineAbi,
  orderInboxAbi,
  orderQueueAbi,
  rootInboxAbi,
  vaultMessengerAbi,
} from "../../../sdk/src/abis/index.ts";
import { syncVault } from "../../../sdk/src/actions/index.ts";
import { scanNotes } from "../../../sdk/src/notes/scan.ts";
import type { Side } from "../localnet/chain.ts";
import { commit, packAmounts, single } from "../reference/notes.ts";
import { createTree } from "../reference/tree.ts";
import type { World } from "./world.ts";

const endpointEvents = parseAbi([
  "event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)",
  "event PacketDelivered((uint32 srcEid, bytes32 sender, uint64 nonce) origin, address receiver)",
]);

type Entry = { chunk: bigint; position: number; value: bigint; meta: bigint };

/** What a run leaves behind, in units, without what may differ: who did it, in which block, for which fee. */
export type EndState = Record<string, unknown>;

/** How far a run has come, cheap to ask for. */
export type Stage = { isSettled: boolean; appended: number; isAttested: boolean };

export async function stageOf({ client, local, lock }: World): Promise<Stage> {
  const { vault } = local.deployment.vaultChain;
  const at = { address: vault, abi: collateralVaultAbi } as const;
  const [[, , , appended], isSettled, root, [latest]] = await Promise.all([
    client.vault.public.readContract({ ...at, functionName: "queueState" }),
    client.vault.public.readContract({ ...at, functionName: "isLockSpent", args: [lock.nullifier] }),
    client.vault.public.readContract({ ...at, functionName: "currentRoot" }),
    client.margin.public.readContract({
      address: local.deployment.marginChain.rootInbox,
      abi: rootInboxAbi,
      functionName: "latest",
      args: [local.deployment.vaultChain.eid, vault],
    }),
  ]);
  return { isSettled, appended: Number(appended), isAttested: latest === root };
}

/**
 * Reads both chains at their heads. `appended`: chunks in the tree; `packets`: how many went each way, which need not be equal
 * between runs.
 */
export async function endState(
  world: World,
): Promise<{ state: EndState; appended: number; packets: Record<Side, number> }> {
  const { client, local, localnet, startBlocks, account, lock } = world;
  const { vaultChain, marginChain } = local.deployment;
  const [market] = marginChain.markets;
  const vault = { address: vaultChain.vault, abi: collateralVaultAbi } as const;
  const pool = { address: market!.pool, abi: creditPoolAbi } as const;
  const engine = { address: marginChain.engine, abi: marginEngineAbi } as const;
  const s = client.vault.public;
  const d = client.margin.public;

  const events = async (side: Side, address: Hex, abi: readonly unknown[], name: string, from?: bigint) => {
    const logs = await client[side].public.getContractEvents({
      address,
      abi,
      eventName: name,
      fromBlock: from ?? startBlocks[side],
      toBlock: "latest",
    } as never);
    return (logs as unknown as { args: Record<string, unknown>; topics: Hex[] }[]).map(({ args }) => args);
  };

  const queued = (await events("vault", vaultChain.vault, collateralVaultAbi, "Queued", 0n)) as unknown as Entry[];
  const [, , , appended] = await s.readContract({ ...vault, functionName: "queueState" });
  const root = await s.readContract({ ...vault, functionName: "currentRoot" });
  const leaves = new Map(
    queued
      .filter(({ chunk }) => chunk < appended)
      .map((entry) => [16 * Number(entry.chunk) + entry.position, leafOf(entry)]),
  );
  const slots = vaultChain.assets.map(({ slot }) => slot);
  const domain = client.domain;
  const sync = await syncVault(client);
  const [latestRoot, latestChunks] = await d.readContract({
    address: marginChain.rootInbox,
    abi: rootInboxAbi,
    functionName: "latest",
    args: [vaultChain.eid, vaultChain.vault],
  });
  const [attestedChunks] = await s.readContract({
    address: vaultChain.messenger,
    abi: vaultMessengerAbi,
    functionName: "lastAttested",
    args: [vaultChain.vault, marginChain.eid],
  });
  const appends = await events("vault", vaultChain.vault, collateralVaultAbi, "RootAppended");
  const accepted = await Promise.all(
    appends.map(({ newRoot }) =>
      d.readContract({
        address: marginChain.rootInbox,
        abi: rootInboxAbi,
        functionName: "rootTime",
        args: [vaultChain.eid, vaultChain.vault, newRoot as bigint],
      }),
    ),
  );
  const packetsFrom = async (side: Side) => {
    const to = side === "vault" ? "margin" : "vault";
    const sent = await events(side, localnet[side].lz.endpoint, endpointEvents, "PacketSent");
    const delivered = await events(to, localnet[to].lz.endpoint, endpointEvents, "PacketDelivered");
    const nonces = delivered.map(({ origin }) => (origin as { nonce: bigint }).nonce);
    return {
      sent: sent.length,
      isEachDeliveredOnce: new Set(nonces).size === sent.length && nonces.length === sent.length,
    };
  };

  const notesOf = (keys: World["alice"]) =>
    scanNotes(keys, sync)
      .map(({ leafIndex, amounts, status, origin }) => ({ leafIndex, amounts, status, origin }))
      .sort((a, b) => a.leafIndex - b.leafIndex);

  const [roots, orders] = [await packetsFrom("vault"), await packetsFrom("margin")];
  const state = plain({
    vault: {
      root,
      // From the leaves, by another implementation.
      isRootOfLeaves: createTree(leaves).root === root,
      queue: queued.map(({ chunk, position, value, meta }) => ({ chunk, position, value, meta })),
      appended,
      appends: appends.map(({ chunk, chunks, newRoot }) => ({ chunk, chunks, newRoot })),
      held: await Promise.all(slots.map((slot) => s.readContract({ ...vault, functionName: "held", args: [slot] }))),
      owed: await Promise.all(slots.map((slot) => s.readContract({ ...vault, functionName: "owed", args: [slot] }))),
      balance: await s.getBalance({ address: vaultChain.vault }),
      isLockSpent: await s.readContract({ ...vault, functionName: "isLockSpent", args: [lock.nullifier] }),
      settled: (await events("vault", vaultChain.vault, collateralVaultAbi, "Settled")).length,
      attestedChunks,
    },
    orders: {
      recorded: await events("vault", vaultChain.orderInbox, orderInboxAbi, "SettleRecorded"),
      standing: await s.readContract({
        address: vaultChain.orderInbox,
        abi: orderInboxAbi,
        functionName: "executable",
        args: [domain, lock.nullifier],
      }),
      queued: (await events("margin", marginChain.orderQueue, orderQueueAbi, "OrderQueued")).map(({ id, order }) => ({
        id,
        order,
      })),
    },
    margin: {
      latestRoot,
      latestChunks,
      isLatest: latestRoot === root,
      acceptedRoots: accepted.map((time) => time > 0n),
      account: await d.readContract({ ...engine, functionName: "account", args: [account] }),
      lock: await d.readContract({ ...engine, functionName: "lock", args: [domain, lock.nullifier] }),
      debt: await d.readContract({ ...pool, functionName: "totalDebt" }),
      cash: await d.readContract({ ...pool, functionName: "cash" }),
      shares: await d.readContract({ ...pool, functionName: "totalSupply" }),
      engineBalance: await d.getBalance({ address: marginChain.engine }),
    },
    roots,
    // How many times the order was sent is nobody's promise: the inbox takes the first and skips the rest.
    isEveryOrderPacketDelivered: orders.isEachDeliveredOnce,
    notes: { alice: notesOf(world.alice), carol: notesOf(world.carol) },
  });
  return { state, appended: Number(appended), packets: { vault: roots.sent, margin: orders.sent } };
}

/** The leaf of a queue entry, by the reference: a deposit's free note, or the note's commitment. */
function leafOf({ value, meta }: Entry): bigint {
  if (meta >> 66n !== 1n) return value;
  const [lo, hi] = packAmounts(single(Number((meta >> 63n) & 7n), meta & ((1n << 63n) - 1n)));
  return commit(value, lo, hi, 0n, 0n);
}

/** Bigints as text, so that it can be compared, kept and printed. */
function plain(value: EndState): EndState {
  return JSON.parse(
    JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? entry.toString() : entry)),
  ) as EndState;
}
