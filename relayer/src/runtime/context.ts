import type { Crypto, Deployment, MarginChainDeployment, MarketDeployment, VaultChainDeployment } from "@hypothec/sdk";
import type { PublicClient } from "viem";
import type { TreeKeeper } from "../batcher/tree.ts";
import type { QueueView } from "../batcher/queueView.ts";
import type { ChainConfig } from "../config/schema.ts";
import type { MarginView } from "../keeper/marginView.ts";
import type { Database } from "../store/database.ts";
import type { NewMessage } from "../store/messages.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** A chain as the roles see it. */
export type ChainHandle = {
  name: string;
  config: ChainConfig;
  client: PublicClient;
  /** One client per RPC URL, for what needs a quorum. */
  witnesses: PublicClient[];
  /** Number and time (seconds) of the last block taken into the store. */
  head(): { number: number; timestamp: number };
  /** Last final block; below the start block when there is none yet. */
  finalised: () => number;
  /** Why nothing that rests on this chain may be signed: it reorganised below finality. @default null always */
  halted?: () => string | null;
  /** How often an operator accepted a new history: final facts of before may not be facts any more. @default 0 always */
  history?: () => number;
};

/** What every role is given. Views follow the head and are rebuilt after a reorg. */
export type RoleContext = {
  deployment: Deployment;
  vaultChain: VaultChainDeployment;
  marginChain: MarginChainDeployment;
  markets: Map<string, MarketDeployment>;
  vault: ChainHandle;
  margin: ChainHandle;
  queue: () => QueueView;
  accounts: () => MarginView;
  tree: TreeKeeper;
  crypto: Crypto;
  database: Database;
  clock: Clock;
  logger: Logger;
};

/**
 * A planner adds messages that follow from the state at the head. It runs after every block of `chain`, and must be
 * harmless when repeated: message keys say what they are for.
 */
export type Planner = { chain: string; plan: () => Promise<NewMessage[]> };
