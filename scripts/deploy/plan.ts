import type { Address } from "viem";

import type { LzChain } from "../../sdk/src/client/deployment.ts";
import type { RiskModel } from "./riskModel.ts";
import type { ChainClients } from "./sender.ts";
import type { VerifierSpec } from "./verifierCode.ts";

/** Everything that a deployment decides. The account of each chain's wallet becomes the owner of what it deploys. */
export type DeployPlan = { vaultChain: VaultChainPlan; marginChain: MarginChainPlan };

/** Where a part of the deployment goes. */
export type ChainPlan = {
  clients: ChainClients;
  chainId: number;
  /** LayerZero's id of the chain. */
  eid: number;
  lz: LzChain;
  /** Blocks on top of a message's on *this* chain before a DVN may verify it on the other one. */
  confirmations: bigint;
};

export type VaultChainPlan = ChainPlan & {
  /** May pause deposits, and nothing else. */
  guardian: Address;
  /** Wei per queue entry, to whoever appends it. */
  entryFee: bigint;
  /** Seconds after which an open chunk may be sealed for free. */
  sealDelaySeconds: bigint;
  /** Least seconds between two attestations of one root's vault to one chain. */
  cadenceSeconds: bigint;
  verifiers: { batch16: VerifierSpec; batch64: VerifierSpec; transact: VerifierSpec; settle: VerifierSpec };
  assets: AssetPlan[];
};

export type AssetPlan = {
  slot: number;
  symbol: string;
  /** Zero address: the native asset. */
  token: Address;
  sharedDecimals: number;
  /** Most that the vault accepts in total, shared units. */
  cap: bigint;
  /** What may leave at once, net of deposits, and how fast that comes back, shared units. Left out: no limit. */
  outflow?: { burst: bigint; hourly: bigint };
};

/** How to read one Chainlink-style feed on the margin chain. Bounds in the feed's units, inclusive. */
export type FeedPlan = { feed: Address; heartbeatSeconds: number; minAnswer: bigint; maxAnswer: bigint };

export type MarginChainPlan = ChainPlan & {
  verifier: VerifierSpec;
  /** By slot of the vault's assets; a slot without one has no price and backs nothing. */
  feeds: Readonly<Record<number, FeedPlan>>;
  /** Who may lower a source's limits and revoke its roots, beside the owner. @default nobody */
  guardian?: Address;
  /** Price moves that halt opening and borrowing: of 10⁴ by slot (none: not watched), within the window. @default none */
  breaker?: { limitsBps: Readonly<Record<number, number>>; windowSeconds: number; haltSeconds: number };
  /** An L2's uptime feed. @default none */
  sequencer?: { feed: Address; graceSeconds: number };
  risk: RiskModel;
  debt: { token: Address; symbol: string; feed: FeedPlan };
  pool: PoolPlan;
  market: MarketPlan;
  source: SourcePlan;
};

/** Yearly rates and utilisation in WAD (10¹⁸ = 100 %). The adaptive model's parameters are constants of its contract. */
export type RateModelPlan =
  | {
      kind: "kinked";
      baseRateYearly: bigint;
      kinkRateYearly: bigint;
      maxRateYearly: bigint;
      kinkUtilisation: bigint;
    }
  | { kind: "adaptive" };

export type PoolPlan = {
  name: string;
  symbol: string;
  rateModel: RateModelPlan;
  /** Token units; a pool begins closed, with both at 0. */
  supplyCap: bigint;
  borrowCap: bigint;
  /** Who may lower the caps, beside the owner. */
  guardian?: Address;
  /** The part of interest that goes to a recipient as shares. Left out: none. @default recipient the pool's insurance fund */
  reserve?: { factorBps: number; recipient?: Address };
  /** Upward haircut of the debt's price. */
  debtHaircutBps: number;
  /** What opening asks for above maintenance, of the debt's value. */
  initialExtraBps: number;
};

/** `IMarginEngine.MarketConfig` without the module, which the deployment makes. */
export type MarketPlan = {
  name: string;
  /** As submitted (R); the engine uses 8R. */
  trusteeKey: { x: bigint; y: bigint };
  graceSeconds: number;
  reflagWindowSeconds: number;
  auctionSeconds: number;
  maxProofAgeSeconds: number;
  maxSnapshotAgeSeconds: number;
  minBonusBps: number;
  maxBonusBps: number;
  bufferBps: number;
  /** Debt token units. */
  flagFee: bigint;
  minDebt: bigint;
  /** What a purchase within the guarantee adds to the debt it repays, for the insurance fund; at most bufferBps and 255. */
  fundFeeBps: number;
  /** Wei that each new lock pays who attested its root; whole 10¹² wei. */
  attestationFee: bigint;
  /** Sets of slots that a proof may rely on, bit i = slot i. */
  profiles: number[];
};

export type SourcePlan = {
  /** Seconds. */
  maxRootAge: number;
  /** µUSD. */
  maxCoveragePerLock: bigint;
  exposureCap: bigint;
  /** µUSD, whole USD: new coverage at once, and how much of that comes back in an hour. */
  coverageBurst: bigint;
  coveragePerHour: bigint;
};
