import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PacketPayload } from "./plan.ts";
import { createVeto, packetForHook } from "./veto.ts";

const guid = `0x${"ab".repeat(32)}` as const;
const payload = {
  pathway: "roots",
  packet: {
    guid,
    nonce: 7n,
    srcEid: 1,
    dstEid: 2,
    sender: "0x01",
    receiver: "0x02",
    message: "0x03",
    payloadHash: "0x04",
  },
  source: { txHash: "0x05", blockHash: "0x06", blockNumber: 8, logIndex: 0, data: "0x" },
} as unknown as PacketPayload;
const common = { timeoutMs: 5_000, againMs: 30_000 };

let directory: string;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hypothec-veto-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe("a file", () => {
  const veto = () => createVeto({ ...common, file: join(directory, "veto") });
  const says = (text: string) => {
    writeFileSync(join(directory, "veto"), text);
    return veto()(payload);
  };

  test("default: an empty one lets everything through; a GUID, a pathway or * does not", async () => {
    expect(await says("")).toEqual({ veto: false });
    expect(await says("# nothing today\n")).toEqual({ veto: false });
    expect(await says("orders\n")).toEqual({ veto: false });
    expect(await says(`0x01\n${guid.toUpperCase().replace("0X", "0x")} # under review\n`)).toEqual({
      veto: true,
      reason: "under review",
    });
    expect(await says("roots")).toMatchObject({ veto: true });
    expect(await says(" * # incident 12")).toEqual({ veto: true, reason: "incident 12" });
  });

  test("error: one that is not there", async () => {
    await expect(veto()(payload)).rejects.toMatchObject({ code: "veto_unreachable", severity: "retryable" });
  });
});

describe("a command", () => {
  const run = (script: string, more: { timeoutMs?: number } = {}) => {
    const path = join(directory, "hook");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o700);
    return createVeto({ ...common, ...more, command: [path, "argument"] })(payload);
  };

  test("default: exit code 0 lets it through, 1 vetoes; it gets the packet, and no environment", async () => {
    expect(await run("exit 0")).toEqual({ veto: false });
    expect(await run("echo $1; exit 1")).toEqual({ veto: true, reason: "argument" });
    const read = await run("read line; echo $line; exit 1");
    expect(read).toMatchObject({ veto: true, reason: JSON.stringify(packetForHook(payload)).slice(0, 200) });
    process.env.HYPOTHEC_VETO_TEST = "a secret";
    expect(await run("echo [$HYPOTHEC_VETO_TEST]; exit 1")).toEqual({ veto: true, reason: "[]" });
    delete process.env.HYPOTHEC_VETO_TEST;
  });

  test("error: any other end is no answer", async () => {
    const unreachable = { code: "veto_unreachable" };
    await expect(run("exit 2")).rejects.toMatchObject(unreachable);
    await expect(run("while :; do :; done", { timeoutMs: 100 })).rejects.toMatchObject(unreachable);
    await expect(createVeto({ ...common, command: ["/nonexistent/hook"] })(payload)).rejects.toMatchObject(unreachable);
  });
});

describe("a URL", () => {
  async function answering(status: number, body: string) {
    const seen: { headers: Record<string, unknown>; body: string }[] = [];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        seen.push({ headers: request.headers, body: text });
        response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body);
      });
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path/with-a-secret`;
    return { ask: () => createVeto({ ...common, url }, "token")(payload), seen };
  }

  test("default: only a clear no to the question lets it through", async () => {
    const { ask, seen } = await answering(200, '{"veto": false}');
    expect(await ask()).toEqual({ veto: false });
    expect(seen[0]!.headers.authorization).toBe("Bearer token");
    expect(JSON.parse(seen[0]!.body)).toMatchObject({ pathway: "roots", guid, nonce: "7" });
    server!.close();
    const { ask: vetoed } = await answering(200, '{"veto": true, "reason": "too large\\u001b[2J"}');
    expect(await vetoed()).toEqual({ veto: true, reason: "too large?[2J" });
  });

  test.each([
    [500, '{"veto": false}'],
    [302, '{"veto": false}'],
    [200, ""],
    [200, "null"],
    [200, "[]"],
    [200, '{"veto": "false"}'],
  ])("error: status %i with %j is no answer, and the error has no path of it", async (status, body) => {
    const { ask } = await answering(status, body);
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "veto_unreachable" });
    expect(String(error)).not.toContain("secret");
  });
});

test("behavior: with several hooks each has to let it through", async () => {
  const path = join(directory, "veto");
  writeFileSync(path, "");
  const both = (code: number) =>
    createVeto({ ...common, file: path, command: ["/bin/sh", "-c", `exit ${code}`] })(payload);
  expect(await both(0)).toEqual({ veto: false });
  expect(await both(1)).toMatchObject({ veto: true });
  writeFileSync(path, "*");
  expect(await both(0)).toMatchObject({ veto: true });
});
