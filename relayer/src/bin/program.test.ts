import { CommanderError, type Command } from "commander";
import { expect, test, vi } from "vitest";
import { createProgram } from "./program.ts";

/** The names of all commands that do something, with those of the commands that they belong to. */
function leaves(command: Command, path: string[] = []): string[][] {
  const inner = command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
  return inner.length > 0 ? inner : [path];
}

const paths = leaves(createProgram()).map((path) => path.join(" "));

test("createProgram: default: has commands, some of them within others", () => {
  expect(paths).toEqual(
    expect.arrayContaining(["init", "start", "messages retry", "council keys new", "council finish", "completions"]),
  );
});

// Whoever runs the program says with which code it ends: nothing below may end it by itself.
test.each(paths)("createProgram: error: %s with an option that is none", async (path) => {
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    await expect(createProgram().parseAsync([...path.split(" "), "--none"], { from: "user" })).rejects.toThrow(
      CommanderError,
    );
  } finally {
    stderr.mockRestore();
  }
});
