import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { Story } from "../../scripts/demo/report.ts";
import { runDemo } from "../../scripts/demo/run.ts";
import type { Checkpoint, World } from "../../scripts/demo/world.ts";

/** Which relayers are killed when, at the same time; the list's next kill comes when those of the one before run again. */
const KILLS: Partial<Record<Checkpoint, readonly (readonly number[])[]>> = {
  batching: [[0], [1]],
  attesting: [[0], [1]],
  opened: [[1]],
  auctioning: [[0], [1], [2]],
  settling: [[0, 1], [2], [0]],
};

test("behavior: the demo's path ends well although relayers are killed with kill -9 in every step, the third council member too", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-demo-test-"));
  const story = new Story();
  const killed: { at: Checkpoint; pid: number }[] = [];
  let chaos = Promise.resolve();

  const killInTurn = async (at: Checkpoint, { relayers }: World): Promise<void> => {
    for (const group of KILLS[at] ?? []) {
      await Promise.all(
        group.map(async (index) => {
          const relayer = relayers[index]!;
          const pid = relayer.pid();
          if (pid === undefined) throw new Error(`Relayer ${relayer.name} was not running at “${at}”.`);
          await relayer.kill();
          killed.push({ at, pid });
          expect(isAlive(pid)).toBe(false);
          await relayer.start();
        }),
      );
    }
  };

  const result = await runDemo({
    directory,
    story,
    onCheckpoint: async (at, world) => {
      // The story goes on while the relayers die: they are killed in the middle of what they do.
      chaos = chaos.then(() => killInTurn(at, world));
      chaos.catch(() => {}); // reported when it is awaited
    },
  });
  await chaos;

  expect(result.faults).toEqual([]);
  expect(killed.map(({ at }) => at)).toEqual(
    Object.entries(KILLS).flatMap(([at, groups]) => groups.flatMap((group) => group.map(() => at))),
  );
  expect(new Set(killed.map(({ pid }) => pid)).size).toBe(killed.length);
  const settled = story.steps.filter(({ what }) => /^(settle the claim|send Bob's lock home)/.test(what));
  expect(settled.map(({ gas }) => gas !== undefined && gas > 0n)).toEqual([true, true]);
  rmSync(directory, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
