import { reorg, type Battlefield } from "./faults.ts";
import { OPERATORS } from "./plan.ts";

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
  const isHalted = (who: (typeof OPERATORS)[number]) =>
    JSON.stringify(nodes[who].log.slice(-200)).includes("reorg_below_finality") || nodes[who].isDown();
  await until("both relayers have stopped because of the deep reorg", async () => OPERATORS.every(isHalted));
  for (const who of OPERATORS) {
    const alarm = nodes[who].log.find(
      ({ error }) => (error as { code?: string } | undefined)?.code === "reorg_below_finality",
    );
    if (alarm === undefined || !["error", "fatal"].includes(alarm.level))
      violation(`${who} did not raise an alarm about the deep reorg`);
  }
  const before = await noncesOf(field);
  await blocks.after(QUIET_BLOCKS);
  const after = await noncesOf(field);
  for (const [key, nonce] of Object.entries(before))
    if (after[key] !== nonce) violation(`${key} sent ${after[key]! - nonce} transaction(s) after the deep reorg`);
}

/** What relayers' keys have sent, mined or not. */
async function noncesOf({ world }: Battlefield): Promise<Record<string, number>> {
  const entries = await Promise.all(
    world.operators.flatMap(({ name, keys }) =>
      keys.flatMap(({ label, address }) =>
        world.localnet.chains.map(
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
