import type { Clock } from "../runtime/clock.ts";
import type { HttpConfig } from "../config/schema.ts";
import type { RpcStatus } from "../runtime/rpcPool.ts";
import type { AccountsReader } from "../keeper/nearFloors.ts";
import type { Sql } from "../store/database.ts";
import type { ProofDesk } from "../prover/requests.ts";
import type { SubmissionDesk } from "../submission/desk.ts";
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
  /** Why nothing of the chain is signed, when it reorganised below finality. */
  halted?: string | null;
  /** Why no quorum of its RPCs calls anything more final, and since when, milliseconds; null while one does or it is too early to say. */
  unagreed?: { since: number; reason: string } | null;
  rpcs?: RpcStatus[];
};

/** What the HTTP interface may see of a relayer: no keys, no clients. What it adds goes through the two desks. */
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
  /** Takes what users hand in, if the submitter is on. */
  submissions?: SubmissionDesk | undefined;
  /** Takes witnesses of clients, if the prover offers it. */
  proofDesk?: Omit<ProofDesk, "witness" | "sweep" | "run"> | undefined;
  /** Says that a message was added, so that it moves at once. */
  announce?: (announcement: string) => void;
  /** Accounts near their floors. */
  accounts?: AccountsReader | undefined;
};
