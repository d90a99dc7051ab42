import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

import { afterAll, beforeAll, expect, test } from "vitest";

import { openLink, type Link } from "../support/link.ts";

const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket));
let link: Link;
beforeAll(async () => {
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  link = await openLink({ target: { port: (echo.address() as AddressInfo).port }, host: "127.0.0.2" });
});
afterAll(async () => {
  await link.close();
  await new Promise((resolve) => echo.close(resolve));
});

async function open(): Promise<Socket> {
  const socket = connect(link.port, link.host).on("error", () => {});
  await once(socket, "connect");
  return socket;
}
const said = async (socket: Socket, text: string) => {
  socket.write(text);
  return String((await once(socket, "data"))[0]);
};

test("default: passes both ways", async () => {
  const socket = await open();
  expect(await said(socket, "one")).toBe("one");
  expect(await said(socket, "two")).toBe("two");
  socket.destroy();
});

test("behavior: a silent cut keeps connections and carries nothing; healing ends them, and new ones pass", async () => {
  const before = await open();
  expect(await said(before, "one")).toBe("one");
  link.cut();
  const during = await open();
  const heard: string[] = [];
  for (const socket of [before, during]) {
    socket.on("data", (chunk) => heard.push(String(chunk)));
    socket.write("lost");
  }
  const ends = Promise.all([before, during].map((socket) => once(socket, "close")));
  // What would pass passes while another connection, past the link, goes to the same server and back.
  const beside = connect((echo.address() as AddressInfo).port, "127.0.0.1");
  expect(await said(beside, "beside")).toBe("beside");
  beside.destroy();
  link.heal();
  await ends;
  expect(heard).toEqual([]);
  const after = await open();
  expect(await said(after, "back")).toBe("back");
  after.destroy();
});

test("behavior: a refused cut ends what is open, and what comes", async () => {
  const before = await open();
  const ended = once(before, "close");
  link.cut("refused");
  await ended;
  const during = connect(link.port, link.host).on("error", () => {});
  await once(during, "close");
  link.heal();
  const after = await open();
  expect(await said(after, "back")).toBe("back");
  after.destroy();
});
