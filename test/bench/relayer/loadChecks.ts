import { erc20Abi, parseUnits } from "viem";

import { collateralVaultAbi, creditPoolAbi, rootInboxAbi } from "../../../sdk/src/abis/index.ts";
import { getDeposits, getTokenBalance, syncVault } from "../../../sdk/src/actions/index.ts";
import { isLock } from "../../../sdk/src/notes/note.ts";
import { scanNotes } from "../../../sdk/src/notes/scan.ts";
import { attestationsSent } from "./chainReads.ts";
import type { LoadPerson } from "./load.ts";
import { parseMetrics } from "./processSample.ts";
import type { BenchWorld } from "./world.ts";

/** What must be true after a load, counted; `faults` says what was not. Amounts in shared units of ether and in debt token units. */
export type LoadChecks = {
  notesQueued: number;
  notesInTree: number;
  locksFound: number;
  rootsAttested: number;
  rootsAccepted: number;
  deposited: string;
  held: string;
  inNotes: string;
  owed: string;
  deadMessages: number;
  faults: string[];
};

const ETH = 0;
/** Wei in a shared unit of ether. */
const UNIT = 10n ** 10n;

export async function checkLoad(
  world: BenchWorld,
  people: readonly LoadPerson[],
  expected: { locks: number; deposits: number; opens: number; borrowed: bigint },
): Promise<LoadChecks> {
  const faults: string[] = [];
  const must = (holds: boolean, what: string) => void (holds || faults.push(what));
  const { client } = people[0]!;
  const { vaultChain, marginChain } = world.local.deployment;
  const state = await syncVault(client);

  const notesQueued = state.chunks.reduce((sum, entries) => sum + entries.length, 0);
  const inTree = state.chunks.slice(0, state.tree.chunks).reduce((sum, entries) => sum + entries.length, 0);
  must(notesQueued === inTree, `${notesQueued} notes were queued, ${inTree} are in the tree`);
  const transacts = Math.ceil(expected.locks / 2);
  must(
    notesQueued === expected.deposits + 2 * transacts,
    `${notesQueued} notes for ${expected.deposits} deposits and ${transacts} transacts`,
  );

  const notes = people.flatMap(({ keys }) => scanNotes(keys, state));
  const live = notes.filter(({ status }) => status === "available");
  const locksFound = live.filter(isLock).length;
  must(locksFound === expected.locks, `${locksFound} locks found, ${expected.locks} made`);

  const toBlock = await client.vault.public.getBlockNumber({ cacheTime: 0 });
  const deposits = await getDeposits(client, { fromBlock: BigInt(vaultChain.startBlock), toBlock });
  const deposited = deposits.reduce((sum, { args }) => sum + args.amount, 0n);
  const at = { address: vaultChain.vault, abi: collateralVaultAbi } as const;
  const held = await client.vault.public.readContract({ ...at, functionName: "held", args: [ETH] });
  const balance = await client.vault.public.getBalance({ address: vaultChain.vault });
  const inNotes = live.reduce((sum, { amounts }) => sum + amounts[ETH]!, 0n);
  must(deposited === held, `${deposited} deposited, the vault owes ${held}`);
  must(held * UNIT === balance, `the vault owes ${held * UNIT} wei and has ${balance}`);
  must(inNotes === held, `notes hold ${inNotes}, the vault owes ${held}`);

  const sent = await attestationsSent(world);
  const accepted = await Promise.all(
    sent.map(({ args }) =>
      client.margin.public.readContract({
        address: marginChain.rootInbox,
        abi: rootInboxAbi,
        functionName: "rootTime",
        args: [vaultChain.eid, vaultChain.vault, args.root],
      }),
    ),
  );
  const rootsAccepted = accepted.filter((time) => time > 0n).length;
  must(rootsAccepted === sent.length, `${sent.length} roots attested, ${rootsAccepted} accepted`);

  const { pool } = marginChain.markets[0]!;
  const blockNumber = await client.margin.public.getBlockNumber({ cacheTime: 0 });
  const poolAt = { address: pool, abi: creditPoolAbi, blockNumber } as const;
  const [assets, owed, cash] = await Promise.all([
    client.margin.public.readContract({ ...poolAt, functionName: "totalAssets" }),
    client.margin.public.readContract({ ...poolAt, functionName: "totalDebt" }),
    client.margin.public.readContract({
      address: world.local.debtToken,
      abi: erc20Abi,
      functionName: "balanceOf",
      args: [pool],
      blockNumber,
    }),
  ]);
  const lent = BigInt(expected.opens) * expected.borrowed;
  must(assets === cash + owed, `the pool's assets are ${assets}, its cash ${cash} and what is owed ${owed}`);
  must(cash === parseUnits("1000000", 6) - lent, `the pool has ${cash}, it had a million and lent ${lent}`);
  for (const { controller } of people)
    must(
      (await getTokenBalance(client, { side: "margin", token: world.local.debtToken, owner: controller })) %
        expected.borrowed ===
        0n,
      `${controller} holds a part of a loan`,
    );

  const metrics = parseMetrics(await world.metrics());
  const deadMessages = [...metrics]
    .filter(([name]) => name.startsWith("hypothec_messages{") && name.includes('state="dead"'))
    .reduce((sum, [, count]) => sum + count, 0);
  must(deadMessages === 0, `${deadMessages} messages are dead`);
  return {
    notesQueued,
    notesInTree: inTree,
    locksFound,
    rootsAttested: sent.length,
    rootsAccepted,
    deposited: deposited.toString(),
    held: held.toString(),
    inNotes: inNotes.toString(),
    owed: owed.toString(),
    deadMessages,
    faults,
  };
}
