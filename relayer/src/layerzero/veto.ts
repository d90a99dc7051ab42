import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Config } from "../config/schema.ts";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import type { PacketPayload } from "./plan.ts";

/** What an operator's hook says of a packet. */
export type VetoAnswer = { veto: false } | { veto: true; reason: string };

/** Asks every hook; the first that vetoes decides. @throws RelayerError `veto_unreachable` when one does not answer as it should. */
export type Veto = (payload: PacketPayload) => Promise<VetoAnswer>;

type VetoConfig = NonNullable<NonNullable<Config["roles"]["dvn"]>["veto"]>;

const pass: VetoAnswer = { veto: false };
/** A reason is for people: one line, and not a page. */
const LONGEST_REASON = 200;
const LARGEST_ANSWER = 65_536;

const reasonOf = (text: string): string => {
  const [line = ""] = text.trim().split("\n", 1);
  return line.replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_REASON) || "no reason given";
};

/** A packet as a hook gets it: all that is signed, and where it was read. Numbers beyond 2^53 are text. */
export const packetForHook = ({ pathway, packet, source }: PacketPayload) => ({
  pathway,
  guid: packet.guid,
  nonce: packet.nonce.toString(),
  srcEid: packet.srcEid,
  sender: packet.sender,
  dstEid: packet.dstEid,
  receiver: packet.receiver,
  message: packet.message,
  payloadHash: packet.payloadHash,
  source: { txHash: source.txHash, blockHash: source.blockHash, blockNumber: source.blockNumber },
});

/** The hooks of a configuration as one. Whatever is no clear yes is a no. */
export function createVeto(config: VetoConfig, urlKey?: string): Veto {
  const { url, command, file, timeoutMs } = config;
  const hooks: [string, (payload: PacketPayload) => Promise<VetoAnswer>][] = [];
  if (file !== undefined) hooks.push(["veto.file", (payload) => askFile(file, payload)]);
  if (command !== undefined) hooks.push(["veto.command", (payload) => askCommand(command, payload, timeoutMs)]);
  if (url !== undefined) hooks.push(["veto.url", (payload) => askUrl(url, payload, { timeoutMs, urlKey })]);
  return async (payload) => {
    for (const [name, ask] of hooks) {
      let answer: VetoAnswer;
      try {
        answer = await ask(payload);
      } catch (error) {
        throw new RelayerError(
          "veto_unreachable",
          `The hook roles.dvn.${name} did not answer for packet ${payload.packet.guid}: ${toErrorRecord(error).message}. Without its word it is not signed.`,
        );
      }
      if (answer.veto) return answer;
    }
    return pass;
  };
}

/** Lines: a GUID, a pathway, or "*"; what follows a "#" is a comment, and the reason. */
async function askFile(path: string, { packet, pathway }: PacketPayload): Promise<VetoAnswer> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Error(`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "error"})`);
  }
  for (const line of text.split("\n")) {
    const [entry = "", ...comment] = line.split("#");
    const word = entry.trim().toLowerCase();
    if (word !== "" && (word === "*" || word === pathway || word === packet.guid.toLowerCase()))
      return { veto: true, reason: reasonOf(comment.join("#") || `"${word}" is in the veto file`) };
  }
  return pass;
}

async function askUrl(
  url: string,
  payload: PacketPayload,
  { timeoutMs, urlKey }: { timeoutMs: number; urlKey: string | undefined },
): Promise<VetoAnswer> {
  const response = await fetch(url, {
    method: "POST",
    // A redirect could lead to a place that nobody configured.
    redirect: "error",
    headers: {
      "content-type": "application/json",
      ...(urlKey === undefined ? {} : { authorization: `Bearer ${urlKey}` }),
    },
    body: JSON.stringify(packetForHook(payload)),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`it answers with status ${response.status}`);
  const text = await response.text();
  if (text.length > LARGEST_ANSWER) throw new Error("its answer is too long");
  let answer: { veto?: unknown; reason?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    throw new Error("its answer is not JSON");
  }
  if (answer?.veto === false) return pass;
  if (answer?.veto !== true) throw new Error('its answer has no "veto" of true or false');
  return { veto: true, reason: reasonOf(typeof answer.reason === "string" ? answer.reason : "") };
}

/** Without a shell, and without this process's environment: that may hold keys. */
function askCommand([program = "", ...args]: string[], payload: PacketPayload, timeoutMs: number): Promise<VetoAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: {},
      stdio: ["pipe", "pipe", "ignore"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (out.length < LARGEST_ANSWER) out += chunk.toString();
    });
    child.stdin.on("error", () => {}); // it may decide without reading
    child.on("error", (error) =>
      reject(new Error(`it cannot be started (${(error as NodeJS.ErrnoException).code ?? "error"})`)),
    );
    child.on("close", (code, signal) => {
      if (code === 0) resolve(pass);
      else if (code === 1) resolve({ veto: true, reason: reasonOf(out) });
      else
        reject(new Error(signal === null ? `it ended with exit code ${code}` : `it was stopped after ${timeoutMs} ms`));
    });
    child.stdin.end(JSON.stringify(packetForHook(payload)));
  });
}
