// Loaded before a relayer in a test (`node --import`): its wall clock jumps to wherever the file says, in milliseconds. As on a machine whose
// clock is set, timers go on as they were. The relayer itself knows nothing of it.
import { readFileSync, statSync } from "node:fs";

const path = process.env.HYPOTHEC_TEST_CLOCK;
if (path !== undefined) {
  const systemNow = Date.now.bind(Date);
  const SystemDate = Date;
  let shift = 0;
  let readAt = 0;
  let changedAt = -1;
  const shifted = () => {
    const now = systemNow();
    if (now - readAt > 50) {
      readAt = now;
      const { mtimeMs } = statSync(path);
      if (mtimeMs !== changedAt) {
        changedAt = mtimeMs;
        shift = Number(readFileSync(path, "utf8")) || 0;
      }
    }
    return now + shift;
  };
  globalThis.Date = new Proxy(SystemDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [shifted()] : args, newTarget),
    apply: () => new SystemDate(shifted()).toString(),
    get: (target, key, receiver) => (key === "now" ? shifted : Reflect.get(target, key, receiver)),
  });
}
