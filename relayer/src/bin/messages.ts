import { exitCodes } from "../runtime/errors.ts";
import type { MessageStory, Operations } from "../runtime/operations.ts";
import { nextLook, waitingReason, type KnownTransaction } from "../runtime/waitingReason.ts";
import { encodeJson } from "../store/json.ts";
import type { MessageState } from "../store/messages.ts";
import { formatDuration } from "../runtime/duration.ts";
import { formatTable, formatTime } from "./table.ts";
import type { Paint, Terminal } from "./terminal.ts";

type Command = { operations: Operations; terminal: Terminal; now: number };

/** `relayer messages list` */
export async function listMessages(
  { operations, terminal, now }: Command,
  options: { state?: MessageState; kind?: string; limit: number; json?: boolean },
): Promise<number> {
  const { json, ...filter } = options;
  const messages = await operations.list(filter);
  if (json === true) terminal.print(encodeJson(messages));
  else if (messages.length === 0) terminal.print("no messages");
  else
    terminal.print(
      formatTable(
        ["id", "state", "age", "tries", "key", "waits for"],
        messages.map((message) => [
          String(message.id),
          paintState(terminal.paint, message.state),
          formatDuration(now - message.createdAt),
          String(message.attempts),
          message.key,
          message.waitingFor ?? "",
        ]),
      ),
    );
  return exitCodes.ok;
}

/** `relayer messages show` */
export async function showMessage(
  { operations, terminal, now }: Command,
  id: string,
  options: { json?: boolean },
): Promise<number> {
  const story = await operations.show(id);
  terminal.print(options.json === true ? encodeJson(story) : describeStory(story, now, terminal.paint));
  return exitCodes.ok;
}

/** `relayer messages retry` */
export async function retryMessage({ operations, terminal }: Command, id: string, by: string): Promise<number> {
  const message = await operations.retry(id, by);
  terminal.print(`message ${message.id} (${message.key}) is ${message.state} and tried again at once`);
  return exitCodes.ok;
}

/** `relayer messages skip` */
export async function skipMessage(
  { operations, terminal }: Command,
  id: string,
  by: string,
  why: string,
): Promise<number> {
  const message = await operations.skip(id, by, why);
  terminal.print(`message ${message.id} (${message.key}) is skipped, for good`);
  return exitCodes.ok;
}

function paintState(paint: Paint, state: MessageState): string {
  if (state === "dead") return paint("red", state);
  if (state === "done") return paint("green", state);
  return state === "void" || state === "skipped" ? paint("dim", state) : state;
}

function explain({ message, transactions, proof }: Omit<MessageStory, "history">, now: number): string {
  const sent = transactions.find(({ id }) => id === message.progress.transactionId);
  const transaction: KnownTransaction | undefined = sent && {
    ...sent,
    hash: sent.hashes.at(-1) ?? "?",
    replacements: sent.hashes.length - 1,
  };
  const known = { ...(transaction && { transaction }), ...(proof && { proof }), now };
  return [waitingReason(message, known), nextLook(message, now)].filter((text) => text !== undefined).join(" ");
}

function describeStory({ message, history, transactions, proof }: MessageStory, now: number, paint: Paint): string {
  const { lastError, progress } = message;
  const lines = [
    `${paint("bold", `message ${message.id}`)}  ${message.key}`,
    `kind       ${message.kind}`,
    `state      ${paintState(paint, message.state)}, created ${formatDuration(now - message.createdAt)} ago`,
    `why        ${explain({ message, transactions, proof }, now)}`,
    `failures   ${message.attempts} since the last success`,
  ];
  if (lastError !== null) {
    lines.push(`last error ${paint("red", lastError.code)} (${lastError.severity}): ${lastError.message}`);
    for (const [name, value] of Object.entries(lastError.details ?? {})) lines.push(`           ${name}: ${value}`);
  }
  if (progress.skipped !== undefined)
    lines.push(`skipped    by ${progress.skipped.by} at ${formatTime(progress.skipped.at)}: ${progress.skipped.why}`);
  if (proof !== null) {
    lines.push(`proof      ${proof.circuit} ${proof.key}: ${proof.state}, ${proof.attempts} failed attempt(s)`);
    if (proof.lastError !== null) lines.push(`           ${proof.lastError.message}`);
  }
  lines.push("", paint("bold", "history"));
  if (history[0]?.state !== "due" || history[0].at !== message.createdAt)
    lines.push(`  ${formatTime(message.createdAt)}  created; what came before the next line was not recorded`);
  for (const entry of history) {
    const transaction = entry.transactionId === null ? "" : `, transaction ${entry.transactionId}`;
    const note = entry.note === null ? "" : `: ${entry.note}`;
    lines.push(`  ${formatTime(entry.at)}  ${paintState(paint, entry.state)}${transaction}${note}`);
  }
  if (transactions.length > 0) lines.push("", paint("bold", "transactions"));
  for (const row of transactions) {
    const block = row.block === null ? "" : ` in block ${row.block}`;
    lines.push(
      `  ${row.id}  ${row.state}${block} on ${row.chain}, nonce ${row.nonce} of ${row.sender}: ${row.description}`,
    );
    if (row.reason !== null) lines.push(`     ${paint("red", row.reason)}`);
    lines.push(...row.hashes.map((hash) => `     ${hash}`));
  }
  lines.push("", paint("bold", "payload"), `  ${encodeJson(message.payload)}`);
  return lines.join("\n");
}
