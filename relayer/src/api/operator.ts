import type { Clock } from "../runtime/clock.ts";
import type { HttpConfig } from "../config/schema.ts";
import type { Sql } from "../store/database.ts";
import type { CouncilSeat } from "../trustee/seat.ts";

/** How far the relayer is with a chain. */
export type ChainStatus = {
  name: string;
  side: "vault" | "margin";
  chainId: number;
  /** Last block in the store; `timestamp` in seconds, 0 while there is none. */
  head: { number: number; timestamp: number };
  /** Last final block; below the start block when there is none yet. */
  finalised: number;
  /** Head of the node when it was last asked, or null. */
  nodeHead: number | null;
  /** When the store last took what the node said, milliseconds, or null when it has not since the start. */
  polledAt: number | null;
};

/** What the HTTP interface may see of a relayer: no keys, no clients. It never writes. */
export type Operator = {
  /** Name of the relayer in its configuration. */
  name: string;
  database: Sql;
  clock: Clock;
  ready: HttpConfig["ready"];
  chains: () => ChainStatus[];
  /** Whether the relayer is shutting down. */
  stopping: () => boolean;
  metrics: () => Promise<{ text: string; contentType: string }>;
  /** The seat of a council, if the relayer has one: it gives its part of an opening to the other members. */
  seat?: Pick<CouncilSeat, "partial" | "view"> | undefined;
};
