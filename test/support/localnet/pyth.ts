import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";

import { encodeAbiParameters, parseAbiParameters, type Abi, type Hex } from "viem";

import type { Artifact } from "../../../scripts/deploy/artifacts.ts";

const require = createRequire(import.meta.url);

/** Pyth's own stand-in for its contract, compiled in its package: it takes updates without signatures, everything else is the real one's. */
export function mockPythArtifact(): Artifact {
  const directory = dirname(require.resolve("@pythnetwork/pyth-sdk-solidity/package.json"));
  const read = (path: string) => readFileSync(join(directory, path), "utf8");
  const bytecode: Hex = `0x${read("build/MockPyth_sol_MockPyth.bin").trim()}`;
  return { name: "MockPyth", abi: JSON.parse(read("abis/MockPyth.json")) as Abi, bytecode };
}

export type PythPrice = { id: Hex; price: bigint; conf: bigint; expo: number; publishTime: bigint };

/** An update of one price as MockPyth takes it. */
export function pythUpdate({ id, ...price }: PythPrice): Hex {
  const types = parseAbiParameters([
    "PriceFeed feed",
    "struct Price { int64 price; uint64 conf; int32 expo; uint256 publishTime; }",
    "struct PriceFeed { bytes32 id; Price price; Price emaPrice; }",
  ]);
  return encodeAbiParameters(types, [{ id, price, emaPrice: price }]);
}

/** A service that answers as Pyth's Hermes does, with the prices that it is given. */
export async function startHermes(prices: Map<Hex, PythPrice>): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const found = url.searchParams.getAll("ids[]").map((id) => prices.get(id.toLowerCase() as Hex));
    if (url.pathname !== "/v2/updates/price/latest" || found.includes(undefined)) {
      response.writeHead(404).end();
      return;
    }
    const known = found as PythPrice[];
    const body = {
      binary: { encoding: "hex", data: known.map((price) => pythUpdate(price).slice(2)) },
      parsed: known.map(({ id, price, conf, expo, publishTime }) => ({
        id: id.slice(2),
        price: { price: String(price), conf: String(conf), expo, publish_time: Number(publishTime) },
      })),
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
