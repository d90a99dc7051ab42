/** A metric: its name on /metrics, its labels, and what it means with its unit. */
export type Definition = {
  name: string;
  type: "gauge" | "counter" | "histogram";
  labels: readonly string[];
  help: string;
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  buckets?: readonly number[];
};

/** From a block on a fast chain to the fifteen minutes of Ethereum's finality, and what is stuck beyond. */
const stageSeconds = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200];
const proofSeconds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300];

/** Every metric of the relayer; those of the process come from prom-client as `process_*` and `nodejs_*`. */
export const definitions = {
  messages: {
    name: "hypothec_messages",
    type: "gauge",
    labels: ["kind", "state"],
    help: "Messages that are not over, by kind and state; state dead waits for an operator.",
  },
  oldestMessage: {
    name: "hypothec_message_oldest_age_seconds",
    type: "gauge",
    labels: ["state"],
    help: "Age of the oldest message in the state, seconds since it was created; 0 when there is none.",
  },
  messageOutcomes: {
    name: "hypothec_message_outcomes_total",
    type: "counter",
    labels: ["kind", "outcome"],
    help: "Messages that ended since the start: done (final on chain), void (not needed any more) or dead (given up).",
  },
  messageFailures: {
    name: "hypothec_message_failures_total",
    type: "counter",
    labels: ["kind", "severity"],
    help: "Failed steps of messages since the start; retryable ones are tried again.",
  },
  messageDuration: {
    name: "hypothec_message_duration_seconds",
    type: "histogram",
    labels: ["kind"],
    help: "Time from the creation of a message to its effect being final, seconds.",
    buckets: stageSeconds,
  },
  stage: {
    name: "hypothec_stage_duration_seconds",
    type: "histogram",
    labels: ["stage", "chain"],
    help: "Time of a stage on the chain that it ends on, seconds: submitted (from created), confirmed (from signed to mined), final (from mined to final).",
    buckets: stageSeconds,
  },
  transactions: {
    name: "hypothec_transactions_total",
    type: "counter",
    labels: ["chain", "outcome"],
    help: "Transactions that ended since the start: final, reverted or lost.",
  },
  head: {
    name: "hypothec_chain_head_block",
    type: "gauge",
    labels: ["chain"],
    help: "Number of the last block in the store.",
  },
  finalised: {
    name: "hypothec_chain_finalised_block",
    type: "gauge",
    labels: ["chain"],
    help: "Number of the last final block.",
  },
  lagBlocks: {
    name: "hypothec_chain_lag_blocks",
    type: "gauge",
    labels: ["chain"],
    help: "Blocks between the node's head and the last one in the store; absent until the node has answered.",
  },
  lagSeconds: {
    name: "hypothec_chain_lag_seconds",
    type: "gauge",
    labels: ["chain"],
    help: "Age of the last block in the store by its timestamp, seconds; absent while there is no block.",
  },
  reorgs: {
    name: "hypothec_chain_reorgs_total",
    type: "counter",
    labels: ["chain"],
    help: "Reorganisations that the relayer has followed since the start.",
  },
  reorgedBlocks: {
    name: "hypothec_chain_reorged_blocks_total",
    type: "counter",
    labels: ["chain"],
    help: "Blocks that reorganisations took back since the start.",
  },
  rpcErrors: {
    name: "hypothec_rpc_errors_total",
    type: "counter",
    labels: ["chain", "endpoint", "reason"],
    help: "Requests that an RPC failed to answer after one retry: timeout, http, limit (refused by rate) or rpc. endpoint is its place in chains[].rpc, from 1.",
  },
  rpcOutvoted: {
    name: "hypothec_rpc_outvoted_total",
    type: "counter",
    labels: ["chain", "endpoint"],
    help: "Times that a quorum of a chain's RPCs said otherwise than this one since the start.",
  },
  rpcLatency: {
    name: "hypothec_rpc_latency_seconds",
    type: "gauge",
    labels: ["chain", "endpoint"],
    help: "Moving average of the time an RPC takes to answer, seconds; absent until it has answered.",
  },
  rpcErrorRate: {
    name: "hypothec_rpc_error_ratio",
    type: "gauge",
    labels: ["chain", "endpoint"],
    help: "Moving average of the share of requests that an RPC fails to answer, from 0 to 1.",
  },
  rpcHead: {
    name: "hypothec_rpc_head_block",
    type: "gauge",
    labels: ["chain", "endpoint"],
    help: "Highest head that an RPC has told of.",
  },
  rpcUsable: {
    name: "hypothec_rpc_usable",
    type: "gauge",
    labels: ["chain", "endpoint"],
    help: "1 while an RPC is asked, 0 while it is left alone because it failed.",
  },
  noQuorum: {
    name: "hypothec_chain_no_quorum_total",
    type: "counter",
    labels: ["chain"],
    help: "Times since the start that no quorum of RPCs agreed on what is final, so that planning waited.",
  },
  quorum: {
    name: "hypothec_chain_quorum",
    type: "gauge",
    labels: ["chain"],
    help: "1 while a quorum of RPCs agrees on what is final, 0 while planning waits for one.",
  },
  halted: {
    name: "hypothec_chain_halted",
    type: "gauge",
    labels: ["chain"],
    help: "1 while the chain is halted after a reorganisation below finality, which an operator has to look at, else 0.",
  },
  proofs: {
    name: "hypothec_proofs_total",
    type: "counter",
    labels: ["circuit", "outcome"],
    help: "Attempts at proofs since the start: done, failed (tried again), given_up or cancelled (not needed any more).",
  },
  proving: {
    name: "hypothec_proof_duration_seconds",
    type: "histogram",
    labels: ["circuit", "phase"],
    help: "Time of a proof that was made, seconds: witness (chain reads and inputs), proving (witness calculation and proof).",
    buckets: proofSeconds,
  },
  proofQueue: {
    name: "hypothec_proofs",
    type: "gauge",
    labels: ["circuit", "state"],
    help: "Proofs in the store that are queued (or being made) or failed for good.",
  },
  balance: {
    name: "hypothec_gas_balance_ether",
    type: "gauge",
    labels: ["role", "chain", "address"],
    help: "Native coin of an account that pays gas, whole coins of 10^18 wei; read once a minute.",
  },
  storeUp: {
    name: "hypothec_store_up",
    type: "gauge",
    labels: [],
    help: "1 when the store answered this scrape, else 0; then the numbers that come from it are absent.",
  },
  requests: {
    name: "hypothec_http_requests_total",
    type: "counter",
    labels: ["route", "status"],
    help: "Requests to this interface since the start, by route and HTTP status.",
  },
} as const satisfies Record<string, Definition>;

export type MetricKey = keyof typeof definitions;
