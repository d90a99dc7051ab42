import { parseUnits } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { collateralVaultAbi } from "../../sdk/src/abis/index.ts";
import { prepareCouncilWorld, type CouncilWorld } from "../support/councilWorld.ts";
import { openLink, type Link } from "../support/link.ts";
import type { LogLine } from "../support/relayer.ts";

let world: CouncilWorld;
/** Each member's way to each other one. */
const links: Link[] = [];

beforeAll(async () => {
  world = await prepareCouncilWorld({
    way: async (_, __, port) => {
      links.push(await openLink({ target: { port } }));
      return links.at(-1)!.port;
    },
  });
  await Promise.all(world.relayers.map((relayer) => relayer.start()));
});
afterAll(async () => {
  await world.stop();
  await Promise.all(links.map((link) => link.close()));
});

test("behavior: one member alone opens nothing; two of three settle what the keeper bought", async () => {
  const { people, relayers, local, localnet, keeperKeys } = world;
  await people.lender("lender", "100000");
  const { client, keys, account, lock } = await people.borrower("dave", parseUnits("15000", 6));
  await relayers[2].kill();
  for (const link of links) link.cut("refused");
  expect((await world.crash(client, account)).buyer).toBe(localnet.key("alpha keeper").address);

  // Whoever's turn it is has the order and its own share, and nobody to ask.
  const alone = ({ proof, error }: LogLine) => String(proof).startsWith("settle:") && error?.code === "council_too_few";
  await Promise.race(relayers.slice(0, 2).map((each) => each.line("it found nobody to ask", alone)));
  const isSpent = await client.vault.public.readContract({
    address: local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "isLockSpent",
    args: [lock.nullifier],
  });
  expect(isSpent).toBe(false);
  for (const link of links) link.heal();
  await people.settled(client, lock.nullifier);

  const bought = await people.attestedNote(client, keeperKeys, (note) => note.origin === "bought");
  const rest = await people.attestedNote(client, keys, (note) => note.origin === "rest");
  expect(bought.note.amounts[0]! + rest.note.amounts[0]!).toBe(lock.amounts[0]);

  const openings = relayers.flatMap(({ log }) => log.filter(({ msg }) => msg === "council opened a lock"));
  expect(openings.length).toBeGreaterThan(0);
  for (const { members } of openings) expect(members).toEqual([1, 2]);
  for (const relayer of relayers) expect(relayer.log.filter(({ state }) => state === "dead")).toEqual([]);
});
