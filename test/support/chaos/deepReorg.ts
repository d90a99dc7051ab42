import { reorg, type Battlefield } from "./faults.ts";
import { OPERATORS, type Operator } from "./plan.ts";

/** What was signed when the alarm was raised may still arrive. */
const SETTLING_BLOCKS = 20;
const QUIET_BLOCKS = 20;

/**
 * Takes away blocks that every relayer that runs has called final, and checks that each of these stops for good and signs nothing more.
 * One that was behind, or away, and had not called them final, may follow the new history: to it that is a reorg like any other.
 */
export async function assertHalted(
  field: Battlefield,
  depth: number,
  until: (what: string, holds: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const { nodes, blocks, violation } = field;
  const { localnet } = field.world;
  /** Whose record calls a block final that is to vanish. */
  const believers = async () => {
    const ancestor = Number(await localnet.vault.public.getBlockNumber()) - depth;
    const progress = await Promise.all(OPERATORS.map(async (who) => (await nodes[who].operations())?.progress()));
    return OPERATORS.filter((_, i) =>
      progress[i]?.some(({ chain, finalised }) => chain === localnet.vault.name && finalised > ancestor),
    );
  };
  await until("the relayers have called final what is to vanish", async () => {
    const known = await believers();
    return known.length > 0 && OPERATORS.every((who) => known.includes(who) || nodes[who].isDown());
  });
  let betrayed: readonly Operator[] = [];
  const made = await reorg(field, "vault", depth, false, () =>
    until("somebody has called final what is to vanish", async () => {
      betrayed = await believers();
      return betrayed.length > 0;
    }),
  );
  if (!made.done) throw new Error(`the deep reorg could not be made: ${made.why}`);
  const alarmOf = (who: Operator) => nodes[who].log.find(({ error }) => error?.code === "reorg_below_finality");
  await until("the relayers know of the deep reorg", async () =>
    betrayed.every((who) => alarmOf(who) !== undefined || nodes[who].isDown()),
  );
  for (const who of betrayed)
    if (!["error", "fatal"].includes(alarmOf(who)?.level ?? "none"))
      violation(`${who} did not raise an alarm about the deep reorg`);
  await blocks.after(SETTLING_BLOCKS);
  const before = await noncesOf(field, betrayed);
  await blocks.after(QUIET_BLOCKS);
  const after = await noncesOf(field, betrayed);
  for (const [key, nonce] of Object.entries(before))
    if (after[key] !== nonce) violation(`${key} sent ${after[key]! - nonce} transaction(s) after the deep reorg`);
}

/**
 * What relayers' keys have sent, mined or not: on the vault chain, and what carries its packets on the margin chain. The margin chain's own orders
 * may be sent on.
 */
async function noncesOf({ world }: Battlefield, of: readonly Operator[]): Promise<Record<string, number>> {
  const operators = world.operators.filter(({ name }) => of.some((who) => who === name));
  const entries = await Promise.all(
    operators.flatMap(({ name, keys }) =>
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
