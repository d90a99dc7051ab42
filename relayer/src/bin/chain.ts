import { exitCodes } from "../runtime/errors.ts";
import type { Operations } from "../runtime/operations.ts";
import { confirm, type Terminal } from "./terminal.ts";

/** `relayer chain resume`: an operator's word that a chain goes on with the history that it has now. */
export async function resumeChain(
  { operations, terminal }: { operations: Operations; terminal: Terminal },
  chain: string,
  by: string,
  yes?: boolean,
): Promise<number> {
  const progress = (await operations.progress()).find((row) => row.chain === chain);
  if (progress?.halted != null)
    await confirm(
      terminal,
      `Chain ${chain}: ${progress.halted}. Goes on with the history that its RPCs have now; what the vanished blocks had asked for and was not sent yet becomes void.`,
      yes,
    );
  const { ancestor, voided, revisited } = await operations.resume(chain, by);
  const from = ancestor < 0 ? "the deployment's first block" : `block ${ancestor + 1}`;
  terminal.print(
    `chain ${chain} is read again from ${from}; ${voided} message(s) are void, ${revisited} that were done are looked at again`,
  );
  return exitCodes.ok;
}
