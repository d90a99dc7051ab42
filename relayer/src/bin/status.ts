import { formatEther, type Address, type PublicClient } from "viem";
import type { KeyUse } from "../config/keyUses.ts";
import type { ChainConfig } from "../config/schema.ts";
import { exitCodes, toErrorRecord } from "../runtime/errors.ts";
import type { ChainProgress, Operations } from "../runtime/operations.ts";
import type { RpcStatus } from "../runtime/rpcPool.ts";
import type { MessageCount } from "../store/history.ts";
import { formatDuration } from "../runtime/duration.ts";
import { formatTable } from "./table.ts";
import type { Paint, Terminal } from "./terminal.ts";

export type ChainStatus = {
  name: string;
  /** Block numbers and the head's time in milliseconds, as the RPC says; null with `problem` when it does not. */
  head: number | null;
  headAt: number | null;
  finalised: number | null;
  problem: string | null;
  /** How far the store is; null when there is none yet. */
  stored: ChainProgress | null;
  /** Blocks between the store and the head. */
  lag: number | null;
};

export type SignerStatus = {
  role: string;
  chain: string;
  reference: string;
  address: string | null;
  /** In the chain's native coin, as a decimal string. */
  balance: string | null;
  problem: string | null;
};

export type Status = {
  chains: ChainStatus[];
  messages: (MessageCount & { oldestAgeMs: number })[];
  signers: SignerStatus[];
  /** How the RPCs do, as the running relayer sees it; empty while none runs. */
  rpcs?: RpcStatus[];
  /** Why the store could not be read, or null. */
  storeProblem: string | null;
};

type Sources = {
  chains: { config: ChainConfig; client: Pick<PublicClient, "getBlock" | "getBalance"> }[];
  uses: KeyUse[];
  address: (reference: string) => Promise<Address>;
  /** Runs on the store, or throws why it cannot. */
  withOperations: <Result>(use: (operations: Operations) => Promise<Result>) => Promise<Result>;
  now: number;
};

/** What an operator wants to see at one look. Never throws: what does not answer is a problem in the report. */
export async function gatherStatus(sources: Sources): Promise<Status> {
  let storeProblem: string | null = null;
  const stored = await sources
    .withOperations(async (operations) => ({
      progress: await operations.progress(),
      counts: await operations.counts(),
      rpcs: await operations.rpcs(),
    }))
    .catch((error: unknown) => {
      storeProblem = toErrorRecord(error).message;
      return { progress: [], counts: [], rpcs: [] };
    });
  const chains = await Promise.all(
    sources.chains.map((chain) =>
      chainStatus(chain, stored.progress.find((row) => row.chain === chain.config.name) ?? null),
    ),
  );
  const paying = sources.uses.flatMap((use) => use.pays.map((chain) => ({ use, chain })));
  const signers = await Promise.all(
    paying.map(async ({ use, chain }): Promise<SignerStatus> => {
      const base = { role: use.role, chain, reference: use.reference };
      let address: Address | null = null;
      try {
        address = await sources.address(use.reference);
        const client = sources.chains.find(({ config }) => config.name === chain)?.client;
        const balance = await client?.getBalance({ address });
        return { ...base, address, balance: balance === undefined ? null : formatEther(balance), problem: null };
      } catch (error) {
        return { ...base, address, balance: null, problem: toErrorRecord(error).message };
      }
    }),
  );
  const messages = stored.counts.map((row) => ({ ...row, oldestAgeMs: sources.now - row.oldestAt }));
  return { chains, messages, signers, rpcs: stored.rpcs, storeProblem };
}

async function chainStatus(
  { config, client }: Sources["chains"][number],
  stored: ChainProgress | null,
): Promise<ChainStatus> {
  const base = { name: config.name, stored };
  try {
    const head = await client.getBlock({ blockTag: "latest" });
    const number = Number(head.number);
    const finalised =
      config.confirmations === "finalized"
        ? Number((await client.getBlock({ blockTag: "finalized" })).number)
        : Math.max(number - config.confirmations + 1, -1);
    return {
      ...base,
      head: number,
      headAt: Number(head.timestamp) * 1_000,
      finalised,
      lag: stored === null ? null : number - stored.head,
      problem: null,
    };
  } catch (error) {
    const problem = toErrorRecord(error).message;
    return { ...base, head: null, headAt: null, finalised: null, lag: null, problem };
  }
}

export function formatStatus(status: Status, now: number, paint: Paint): string {
  const none = paint("dim", "?");
  const known = (value: number | string | null) => (value === null ? none : String(value));
  const chains = formatTable(
    ["chain", "head", "age", "finalised", "store at", "store final", "lag"],
    status.chains.map((chain) => [
      chain.name,
      known(chain.head),
      chain.headAt === null ? none : formatDuration(now - chain.headAt),
      known(chain.finalised),
      known(chain.stored?.head ?? null),
      known(chain.stored?.finalised ?? null),
      known(chain.lag),
    ]),
  );
  const messages = formatTable(
    ["kind", "state", "count", "oldest"],
    status.messages.map(({ kind, state, count, oldestAgeMs }) => [
      kind,
      state === "dead" ? paint("red", state) : state,
      String(count),
      formatDuration(oldestAgeMs),
    ]),
  );
  const signers = formatTable(
    ["role", "chain", "address", "balance"],
    status.signers.map(({ role, chain, address, balance }) => [
      role,
      chain,
      known(address),
      balance === "0" ? paint("red", "0 (fund it)") : known(balance),
    ]),
  );
  const rpcs = formatTable(
    ["chain", "rpc", "latency", "failures", "head", "outvoted", ""],
    (status.rpcs ?? []).map(({ chain, endpoint, latencyMs, errorRate, head, lies, preferred, suspendedUntil }) => [
      chain,
      String(endpoint),
      latencyMs === null ? none : `${Math.round(latencyMs)} ms`,
      `${Math.round(100 * errorRate)} %`,
      known(head),
      lies === 0 ? "0" : paint("red", String(lies)),
      suspendedUntil > now ? paint("yellow", "left alone") : preferred ? "read from" : "",
    ]),
  );
  const problems = [
    ...status.chains.flatMap(({ name, problem, stored }) => [
      ...(problem === null ? [] : [`chain ${name}: ${problem}`]),
      ...(stored?.halted == null ? [] : [`chain ${name} is halted: ${stored.halted}`]),
    ]),
    ...(status.storeProblem === null ? [] : [`store: ${status.storeProblem}`]),
    ...status.signers.flatMap(({ role, problem }) => (problem === null ? [] : [`${role}: ${problem}`])),
  ];
  return [
    chains,
    ...((status.rpcs ?? []).length === 0 ? [] : [rpcs]),
    ...(status.messages.length === 0 ? [] : [messages]),
    ...(status.signers.length === 0 ? [] : [signers]),
    ...(problems.length === 0 ? [] : [[...new Set(problems)].map((text) => paint("yellow", text)).join("\n")]),
  ].join("\n\n");
}

/** `relayer status` */
export async function showStatus(sources: Sources, terminal: Terminal, options: { json?: boolean }): Promise<number> {
  const status = await gatherStatus(sources);
  terminal.print(
    options.json === true ? JSON.stringify(status, null, 2) : formatStatus(status, sources.now, terminal.paint),
  );
  return exitCodes.ok;
}
