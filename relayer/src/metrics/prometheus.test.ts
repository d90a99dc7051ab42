import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { definitions, type Definition } from "./definitions.ts";
import { createPrometheus, type MetricSources } from "./prometheus.ts";

const sources: MetricSources = { backlog: async () => [], chains: () => [], balances: () => [], now: () => 10_000 };
const all: Definition[] = Object.values(definitions);

/** Names of the samples of a scrape, as a query would use them. */
async function sampleNames(): Promise<Set<string>> {
  const prometheus = createPrometheus();
  // Histograms and counters with labels have no samples before the first event.
  prometheus.observe({ type: "message", kind: "k", chain: "c", from: "ready", to: "sending", ageMs: 1 });
  prometheus.observe({ type: "message", kind: "k", chain: "c", from: "sending", to: "done", ageMs: 1 });
  prometheus.observe({ type: "proof", circuit: "settle", outcome: "done", witnessMs: 1, provingMs: 1 });
  const text = await prometheus.render(sources);
  const declared = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!);
  const sampled = [...text.matchAll(/^([a-z_]\w*)[{ ]/gm)].map((match) => match[1]!);
  return new Set([...declared, ...sampled]);
}

describe("definitions", () => {
  test("behavior: names follow Prometheus: units, _total for counters only, no name twice", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, type } of all) {
      expect(name).toMatch(/^hypothec_[a-z_]+$/);
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
    }
  });

  test("behavior: every one is on /metrics", async () => {
    const names = await sampleNames();
    for (const { name } of all) expect(names).toContain(name);
  });
});

describe("what ships with them", () => {
  const root = new URL("../../../", import.meta.url);

  test("behavior: every metric that the dashboard asks for exists, and it asks for every one of the relayer's", async () => {
    const dashboard: any = JSON.parse(await readFile(new URL("relayer/grafana/dashboard.json", root), "utf8"));
    const queries: string[] = dashboard.panels.flatMap(({ targets }: any) =>
      (targets ?? []).map(({ expr }: any) => expr),
    );
    expect(queries.length).toBeGreaterThan(15);
    const asked = new Set(queries.flatMap((query) => query.match(/\b(hypothec|process|nodejs)_\w+/g) ?? []));
    const known = await sampleNames();
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
    const unused = all.map(({ name }) => name).filter((name) => !queries.some((query) => query.includes(name)));
    expect(unused).toEqual([]);
    const labels = new Set(all.flatMap((definition) => definition.labels));
    for (const query of queries)
      for (const [, by] of query.matchAll(/by \(([^)]+)\)/g))
        for (const label of by!.split(", ")) if (label !== "le") expect(labels).toContain(label);
    const ids = dashboard.panels.map(({ id }: any) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("behavior: the operator's table has every metric with its labels, and the alerts ask for no other", async () => {
    const text = await readFile(new URL("docs/operators-http.md", root), "utf8");
    for (const { name, type, labels } of all) {
      const row = text.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      expect([
        name,
        row
          ?.split("|")
          .slice(2, 4)
          .map((cell) => cell.trim()),
      ]).toEqual([name, [type, labels.map((label) => `\`${label}\``).join(", ")]]);
    }
    const known = await sampleNames();
    for (const name of text.match(/\bhypothec_\w+/g) ?? []) expect(known).toContain(name);
  });
});

describe("createPrometheus", () => {
  const lines = async (prometheus: ReturnType<typeof createPrometheus>, changes: Partial<MetricSources> = {}) =>
    (await prometheus.render({ ...sources, ...changes })).split("\n");

  test("default: stages from messages and transactions, in seconds", async () => {
    const prometheus = createPrometheus();
    const { observe } = prometheus;
    observe({ type: "message", kind: "batch", chain: "vault", from: "ready", to: "sending", ageMs: 3_000 });
    observe({ type: "transaction", chain: "vault", from: "signed", to: "sent", afterMs: 1 });
    observe({ type: "transaction", chain: "vault", from: "sent", to: "mined", afterMs: 12_000 });
    observe({ type: "transaction", chain: "vault", from: "mined", to: "final", afterMs: 900_000 });
    observe({ type: "message", kind: "batch", chain: "vault", from: "sending", to: "done", ageMs: 915_000 });
    expect(await lines(prometheus)).toEqual(
      expect.arrayContaining([
        'hypothec_stage_duration_seconds_sum{stage="submitted",chain="vault"} 3',
        'hypothec_stage_duration_seconds_sum{stage="confirmed",chain="vault"} 12',
        'hypothec_stage_duration_seconds_sum{stage="final",chain="vault"} 900',
        'hypothec_message_duration_seconds_sum{kind="batch"} 915',
        'hypothec_message_outcomes_total{kind="batch",outcome="done"} 1',
        'hypothec_transactions_total{chain="vault",outcome="final"} 1',
      ]),
    );
  });

  test("behavior: failures, reorgs, RPC errors, proofs and requests are counted", async () => {
    const prometheus = createPrometheus();
    const { observe } = prometheus;
    observe({ type: "failure", kind: "batch", severity: "retryable" });
    observe({ type: "reorg", chain: "vault", depth: 3 });
    observe({ type: "rpc error", chain: "vault", endpoint: 2, reason: "timeout" });
    observe({ type: "proof", circuit: "margin", outcome: "given_up" });
    observe({ type: "proof", circuit: "margin", outcome: "done", witnessMs: 500, provingMs: 4_000 });
    observe({ type: "http request", route: "/ready", status: 503 });
    expect(await lines(prometheus)).toEqual(
      expect.arrayContaining([
        'hypothec_message_failures_total{kind="batch",severity="retryable"} 1',
        'hypothec_chain_reorgs_total{chain="vault"} 1',
        'hypothec_chain_reorged_blocks_total{chain="vault"} 3',
        'hypothec_rpc_errors_total{chain="vault",endpoint="2",reason="timeout"} 1',
        'hypothec_proofs_total{circuit="margin",outcome="given_up"} 1',
        'hypothec_proof_duration_seconds_sum{circuit="margin",phase="witness"} 0.5',
        'hypothec_proof_duration_seconds_sum{circuit="margin",phase="proving"} 4',
        'hypothec_http_requests_total{route="/ready",status="503"} 1',
      ]),
    );
  });

  test("behavior: what is gone from the store is gone from the next scrape", async () => {
    const prometheus = createPrometheus();
    const row = { what: "message" as const, name: "batch", state: "due", count: 2, oldest: 4_000 };
    const first = await lines(prometheus, { backlog: async () => [row, { ...row, name: "seal", oldest: 1_000 }] });
    expect(first).toContain('hypothec_messages{kind="batch",state="due"} 2');
    expect(first).toContain('hypothec_message_oldest_age_seconds{state="due"} 9');
    const second = await lines(prometheus);
    expect(second.join()).not.toContain('kind="batch"');
    expect(second).toContain('hypothec_message_oldest_age_seconds{state="due"} 0');
  });

  test("behavior: label values are escaped", async () => {
    const prometheus = createPrometheus();
    prometheus.observe({ type: "failure", kind: 'a"b\n\\', severity: "fatal" });
    expect(await lines(prometheus)).toContain(
      'hypothec_message_failures_total{kind="a\\"b\\n\\\\",severity="fatal"} 1',
    );
  });

  test("behavior: scrapes at the same time ask the store once", async () => {
    const prometheus = createPrometheus();
    let asked = 0;
    const backlog = async () => (asked++, []);
    await Promise.all([lines(prometheus, { backlog }), lines(prometheus, { backlog })]);
    expect(asked).toBe(1);
    await lines(prometheus, { backlog });
    expect(asked).toBe(2);
  });
});
