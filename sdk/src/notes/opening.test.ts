import { expect, test } from "vitest";

import { exportOpening, parseOpening } from "./opening.ts";

const opening = {
  amounts: [1n, 0n, 0n, 0n, 0n, 0n, 0n, (1n << 63n) - 1n],
  owner: 5n,
  blinding: 2n ** 250n,
  domain: 7n,
  controller: 9n,
  leafIndex: 17,
};

test("default: there and back, and nothing of a note but its opening", () => {
  expect(parseOpening(exportOpening(opening))).toEqual(opening);
  const note = { ...opening, nkIndex: 3, commitment: 1n, status: "available" };
  expect(exportOpening(note)).toBe(exportOpening(opening));
});

test("error: anything else, without quoting it", () => {
  const { blinding } = opening;
  const good = JSON.parse(exportOpening(opening)) as Record<string, unknown>;
  for (const bad of [
    "",
    blinding.toString(),
    JSON.stringify({ ...good, leafIndex: -1 }),
    JSON.stringify({ ...good, amounts: ["1"] }),
    JSON.stringify({ ...good, spendingKey: "1" }),
    JSON.stringify({ ...good, amounts: [...Array<string>(7).fill("0"), (1n << 63n).toString()] }),
    JSON.stringify({ ...good, blinding: "0x1" }),
  ]) {
    expect(() => parseOpening(bad)).toThrow(expect.objectContaining({ code: "opening.format" }));
    try {
      parseOpening(bad);
    } catch (error) {
      expect(String(error)).not.toContain(blinding.toString());
    }
  }
});
