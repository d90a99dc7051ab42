import { keccak256, numberToHex, toHex, type Hex } from "viem";

import type { Fault, RpcObject } from "./faultyRpc.ts";

export type RpcCall = { id: number | string; method: string; params: unknown[] };
export type RpcAnswer = {
  id: number | string;
  jsonrpc: "2.0";
  result?: unknown;
  error?: { code: number; message: string };
};
/** Asks the node behind; answers in the order of the calls. */
export type Upstream = (calls: RpcCall[]) => Promise<RpcAnswer[]>;

/** Where the block stands among the parameters of calls on state. */
const blockParameter: Record<string, number> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
};

/** What a node with these faults answers. */
export async function answerWith(faults: Fault[], calls: RpcCall[], ask: Upstream): Promise<RpcAnswer[]> {
  const forks = faults.filter((fault) => fault.type === "fork");
  const heights = faults.some(({ type }) => type === "lag" || type === "freeze") ? await heightsOf(ask) : undefined;
  return Promise.all(calls.map((call) => answer(call)));

  async function answer(call: RpcCall): Promise<RpcAnswer> {
    const own = faults.filter(({ methods }) => methods === undefined || methods.includes(call.method));
    const limit = heights === undefined ? undefined : limitOf(own, heights);
    const refusal = refusalOf(own, call);
    if (refusal !== undefined) return { id: call.id, jsonrpc: "2.0", error: refusal };
    let asked = limit === undefined ? call : asOfLimit(call, limit);
    for (const fork of forks) asked = await unforked(asked, fork, ask);
    const [given] = (await ask([asked])) as [RpcAnswer];
    if (given.error !== undefined) return { ...given, id: call.id };
    let { result } = given;
    if (limit !== undefined) result = hidden(call, result, limit.head);
    for (const fault of own) result = changed(fault, call, result);
    return { id: call.id, jsonrpc: "2.0", result };
  }
}

type Heights = { head: number; finalised: number };

async function heightsOf(ask: Upstream): Promise<Heights> {
  const [head, finalised] = await ask([
    { id: 1, method: "eth_blockNumber", params: [] },
    { id: 2, method: "eth_getBlockByNumber", params: ["finalized", false] },
  ]);
  return { head: Number(head?.result), finalised: Number((finalised?.result as RpcObject | null)?.number ?? 0) };
}

function limitOf(faults: Fault[], heights: Heights): Heights | undefined {
  const limits = faults.flatMap((fault) => {
    if (fault.type === "lag")
      return [{ head: heights.head - fault.blocks, finalised: heights.finalised - fault.blocks }];
    const behind = heights.head - heights.finalised;
    return fault.type === "freeze"
      ? [{ head: fault.at, finalised: Math.min(fault.at - behind, heights.finalised) }]
      : [];
  });
  if (limits.length === 0) return undefined;
  return {
    head: Math.max(0, Math.min(...limits.map(({ head }) => head))),
    finalised: Math.max(0, Math.min(...limits.map(({ finalised }) => finalised))),
  };
}

function refusalOf(faults: Fault[], { method, params }: RpcCall): RpcAnswer["error"] {
  for (const fault of faults) {
    if (fault.type === "error") return { code: fault.code, message: fault.message };
    if (fault.type !== "log range" || method !== "eth_getLogs") continue;
    const { fromBlock, toBlock } = params[0] as { fromBlock?: string; toBlock?: string };
    if (fromBlock !== undefined && Number(toBlock) - Number(fromBlock) + 1 > fault.blocks)
      return { code: -32005, message: `query exceeds max block range ${fault.blocks}` };
  }
  return undefined;
}

/** The same question, of a node whose newest block is `limit.head`. */
function asOfLimit(call: RpcCall, limit: Heights): RpcCall {
  const tag = (value: unknown): unknown =>
    value === undefined || value === "latest" || value === "pending"
      ? numberToHex(limit.head)
      : value === "finalized" || value === "safe"
        ? numberToHex(limit.finalised)
        : value;
  const params = [...call.params];
  if (call.method === "eth_getBlockByNumber") params[0] = tag(params[0]);
  const place = blockParameter[call.method];
  if (place !== undefined) params[place] = tag(params[place]);
  if (call.method === "eth_getLogs") {
    const filter = params[0] as RpcObject;
    if (filter.blockHash === undefined)
      params[0] = { ...filter, fromBlock: tag(filter.fromBlock), toBlock: tag(filter.toBlock) };
  }
  return { ...call, params };
}

/** What such a node does not know yet. */
function hidden(call: RpcCall, result: unknown, head: number): unknown {
  const isNewer = (value: unknown, key: string) => Number((value as RpcObject | null)?.[key] ?? 0) > head;
  switch (call.method) {
    case "eth_blockNumber":
      return numberToHex(Math.min(Number(result), head));
    case "eth_getBlockByNumber":
    case "eth_getBlockByHash":
      return isNewer(result, "number") ? null : result;
    case "eth_getTransactionReceipt":
    case "eth_getTransactionByHash":
      return isNewer(result, "blockNumber") ? null : result;
    case "eth_getLogs":
      return (result as RpcObject[]).filter((log) => !isNewer(log, "blockNumber"));
    default:
      return result;
  }
}

function changed(fault: Fault, call: RpcCall, result: unknown): unknown {
  switch (fault.type) {
    case "omit logs":
      return onLogs(call, result, (logs) =>
        logs.filter((log) => fault.topic !== undefined && (log.topics as string[])[0] !== fault.topic),
      );
    case "forge logs":
      return onLogs(call, result, (logs) => logs.map(fault.forge));
    case "invent logs":
      return call.method === "eth_getLogs" ? [...(result as RpcObject[]), ...fault.invent(call)] : result;
    case "fork":
      return forked(result, fault);
    case "rewrite":
      return fault.rewrite(call, result);
    default:
      return result;
  }
}

function onLogs(call: RpcCall, result: unknown, change: (logs: RpcObject[]) => RpcObject[]): unknown {
  if (call.method === "eth_getLogs") return change(result as RpcObject[]);
  if (call.method !== "eth_getTransactionReceipt" || result === null) return result;
  return { ...(result as RpcObject), logs: change((result as RpcObject).logs as RpcObject[]) };
}

type Fork = { from: number; salt: string };

/** Hash of a block in the other history, by its true hash. */
const forkHash = (hash: unknown, { salt }: Fork): Hex => keccak256(toHex(`${salt}${String(hash)}`));

/** Forged hashes back to the true ones, by fork: a question may name either. */
const known = new Map<string, string>();

function forked(result: unknown, fork: Fork): unknown {
  if (Array.isArray(result)) return result.map((entry) => forked(entry, fork));
  if (result === null || typeof result !== "object") return result;
  const entry = { ...(result as RpcObject) };
  const rename = (key: string, number: number) => {
    if (typeof entry[key] !== "string" || number < fork.from) return;
    const forged = forkHash(entry[key], fork);
    known.set(forged, entry[key]);
    entry[key] = forged;
  };
  if (entry.parentHash !== undefined) {
    rename("hash", Number(entry.number));
    rename("parentHash", Number(entry.number) - 1);
  } else if (entry.blockHash !== undefined) {
    rename("blockHash", Number(entry.blockNumber));
    if (Array.isArray(entry.logs)) entry.logs = forked(entry.logs, fork);
  }
  return entry;
}

/** The question in terms of the true history; a true hash above the fork is one that such a node does not have. */
async function unforked(call: RpcCall, fork: Fork, ask: Upstream): Promise<RpcCall> {
  const back = async (hash: unknown): Promise<string> => {
    const origin = known.get(String(hash));
    if (origin !== undefined && forkHash(origin, fork) === hash) return origin;
    const [block] = await ask([{ id: 1, method: "eth_getBlockByHash", params: [hash, false] }]);
    const number = (block?.result as RpcObject | null)?.number;
    return number !== undefined && Number(number) >= fork.from ? `0x${"0".repeat(64)}` : String(hash);
  };
  if (call.method === "eth_getBlockByHash")
    return { ...call, params: [await back(call.params[0]), ...call.params.slice(1)] };
  if (call.method !== "eth_getLogs") return call;
  const filter = call.params[0] as RpcObject;
  return filter.blockHash === undefined
    ? call
    : { ...call, params: [{ ...filter, blockHash: await back(filter.blockHash) }] };
}
