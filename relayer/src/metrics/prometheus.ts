import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ChainStatus } from "../api/operator.ts";
import { definitions, type Definition, type MetricKey } from "./definitions.ts";
import type { Observer, RelayerEvent } from "./events.ts";
import type { BacklogRow } from "../store/backlog.ts";
import { messageStates } from "../store/messages.ts";

/** Native balance of an account that pays gas; `balance` in whole coins, decimal. */
export type GasBalance = { role: string; chain: string; address: string; balance: string };

/** What is read at a scrape rather than counted. */
export type MetricSources = {
  backlog: () => Promise<BacklogRow[]>;
  chains: () => ChainStatus[];
  balances: () => GasBalance[];
  /** Milliseconds since the epoch. */
  now: () => number;
};

export type Prometheus = {
  /** Counts what happens. */
  observe: Observer;
  /** The text for a scrape; scrapes at the same time share one. */
  render: (sources: MetricSources) => Promise<string>;
  contentType: string;
};

/** Messages in these states are not over. */
const leftStates = messageStates.filter((state) => state !== "done" && state !== "void");

/** The relayer's metrics on a registry of their own. @see definitions */
export function createPrometheus(): Prometheus {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const settings = (key: MetricKey) => {
    const { name, help, labels }: Definition = definitions[key];
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const counter = (key: MetricKey) => new Counter(settings(key));
  const gauge = (key: MetricKey) => new Gauge(settings(key));
  const histogram = (key: MetricKey) => {
    const { buckets }: Definition = definitions[key];
    return new Histogram({ ...settings(key), ...(buckets === undefined ? {} : { buckets: [...buckets] }) });
  };
  const counters = {
    outcomes: counter("messageOutcomes"),
    failures: counter("messageFailures"),
    transactions: counter("transactions"),
    reorgs: counter("reorgs"),
    reorgedBlocks: counter("reorgedBlocks"),
    rpcErrors: counter("rpcErrors"),
    rpcOutvoted: counter("rpcOutvoted"),
    noQuorum: counter("noQuorum"),
    proofs: counter("proofs"),
    requests: counter("requests"),
  };
  const histograms = {
    message: histogram("messageDuration"),
    stage: histogram("stage"),
    proving: histogram("proving"),
  };
  const gauges = {
    messages: gauge("messages"),
    oldest: gauge("oldestMessage"),
    proofs: gauge("proofQueue"),
    head: gauge("head"),
    finalised: gauge("finalised"),
    lagBlocks: gauge("lagBlocks"),
    lagSeconds: gauge("lagSeconds"),
    quorum: gauge("quorum"),
    halted: gauge("halted"),
    rpcLatency: gauge("rpcLatency"),
    rpcErrorRate: gauge("rpcErrorRate"),
    rpcHead: gauge("rpcHead"),
    rpcUsable: gauge("rpcUsable"),
    balance: gauge("balance"),
    storeUp: gauge("storeUp"),
  };

  function observe(event: RelayerEvent): void {
    switch (event.type) {
      case "message": {
        const { kind, chain, to, ageMs } = event;
        if (to === "sending") histograms.stage.observe({ stage: "submitted", chain }, ageMs / 1_000);
        if (to === "done") histograms.message.observe({ kind }, ageMs / 1_000);
        if (to === "done" || to === "void" || to === "dead") counters.outcomes.inc({ kind, outcome: to });
        return;
      }
      case "failure":
        counters.failures.inc({ kind: event.kind, severity: event.severity });
        return;
      case "transaction": {
        const { chain, to, afterMs } = event;
        if (to === "mined") histograms.stage.observe({ stage: "confirmed", chain }, afterMs / 1_000);
        if (to === "final") histograms.stage.observe({ stage: "final", chain }, afterMs / 1_000);
        if (to === "final" || to === "reverted" || to === "lost") counters.transactions.inc({ chain, outcome: to });
        return;
      }
      case "reorg":
        counters.reorgs.inc({ chain: event.chain });
        counters.reorgedBlocks.inc({ chain: event.chain }, event.depth);
        return;
      case "rpc error":
        counters.rpcErrors.inc({ chain: event.chain, endpoint: String(event.endpoint), reason: event.reason });
        return;
      case "rpc outvoted":
        counters.rpcOutvoted.inc({ chain: event.chain, endpoint: String(event.endpoint) });
        return;
      case "no quorum":
        counters.noQuorum.inc({ chain: event.chain });
        return;
      case "halted":
        return; // a gauge tells
      case "proof": {
        const { circuit, outcome } = event;
        counters.proofs.inc({ circuit, outcome });
        if (outcome !== "done") return;
        histograms.proving.observe({ circuit, phase: "witness" }, event.witnessMs / 1_000);
        histograms.proving.observe({ circuit, phase: "proving" }, event.provingMs / 1_000);
        return;
      }
      case "http request":
        counters.requests.inc({ route: event.route, status: String(event.status) });
        return;
    }
  }

  function setChains(chains: ChainStatus[], now: number): void {
    for (const { name: chain, head, finalised, nodeHead, halted, unagreed, rpcs = [] } of chains) {
      gauges.quorum.set({ chain }, unagreed == null ? 1 : 0);
      gauges.halted.set({ chain }, halted == null ? 0 : 1);
      for (const { endpoint: place, latencyMs, errorRate, head: own, suspendedUntil } of rpcs) {
        const endpoint = String(place);
        if (latencyMs !== null) gauges.rpcLatency.set({ chain, endpoint }, latencyMs / 1_000);
        gauges.rpcErrorRate.set({ chain, endpoint }, errorRate);
        if (own !== null) gauges.rpcHead.set({ chain, endpoint }, own);
        gauges.rpcUsable.set({ chain, endpoint }, suspendedUntil > now ? 0 : 1);
      }
      gauges.head.set({ chain }, head.number);
      gauges.finalised.set({ chain }, finalised);
      if (nodeHead !== null) gauges.lagBlocks.set({ chain }, Math.max(0, nodeHead - head.number));
      if (head.timestamp > 0) gauges.lagSeconds.set({ chain }, Math.max(0, now / 1_000 - head.timestamp));
    }
  }

  function setBacklog(rows: BacklogRow[], now: number): void {
    const oldest = new Map<string, number>();
    for (const { what, name, state, count, oldest: createdAt } of rows) {
      if (what === "proof") {
        gauges.proofs.set({ circuit: name, state }, count);
        continue;
      }
      gauges.messages.set({ kind: name, state }, count);
      oldest.set(state, Math.min(oldest.get(state) ?? createdAt, createdAt));
    }
    for (const state of leftStates) gauges.oldest.set({ state }, Math.max(0, now - (oldest.get(state) ?? now)) / 1_000);
  }

  async function scrape(sources: MetricSources): Promise<string> {
    const rows = await sources.backlog().catch(() => undefined);
    const now = sources.now();
    for (const each of Object.values(gauges)) each.reset();
    gauges.storeUp.set(rows === undefined ? 0 : 1);
    if (rows !== undefined) setBacklog(rows, now);
    setChains(sources.chains(), now);
    for (const { role, chain, address, balance } of sources.balances())
      gauges.balance.set({ role, chain, address }, Number(balance));
    return registry.metrics();
  }

  let running: Promise<string> | undefined;
  return {
    observe,
    render: (sources) =>
      (running ??= scrape(sources).finally(() => {
        running = undefined;
      })),
    contentType: registry.contentType,
  };
}
