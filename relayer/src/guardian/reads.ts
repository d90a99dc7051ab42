import { unpackRisk, type RiskParameters } from "@hypothec/sdk";
import type { Hex } from "viem";
import { creditPoolAbi, engineAbi, priceBoardAbi, riskSetAbi, rootInboxAbi } from "../chain/abis.ts";
import { domainIn } from "../layerzero/domainState.ts";
import type { RoleContext } from "../runtime/context.ts";

export const FLOORS = [10_000, 9_000, 7_500, 5_000] as const;

/** What a guardian reads of the margin chain, at its head. µUSD, seconds. */
export type GuardianReads = ReturnType<typeof createGuardianReads>;

export function createGuardianReads(context: RoleContext) {
  const { margin, marginChain, vaultChain } = context;
  const { client } = margin;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;
  const board = { address: marginChain.priceBoard, abi: priceBoardAbi } as const;
  const risk = { address: marginChain.riskSet, abi: riskSetAbi } as const;
  const domain = domainIn(context);

  const account = (id: Hex) => client.readContract({ ...engine, functionName: "account", args: [id] });
  const lock = (lockNullifier: bigint) =>
    client.readContract({ ...engine, functionName: "lock", args: [domain, lockNullifier] });
  const isRevoked = async (id: Hex, lockNullifier: bigint) =>
    (await client.readContract({ ...engine, functionName: "revocation", args: [id, lockNullifier] }))[0];

  /** Live coverage and maintenance requirement. */
  async function cover(id: Hex, pool: Hex): Promise<{ coverage: bigint; requirement: bigint }> {
    const [coverage, requirement] = await Promise.all([
      client.readContract({ ...engine, functionName: "liveCoverage", args: [id] }),
      client.readContract({ address: pool, abi: creditPoolAbi, functionName: "maintenanceRequirement", args: [id] }),
    ]);
    return { coverage, requirement };
  }

  const floors = (market: Hex, sourceId: number, snapshot: number, floorBps: number, profile: number) =>
    client.readContract({ ...engine, functionName: "floors", args: [market, sourceId, snapshot, floorBps, profile] });

  const config = async (market: Hex) =>
    (await client.readContract({ ...engine, functionName: "market", args: [market] }))[0];
  const source = (market: Hex, sourceId: number) =>
    client.readContract({ ...engine, functionName: "source", args: [market, sourceId] });

  /** The newest snapshot, and prices of now: as the engine judges proofs, and as it flags. */
  async function prices(setId: number, mask: number) {
    const [snapshot, conservative, live] = await Promise.all([
      client.readContract({ ...board, functionName: "latestSnapshot", args: [setId] }),
      client.readContract({ ...board, functionName: "conservativePrices", args: [setId, mask] }),
      client.readContract({ ...board, functionName: "livePricesOf", args: [setId, mask] }),
    ]);
    if (snapshot === 0) return { snapshot, conservative, live, taken: [] as readonly bigint[], time: 0 };
    const args = [setId, snapshot] as const;
    const [taken, time] = await client.readContract({ ...board, functionName: "snapshotPrices", args });
    return { snapshot, conservative, live, taken, time: Number(time) };
  }

  /** Risk versions that a renewal of a proof under `renewed` may use, the current one first. */
  async function riskVersions(renewed: number): Promise<({ version: number } & RiskParameters)[]> {
    const current = await client.readContract({ ...risk, functionName: "currentVersion" });
    const versions = [...new Set([current, renewed])];
    const terms = await Promise.all(
      versions.map((version) => client.readContract({ ...risk, functionName: "openTerms", args: [version, renewed] })),
    );
    return terms.flatMap(([openable, haircutsPacked, riskPacked], index) =>
      openable ? [{ version: versions[index]!, ...unpackRisk({ haircutsPacked, riskPacked }) }] : [],
    );
  }

  /** The newest root that the margin chain knows. */
  async function latestRoot() {
    const [root, chunks, sourceTime] = await client.readContract({
      address: marginChain.rootInbox,
      abi: rootInboxAbi,
      functionName: "latest",
      args: [vaultChain.eid, vaultChain.vault],
    });
    return { root, chunks: Number(chunks), sourceTime: Number(sourceTime) };
  }

  const isOperator = (id: Hex, operator: Hex) =>
    client.readContract({ ...engine, functionName: "isOperator", args: [id, operator] });

  return {
    domain,
    account,
    lock,
    isRevoked,
    cover,
    floors,
    config,
    source,
    prices,
    riskVersions,
    latestRoot,
    isOperator,
  };
}
