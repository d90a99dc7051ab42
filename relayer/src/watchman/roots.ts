import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { engineAbi, rootInboxAbi } from "../chain/abis.ts";
import type { MarginView } from "../keeper/marginView.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { NewMessage } from "../store/messages.ts";
import { acceptedBy, quorumOf, verdictOf, voteOnRoot, type RootVote } from "./rootVotes.ts";
import type { SeenRoot } from "./sightings.ts";

export type RevokePayload = {
  market: Hex;
  sourceId: number;
  root: bigint;
  /** The vault chain's, seconds. */ sentBy: number;
};

/** MarginStorage.REPROVE_SECONDS: a guardian revokes a source's roots once in so long. */
const REPROVE_SECONDS = 3 * 86_400;
/** Roots looked at after one block, at most: at a start there may be months of them. */
const AT_ONCE = 50;
/** A root that no RPC can say anything about is an alarm after this long. */
const PATIENCE_SECONDS = 600;

/**
 * Checks every root that the margin chain accepts against the vault itself (conservation against S). One that a quorum of the vault chain's RPCs
 * does not know is forged: whoever holds the engine's guardian key revokes the source's roots at once, at the head, for every block that passes
 * somebody may borrow against it. Without that key it is an alarm.
 */
export function createRootWatch(
  context: RoleContext,
  guardian: LocalAccount | undefined,
): { kinds: MessageKind[]; planners: Planner[]; check(): Promise<string[]> } {
  const { vault, vaultChain, margin, marginChain, logger } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;
  const source = [vaultChain.eid, vaultChain.vault] as const;
  const isOurs = ({ srcEid, vault: of }: SeenRoot) => srcEid === source[0] && of === source[1].toLowerCase();

  const votesOn = (root: bigint, sentBy: number): Promise<RootVote[]> =>
    Promise.all(vault.witnesses.map((client) => voteOnRoot(client, vaultChain.vault, root, sentBy)));
  const rootTime = async (root: bigint, at: ReadAt) =>
    Number(
      await margin.client.readContract({
        address: marginChain.rootInbox,
        abi: rootInboxAbi,
        functionName: "rootTime",
        args: [...source, root],
        ...at,
      }),
    );
  const sourceOf = ({ market, sourceId }: Pick<RevokePayload, "market" | "sourceId">, at: ReadAt) =>
    margin.client.readContract({ ...engine, functionName: "source", args: [market, sourceId], ...at });

  const revoke: MessageKind<RevokePayload> = {
    kind: "revoke",
    raced: true,
    chain: () => margin.name,
    async done(payload, at) {
      const [time, { revokedAt }] = await Promise.all([rootTime(payload.root, at), sourceOf(payload, at)]);
      return time !== 0 && time <= revokedAt;
    },
    async prepare({ key, payload }) {
      const { root, market, sourceId } = payload;
      if ((await rootTime(root, { blockTag: "latest" })) === 0)
        return { type: "void", reason: "a reorg took the root away" };
      const [votes, accepted] = await Promise.all([
        votesOn(root, payload.sentBy),
        acceptedBy(margin.witnesses, marginChain.rootInbox, [...source, root]),
      ]);
      const verdict = verdictOf(votes, quorumOf(vault));
      if (verdict === "known") return { type: "void", reason: `the vault has the root, say RPCs of ${vault.name}` };
      if (verdict === "open" || accepted < quorumOf(margin))
        throw new RelayerError(
          "no_quorum",
          `RPCs do not agree that root ${root} is not the vault's (${describe(votes)}; ${accepted} of ${margin.witnesses.length} on ${margin.name} have it). Nothing is revoked before they do: look at them.`,
        );
      if (guardian === undefined)
        throw new RelayerError(
          "root_contradicted",
          `Root ${root} was accepted on ${margin.name}, and the vault on ${vault.name} does not have it: somebody forged a message. This relayer has no guardianKey. Have the guardian call MarginEngine.revokeRoots(${market}, ${sourceId}) now.`,
          { severity: "permanent" },
        );
      const { revokedAt } = await sourceOf(payload, { blockTag: "latest" });
      const again = revokedAt + REPROVE_SECONDS;
      if (revokedAt !== 0 && margin.head().timestamp + 1 <= again && !(await isOwner(guardian)))
        throw new RelayerError(
          "revoked_already",
          `Root ${root} is forged, and the guardian has revoked this source's roots already: it can again at ${again + 1}. Have the owner call MarginEngine.revokeRoots(${market}, ${sourceId}), or set the source's exposureCap to 0.`,
        );
      return {
        type: "send",
        request: {
          effects: [key],
          chain: margin.name,
          account: guardian,
          to: marginChain.engine,
          data: encodeFunctionData({ abi: engineAbi, functionName: "revokeRoots", args: [market, sourceId] }),
          description: `revoke the roots of source ${sourceId}: ${root} is not the vault's`,
        },
      };
    },
  };

  const isOwner = async ({ address }: LocalAccount) =>
    (await margin.client.readContract({ ...engine, functionName: "owner" })) === address;

  /** By view: after a reorg everything is looked at again. */
  const settledIn = new WeakMap<MarginView, Set<string>>();
  const alarmed = new Set<string>();

  /** Whether the vault has it; what it takes to revoke it when it does not. */
  async function judge(seen: SeenRoot, id: string): Promise<{ settled: boolean; messages: NewMessage[] }> {
    const { root, sourceTime } = seen;
    const { timestamp } = await margin.client.getBlock({ blockNumber: BigInt(seen.block) });
    // Whoever forges a root also writes its time: it was sent before it came.
    const sentBy = Math.min(sourceTime, Number(timestamp));
    const votes = await votesOn(root, sentBy);
    const verdict = verdictOf(votes, quorumOf(vault));
    if (verdict === "known") return { settled: true, messages: [] };
    const isLate = margin.head().timestamp - Number(timestamp) > PATIENCE_SECONDS;
    if ((verdict === "unknown" || isLate || votes.some(({ says }) => says === "unknown")) && !alarmed.has(id)) {
      alarmed.add(id);
      logger.error(
        { root: root.toString(), block: seen.block, verdict, votes: describe(votes) },
        verdict === "unknown"
          ? "ALARM: a root was accepted on the margin chain that the vault does not have"
          : "a root was accepted on the margin chain that the vault chain's RPCs do not confirm",
      );
    }
    if (verdict === "open") return { settled: false, messages: [] };
    const at: ReadAt = { blockTag: "latest" };
    const time = await rootTime(root, at);
    const messages: NewMessage[] = [];
    for (const { id: market, sourceId } of context.markets.values())
      if ((await sourceOf({ market, sourceId }, at)).revokedAt < time)
        messages.push({
          kind: "revoke",
          key: `revoke:${market}:${sourceId}:${root}:${time}`,
          payload: { market, sourceId, root, sentBy } satisfies RevokePayload,
        });
    // It is news until it is revoked: a message that could not be stored must come again.
    return { settled: messages.length === 0, messages };
  }

  const planner: Planner = {
    chain: margin.name,
    async plan() {
      const view = context.accounts();
      const settled = settledIn.get(view) ?? new Set();
      settledIn.set(view, settled);
      const ids = [...view.sightings.roots.values()]
        .filter(isOurs)
        .map((seen) => ({ seen, id: `${seen.root}@${seen.block}:${seen.logIndex}` }))
        .filter(({ id }) => !settled.has(id))
        .slice(-AT_ONCE); // the newest first: older ones were looked at when they came
      const judged = await Promise.all(ids.map(async ({ seen, id }) => ({ id, ...(await judge(seen, id)) })));
      for (const { id, settled: isSettled } of judged) if (isSettled) settled.add(id);
      return judged.flatMap(({ messages }) => messages);
    },
  };

  return {
    kinds: [revoke] as MessageKind[],
    planners: [planner],
    async check() {
      if (guardian === undefined) return [];
      const named = await margin.client.readContract({ ...engine, functionName: "guardian" });
      if (named === guardian.address || (await isOwner(guardian))) return [];
      return [
        `${guardian.address} (roles.watchman.guardianKey) is not the engine's guardian on ${margin.name}: that is ${named}`,
      ];
    },
  };
}

const describe = (votes: RootVote[]): string =>
  votes
    .map((vote, index) => `RPC ${index + 1}: ${vote.says}${vote.says === "unclear" ? `, it ${vote.reason}` : ""}`)
    .join("; ");
