import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  createPublicClient,
  createTestClient,
  http,
  parseAbi,
  parseEther,
  toFunctionSelector,
  type Hex,
  type LocalAccount,
  type PublicClient,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import { configSchema, type FeeConfig } from "../../relayer/src/config/schema.ts";
import { createDelivery, type Delivery, type TransactionRequest } from "../../relayer/src/delivery/delivery.ts";
import type { Transaction } from "../../relayer/src/delivery/transitions.ts";
import { systemClock } from "../../relayer/src/runtime/clock.ts";
import { createLogger } from "../../relayer/src/runtime/logger.ts";
import { openDatabase, type Database } from "../../relayer/src/store/database.ts";
import { migrate } from "../../relayer/src/store/migrate.ts";
import { startAnvil, startWatchdog } from "./localnet/anvil.ts";

export const gwei = 1_000_000_000n;

/** Reverts with `Poisoned(7)` while its first storage slot is not zero, and does nothing otherwise. */
export const poison: Hex = "0x00000000000000000000000000000000000000f0";
const poisonErrors = parseAbi(["error Poisoned(uint256 why)"]);
const poisonCode: Hex = `0x60005415601c5763${toFunctionSelector("Poisoned(uint256)").slice(2)}60e01b600052600760045260246000fd5b00`;

/** A chain that mines when told, and the relayer's delivery on it with a store and a clock of its own. */
export type DeliveryWorld = Awaited<ReturnType<typeof createDeliveryWorld>>;

export async function createDeliveryWorld() {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-delivery-"));
  const watchdog = startWatchdog(directory);
  const anvil = await startAnvil(
    { chainId: 31_337, startTime: 1_700_000_000, logFile: join(directory, "anvil.log"), stateDir: directory },
    watchdog,
  );
  const transport = http(anvil.url, { retryCount: 0 });
  const client: PublicClient = createPublicClient({ transport, cacheTime: 0 });
  const test = createTestClient({ mode: "anvil", transport });
  await test.setAutomine(false);
  await test.setCode({ address: poison, bytecode: poisonCode });

  const database: Database = await openDatabase();
  await migrate(database, systemClock());
  const state = { now: 1_700_000_000_000, finalised: 0 };
  const fees: FeeConfig = {
    ...configSchema.shape.chains.element.shape.fees.parse(undefined),
    maxFeePerGas: String(20n * gwei),
    maxPriorityFeePerGas: String(2n * gwei),
  };

  /** A delivery as a process has it after a start: nothing but the store is remembered. */
  function start(accounts: LocalAccount[], through: PublicClient = client): Delivery {
    return createDelivery({
      database,
      accounts,
      errors: poisonErrors,
      clock: { ...systemClock(), now: () => state.now },
      logger: createLogger({ level: "silent" }),
      announce: () => {},
      chains: [{ name: "S", chainId: 31_337, client: through, fees, finalised: () => state.finalised }],
    });
  }

  /** A new account with money. */
  async function fund(ether = "1"): Promise<LocalAccount> {
    const account = privateKeyToAccount(generatePrivateKey());
    await test.setBalance({ address: account.address, value: parseEther(ether) });
    return account;
  }

  /** Mines one block, at this base fee if one is given (wei). */
  async function mine(baseFee?: bigint): Promise<void> {
    if (baseFee !== undefined) await test.setNextBlockBaseFeePerGas({ baseFeePerGas: baseFee });
    await test.mine({ blocks: 1 });
  }

  /** Everything mined so far is final. */
  async function finalise(): Promise<void> {
    state.finalised = Number(await client.getBlockNumber());
  }

  let count = 0;
  /** A request that sends nothing to somebody, or what `change` says. */
  const request = (account: LocalAccount, change: Partial<TransactionRequest> = {}): TransactionRequest => {
    const name = `effect ${++count}`;
    return { effects: [name], chain: "S", account, to: account.address, data: "0x", description: name, ...change };
  };

  const row = async (delivery: Delivery, { id }: Transaction): Promise<Transaction> =>
    (await delivery.find(id)) as Transaction;

  return {
    client,
    test,
    database,
    state,
    fees,
    start,
    fund,
    mine,
    finalise,
    request,
    row,
    async close() {
      await database.close();
      await anvil.stop();
      watchdog.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
