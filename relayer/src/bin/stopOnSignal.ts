import { exitCodes } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";

/** Aborts at SIGTERM or SIGINT; the second one does not wait. */
export function stopOnSignal(logger: Logger): AbortSignal {
  const stop = new AbortController();
  const onSignal = (name: string) => {
    if (stop.signal.aborted) process.exit(exitCodes.unexpected); // asked twice: do not wait
    logger.info({ signal: name }, "stopping");
    stop.abort();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return stop.signal;
}
