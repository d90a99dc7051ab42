import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { createTestClient, http, parseEther, type Address } from "viem";

/** What a running local network says of itself, in `network.json`. */
export type NetworkFile = { vault: { url: string; chainId: number }; margin: { url: string; chainId: number } };

const AMOUNT = "100";

/** Gives accounts ether on both chains of the network whose files are in `directory`. */
export async function fund(directory: string, addresses: readonly Address[]): Promise<void> {
  const path = join(directory, "network.json");
  const text = await readFile(path, "utf8").catch(() => {
    throw new Error(`There is no ${path}: start the network first (npm run localnet), or name its --directory.`);
  });
  const network = JSON.parse(text) as NetworkFile;
  for (const [name, { url }] of Object.entries(network)) {
    const client = createTestClient({ mode: "anvil", transport: http(url, { retryCount: 0 }) });
    for (const address of addresses) {
      await client.setBalance({ address, value: parseEther(AMOUNT) }).catch(() => {
        throw new Error(`The ${name} chain's node does not answer at ${url}: start the network (npm run localnet).`);
      });
      console.log(`${address} has ${AMOUNT} ETH on the ${name} chain`);
    }
  }
}
