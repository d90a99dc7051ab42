import { exitCodes, RefusedError } from "../runtime/errors.ts";
import type { Operations } from "../runtime/operations.ts";
import { formatTime } from "./table.ts";
import { confirm, type Terminal } from "./terminal.ts";

const dayMs = 86_400_000;

/** `relayer clear`: deletes what is done or void since more than `days`, after saying how much that is. */
export async function clear(options: {
  operations: Operations;
  terminal: Terminal;
  /** Milliseconds since the epoch. */
  now: number;
  days: number;
  yes?: boolean;
}): Promise<number> {
  const { operations, terminal, now, days } = options;
  if (!Number.isFinite(days) || days < 0)
    throw new RefusedError("days", "--finished-before takes a number of days, 0 or more.");
  const before = now - days * dayMs;
  const count = await operations.finished(before);
  const what = `${count} message(s) finished before ${formatTime(before)}`;
  if (count === 0) {
    terminal.print(`${what}: nothing to delete`);
    return exitCodes.ok;
  }
  await confirm(terminal, `Deletes ${what}, with their histories.`, options.yes);
  terminal.print(`deleted ${await operations.clear(before)} message(s)`);
  return exitCodes.ok;
}
