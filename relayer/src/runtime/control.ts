import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { decodeJson, encodeJson } from "../store/json.ts";
import { RefusedError, RelayerError, toErrorRecord } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { Operations } from "./operations.ts";

/**
 * The embedded store belongs to one process. While the relayer runs, operators' commands reach it through a socket in its
 * data directory, which only the relayer's own user may open: one line of JSON asks, one answers.
 */
export const controlPath = (dataDir: string): string => join(dataDir, "control.sock");

type Request = { method: string; args: unknown[] };
type Response = { result: unknown } | { error: { code: string; message: string } };

/** A request names an operation; anything longer is no request. Bytes. */
const longestRequest = 64 * 1024;
const patienceMs = 10_000;

const methods = [
  "progress",
  "counts",
  "list",
  "show",
  "retry",
  "skip",
  "resume",
  "rpcs",
  "finished",
  "clear",
] as const satisfies (keyof Operations)[];

/**
 * Answers operators until closed. The caller holds the lock of the directory, so that a socket found there is a dead one's.
 *
 * @throws the system's error when the path cannot be listened on (longer than about 100 bytes, for one).
 */
export async function serveControl(options: {
  path: string;
  operations: Operations;
  logger: Logger;
}): Promise<{ close: () => Promise<void> }> {
  const { path, operations } = options;
  const logger = options.logger.child({ part: "control" });
  const open = new Set<Socket>();

  async function answer(line: string): Promise<Response> {
    try {
      const { method, args } = decodeJson<Request>(line);
      const known = methods.find((name) => name === method);
      if (known === undefined || !Array.isArray(args))
        throw new RefusedError(
          "unknown_operation",
          `The running relayer knows no operation "${method}": its version is another one.`,
        );
      const operation = operations[known] as (...values: unknown[]) => Promise<unknown>;
      const result = await operation(...args);
      if (known === "retry" || known === "skip" || known === "resume" || known === "clear")
        logger.info({ operation: known, args }, "an operator asked");
      return { result: result ?? null };
    } catch (error) {
      const { code, message } = toErrorRecord(error);
      return { error: { code, message } };
    }
  }

  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8");
    let text = "";
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > longestRequest) socket.destroy();
      else if (text.endsWith("\n")) void answer(text).then((response) => socket.end(`${encodeJson(response)}\n`));
    });
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.on("error", (error) => logger.warn({ error }, "control socket"));
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** The operations of the relayer that runs on a data directory, or undefined when none answers there. */
export async function connectControl(path: string): Promise<Operations | undefined> {
  const call = async (method: string, args: unknown[]): Promise<unknown> => {
    const response = decodeJson<Response>(await exchange(path, `${encodeJson({ method, args })}\n`));
    if ("result" in response) return response.result;
    throw new RefusedError(response.error.code, response.error.message);
  };
  try {
    (await open(path)).destroy();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES")
      throw new RefusedError(
        "store_locked",
        `The relayer at ${path} belongs to another user. Run the command as that user.`,
      );
    return undefined; // none there, or one that has died
  }
  return Object.fromEntries(
    methods.map((method) => [method, (...args: unknown[]) => call(method, args)]),
  ) as unknown as Operations;
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once("error", reject);
  });
}

async function exchange(path: string, request: string): Promise<string> {
  const socket = await open(path);
  socket.setEncoding("utf8");
  socket.setTimeout(patienceMs, () => socket.destroy(new Error("no answer")));
  try {
    socket.write(request);
    let text = "";
    for await (const chunk of socket) text += chunk as string;
    if (!text.endsWith("\n")) throw new Error("the answer is cut off");
    return text;
  } catch (cause) {
    throw new RelayerError(
      "control",
      `The running relayer did not answer: ${(cause as Error).message}. Look at its log, and try again.`,
      { cause },
    );
  }
}
