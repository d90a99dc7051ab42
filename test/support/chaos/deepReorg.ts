import { reorg, type Battlefield } from "./faults.ts";
import { OPERATORS } from "./plan.ts";

/** What was on its way when the alarm was raised may still arrive. */
const SETTLING_BLOCKS = 5;
const QUIET_BLOCKS = 20;

/** Takes away blocks that were final, and checks that every relayer stops for good and signs nothing more. */
export async function assertHalted(
  field: Battlefield,
  depth: number,
  until: (what: string, holds: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const { nodes, blocks, violation } = field;
  const made = await reorg(field, "vault", depth, false);
  if (!made.done) throw new Error(`the deep reorg could not be made: ${made.why}`);
  const alarmOf = (who: (typeof OPERATORS)[number]) =>
    nodes[who].log.find(({ error }) => error?.code === "reorg_below_finality");
  await until("both relayers know of the deep reorg", async () =>
    OPERATORS.every((who) => alarmOf(who) !== undefined || nodes[who].isDown()),
  );
  for (const who of OPERATORS)
    if (!["error", "fatal"].includes(alarmOf(who)?.level ?? "none"))
      violation(`${who} did not raise an alarm about the deep reorg`);
  await blocks.after(SETTLING_BLOCKS);
  const before = await noncesOf(field);
  await blocks.after(QUIET_BLOCKS);
  const after = await noncesOf(field);
  for (const [key, nonce] of Object.entries(before))
    if (after[key] !== nonce) violation(`${key} sent ${after[key]! - nonce} transaction(s) after the deep reorg`);
}

/**
 * What relayers' keys have sent, mined or not: on the vault chain, and what carries its packets on the margin chain. The margin chain's own orders
 * may be sent on.
 */
async function noncesOf({ world }: Battlefield): Promise<Record<string, number>> {
  const entries = await Promise.all(
    world.operators.flatMap(({ name, keys }) =>
      keys.flatMap(({ label, address }) =>
        world.localnet.chains
          .filter(({ side }) => side === "vault" || !label.endsWith("delivery"))
          .map(
            async (chain) =>
              [
                `${name}'s ${label} on the ${chain.name}`,
                await chain.public.getTransactionCount({ address, blockTag: "pending" }),
              ] as const,
          ),
      ),
    ),
  );
  return Object.fromEntries(entries);
}
