import { describe, expect, test } from "vitest";
import { formatDuration } from "../runtime/duration.ts";
import { formatTable, formatTime } from "./table.ts";
import { confirm } from "./terminal.ts";
import { testTerminal } from "./terminal.mock.ts";

describe("confirm", () => {
  test("default: asks, and takes yes for yes only", async () => {
    const { terminal, asked } = testTerminal({ answers: ["yes", "no"] });
    await confirm(terminal, "Deletes 3 messages.", undefined);
    await expect(confirm(terminal, "Deletes 3 messages.", undefined)).rejects.toMatchObject({ code: "unconfirmed" });
    expect(asked[0]).toContain("Deletes 3 messages.");
  });
  test("behavior: --yes asks nobody; without a terminal it is required", async () => {
    const { terminal, asked } = testTerminal({ isInteractive: false });
    await confirm(terminal, "x", true);
    await expect(confirm(terminal, "x", undefined)).rejects.toThrow("add --yes");
    expect(asked).toEqual([]);
  });
});

describe("formats", () => {
  test("default: a table, colours not counted", () => {
    expect(
      formatTable(
        ["a", "long"],
        [
          ["\u001b[31mred\u001b[39m", "x"],
          ["4", ""],
        ],
      ),
    ).toBe("a    long\n\u001b[31mred\u001b[39m  x\n4");
  });
  test.each([
    [0, "0 s"],
    [59_999, "59 s"],
    [3_725_000, "1 h 2 min"],
    [3_600_000, "1 h"],
    [90_000_000, "1 d 1 h"],
    [-5, "0 s"],
  ])("default: %d ms", (ms, text) => expect(formatDuration(ms)).toBe(text));
  test("default: a time", () => expect(formatTime(0)).toBe("1970-01-01 00:00:00Z"));
});
