import type { Address, Hex } from "viem";

import { creditPoolAbi, marginEngineAbi, priceBoardAbi, riskSetAbi, rootInboxAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import { reading } from "../client/write.ts";
import type { RiskParameters } from "../proofs/coverage.ts";
import { unpackRisk } from "../proofs/coverage.ts";

const engineOf = (client: HypothecClient) => ({ address: client.deployment.marginChain.engine, abi: marginEngineAbi });

/** An account: market, controller, nonce, locks, flag, auctions. */
export const getAccount = (client: HypothecClient, account: Hex) =>
  reading(client, "margin", "reading an account", () =>
    client.margin.public.readContract({ ...engineOf(client), functionName: "account", args: [account] }),
  );

/** Id of the account of a controller in a market under a salt. */
export const getAccountId = (
  client: HypothecClient,
  { market, controller, salt }: { market: string; controller: Address; salt: Hex },
) =>
  reading(client, "margin", "reading an account's id", () =>
    client.margin.public.readContract({
      ...engineOf(client),
      functionName: "accountId",
      args: [findMarket(client.deployment, market).id, controller, salt],
    }),
  );

/** A lock as the engine knows it: coverage, floors, expiry, state. */
export const getLock = (
  client: HypothecClient,
  { domain = client.domain, lockNullifier }: { domain?: bigint; lockNullifier: bigint },
) =>
  reading(client, "margin", "reading a lock", () =>
    client.margin.public.readContract({ ...engineOf(client), functionName: "lock", args: [domain, lockNullifier] }),
  );

/** An account at live prices. */
export interface AccountHealth {
  /** Σ G, µUSD. */
  readonly coverage: bigint;
  /** µUSD. */
  readonly maintenanceRequirement: bigint;
  /** µUSD. */
  readonly initialRequirement: bigint;
  /** Debt token units, interest included. */
  readonly debt: bigint;
  readonly isCovered: boolean;
}

/** Coverage, requirements and debt of an account, as of one block. */
export const getHealth = (
  client: HypothecClient,
  { market, account }: { market: string; account: Hex },
): Promise<AccountHealth> =>
  reading(client, "margin", "reading an account's health", async () => {
    const node = client.margin.public;
    const blockNumber = await node.getBlockNumber();
    const engine = { ...engineOf(client), blockNumber };
    const pool = {
      address: findMarket(client.deployment, market).pool,
      abi: creditPoolAbi,
      args: [account],
      blockNumber,
    } as const;
    const [coverage, isCovered, maintenanceRequirement, initialRequirement, debt] = await Promise.all([
      node.readContract({ ...engine, functionName: "liveCoverage", args: [account] }),
      node.readContract({ ...engine, functionName: "isCovered", args: [account] }),
      node.readContract({ ...pool, functionName: "maintenanceRequirement" }),
      node.readContract({ ...pool, functionName: "initialRequirement" }),
      node.readContract({ ...pool, functionName: "debtOf" }),
    ]);
    return { coverage, isCovered, maintenanceRequirement, initialRequirement, debt };
  });

/** Debt of an account in token units, with interest to now. */
export const getDebt = (client: HypothecClient, { market, account }: { market: string; account: Hex }) =>
  reading(client, "margin", "reading a debt", () =>
    client.margin.public.readContract({
      address: findMarket(client.deployment, market).pool,
      abi: creditPoolAbi,
      functionName: "debtOf",
      args: [account],
    }),
  );

/** Configuration and trustee key of a market. */
export const getMarket = (client: HypothecClient, market: string) =>
  reading(client, "margin", "reading a market", async () => {
    const { id } = findMarket(client.deployment, market);
    const [config, x, y] = await client.margin.public.readContract({
      ...engineOf(client),
      functionName: "market",
      args: [id],
    });
    return { id, config, trusteeKey: { x, y } };
  });

/** A market's source: which vault, which risk set, which limits. */
export const getSource = (client: HypothecClient, { market, sourceId }: { market: string; sourceId?: number }) =>
  reading(client, "margin", "reading a source", () => {
    const { id, sourceId: own } = findMarket(client.deployment, market);
    return client.margin.public.readContract({
      ...engineOf(client),
      functionName: "source",
      args: [id, sourceId ?? own],
    });
  });

/** The newest root of this vault that the margin chain knows; root = 0 when there is none. */
export const getLatestRoot = (client: HypothecClient) =>
  reading(client, "margin", "reading the latest root", async () => {
    const { eid, vault } = client.deployment.vaultChain;
    const [root, chunks, sourceTime, attestor] = await client.margin.public.readContract({
      address: client.deployment.marginChain.rootInbox,
      abi: rootInboxAbi,
      functionName: "latest",
      args: [eid, vault],
    });
    return { root, chunks: Number(chunks), sourceTime, attestor };
  });

/** Haircuts and risk matrix of a version of a risk set. @default the current version */
export const getRisk = (
  client: HypothecClient,
  { riskSet, version }: { riskSet: Address; version?: number },
): Promise<RiskParameters & { version: number }> =>
  reading(client, "margin", "reading the risk set", async () => {
    const contract = { address: riskSet, abi: riskSetAbi };
    const chosen =
      version ?? (await client.margin.public.readContract({ ...contract, functionName: "currentVersion" }));
    const [haircutsPacked, riskPacked] = await client.margin.public.readContract({
      ...contract,
      functionName: "packed",
      args: [chosen],
    });
    return { ...unpackRisk({ haircutsPacked, riskPacked }), version: chosen };
  });

/** The price floors that a proof must be made at. */
export const getFloors = (
  client: HypothecClient,
  {
    market,
    sourceId,
    snapshot,
    floorBps,
    profile,
  }: { market: string; sourceId?: number; snapshot: number; floorBps: number; profile: number },
) =>
  reading(client, "margin", "reading the floors", () => {
    const { id, sourceId: own } = findMarket(client.deployment, market);
    return client.margin.public.readContract({
      ...engineOf(client),
      functionName: "floors",
      args: [id, sourceId ?? own, snapshot, floorBps, profile],
    });
  });

/** Live prices of the collateral set, µUSD per shared unit · 2^64; 0 where a feed is bad. */
export const getLivePrices = (
  client: HypothecClient,
  { setId = client.deployment.marginChain.setId }: { readonly setId?: number } = {},
) =>
  reading(client, "margin", "reading prices", () => {
    return client.margin.public.readContract({
      address: client.deployment.marginChain.priceBoard,
      abi: priceBoardAbi,
      functionName: "livePrices",
      args: [setId],
    });
  });

/** What a claim costs if bought now. */
export const quoteBuy = (client: HypothecClient, { account, lockNullifier }: { account: Hex; lockNullifier: bigint }) =>
  reading(client, "margin", "quoting a purchase", async () => {
    const [claim, debtAssets, seizurePricesX64] = await client.margin.public.readContract({
      ...engineOf(client),
      functionName: "quoteBuy",
      args: [account, lockNullifier],
    });
    return { claim, debtAssets, seizurePricesX64 };
  });

/** The auction of a lock; startedAt = 0 when there is none. */
export const getAuction = (
  client: HypothecClient,
  { account, lockNullifier }: { account: Hex; lockNullifier: bigint },
) =>
  reading(client, "margin", "reading an auction", () =>
    client.margin.public.readContract({ ...engineOf(client), functionName: "auction", args: [account, lockNullifier] }),
  );
