import { parseEther } from "viem";

import { collateralVaultAbi, rootInboxAbi } from "../../sdk/src/abis/index.ts";
import { approveToken, deposit, lock, openAccount, supply, syncVault } from "../../sdk/src/actions/index.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys, type Keys } from "../../sdk/src/keys/derive.ts";
import { isLock, type Note } from "../../sdk/src/notes/note.ts";
import { scanNotes } from "../../sdk/src/notes/scan.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import type { LocalHypothec } from "./localnet/hypothec.ts";
import type { Localnet } from "./localnet/localnet.ts";
import { untilBlock } from "./localnet/untilBlock.ts";

/** People of a local network whose relayers run: they act through the SDK, and wait for what the relayers do. */
export type People = ReturnType<typeof createPeople>;

export function createPeople(localnet: Localnet, local: LocalHypothec, prover: Prover) {
  const [firstMarket] = local.deployment.marginChain.markets;
  const { name: market, pool } = firstMarket!;

  /** A client of `label` on both chains, with money. */
  async function clientOf(label: string): Promise<HypothecClient> {
    const account = await localnet.account(label);
    return createHypothecClient({
      deployment: local.deployment,
      vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(account) },
      margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(account) },
    });
  }

  /** A client with this much of the debt token, whole units, approved for the pool. */
  async function clientWithDebtTokens(label: string, amount: string): Promise<HypothecClient> {
    const client = await clientOf(label);
    await local.giveDebtToken(localnet.key(label).address, amount);
    await approveToken(client, { side: "margin", token: local.debtToken, spender: pool });
    return client;
  }

  /** Asks again at every new block of a chain until the answer is there. */
  async function eventually<Answer>(
    client: HypothecClient,
    side: "vault" | "margin",
    ask: () => Promise<Answer | undefined>,
  ): Promise<Answer> {
    let answer: Answer | undefined;
    await untilBlock(client[side].public, async () => (answer = await ask()) !== undefined);
    return answer!;
  }

  /** Waits until a note of the keys is in a root that the margin chain knows. */
  async function attestedNote(client: HypothecClient, keys: Keys, matches: (note: Note) => boolean) {
    const { rootInbox } = local.deployment.marginChain;
    const { eid, vault } = local.deployment.vaultChain;
    let state = await syncVault(client);
    const note = await eventually(client, "margin", async () => {
      state = await syncVault(client, state);
      return scanNotes(keys, state).find((found) => found.status === "available" && matches(found));
    });
    await eventually(client, "margin", async () => {
      const [, chunks] = await client.margin.public.readContract({
        address: rootInbox,
        abi: rootInboxAbi,
        functionName: "latest",
        args: [eid, vault],
      });
      return Number(chunks) * 16 > note.leafIndex ? true : undefined;
    });
    return { note, state: await syncVault(client, state) };
  }

  /** Deposits 10 ETH and locks it for the same person on the margin chain; back once the lock can be opened. */
  async function locker(label: string) {
    const client = await clientOf(label);
    const keys = await deriveKeys(localnet.key(label).privateKey);
    await deposit(client, { keys, asset: "ETH", amount: parseEther("10") });
    const deposited = await attestedNote(client, keys, (note) => !isLock(note));
    const controller = localnet.key(label).address;
    await lock(client, { keys, state: deposited.state, prover, controller, amounts: deposited.note.amounts });
    const locked = await attestedNote(client, keys, isLock);
    return { client, keys, lock: locked.note, state: locked.state };
  }

  /** A locker who opens an account on it and borrows. */
  async function borrower(label: string, borrow: bigint) {
    const { client, keys, lock, state } = await locker(label);
    const terms = { market, lock, state, prover, profile: 2, floorBps: 9_000 } as const;
    const { account } = await openAccount(client, { ...terms, borrow });
    return { client, keys, account, lock, state };
  }

  /** A lender who has put this much into the pool, whole units of the debt token. */
  async function lender(label: string, amount: string): Promise<HypothecClient> {
    const client = await clientWithDebtTokens(label, amount);
    await supply(client, { market, amount: BigInt(amount) * 10n ** BigInt(firstMarket!.debtDecimals) });
    return client;
  }

  /** Waits until a lock is settled on S. */
  const settled = (client: HypothecClient, lockNullifier: bigint) =>
    untilBlock(client.vault.public, () =>
      client.vault.public.readContract({
        address: local.deployment.vaultChain.vault,
        abi: collateralVaultAbi,
        functionName: "isLockSpent",
        args: [lockNullifier],
      }),
    );

  return { clientOf, clientWithDebtTokens, eventually, attestedNote, locker, borrower, lender, settled };
}
