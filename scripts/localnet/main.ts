import { resolve } from "node:path";
import { parseArgs } from "node:util";

import pc from "picocolors";
import { isAddress, type Address } from "viem";

import { endProcess } from "../../relayer/src/bin/endProcess.ts";
import { fund } from "./fund.ts";
import { runNetwork } from "./network.ts";

const USAGE = `npm run localnet [-- --directory DIR --vault-port N --margin-port N --deposit-every SECONDS]
    two chains with LayerZero, Hypothec, and operators that verify and deliver messages, until Ctrl-C
npm run localnet -- fund ADDRESS… [--directory DIR]
    gives accounts 100 ETH on both chains of the network that runs
    --directory      where deployment.json, network.json and logs go (localnet)
    --vault-port     of the vault chain's node (8545)
    --margin-port    of the margin chain's node (8546)
    --deposit-every  somebody deposits so often, seconds; 0 = never (10)`;

/** A whole number, or a clear refusal. */
function count(text: string, name: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most)
    throw new Error(`--${name} is a whole number up to ${String(most)}, not "${text}".`);
  return value;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      directory: { type: "string", default: "localnet" },
      "vault-port": { type: "string", default: "8545" },
      "margin-port": { type: "string", default: "8546" },
      "deposit-every": { type: "string", default: "10" },
      help: { type: "boolean", default: false },
    },
  });
  const directory = resolve(process.env.INIT_CWD ?? ".", values.directory);
  const [command, ...addresses] = positionals;
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (command === "fund") {
    const wrong = addresses.find((address) => !isAddress(address));
    if (wrong !== undefined || addresses.length === 0)
      throw new Error(wrong === undefined ? "fund needs addresses." : `"${wrong}" is no address.`);
    return fund(directory, addresses as Address[]);
  }
  if (command !== undefined) throw new Error(`There is no command "${command}".\n${USAGE}`);
  await runNetwork({
    directory,
    ports: {
      vault: count(values["vault-port"], "vault-port", 65_535),
      margin: count(values["margin-port"], "margin-port", 65_535),
    },
    depositEverySeconds: count(values["deposit-every"], "deposit-every", 86_400),
  });
}

try {
  await main();
  endProcess(0);
} catch (error) {
  console.error(`${pc.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
  endProcess(1);
}
