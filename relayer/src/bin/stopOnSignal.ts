import type { Logger } from "../runtime/logger.ts";

/** npm hands on the signal that the terminal has sent to us, too: so soon it is the same one. Milliseconds. */
const sameMs = 1_000;

/** Aborts at SIGTERM or SIGINT; a second one does not wait, and loses nothing either: it is kill -9. */
export function stopOnSignal(logger: Logger): AbortSignal {
  const stop = new AbortController();
  let stoppedAt = 0;
  const onSignal = (name: string) => {
    if (!stop.signal.aborted) {
      stoppedAt = performance.now();
      logger.info({ signal: name }, "stopping");
      stop.abort();
    } else if (performance.now() - stoppedAt >= sameMs) process.kill(process.pid, "SIGKILL");
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return stop.signal;
}
