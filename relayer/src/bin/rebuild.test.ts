import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKeyRing } from "../config/keys.ts";
import { systemClock } from "../runtime/clock.ts";
import { controlPath, serveControl } from "../runtime/control.ts";
import { createLogger } from "../runtime/logger.ts";
import { lockDirectory, openDatabase } from "../store/database.ts";
import { insertMessages } from "../store/messages.ts";
import { migrate } from "../store/migrate.ts";
import { withOperations } from "./context.ts";
import { rebuild } from "./rebuild.ts";
import { testTerminal } from "./terminal.mock.ts";

let dataDir: string;
const placeOf = (directory: string) => ({
  config: { name: "test", dataDir: directory },
  keys: createKeyRing({ env: {}, baseDir: directory }),
});
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "relayer-rebuild-"));
  await writeFile(join(dataDir, "key.json"), "kept");
});
afterAll(() => rm(dataDir, { recursive: true }));

test(
  "default: the store goes, what is beside it stays; never under a running relayer",
  { timeout: 120_000 },
  async () => {
    await expect(withOperations(placeOf(dataDir), async () => {})).rejects.toMatchObject({ code: "no_store" });
    const first = await openDatabase(dataDir);
    await migrate(first, systemClock());
    await insertMessages(first, [{ kind: "k", key: "a", payload: {} }], 1);
    await expect(rebuild({ dataDir, terminal: testTerminal().terminal, yes: true })).rejects.toMatchObject({
      code: "store_locked",
    });
    await first.close();
    expect(await withOperations(placeOf(dataDir), (operations) => operations.list({ limit: 1 }))).toMatchObject([
      { key: "a" },
    ]);

    // The lock of a process that this machine does not see: a container's. Its socket answers.
    const control = await serveControl({
      path: controlPath(dataDir),
      operations: {} as never,
      logger: createLogger({ level: "silent" }),
    });
    await expect(rebuild({ dataDir, terminal: testTerminal().terminal, yes: true })).rejects.toMatchObject({
      code: "store_locked",
    });
    await control.close();

    const silent = testTerminal({ isInteractive: false });
    await expect(rebuild({ dataDir, terminal: silent.terminal })).rejects.toMatchObject({ code: "unconfirmed" });
    expect(await readdir(dataDir)).toContain("pg");

    // A relayer that starts while the question stands.
    let release = async () => {};
    const late = { ...testTerminal().terminal, ask: async () => ((release = await lockDirectory(dataDir)), "yes") };
    await expect(rebuild({ dataDir, terminal: late })).rejects.toMatchObject({ code: "store_locked" });
    await release();

    const asked = testTerminal({ answers: ["yes"] });
    expect(await rebuild({ dataDir, terminal: asked.terminal })).toBe(0);
    expect(asked.asked[0]).toContain("0 transaction(s) in flight");
    expect(await readdir(dataDir)).toEqual(["key.json"]);
    const again = testTerminal({ isInteractive: false });
    expect(await rebuild({ dataDir, terminal: again.terminal })).toBe(0);
  },
);
