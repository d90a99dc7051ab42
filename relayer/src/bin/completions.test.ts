import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { commandNodes, completionScript } from "./completions.ts";
import { createProgram } from "./program.ts";
import { testTerminal } from "./terminal.mock.ts";

const program = createProgram(testTerminal().terminal);
const complete = (...words: string[]) => {
  const script = `${completionScript(program, "bash")}
COMP_WORDS=(relayer ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _relayer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8", cwd: "/" }).stdout.trim().split("\n");
};

describe("bash", () => {
  test("default: commands, subcommands and options, whatever stands between", () => {
    expect(complete("")).toEqual(expect.arrayContaining(["start", "messages", "keys", "completions"]));
    expect(complete("re")).toEqual(["rebuild"]);
    expect(complete("messages", "s")).toEqual(["show", "skip"]);
    expect(complete("messages", "--config", "x.json", "skip", "3", "--w")).toEqual(["--why"]);
    expect(complete("clear", "--f")).toEqual(["--finished-before"]);
  });
});

test("behavior: every command and option of the program is in each script", () => {
  const words = commandNodes(program).flatMap((node) => node.words.map(({ word }) => word));
  expect(words).toEqual(expect.arrayContaining(["init", "export-public", "--passphrase-file"]));
  const scripts = Object.fromEntries(["bash", "zsh", "fish"].map((shell) => [shell, completionScript(program, shell)]));
  for (const word of words) {
    expect(scripts.bash).toContain(word);
    expect(scripts.zsh).toContain(word);
    expect(scripts.fish).toContain(word.startsWith("--") ? `-l ${word.slice(2)} ` : `-a ${word} `);
  }
  expect(scripts.zsh).toMatch(/^#compdef relayer\n/);
  expect(() => completionScript(program, "csh")).toThrow("bash, zsh, fish");
});
