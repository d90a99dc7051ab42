import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** How a cut link behaves: packets vanish, or the other end says that nobody is there. */
export type Cut = "silent" | "refused";

/** A TCP connection's way between two machines, which can be cut and healed. */
export type Link = {
  host: string;
  port: number;
  /**
   * Nothing passes any more. Connections that are open stay open and carry nothing (`silent`), as when packets vanish, or end (`refused`).
   *
   * @default "silent"
   */
  cut(how?: Cut): void;
  /** New connections pass. Those from before end: their other half has lost bytes. */
  heal(): void;
  close(): Promise<void>;
};

/** Listens on a port of its own and passes everything on to `target`. */
export async function openLink(options: {
  target: { host?: string; port: number };
  /** Where it listens. @default "127.0.0.1" */
  host?: string;
}): Promise<Link> {
  const { host = "127.0.0.1", target } = options;
  const open = new Set<Socket>();
  let state: Cut | undefined;

  const server = createServer((here) => {
    keep(here);
    if (state === "refused") here.destroy();
    if (state !== undefined) return; // accepted by nobody: it waits until it gives up, or the link heals
    const there = connect(target.port, target.host ?? "127.0.0.1");
    keep(there);
    const end = () => {
      here.destroy();
      there.destroy();
    };
    for (const socket of [here, there]) socket.once("close", end);
    here.pipe(there);
    there.pipe(here);
  });
  function keep(socket: Socket): void {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  }
  const endAll = () => {
    for (const socket of open) socket.destroy();
  };

  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  return {
    host,
    port: (server.address() as AddressInfo).port,
    cut(how = "silent") {
      state = how;
      if (how === "refused") endAll();
      else
        for (const socket of open) {
          socket.unpipe();
          socket.pause();
        }
    },
    heal() {
      state = undefined;
      endAll();
    },
    async close() {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
