import { parseUnits } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { collateralVaultAbi, orderInboxAbi } from "../../sdk/src/abis/index.ts";
import { prepareCouncilWorld, type CouncilWorld } from "../support/councilWorld.ts";
import { openLink, type Link } from "../support/link.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";

/**
 * Three operators on hosts of their own, a store each: every connection between two hosts, and between a host and the chains, goes over a
 * link that can be cut. The hosts are addresses of this machine (127.0.0.2 and on) and a cut link swallows everything, so that this
 * runs anywhere: network namespaces would want root.
 */
let world: CouncilWorld;
/** By the hosts that it connects; 0 is where the chains are. */
const links: { between: readonly [number, number]; link: Link }[] = [];
const gamma = 3;

async function connect(from: number, to: number, port: number): Promise<Link> {
  // Peers are found at the near end of a tunnel, as the configuration wants it; a chain at an address of the host's own.
  const link = await openLink({ target: { port }, host: to === 0 ? `127.0.0.${from + 1}` : "127.0.0.1" });
  links.push({ between: [from, to], link });
  return link;
}

beforeAll(async () => {
  world = await prepareCouncilWorld({
    way: async (from, to, port) => (await connect(from, to, port)).port,
    rpc: async (member, url) => {
      const { host, port } = await connect(member, 0, Number(new URL(url).port));
      return `http://${host}:${port}`;
    },
    race: { of: 3, handoverMs: 2_000, proofHandoverMs: 10_000 },
    // No DVN, for the pathways name alpha's and beta's; everything else that any relayer may do.
    gamma: {
      race: { index: 2 },
      roles: {
        batcher: { key: "env:GAMMA_DELIVERY", seal: { maxAgeMs: 1_000, maxFee: "10000000000000000000" } },
        attestor: { key: "env:GAMMA_DELIVERY" },
        orderSender: { key: "env:GAMMA_DELIVERY" },
      },
    },
  });
  await Promise.all(world.relayers.map((relayer) => relayer.start()));
});
afterAll(async () => {
  await world.stop();
  await Promise.all(links.map(({ link }) => link.close()));
});

/** What a member's own host sees of it: its interface, past all links. */
async function ask(member: number, path: string): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`http://127.0.0.1:${world.seats.ports[member - 1]}${path}`, {
    headers: { authorization: `Bearer ${world.seats.apiKey(member)}` },
  });
  return { status: response.status, json: (await response.json()) as unknown };
}
const headsOf = async (member: number): Promise<number[]> =>
  ((await ask(member, "/v1/chains")).json as { chains: { head: number }[] }).chains.map(({ head }) => head);
const open = async (member: number) =>
  ((await ask(member, "/v1/messages?state=open&limit=200")).json as { messages: { key: string }[] }).messages;
/** Waits until these members have nothing left to do. */
const idle = (members: number[]) =>
  untilBlock(world.localnet.vault.public, async () => (await Promise.all(members.map(open))).flat().length === 0);
/** Transactions that gamma has sent so far, on both chains. */
const sentByGamma = () => {
  const { address } = world.localnet.key("gamma delivery");
  return Promise.all(world.localnet.chains.map((chain) => chain.public.getTransactionCount({ address })));
};

/** How often each thing happened on S that may happen once. */
async function happenings(): Promise<Map<string, number>> {
  const { vault, orderInbox } = world.local.deployment.vaultChain;
  const client = world.localnet.vault.public;
  const counts = new Map<string, number>();
  const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const all = { fromBlock: 0n } as const;
  for (const { args } of await client.getContractEvents({
    ...all,
    address: vault,
    abi: collateralVaultAbi,
    eventName: "Settled",
  }))
    count(`settled ${args.lockNullifier}`);
  for (const { args } of await client.getContractEvents({
    ...all,
    address: vault,
    abi: collateralVaultAbi,
    eventName: "RootAppended",
  }))
    count(`root of ${args.chunk}`);
  for (const { args } of await client.getContractEvents({
    ...all,
    address: orderInbox,
    abi: orderInboxAbi,
    eventName: "SettleRecorded",
  }))
    count(`order ${args.lockNullifier}`);
  return counts;
}

test("behavior: one of three hosts is cut off; the others finish; it comes back, catches up, and nothing happens twice", async () => {
  const { people, relayers, localnet, keeperKeys } = world;
  await people.lender("lender", "100000");
  const { client, keys, account, lock } = await people.borrower("dave", parseUnits("15000", 6));
  await idle([1, 2, gamma]);

  for (const { between, link } of links) if (between.includes(gamma)) link.cut();
  const [headsBefore, sentBefore] = await Promise.all([headsOf(gamma), sentByGamma()]);

  // The other two batch and attest what comes, and liquidate.
  const erin = await people.locker("erin");
  expect(erin.lock.status).toBe("available");
  expect((await world.crash(client, account)).buyer).toBe(localnet.key("alpha keeper").address);
  await people.settled(client, lock.nullifier);
  const bought = await people.attestedNote(client, keeperKeys, (note) => note.origin === "bought");
  const rest = await people.attestedNote(client, keys, (note) => note.origin === "rest");
  expect(bought.note.amounts[0]! + rest.note.amounts[0]!).toBe(lock.amounts[0]);
  await idle([1, 2]);

  // It was cut off in truth: it has seen no block and sent nothing, and nobody opened anything with it.
  expect(await headsOf(gamma)).toEqual(headsBefore);
  expect(await sentByGamma()).toEqual(sentBefore);
  const openings = () => relayers.flatMap(({ log }) => log.filter(({ msg }) => msg === "council opened a lock"));
  expect(openings().length).toBeGreaterThan(0);
  for (const { members } of openings()) expect(members).toEqual([1, 2]);

  const done = await happenings();
  const heads = await Promise.all(localnet.chains.map((chain) => chain.public.getBlockNumber()));
  for (const { link } of links) link.heal();
  await untilBlock(localnet.vault.public, async () =>
    (await headsOf(gamma)).every((head, i) => head > Number(heads[i])),
  );
  await idle([1, 2, gamma]);

  expect(await happenings()).toEqual(done);
  expect(Math.max(...done.values())).toBe(1);
  expect(await sentByGamma()).toEqual(sentBefore);
  expect(relayers[2].unexpectedEnd()).toBeUndefined();
  for (const relayer of relayers) expect(relayer.log.filter(({ state }) => state === "dead")).toEqual([]);

  // It knows what happened without it: it gives no part of a lock that is settled, and says why.
  const { domain } = lock;
  const late = await ask(gamma, `/v1/council/partials/settle/${domain}/${lock.nullifier}`);
  expect(late).toMatchObject({ status: 409, json: { code: "not_due" } });

  // And it takes part again: what comes next is done once, by whichever of the three.
  const frank = await people.locker("frank");
  expect(frank.lock.leafIndex).toBeGreaterThan(erin.lock.leafIndex);
  await idle([1, 2, gamma]);
  const after = await happenings();
  expect(after.size).toBeGreaterThan(done.size);
  expect(Math.max(...after.values())).toBe(1);
});
